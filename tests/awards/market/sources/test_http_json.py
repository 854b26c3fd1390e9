from datetime import date, datetime
from typing import Any

import pytest

from awards.market.calendar import NewYorkCalendar
from awards.market.parsing import RefusedFile
from awards.market.sources.http_json import HttpJson

ROW = '{"date": "2007-03-30", "close": 6.10}'


def fetch(provider: Any, now: datetime, body: str, **keys: Any) -> list[str]:
    provider.will_answer(200, body)
    source = HttpJson(url=provider.url, timeout_seconds=2, backoff_seconds=0.01, **keys)
    [fetched] = source.fetch("stock", since=date(2007, 3, 20), now=now, calendar=NewYorkCalendar())
    return [f"{each.day} {each.close}" for each in fetched.closes]


@pytest.mark.parametrize(
    ("body", "keys"),
    [
        (f"[{ROW}]", {}),
        (f"\ufeff[{ROW}]", {}),
        (f'{{"data": {{"prices": [{ROW}]}}}}', {"rows": "data.prices"}),
        (f'{{"series": [{{"v": [{ROW}]}}]}}', {"rows": "series.0.v"}),
        ('[{"date": "2007-03-30", "close": "6.10", "volume": 7}]', {}),
        ('[{"d": "2007-03-30", "c": 6.10}]', {"columns": ["d", "c"]}),
        ('[{"date": "2007-03-30", "close": 6.099999904632568}]', {"decimals": 2}),
        ('[{"date": "2007-03-30", "close": 6.095}]', {"decimals": 2}),
    ],
)
def test_rows_are_found_and_numbers_keep_their_digits(
    provider: Any, now: datetime, body: str, keys: dict[str, Any]
) -> None:
    assert fetch(provider, now, body, **keys) == ["2007-03-30 6.10"]


def test_whole_numbers_are_closes_too(provider: Any, now: datetime) -> None:
    assert fetch(provider, now, '[{"date": "2007-03-30", "close": 1421}]') == ["2007-03-30 1421"]


@pytest.mark.parametrize(
    ("instant", "keys"),
    [
        ("1175284800", {"instants": "seconds"}),
        ("1175284800000", {"instants": "milliseconds"}),
        ("1175313599", {"instants": "seconds"}),
        ('"2007-03-30T20:00:00Z"', {"instants": "iso"}),
        ('"2007-03-31T03:59:59+00:00"', {"instants": "iso"}),
        ('"2007-03-30T16:00:00"', {"instants": "iso"}),
        ('"2007-03-30T00:00:00"', {"instants": "iso", "time_zone": "UTC"}),
        ("1175212800", {"instants": "seconds", "time_zone": "UTC"}),
    ],
)
def test_date_of_an_instant_is_taken_in_its_time_zone(
    provider: Any, now: datetime, instant: str, keys: dict[str, Any]
) -> None:
    body = f'[{{"date": {instant}, "close": 6.10}}]'
    assert fetch(provider, now, body, **keys) == ["2007-03-30 6.10"]


def test_midnight_in_another_zone_is_the_day_before(provider: Any, now: datetime) -> None:
    body = '[{"date": 1175212800, "close": 6.10}]'
    assert fetch(provider, now, body, instants="seconds") == ["2007-03-29 6.10"]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("", "the answer is not JSON"),
        ("<html>", "the answer is not JSON"),
        ("[" * 100_000, "the answer is not JSON"),
        (f"[{ROW}] more", "the answer is not JSON"),
        ('[{"date": "2007-03-30", "close": NaN}]', "the answer has NaN for a number"),
        ('[{"date": "2007-03-30", "close": -Infinity}]', "the answer has -Infinity for a number"),
        ("{}", 'there is no list of rows at ""'),
        ("null", 'there is no list of rows at ""'),
        ("[]", "there is no close in it"),
        ("[[1, 2]]", "row 1: the row is not an object"),
        (f'[{ROW}, {{"date": "2007-03-29"}}]', 'row 2: there is no "close"'),
        ('[{"date": null, "close": 6.10}]', 'row 1: there is no "date"'),
        ('[{"date": "2007-03-30", "close": true}]', "row 1: 2007-03-30 is not an instant, or True is not a number"),
        ('[{"date": "2007-03-30", "close": []}]', "row 1: 2007-03-30 is not an instant, or [] is not a number"),
        ('[{"date": "2007-03-30", "close": "1,234.50"}]', 'row 1: "1,234.50" has a thousands separator'),
        ('[{"date": "2007-03-30", "close": 1e400000000}]', 'row 1: "1E+400000000" is not below one thousand million'),
        ('[{"date": "2007-03-30", "close": 0}]', 'row 1: "0" is not above zero'),
        ('[{"date": "2007-03-30", "close": 6.0999999}]', 'row 1: "6.0999999" has more than 6 decimals'),
        ('[{"date": 20070330, "close": 6.10}]', 'row 1: "20070330" is not a date like 2005-07-01'),
        ('[{"date": "2007-03-31", "close": 6.10}]', "row 1: 2007-03-31 is in the future: today is 2007-03-30"),
        (f"[{ROW}, {ROW}]", "row 2: 2007-03-30 appears twice, first in row 1"),
    ],
)
def test_answer_that_is_wrong_is_refused(provider: Any, now: datetime, body: str, message: str) -> None:
    with pytest.raises(RefusedFile) as refusal:
        fetch(provider, now, body)
    assert refusal.value.lines() == [message]


@pytest.mark.parametrize("path", ["data", "data.prices", "prices.1", "prices.x", "prices.0.close.z"])
def test_path_that_leads_nowhere_is_refused(provider: Any, now: datetime, path: str) -> None:
    with pytest.raises(RefusedFile, match=f'^there is no list of rows at "{path}"$'):
        fetch(provider, now, f'{{"prices": [{ROW}]}}', rows=path)


@pytest.mark.parametrize("instant", ['"soon"', "1e400", "[]", "99999999999999", "-99999999999999"])
def test_instant_that_is_none_is_refused(provider: Any, now: datetime, instant: str) -> None:
    with pytest.raises(RefusedFile, match=r"^row 1: .* is not an instant, or 6\.10 is not a number$"):
        fetch(provider, now, f'[{{"date": {instant}, "close": 6.10}}]', instants="seconds")
