"""What every source of closes is, whatever it reads."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from awards.market.calendar import NewYorkCalendar
from awards.market.parsing import DatedClose, RefusedFile


class SourceError(Exception):
    """The source could not be read. The message names neither its address nor its keys, which may be secret."""


def _nothing() -> None:
    pass


@dataclass(frozen=True, slots=True)
class Fetched:
    """One delivery: its closes, or why it is refused. Call `finish` once what came of it is committed."""

    name: str
    closes: tuple[DatedClose, ...] = ()
    refusal: RefusedFile | None = None
    finish: Callable[[], None] = _nothing


class Source(Protocol):
    """Where closes come from. A source writes nothing to the database."""

    @property
    def name(self) -> str:
        """What is recorded as the source of a close."""

    def fetch(self, series: str, *, since: date, now: datetime, calendar: NewYorkCalendar) -> Iterator[Fetched]:
        """The deliveries that are there now. `since` is a hint: earlier closes do no harm. Raises SourceError."""
