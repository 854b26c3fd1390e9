"""What is already known of the days that a delivery of closes is about, and what of the delivery is new."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from awards.market.models import ClosingPrice, HeldClose
from awards.market.parsing import DatedClose

DayClose = tuple[date, Decimal]


@dataclass(slots=True)
class History:
    """`current` reaches one close further than the days themselves at either end."""

    current: dict[date, ClosingPrice] = field(default_factory=dict)
    superseded: set[DayClose] = field(default_factory=set)
    waiting: set[DayClose] = field(default_factory=set)
    rejected: set[DayClose] = field(default_factory=set)
    disputed_days: set[date] = field(default_factory=set)

    def closes(self) -> dict[date, Decimal]:
        """The current close of each day."""
        return {day: price.close for day, price in self.current.items()}


@dataclass(slots=True)
class SortedOut:
    """A delivery against the history. `new` is of days that have no close, and is yet to be judged."""

    new: dict[date, Decimal] = field(default_factory=dict)
    held: list[tuple[date, Decimal, HeldClose.Reason, ClosingPrice | None]] = field(default_factory=list)
    unchanged: int = 0
    still_held: int = 0
    decided_before: int = 0


def history_of(series: str, first: date, last: date) -> History:
    """What is recorded and held for the days from `first` to `last`, in four queries."""
    history = History()
    for price in _prices(series, first, last):
        earlier = history.current.get(price.trading_day)
        if earlier:
            history.superseded.add((earlier.trading_day, earlier.close))
        history.current[price.trading_day] = price
    held = HeldClose.objects.filter(series=series, trading_day__range=(first, last)).order_by()
    for day, close, reason, outcome in held.values_list("trading_day", "close", "reason", "outcome"):
        if outcome == HeldClose.Outcome.REJECTED:
            history.rejected.add((day, close))
        elif not outcome:
            history.waiting.add((day, close))
            if reason == HeldClose.Reason.DISAGREEMENT:
                history.disputed_days.add(day)
    return history


def _prices(series: str, first: date, last: date) -> Iterable[ClosingPrice]:
    rows = ClosingPrice.objects.filter(series=series)
    yield from rows.filter(trading_day__lt=first).order_by("-trading_day", "-revision")[:1]
    yield from rows.filter(trading_day__range=(first, last)).order_by("trading_day", "revision")
    yield from rows.filter(trading_day__gt=last).order_by("trading_day", "-revision")[:1]


def sort_out(closes: Iterable[DatedClose], history: History, disputed: Collection[DayClose]) -> SortedOut:
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
            result.held.append((day, close, HeldClose.Reason.CONFLICT, current))
        elif key in disputed or day in history.disputed_days:
            result.held.append((day, close, HeldClose.Reason.DISAGREEMENT, None))
        else:
            result.new[day] = close
    return result
