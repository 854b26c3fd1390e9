"""A source as MARKET_SOURCES lists it: under a name of its own, and not asked before its closes can be there."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from awards.market.calendar import CLOSE, NEW_YORK, NewYorkCalendar
from awards.market.sources.source import Fetched, Source

NAME_LENGTH = 40
_RECORDED_LENGTH = 100
KEYS = ("name", "arrives_at")


@dataclass(frozen=True, kw_only=True)
class Listed:
    """`called`: what MARKET_POLICY and the record call it. `arrives_after`: how long after the close of trading."""

    source: Source
    called: str = ""
    arrives_after: timedelta = timedelta(0)

    @property
    def name(self) -> str:
        return self.called or self.source.name

    def fetch(self, series: str, *, since: date, now: datetime, calendar: NewYorkCalendar) -> Iterator[Fetched]:
        for fetched in self.source.fetch(series, since=since, now=now, calendar=calendar):
            yield replace(fetched, name=self._recorded_name(fetched.name)) if self.called else fetched

    def _recorded_name(self, delivery: str) -> str:
        is_its_own = delivery == self.source.name
        return self.called if is_its_own else f"{self.called}: {delivery}"[:_RECORDED_LENGTH]


def listed(source: Source, *, name: str, arrives_at: str) -> Source:
    """The source with what MARKET_SOURCES says of it besides. Raises ValueError."""
    if not isinstance(name, str) or len(name) > NAME_LENGTH or ":" in name or name != name.strip():
        raise ValueError(f'"name" is a text of at most {NAME_LENGTH} characters without a colon')
    after = _delay(arrives_at) if arrives_at != "" else timedelta(0)
    return Listed(source=source, called=name, arrives_after=after) if name or after else source


def _delay(arrives_at: Any) -> timedelta:
    """From the close of trading: "18:00" is two hours, after an early close too."""
    try:
        at = time.fromisoformat(arrives_at)
    except (TypeError, ValueError) as error:
        raise ValueError('"arrives_at" is a time like "18:00", in New York') from error
    if at.tzinfo is not None or at < CLOSE:
        raise ValueError('"arrives_at" is a time in New York, after the close of trading at 16:00')
    return datetime.combine(date.min, at) - datetime.combine(date.min, CLOSE)


def arrives_after(source: Source) -> timedelta:
    """How long after the close of trading a source is first asked."""
    return source.arrives_after if isinstance(source, Listed) else timedelta(0)


def asked_from(source: Source, now: datetime, calendar: NewYorkCalendar) -> datetime | None:
    """When the source is asked again, if today's close of trading is past and its closes cannot be there yet."""
    today = now.astimezone(NEW_YORK).date()
    if not calendar.is_trading_day(today):
        return None
    closed = calendar.close_at(today)
    return closed + arrives_after(source) if closed <= now < closed + arrives_after(source) else None


def origin(recorded_source: str) -> str:
    """The name of the source, out of what is recorded as the source of a close."""
    return recorded_source.partition(":")[0]
