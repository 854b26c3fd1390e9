import warnings
from bisect import bisect
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import exchange_calendars
import pytest
from django.contrib.auth.models import User

from awards.agreement.errors import NotATradingDay
from awards.agreement.exercise_date import exercise_date
from awards.market.calendar import NewYorkCalendar, OutsideCalendar, Override, trading_calendar
from awards.market.models import TradingDayOverride

NEW_YORK = ZoneInfo("America/New_York")
STORM = date(2027, 3, 10)


@pytest.fixture(scope="module")
def exchange() -> Any:
    """An independent calendar of the exchange, by other people, from other sources."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Series.values returning an ndarray")
        return exchange_calendars.get_calendar("XNYS", start="1990-01-02", end="2027-10-29")


def test_trading_days_equal_an_independent_calendar(exchange: Any, calendar: NewYorkCalendar) -> None:
    expected = tuple(session.date() for session in exchange.sessions)
    assert calendar.expected_days(date(1990, 1, 1), date(2027, 10, 30)) == expected


def test_closes_of_trading_equal_an_independent_calendar(exchange: Any, calendar: NewYorkCalendar) -> None:
    theirs = {session.date(): close.to_pydatetime() for session, close in exchange.closes.items()}
    ours = {day: calendar.close_at(day) for day in theirs}
    # The snowstorm of 1994-02-11 closed trading at 14:30, which their calendar leaves out.
    assert {day: close for day, close in ours.items() if close != theirs[day]} == {
        date(1994, 2, 11): datetime(1994, 2, 11, 14, 30, tzinfo=NEW_YORK)
    }


def test_exercise_date_of_every_day_to_the_microsecond(exchange: Any, calendar: NewYorkCalendar) -> None:
    """I7 from 2005 on, by their sessions and closes; the next session after a day is looked up in their list."""
    closes = {session.date(): close.to_pydatetime() for session, close in exchange.closes.items()}
    sessions = sorted(closes)
    day, last = date(2005, 1, 1), sessions[-1]
    while day < last:
        following = sessions[bisect(sessions, day)]
        for at in AROUND_A_CLOSE:
            received = datetime.combine(day, at, NEW_YORK)
            expected = day if day in closes and received <= closes[day] else following
            assert exercise_date(received, calendar) == expected, received
        day += timedelta(days=1)


AROUND_A_CLOSE = [
    time.fromisoformat(text)
    for text in (
        "00:00", "09:30", "12:59:59.999999", "13:00", "13:00:00.000001", "15:59:59.999999", "16:00", "16:00:00.000001",
        "16:14:59.999999", "16:15", "23:59:59.999999",
    )
]  # fmt: skip


@pytest.mark.parametrize(
    ("closed", "before", "after"),
    [
        ("2001-09-11", "2001-09-10", "2001-09-17"),
        ("2001-09-14", "2001-09-10", "2001-09-17"),
        ("2004-06-11", "2004-06-10", "2004-06-14"),
        ("2007-01-02", "2006-12-29", "2007-01-03"),
        ("2012-10-29", "2012-10-26", "2012-10-31"),
        ("2012-10-30", "2012-10-26", "2012-10-31"),
        ("2018-12-05", "2018-12-04", "2018-12-06"),
        ("2025-01-09", "2025-01-08", "2025-01-10"),
        ("2026-07-03", "2026-07-02", "2026-07-06"),
        ("2028-01-01", "2027-12-31", "2028-01-03"),
    ],
)
def test_closed_day_has_trading_days_around_it(calendar: NewYorkCalendar, closed: str, before: str, after: str) -> None:
    day = date.fromisoformat(closed)
    around = (calendar.previous_trading_day(day), calendar.is_trading_day(day), calendar.next_trading_day(day))
    assert around == (date.fromisoformat(before), False, date.fromisoformat(after))


@pytest.mark.parametrize(
    ("day", "closes_at"),
    [
        ("2006-07-03", "13:00"),
        ("2006-07-05", "16:00"),
        ("2006-11-24", "13:00"),
        ("2006-11-22", "16:00"),
        ("2007-12-24", "13:00"),
        ("2007-12-26", "16:00"),
        ("1992-11-27", "14:00"),
        ("2007-03-09", "16:00"),
        ("2007-03-12", "16:00"),
    ],
)
def test_close_of_trading_is_new_yorks(calendar: NewYorkCalendar, day: str, closes_at: str) -> None:
    expected = datetime.combine(date.fromisoformat(day), time.fromisoformat(closes_at), NEW_YORK)
    closes = calendar.close_at(date.fromisoformat(day))
    assert (closes, closes.tzinfo) == (expected, NEW_YORK)


@pytest.mark.parametrize(("day", "is_early"), [("2006-07-03", True), ("2006-07-04", False), ("2006-07-05", False)])
def test_early_close_is_of_that_day_alone(calendar: NewYorkCalendar, day: str, is_early: bool) -> None:
    assert calendar.closes_early(date.fromisoformat(day)) is is_early


@pytest.mark.parametrize("day", ["2006-07-01", "2006-07-04"])
def test_day_without_trading_has_no_close(calendar: NewYorkCalendar, day: str) -> None:
    with pytest.raises(NotATradingDay, match=f"{day} is not a Trading Day."):
        calendar.close_at(date.fromisoformat(day))


@pytest.mark.parametrize(
    ("day", "why"),
    [("2006-07-01", "Saturday"), ("2006-07-02", "Sunday"), ("2006-07-03", None), ("2006-07-04", "Independence Day")],
)
def test_why_closed_names_the_weekday_or_the_holiday(calendar: NewYorkCalendar, day: str, why: str | None) -> None:
    assert calendar.why_closed(date.fromisoformat(day)) == why


@pytest.mark.parametrize("day", ["2007-01-02", "2007-01-03"])
def test_trading_days_before_reach_across_the_year(calendar: NewYorkCalendar, day: str) -> None:
    expected = "15 18 19 20 21 22 26 27 28 29"
    days = calendar.trading_days_before(date.fromisoformat(day), 10)
    assert days == tuple(date(2006, 12, int(number)) for number in expected.split())


def test_trading_days_before_counts_past_several_years(calendar: NewYorkCalendar) -> None:
    # 251 in 2006, 252 in 2005, and the last 97 of 2004: 22, 21, 21, 21 and 12 from December to August.
    days = calendar.trading_days_before(date(2007, 1, 3), 600)
    assert (len(days), days[0], days[-1]) == (600, date(2004, 8, 16), date(2006, 12, 29))


@pytest.mark.parametrize("count", [0, 1])
def test_trading_days_before_takes_no_more_than_asked(calendar: NewYorkCalendar, count: int) -> None:
    assert calendar.trading_days_before(date(2007, 1, 4), count) == (date(2007, 1, 3),)[:count]


@pytest.mark.parametrize("year", [1989, 2101])
def test_year_outside_the_calendar_is_refused(calendar: NewYorkCalendar, year: int) -> None:
    with pytest.raises(OutsideCalendar, match=f"^The trading calendar covers 1990 to 2100, not {year}.$"):
        calendar.is_trading_day(date(year, 6, 1))


def test_first_and_last_day_are_covered(calendar: NewYorkCalendar) -> None:
    assert (calendar.next_trading_day(date(1990, 1, 1)), calendar.previous_trading_day(date(2100, 12, 31))) == (
        date(1990, 1, 2),
        date(2100, 12, 30),
    )


def test_unforeseen_closure_is_no_trading_day() -> None:
    calendar = NewYorkCalendar({STORM: Override(None, "storm")})
    assert (calendar.is_trading_day(STORM), calendar.why_closed(STORM)) == (False, "storm")
    assert calendar.next_trading_day(date(2027, 3, 9)) == date(2027, 3, 11)
    assert NewYorkCalendar().is_trading_day(STORM)


def test_unforeseen_trading_on_a_saturday_is_a_trading_day() -> None:
    calendar = NewYorkCalendar({date(2027, 3, 13): Override(time(16), "catching up")})
    assert calendar.previous_trading_day(date(2027, 3, 15)) == date(2027, 3, 13)
    assert calendar.expected_days(date(2027, 3, 12), date(2027, 3, 14)) == (date(2027, 3, 12), date(2027, 3, 13))


def test_unforeseen_early_close_moves_the_close() -> None:
    calendar = NewYorkCalendar({STORM: Override(time(14, 30), "storm")})
    assert calendar.close_at(STORM) == datetime(2027, 3, 10, 14, 30, tzinfo=NEW_YORK)


@pytest.mark.django_db
def test_calendar_without_overrides_is_one_query(django_assert_num_queries: Callable[..., Any]) -> None:
    with django_assert_num_queries(1):
        assert trading_calendar().is_trading_day(STORM)


@pytest.mark.parametrize(
    ("kinds", "closes_at"),
    [
        (["closed"], None),
        (["closed", "open"], time(16)),
        (["closed", "early_close"], time(14)),
        (["early_close", "as_calendar"], time(16)),
        (["open", "as_calendar", "closed"], None),
    ],
)
def test_latest_revision_of_a_day_holds(
    maker: User, now: datetime, kinds: list[str], closes_at: time | None, django_assert_num_queries: Callable[..., Any]
) -> None:
    for revision, kind in enumerate(kinds, start=1):
        early = time(14) if kind == "early_close" else None
        TradingDayOverride.objects.create(
            day=STORM, revision=revision, kind=kind, closes_at=early, reason="x", recorded_by=maker, recorded_at=now
        )
    with django_assert_num_queries(1):
        calendar = trading_calendar()
    assert (calendar.close_at(STORM).time() if calendar.is_trading_day(STORM) else None) == closes_at
