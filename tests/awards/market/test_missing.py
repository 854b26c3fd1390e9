from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest

from awards.market.calendar import NewYorkCalendar
from awards.market.missing import last_due, missing_lines, missing_report
from awards.market.models import ClosingPrice, HeldClose, TradingDayOverride

pytestmark = pytest.mark.django_db
Record = Callable[..., ClosingPrice]


@pytest.mark.parametrize(
    ("now", "day"),
    [
        ("2007-03-30T17:29:59-04:00", "2007-03-29"),
        ("2007-03-30T17:30:00-04:00", "2007-03-30"),
        ("2007-04-01T12:00:00-04:00", "2007-03-30"),
        ("2007-04-02T15:00:00-04:00", "2007-03-30"),
        ("2006-11-24T14:29:59-05:00", "2006-11-22"),
        ("2006-11-24T14:30:00-05:00", "2006-11-24"),
        ("2007-03-31T03:00:00+00:00", "2007-03-30"),
    ],
)
def test_close_is_due_ninety_minutes_after_the_close_of_trading(calendar: NewYorkCalendar, now: str, day: str) -> None:
    assert last_due(datetime.fromisoformat(now), calendar) == date.fromisoformat(day)


def test_missing_days_count_from_the_first_close(record: Record) -> None:
    record("2007-03-27", "6.10")
    record("2007-03-29", "6.20")
    record("2007-03-30", "1420.86", series="sp500")
    report = missing_report(datetime.fromisoformat("2007-03-30T18:00-04:00"))
    assert report == {"stock": (date(2007, 3, 28), date(2007, 3, 30)), "sp500": ()}
    assert missing_lines(report) == ["Stock: 2 closes are missing: 2007-03-28, 2007-03-30"]


def test_close_not_yet_due_is_not_missing(record: Record) -> None:
    record("2007-03-29", "6.20")
    assert missing_report(datetime.fromisoformat("2007-03-30T17:00-04:00")) == {"stock": (), "sp500": ()}


def test_held_close_is_missing_and_marked(record: Record, now: datetime) -> None:
    record("2007-03-28", "6.20")
    HeldClose.objects.create(
        series="stock", trading_day="2007-03-29", close="9", source="x", reason="disagreement", received_at=now
    )
    report = missing_report(now)
    assert missing_lines(report) == ["Stock: 1 close is missing: 2007-03-29 (held)"]


def test_unknown_closure_is_missing_until_it_is_recorded(record: Record, maker: object, now: datetime) -> None:
    record("2007-03-28", "6.20")
    before = missing_report(now)["stock"]
    TradingDayOverride.objects.create(
        day="2007-03-29", kind="closed", reason="storm", recorded_by=maker, recorded_at=now
    )
    assert (before, missing_report(now)["stock"]) == ((date(2007, 3, 29),), ())


def test_many_missing_days_are_counted_and_the_newest_named(record: Record, now: datetime) -> None:
    record("2006-03-29", "6.20")
    [line] = missing_lines(missing_report(now))
    assert line.startswith("Stock: 251 closes are missing: the newest 20 are 2007-03-02, 2007-03-05, ")


def test_nothing_recorded_lacks_nothing(now: datetime) -> None:
    assert missing_lines(missing_report(now)) == []


@pytest.mark.parametrize(
    ("arrives_at", "now", "missing"),
    [("18:00", "2007-03-30T18:29:59-04:00", 0), ("18:00", "2007-03-30T18:30:00-04:00", 1),
     ("16:15", "2007-03-30T17:29:59-04:00", 0), ("16:15", "2007-03-30T17:30:00-04:00", 1),
     ("soon", "2007-03-30T17:30:00-04:00", 1)],
)  # fmt: skip
def test_close_is_due_half_an_hour_after_its_source_delivers(
    record: Record, settings: Any, arrives_at: str, now: str, missing: int
) -> None:
    settings.MARKET_SOURCES = {"stock": [{"kind": "csv_file", "path": "/srv/x.csv", "arrives_at": arrives_at}]}
    record("2007-03-29", "6.20")
    assert len(missing_report(datetime.fromisoformat(now))["stock"]) == missing
