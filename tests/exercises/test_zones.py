"""T3: the server stands in another zone, its people too, and the clocks change: New York's dates are the same."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client
from pytest_django import Settings

from awards.market.calendar import trading_calendar
from config import clock
from exercises import jobs
from exercises.actions.notice import MoreThanExercisable, NoticeRefused
from exercises.models import ExerciseNotice
from tests import builders
from tests.exercises.given import LEFT, give, leavers, ledger_of, moment
from tests.signing_in import sign_in

pytestmark = pytest.mark.django_db
ZONES = ("America/New_York", "UTC", "Pacific/Honolulu", "Asia/Kolkata", "Pacific/Kiritimati")


@pytest.fixture(params=ZONES)
def zone(request: pytest.FixtureRequest, settings: Settings) -> str:
    """The zone of the process, of the settings and of the database's sessions."""
    settings.TIME_ZONE = request.param
    assert datetime.now().astimezone().utcoffset() == datetime.now(ZoneInfo(request.param)).utcoffset()
    return request.param


@pytest.mark.parametrize(
    ("received", "expected"),
    [
        ("2007-03-31 00:00:00", "2007-04-02"),  # the first instant of a vesting date, a Saturday
        ("2007-04-02 00:00:00", "2007-04-02"),
        ("2007-04-02 16:00:00", "2007-04-02"),
        ("2007-04-02 16:00:00.000001", "2007-04-03"),
        ("2007-04-02 23:59:59.999999", "2007-04-03"),
    ],
)
def test_exercise_date_is_new_yorks(zone: str, award, received: str, expected: str) -> None:
    notice = give(award, 5_000, received)
    notice.refresh_from_db()
    assert (notice.received_at, str(notice.exercise_date)) == (moment(received), expected)


def test_nothing_vests_before_the_day_begins_in_new_york(zone: str, award) -> None:
    with pytest.raises(MoreThanExercisable):
        give(award, 5_000, "2007-03-30 23:59:59.999999")


@pytest.mark.parametrize(
    ("received", "is_in_time"), [("2007-01-26 16:00:00", True), ("2007-01-26 16:00:00.000001", False)]
)
def test_last_moment_is_new_yorks(zone: str, received: str, is_in_time: bool) -> None:
    """180 days from 2006-08-01 end on a Sunday; trading closed on the Friday before."""
    award = builders.granted_award(options=1000)
    builders.ceased(award.grantee, "2006-08-01")
    if is_in_time:
        assert str(give(award, 500, received).exercise_date) == "2007-01-26"
    else:
        with pytest.raises(NoticeRefused, match="the last moment to exercise was 2007-01-26 16:00 New York time"):
            give(award, 500, received)


@pytest.mark.parametrize(
    ("now", "newest"),
    [
        ("2006-08-04 00:04:59.999999", "2006-08-02"),
        ("2006-08-04 00:05", "2006-08-03"),
        # The nights to daylight saving time and back.
        ("2007-03-11 00:05", "2007-03-10"),
        ("2007-03-12 00:04:59.999999", "2007-03-10"),
        ("2007-11-04 00:05", "2007-11-03"),
        ("2007-11-05 00:04:59.999999", "2007-11-03"),
        ("2007-11-05 00:05", "2007-11-04"),
    ],
)
def test_business_date_of_the_night_is_new_yorks(zone: str, now: str, newest: str) -> None:
    (sweep,) = (job for job in jobs.JOBS if job.kind == "write lapses")
    assert [str(day) for day in jobs.due_dates(sweep, moment(now), trading_calendar())] == [newest]


def test_lapses_are_of_new_yorks_day(zone: str) -> None:
    awards = leavers(2)
    jobs.run_due(moment("2006-08-04 00:04"))
    assert [ledger_of(award) for award in awards] == [LEFT[:1]] * 2
    jobs.run_due(moment("2006-08-04 00:05"))
    assert [ledger_of(award) for award in awards] == [LEFT] * 2


@pytest.mark.parametrize(
    ("utc", "today"),
    [
        (datetime(2007, 3, 11, 4, 59, 59, tzinfo=UTC), date(2007, 3, 10)),
        (datetime(2007, 3, 12, 3, 59, 59, tzinfo=UTC), date(2007, 3, 11)),
        (datetime(2007, 11, 4, 3, 59, 59, tzinfo=UTC), date(2007, 11, 3)),
        (datetime(2007, 11, 5, 4, 59, 59, tzinfo=UTC), date(2007, 11, 4)),
        (datetime(2007, 11, 5, 5, 0, 0, tzinfo=UTC), date(2007, 11, 5)),
    ],
)
def test_todays_date_is_new_yorks_though_the_clocks_change(zone: str, utc: datetime, today: date) -> None:
    with time_machine.travel(utc, tick=False):
        assert clock.today() == today


def test_page_says_new_yorks_time(zone: str, award, client: Client, at: Callable[[str], datetime]) -> None:
    at("2007-04-02T15:59:59-04:00")
    sign_in(client, award.grantee.user)
    review = client.get(f"/exercises/awards/{award.pk}/review/", {"options": 10}, follow=True)
    form = {**review.context["form"].initial, "understood": "on"}
    receipt = client.post(f"/exercises/awards/{award.pk}/confirm/", form, follow=True)
    assert str(ExerciseNotice.objects.get().exercise_date) == "2007-04-02"
    assert "Apr 2, 2007, 3:59:59 PM EDT" in receipt.content.decode()
