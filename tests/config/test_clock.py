from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
import time_machine

from config import clock


@time_machine.travel(datetime(2007, 4, 2, 15, 0, tzinfo=UTC), tick=False)
def test_now_is_the_current_instant_in_utc() -> None:
    assert clock.now() == datetime(2007, 4, 2, 15, 0, tzinfo=UTC)
    assert clock.now().utcoffset() == timedelta(0)


def test_now_fixed_by_portal_now(at: Callable[[str], datetime]) -> None:
    at("2007-04-02T11:00-04:00")
    assert clock.now() == datetime(2007, 4, 2, 15, 0, tzinfo=UTC)
    at("2007-04-02T17:00-04:00")
    assert clock.now() == datetime(2007, 4, 2, 21, 0, tzinfo=UTC)


def test_fixture_refuses_an_instant_without_zone(at: Callable[[str], datetime]) -> None:
    with pytest.raises(ValueError, match="names no time zone"):
        at("2007-04-02T11:00")


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        # Summer: New York is four hours behind.
        ("2007-04-02T03:59:59.999999+00:00", date(2007, 4, 1)),
        ("2007-04-02T04:00:00+00:00", date(2007, 4, 2)),
        ("2007-04-03T00:00:00+00:00", date(2007, 4, 2)),
        # Winter: five.
        ("2007-01-02T04:59:59.999999+00:00", date(2007, 1, 1)),
        ("2007-01-02T05:00:00+00:00", date(2007, 1, 2)),
        # Honolulu and Kolkata at once.
        ("2007-04-01T18:30:00-10:00", date(2007, 4, 2)),
        ("2007-04-02T09:29:00+05:30", date(2007, 4, 1)),
    ],
)
def test_today_is_new_yorks(at: Callable[[str], datetime], instant: str, day: date) -> None:
    at(instant)
    assert clock.today() == day


def test_new_york_date_takes_any_zone() -> None:
    tokyo = timezone(timedelta(hours=9))
    assert clock.new_york_date(datetime(2007, 4, 2, 12, 59, tzinfo=tokyo)) == date(2007, 4, 1)
    assert clock.new_york_date(datetime(2007, 4, 2, 13, 0, tzinfo=tokyo)) == date(2007, 4, 2)


def test_new_york_date_refuses_a_naive_instant() -> None:
    with pytest.raises(ValueError, match="an instant needs a time zone"):
        clock.new_york_date(datetime(2007, 4, 2, 12, 0))  # noqa: DTZ001
