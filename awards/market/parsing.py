"""Dated closes out of what a file or a source says, or a refusal that names every row that is wrong."""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from awards.market.calendar import FIRST_YEAR, NEW_YORK, NewYorkCalendar
from awards.market.models import CLOSE_LIMIT

MAX_BYTES = 5 * 1024 * 1024
MAX_SHOWN = 50
PLACES = 6
DATE_AND_CLOSE = ("date", "close")
_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_PLAIN_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?", re.ASCII)
_EXPONENT = re.compile(r"[+-]?[0-9.]+[eE][+-]?[0-9]+", re.ASCII)
_THOUSANDS = re.compile(r"[+-]?[0-9]{1,3}([,'  ][0-9]{3})+(\.[0-9]+)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class DatedClose:
    """A close as a source gave it; `row` is where in the source."""

    row: int
    day: date
    close: Decimal


@dataclass(frozen=True, slots=True)
class RowError:
    """What is wrong with a row, or with the whole file when `row` is 0."""

    row: int
    message: str

    def __str__(self) -> str:
        return f"row {self.row}: {self.message}" if self.row else self.message


class RefusedFile(Exception):
    """Nothing of the file is taken. `errors` are the first 50; `more` is how many there are besides."""

    def __init__(self, errors: Iterable[RowError]) -> None:
        every = sorted(errors, key=lambda error: error.row)
        self.errors, self.more = tuple(every[:MAX_SHOWN]), len(every[MAX_SHOWN:])
        super().__init__("\n".join(self.lines()))

    def lines(self) -> list[str]:
        """One line for each error, and a last one if there are more."""
        return [str(error) for error in self.errors] + ([f"… and {self.more} more"] if self.more else [])


class _Wrong(Exception):
    """One cell is wrong; the row that holds it becomes a RowError."""


def refused(message: str, row: int = 0) -> RefusedFile:
    """The refusal of a file for one reason."""
    return RefusedFile([RowError(row, message)])


def parse_csv(
    content: bytes,
    *,
    now: datetime,
    calendar: NewYorkCalendar,
    names: tuple[str, str] = DATE_AND_CLOSE,
    other_columns: bool = False,
    whole_lines: bool = False,
) -> list[DatedClose]:
    """The closes of a CSV file in the order of its rows; raises RefusedFile naming every wrong row.

    The header must be exactly `names`; with `other_columns` it must contain them. Row 1 is the header. With
    `whole_lines` the last row must end its line: cut off in a close, a file says 61.2 for 61.25.
    """
    text = text_of(content)
    if whole_lines and text and not text.endswith("\n"):
        raise refused("the last row does not end its line: the file may be cut off")
    rows = _rows(text)
    header = next(rows, None)
    if header is None:
        raise refused("the file is empty")
    at = _columns(header, names, other_columns=other_columns)
    return read_closes(_cells(rows, at, len(header[1])), now=now, calendar=calendar)


def read_closes(
    rows: Iterable[tuple[int, str, str | Decimal] | RowError], *, now: datetime, calendar: NewYorkCalendar
) -> list[DatedClose]:
    """The closes of numbered (row, day, close) cells; raises RefusedFile naming every wrong row."""
    closes: dict[date, DatedClose] = {}
    errors: list[RowError] = []
    for row in rows:
        if isinstance(row, RowError):
            errors.append(row)
            continue
        number, day, close = row
        try:
            dated = DatedClose(number, _expected_day(day, now=now, calendar=calendar), close_of(close))
            _once(dated, closes.setdefault(dated.day, dated))
        except _Wrong as wrong:
            errors.append(RowError(number, str(wrong)))
    if errors:
        raise RefusedFile(errors)
    if not closes:
        raise refused("there is no close in it")
    return list(closes.values())


def text_of(content: bytes) -> str:
    """The text of a file, its byte-order mark taken off; raises RefusedFile."""
    if len(content) > MAX_BYTES:
        raise refused(f"the file is larger than {MAX_BYTES // 1024 // 1024} MB")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise refused("the file is not text in UTF-8") from error
    if "\0" in text:
        raise refused("the file is not text in UTF-8")
    return text


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not blank, each with the number of its line."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num, [cell.strip() for cell in cells]
    except csv.Error as error:
        raise refused(f"the row cannot be read as CSV ({error})", reader.line_num) from error


def _columns(header: tuple[int, list[str]], names: tuple[str, str], *, other_columns: bool) -> tuple[int, int]:
    row, found = header
    complete = all(found.count(name) == 1 for name in names)
    if not complete or (found != list(names) and not other_columns):
        raise refused(f'the header is "{_shown(",".join(found))}" and should be "{",".join(names)}"', row)
    return found.index(names[0]), found.index(names[1])


def _cells(
    rows: Iterable[tuple[int, list[str]]], at: tuple[int, int], width: int
) -> Iterator[tuple[int, str, str] | RowError]:
    for number, cells in rows:
        if len(cells) == width:
            yield number, cells[at[0]], cells[at[1]]
        else:
            yield RowError(number, f'"{_shown(",".join(cells))}" has {len(cells)} columns and should have {width}')


def _expected_day(text: str, *, now: datetime, calendar: NewYorkCalendar) -> date:
    day = _iso_date(text)
    today = now.astimezone(NEW_YORK).date()
    if day > today:
        raise _Wrong(f"{day} is in the future: today is {today}")
    if day.year < FIRST_YEAR:
        raise _Wrong(f"{day} is before {FIRST_YEAR}, where the trading calendar begins")
    why_closed = calendar.why_closed(day)
    if why_closed:
        raise _Wrong(f"{day} is not a Trading Day ({why_closed})")
    if now < calendar.close_at(day):
        raise _Wrong(f"the close of {day} is not final before {calendar.close_at(day):%H:%M} New York time")
    return day


def _iso_date(text: str) -> date:
    if _ISO_DATE.fullmatch(text):
        try:
            return date.fromisoformat(text)
        except ValueError as error:
            raise _Wrong(f'"{text}" is not a date that exists') from error
    raise _Wrong(f'"{_shown(text)}" is not a date like 2005-07-01')


def _once(dated: DatedClose, first: DatedClose) -> None:
    if dated is first:
        return
    if dated.close == first.close:
        raise _Wrong(f"{dated.day} appears twice, first in row {first.row}")
    raise _Wrong(f"{dated.day} has two different closes, {first.close} in row {first.row} and {dated.close} here")


def close_of(value: str | Decimal) -> Decimal:
    """A close: above zero, below one thousand million, at most six decimals, nothing but a plain number."""
    close = value if isinstance(value, Decimal) else _plain_number(value)
    if not close.is_finite():
        raise _Wrong(f'"{close}" is not a number')
    if close <= 0:
        raise _Wrong(f'"{_number(close)}" is not above zero')
    if close >= CLOSE_LIMIT:
        raise _Wrong(f'"{_number(close)}" is not below one thousand million')
    if _decimals(close) > PLACES:
        raise _Wrong(f'"{_number(close)}" has more than {PLACES} decimals')
    return close


def _plain_number(text: str) -> Decimal:
    if not text:
        raise _Wrong("the close is empty")
    if _PLAIN_NUMBER.fullmatch(text):
        return Decimal(text)
    if _THOUSANDS.fullmatch(text):
        raise _Wrong(f'"{_shown(text)}" has a thousands separator')
    if _EXPONENT.fullmatch(text):
        raise _Wrong(f'"{_shown(text)}" is written with an exponent')
    raise _Wrong(f'"{_shown(text)}" is not a number')


def _decimals(close: Decimal) -> int:
    exponent = close.as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0


def _number(close: Decimal) -> str:
    return _shown(str(close))


def _shown(text: str) -> str:
    """Enough of what the file says to find it again, on one line."""
    plain = "".join(character if character.isprintable() else "?" for character in text)
    return plain if len(plain) <= 60 else f"{plain[:60]}…"
