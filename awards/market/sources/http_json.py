"""Closes as JSON over HTTP. Numbers become Decimal from their own digits; a float never sees them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from awards.market.calendar import NewYorkCalendar
from awards.market.models import CLOSE_LIMIT
from awards.market.parsing import DATE_AND_CLOSE, RowError, read_closes, refused, text_of
from awards.market.sources.checks import check_texts, columns_checked
from awards.market.sources.http import HttpSource
from awards.market.sources.source import Fetched

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICKS = {"seconds": 1, "milliseconds": 1_000}
INSTANTS = ("", "iso", *_TICKS)


@dataclass(frozen=True, kw_only=True)
class HttpJson(HttpSource):
    """`rows`: where in the answer the list of rows is, as "data.prices" (empty: the answer is the list).

    `columns`: the two fields of a row. `instants`: empty when the date is a date; "iso", "seconds" or "milliseconds"
    when it is an instant, whose date is then taken in `time_zone`. `decimals`: for a provider whose numbers are
    rounding dust around a price (30.549999), round half up to so many.
    """

    rows: str = ""
    columns: tuple[str, str] = DATE_AND_CLOSE
    instants: str = ""
    time_zone: str = "America/New_York"
    decimals: int | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "columns", columns_checked(self.columns))
        check_texts(rows=self.rows)
        if self.instants not in INSTANTS:
            raise ValueError('"instants" is "iso", "seconds", "milliseconds" or left out')
        if self.decimals is not None and self.decimals not in range(7):
            raise ValueError('"decimals" is a whole number from 0 to 6')
        try:
            ZoneInfo(self.time_zone)
        except (ZoneInfoNotFoundError, ValueError, TypeError) as error:
            raise ValueError('"time_zone" is a name like America/New_York') from error

    def fetch(self, series: str, *, since: date, now: datetime, calendar: NewYorkCalendar) -> Iterator[Fetched]:
        rows = _rows(self.answer(series, since=since, now=now), self.rows)
        cells = (self._cells(number, row) for number, row in enumerate(rows, start=1))
        yield Fetched(self.name, tuple(read_closes(cells, now=now, calendar=calendar)))

    def _cells(self, number: int, row: object) -> tuple[int, str, str | Decimal] | RowError:
        if not isinstance(row, dict):
            return RowError(number, "the row is not an object")
        absent = next((column for column in self.columns if row.get(column) is None), None)
        if absent:
            return RowError(number, f'there is no "{absent}"')
        day, close = (row[column] for column in self.columns)
        try:
            return number, self._day(day), self._rounded(close)
        except (ValueError, OverflowError, TypeError, ArithmeticError):
            return RowError(number, f"{day!s:.40} is not an instant, or {close!s:.40} is not a number")

    def _day(self, value: object) -> str:
        if not self.instants:
            return str(value)
        zone = ZoneInfo(self.time_zone)
        if self.instants == "iso":
            instant = datetime.fromisoformat(str(value))
            return (instant if instant.tzinfo else instant.replace(tzinfo=zone)).astimezone(zone).date().isoformat()
        ticks = Decimal(str(value))
        if ticks.adjusted() > 15:
            raise OverflowError("no such instant")
        return (_EPOCH + timedelta(seconds=int(ticks) // _TICKS[self.instants])).astimezone(zone).date().isoformat()

    def _rounded(self, close: object) -> str | Decimal:
        if isinstance(close, str):
            return close.strip()
        if not isinstance(close, Decimal):
            raise TypeError("not a number")
        if self.decimals is None or abs(close) >= CLOSE_LIMIT:
            return close
        return close.quantize(Decimal(1).scaleb(-self.decimals), ROUND_HALF_UP)


def _rows(content: bytes, path: str) -> list[Any]:
    try:
        found = json.loads(text_of(content), parse_float=Decimal, parse_int=Decimal, parse_constant=_refuse_constant)
    except (json.JSONDecodeError, RecursionError, ArithmeticError) as error:
        raise refused("the answer is not JSON") from error
    for step in filter(None, path.split(".")):
        found = _step(found, step)
    if not isinstance(found, list):
        raise refused(f'there is no list of rows at "{path}"')
    return found


def _step(found: Any, step: str) -> Any:
    if isinstance(found, dict):
        return found.get(step)
    if isinstance(found, list) and step.isdecimal() and int(step) < len(found):
        return found[int(step)]
    return None


def _refuse_constant(name: str) -> None:
    raise refused(f"the answer has {name} for a number")
