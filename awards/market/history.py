"""What is already known of the days that a delivery of closes is about, and what of the delivery is new."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import chain
from typing import Any, NamedTuple

from awards.market.models import ClosingPrice, HeldClose
from awards.market.parsing import DatedClose

DayClose = tuple[date, Decimal]
_DOUBTED = (HeldClose.Reason.DISAGREEMENT, HeldClose.Reason.ALONE)


class Known(NamedTuple):
    """A recorded close: what is needed of it, since there may be thousands."""

    pk: int
    day: date
    close: Decimal
    source: str


@dataclass(slots=True)
class History:
    """`current` reaches one close further than the days themselves at either end."""

    current: dict[date, Known] = field(default_factory=dict)
    superseded: set[DayClose] = field(default_factory=set)
    waiting: set[DayClose] = field(default_factory=set)
    rejected: set[DayClose] = field(default_factory=set)
    # Days of which a value is held because sources disagree or too few have it: another value is a disagreement too.
    disputed_days: set[date] = field(default_factory=set)

    def closes(self) -> dict[date, Decimal]:
        """The current close of each day."""
        return {day: known.close for day, known in self.current.items()}


@dataclass(slots=True)
class SortedOut:
    """A delivery against the history. `new` is of days that have no close, and is yet to be judged.

    `held`: day, close, reason, and the key of the recorded close it was compared with.
    """

    new: dict[date, Decimal] = field(default_factory=dict)
    held: list[tuple[date, Decimal, HeldClose.Reason, int | None]] = field(default_factory=list)
    unchanged: int = 0
    still_held: int = 0
    decided_before: int = 0


def history_of(series: str, first: date, last: date) -> History:
    """What is recorded and held for the days from `first` to `last`, in four queries."""
    history = History()
    for known in _recorded(series, first, last):
        earlier = history.current.get(known.day)
        if earlier:
            history.superseded.add((earlier.day, earlier.close))
        history.current[known.day] = known
    held = HeldClose.objects.filter(series=series, trading_day__range=(first, last)).order_by()
    for day, close, reason, outcome in held.values_list("trading_day", "close", "reason", "outcome"):
        if outcome == HeldClose.Outcome.REJECTED:
            history.rejected.add((day, close))
        elif not outcome:
            history.waiting.add((day, close))
            if reason in _DOUBTED:
                history.disputed_days.add(day)
    return history


def _recorded(series: str, first: date, last: date) -> Iterable[Known]:
    rows: Any = ClosingPrice.objects.filter(series=series).values_list("pk", "trading_day", "close", "source")
    before = rows.filter(trading_day__lt=first).order_by("-trading_day", "-revision")[:1]
    during = rows.filter(trading_day__range=(first, last)).order_by("trading_day", "revision")
    after = rows.filter(trading_day__gt=last).order_by("trading_day", "-revision")[:1]
    return (Known(*row) for row in chain(before, during, after))


def sort_out(closes: Iterable[DatedClose], history: History, doubts: Mapping[DayClose, HeldClose.Reason]) -> SortedOut:
    """Which closes are known, which differ, and which are new. Two people's decision about a value stands."""
    result = SortedOut()
    for dated in closes:
        day, close = key = (dated.day, dated.close)
        current = history.current.get(day)
        if current and current.close == close:
            result.unchanged += 1
        elif key in history.waiting:
            result.still_held += 1
        elif key in history.superseded or key in history.rejected:
            result.decided_before += 1
        elif current:
            result.held.append((day, close, HeldClose.Reason.CONFLICT, current.pk))
        elif day in history.disputed_days:
            result.held.append((day, close, HeldClose.Reason.DISAGREEMENT, None))
        elif key in doubts:
            result.held.append((day, close, doubts[key], None))
        else:
            result.new[day] = close
    return result
