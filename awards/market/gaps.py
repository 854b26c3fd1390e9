"""Runs of Trading Days without a close, so that years of them are read at a glance."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from awards.market.calendar import NewYorkCalendar
from awards.market.missing import grace, last_due
from awards.market.models import HeldClose, Series
from awards.market.queries import first_days, missing_closes


@dataclass(frozen=True, slots=True)
class Gap:
    """Consecutive Trading Days without a close, `held` of them with one that waits for two people."""

    first: date
    last: date
    days: int
    held: int

    def __str__(self) -> str:
        which = f"{self.first}" if self.days == 1 else f"{self.first} to {self.last}, {self.days} Trading Days"
        return f"{which} ({self.held} held)" if self.held else which


def gaps_of(
    series: str, start: date | None, end: date | None, *, now: datetime, calendar: NewYorkCalendar
) -> list[Gap]:
    """The gaps of a series, ascending: from its first close, or `start`, to the last close that is due, or `end`."""
    due = last_due(now, calendar, grace(series))
    first, last = start or first_days().get(series), min(end or due, due)
    if first is None or first > last:
        return []
    missing = missing_closes(series, first, last, calendar)
    held = HeldClose.objects.open().filter(series=series, trading_day__range=(first, last))
    return runs(missing, frozenset(held.order_by().values_list("trading_day", flat=True)), calendar)


def runs(missing: Iterable[date], held: Collection[date], calendar: NewYorkCalendar) -> list[Gap]:
    """Missing Trading Days, ascending, joined where no other Trading Day lies between them."""
    found: list[list[date]] = []
    for day in missing:
        if found and calendar.next_trading_day(found[-1][-1]) == day:
            found[-1].append(day)
        else:
            found.append([day])
    return [Gap(days[0], days[-1], len(days), sum(day in held for day in days)) for days in found]


def gap_lines(gaps: dict[str, list[Gap]]) -> list[str]:
    """A line for each gap, and one for each series without any."""
    lines: list[str] = []
    for series, each in gaps.items():
        label = Series(series).label
        lines += [f"{label}: {gap}" for gap in each] or [f"{label}: no gaps"]
    return lines
