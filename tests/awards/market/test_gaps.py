from collections.abc import Callable
from datetime import date, datetime

import pytest

from awards.market.calendar import NewYorkCalendar
from awards.market.gaps import Gap, gap_lines, gaps_of, runs
from awards.market.models import ClosingPrice, HeldClose

pytestmark = pytest.mark.django_db
Record = Callable[..., ClosingPrice]


def test_days_with_no_trading_day_between_them_are_one_gap(calendar: NewYorkCalendar) -> None:
    # Thursday, Friday and Monday; Wednesday after. Good Friday 2007 was 6 April.
    days = [
        date(2007, 3, 29),
        date(2007, 3, 30),
        date(2007, 4, 2),
        date(2007, 4, 4),
        date(2007, 4, 5),
        date(2007, 4, 9),
    ]
    assert runs(days, {date(2007, 4, 5)}, calendar) == [
        Gap(date(2007, 3, 29), date(2007, 4, 2), 3, 0),
        Gap(date(2007, 4, 4), date(2007, 4, 9), 3, 1),
    ]


@pytest.mark.parametrize(
    ("gap", "text"),
    [
        (Gap(date(2007, 3, 29), date(2007, 3, 29), 1, 0), "2007-03-29"),
        (Gap(date(2007, 3, 29), date(2007, 3, 29), 1, 1), "2007-03-29 (1 held)"),
        (Gap(date(2007, 3, 29), date(2007, 4, 2), 3, 0), "2007-03-29 to 2007-04-02, 3 Trading Days"),
    ],
)
def test_gap_is_said_shortly(gap: Gap, text: str) -> None:
    assert f"{gap}" == text


@pytest.mark.parametrize(
    ("start", "end", "found"),
    [
        (None, None, ["2007-03-27 to 2007-03-28, 2 Trading Days (1 held)", "2007-03-30"]),
        (None, date(2007, 3, 29), ["2007-03-27 to 2007-03-28, 2 Trading Days (1 held)"]),
        (date(2007, 3, 28), date(2007, 4, 30), ["2007-03-28 (1 held)", "2007-03-30"]),
        (date(2007, 3, 23), date(2007, 3, 26), ["2007-03-23"]),
        (date(2007, 4, 2), None, []),
    ],
)
def test_gaps_of_a_range_reach_to_what_is_due(
    record: Record, calendar: NewYorkCalendar, now: datetime, start: date | None, end: date | None, found: list[str]
) -> None:
    record("2007-03-26", "6.10")
    record("2007-03-29", "6.20")
    HeldClose.objects.create(
        series="stock", trading_day="2007-03-28", close="9", source="x", reason="disagreement", received_at=now
    )
    evening = datetime.fromisoformat("2007-03-30T17:30-04:00")
    assert [f"{gap}" for gap in gaps_of("stock", start, end, now=evening, calendar=calendar)] == found


def test_series_without_closes_has_gaps_only_where_a_day_is_named(calendar: NewYorkCalendar, now: datetime) -> None:
    named = gaps_of("stock", date(2007, 3, 28), None, now=now, calendar=calendar)
    assert (gaps_of("stock", None, None, now=now, calendar=calendar), len(named)) == ([], 1)
    assert gap_lines({"stock": named, "sp500": []}) == [
        "Stock: 2007-03-28 to 2007-03-29, 2 Trading Days",
        "S&P 500: no gaps",
    ]
