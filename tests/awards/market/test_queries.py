from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from awards.market import queries
from awards.market.calendar import NewYorkCalendar
from awards.market.models import ClosingPrice

pytestmark = pytest.mark.django_db
Queries = Callable[..., Any]
MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY = (date(2007, 3, day) for day in range(26, 31))


@pytest.fixture
def week(record: Callable[..., ClosingPrice], maker: object, checker: object) -> dict[str, ClosingPrice]:
    """Monday, Tuesday corrected twice, Thursday; and one close of the other series."""
    corrected = {"recorded_by": maker, "approved_by": checker}
    return {
        "monday": record("2007-03-26", "6.00"),
        "tuesday": record("2007-03-27", "6.10"),
        "tuesday 3": record("2007-03-27", "6.30", revision=3, **corrected),
        "tuesday 2": record("2007-03-27", "6.20", revision=2, **corrected),
        "thursday": record("2007-03-29", "6.40"),
        "index": record("2007-03-27", "1428.61", series="sp500"),
    }


def test_latest_closes_are_the_latest_revisions(
    week: dict[str, ClosingPrice], django_assert_num_queries: Queries
) -> None:
    with django_assert_num_queries(1):
        found = queries.latest_closes("stock", [MONDAY, TUESDAY, WEDNESDAY])
    assert found == {MONDAY: week["monday"], TUESDAY: week["tuesday 3"]}


def test_latest_closes_of_many_days_are_one_query(
    week: dict[str, ClosingPrice], django_assert_num_queries: Queries
) -> None:
    days = [TUESDAY + timedelta(days=number) for number in range(2_000)]
    with django_assert_num_queries(1):
        found = queries.latest_closes("stock", days)
    assert found == {TUESDAY: week["tuesday 3"], THURSDAY: week["thursday"]}


def test_latest_closes_of_no_day_ask_nothing(django_assert_num_queries: Queries) -> None:
    with django_assert_num_queries(0):
        assert queries.latest_closes("stock", []) == {}


def test_closes_between_include_both_ends(week: dict[str, ClosingPrice], django_assert_num_queries: Queries) -> None:
    with django_assert_num_queries(1):
        found = queries.closes_between("stock", TUESDAY, THURSDAY)
    assert list(found.items()) == [(TUESDAY, week["tuesday 3"]), (THURSDAY, week["thursday"])]


@pytest.mark.parametrize(
    ("day", "found"),
    [(MONDAY - timedelta(1), None), (MONDAY, "monday"), (WEDNESDAY, "tuesday 3"), (FRIDAY, "thursday")],
)
def test_latest_close_on_or_before_a_day(
    week: dict[str, ClosingPrice], django_assert_num_queries: Queries, day: date, found: str | None
) -> None:
    with django_assert_num_queries(1):
        assert queries.latest_close_on_or_before("stock", day) == (week[found] if found else None)


def test_missing_closes_are_trading_days_without_a_close(
    week: dict[str, ClosingPrice], calendar: NewYorkCalendar, django_assert_num_queries: Queries
) -> None:
    with django_assert_num_queries(1):
        missing = queries.missing_closes("stock", MONDAY, date(2007, 4, 2), calendar)
    assert missing == (WEDNESDAY, FRIDAY, date(2007, 4, 2))


def test_newest_and_first_days_are_by_series(week: dict[str, ClosingPrice], django_assert_num_queries: Queries) -> None:
    with django_assert_num_queries(2):
        found = (queries.newest_days(), queries.first_days())
    assert found == ({"stock": THURSDAY, "sp500": TUESDAY}, {"stock": MONDAY, "sp500": TUESDAY})


def test_newest_days_of_nothing_are_none() -> None:
    assert (queries.newest_days(), queries.first_days()) == ({}, {})
