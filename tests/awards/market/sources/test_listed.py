import os
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from awards.market.calendar import NewYorkCalendar
from awards.market.sources import sources_of
from awards.market.sources.files import CsvFile
from awards.market.sources.listed import Listed, asked_from, origin


def configured(settings: Any, **keys: Any) -> Any:
    settings.MARKET_SOURCES = {"stock": [{"kind": "csv_file", "path": "/srv/stock.csv", **keys}]}
    return sources_of("stock")[0]


def test_source_with_a_name_and_an_arrival_time(settings: Any) -> None:
    assert configured(settings, name="exchange", arrives_at="18:00") == Listed(
        source=CsvFile(path="/srv/stock.csv"), called="exchange", arrives_after=timedelta(hours=2)
    )
    assert configured(settings) == CsvFile(path="/srv/stock.csv")


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"name": 7}, '"name" is a text of at most 40 characters without a colon.'),
        ({"name": "x" * 41}, '"name" is a text of at most 40 characters without a colon.'),
        ({"name": "a: b"}, '"name" is a text of at most 40 characters without a colon.'),
        ({"name": " a"}, '"name" is a text of at most 40 characters without a colon.'),
        ({"arrives_at": "6 pm"}, '"arrives_at" is a time like "18:00", in New York.'),
        ({"arrives_at": 18}, '"arrives_at" is a time like "18:00", in New York.'),
        ({"arrives_at": "15:59"}, '"arrives_at" is a time in New York, after the close of trading at 16:00.'),
        ({"arrives_at": "18:00Z"}, '"arrives_at" is a time in New York, after the close of trading at 16:00.'),
    ],
)
def test_name_or_time_that_makes_no_sense_is_named(settings: Any, keys: dict[str, Any], message: str) -> None:
    with pytest.raises(ImproperlyConfigured) as refusal:
        configured(settings, **keys)
    assert str(refusal.value) == f"MARKET_SOURCES['stock'][0]: {message}"


@pytest.mark.parametrize(
    ("now", "asked"),
    [
        ("2007-03-30T15:59:59-04:00", None),
        ("2007-03-30T16:00:00-04:00", "2007-03-30T18:00:00-04:00"),
        ("2007-03-30T17:59:59-04:00", "2007-03-30T18:00:00-04:00"),
        ("2007-03-30T18:00:00-04:00", None),
        ("2006-11-24T13:00:00-05:00", "2006-11-24T15:00:00-05:00"),
        ("2006-11-24T15:00:00-05:00", None),
        ("2007-03-31T17:00:00-04:00", None),
    ],
)
def test_source_is_not_asked_between_the_close_and_its_arrival_time(settings: Any, now: str, asked: str | None) -> None:
    source = configured(settings, arrives_at="18:00")
    found = asked_from(source, datetime.fromisoformat(now), NewYorkCalendar())
    assert found == (datetime.fromisoformat(asked) if asked else None)


def test_delivery_carries_the_name_of_its_source(tmp_path: Any, settings: Any, now: datetime) -> None:
    file = tmp_path / "march.csv"
    file.write_text("date,close\n2007-03-30,6.10\n")
    os.utime(file, (0, 0))
    settings.MARKET_SOURCES = {
        "stock": [{"kind": "folder", "path": str(tmp_path), "name": "exchange"},
                  {"kind": "csv_file", "path": str(file), "name": "vendor"}]
    }  # fmt: skip
    names = [
        fetched.name
        for source in sources_of("stock")
        for fetched in source.fetch("stock", since=date(2007, 3, 1), now=now, calendar=NewYorkCalendar())
    ]
    assert names == ["exchange: folder march.csv", "vendor"]
    assert [origin(name) for name in names] == ["exchange", "vendor"]
