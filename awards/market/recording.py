"""What writes closes. Insert only: what differs, jumps, or is disputed is held for two people and changes nothing."""

import logging
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from django.conf import settings
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from awards.market.calendar import trading_calendar
from awards.market.jumps import Judged, Jump, judge
from awards.market.models import ClosingPrice, HeldClose
from awards.market.parsing import DatedClose

logger = logging.getLogger(__name__)
_ATTEMPTS = 3
_BATCH = 1_000


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of the closes that were handed over. Every one of them is counted in exactly one of the five."""

    inserted: int
    unchanged: int
    held: tuple[HeldClose, ...]
    # Held by an earlier delivery and still waiting for two people.
    still_held: int
    # Two people have already decided about this value for that day.
    decided_before: int
    # Of those inserted: moves beyond the threshold that the next close confirmed.
    confirmed_jumps: tuple[Jump, ...] = ()

    def counted(self) -> str:
        """The five counts, for people."""
        held = f"{len(self.held)} held" + (f", {self.still_held} held before" if self.still_held else "")
        decided = f", {self.decided_before} decided before" if self.decided_before else ""
        return f"{self.inserted} recorded, {self.unchanged} unchanged, {held}{decided}"

    def messages(self) -> list[str]:
        """A line for every close that is held now, and for every jump that the next close confirmed."""
        jumps = [
            f"recorded: jump of {each.percent} % on {each.day} confirmed by the next close"
            for each in self.confirmed_jumps
        ]
        return jumps + [f"held: {each}" for each in self.held]


@dataclass(slots=True)
class _History:
    """What the database holds around the days handed over."""

    current: dict[date, ClosingPrice]
    superseded: set[tuple[date, Decimal]]
    waiting: set[tuple[date, Decimal]]
    rejected: set[tuple[date, Decimal]]
    disputed_days: set[date]


@dataclass(slots=True)
class _Sorted:
    new: dict[date, Decimal] = field(default_factory=dict)
    held: dict[DatedClose, tuple[HeldClose.Reason, ClosingPrice | None]] = field(default_factory=dict)
    unchanged: int = 0
    still_held: int = 0
    decided_before: int = 0


def record_closes(
    *,
    series: str,
    closes: Iterable[DatedClose],
    source: str,
    recorded_by: User | None,
    now: datetime,
    confirm_jumps: bool = True,
    disputed: Collection[tuple[date, Decimal]] = (),
) -> Recorded:
    """Record closes of one series, all in one transaction. Delivered again, they change nothing.

    A day without a close gets its first revision. A value that differs from the recorded one, one of the `disputed`
    (on which sources disagree), and a jump beyond settings.MARKET_JUMP_PERCENT are held. With `confirm_jumps` a jump
    is recorded all the same when the next Trading Day's close confirms it. `recorded_by` None is a scheduled job.
    Raises ValueError when a day is there twice.
    """
    ordered = sorted(closes, key=lambda dated: dated.day)
    if len({dated.day for dated in ordered}) < len(ordered):
        raise ValueError("a day is there twice")
    for attempt in range(_ATTEMPTS):
        try:
            with transaction.atomic():
                return _record(series, ordered, source, recorded_by, now, confirm_jumps, frozenset(disputed))
        except IntegrityError:
            # Somebody recorded or held one of these days since we looked: look again and it is no longer new.
            if attempt == _ATTEMPTS - 1:
                raise
    raise AssertionError("unreachable")


def _record(
    series: str,
    closes: list[DatedClose],
    source: str,
    recorded_by: User | None,
    now: datetime,
    confirm_jumps: bool,
    disputed: frozenset[tuple[date, Decimal]],
) -> Recorded:
    if not closes:
        return Recorded(0, 0, (), 0, 0)
    history = _history(series, closes[0].day, closes[-1].day)
    sorted_out = _sort(closes, history, disputed)
    judged = _judged(series, sorted_out.new, history, confirm_jumps)
    prices = _insert(series, judged, sorted_out.new, source, recorded_by, now)
    known = {**history.current, **prices}
    held = [(dated.day, dated.close, *why) for dated, why in sorted_out.held.items()]
    held += [(jump.day, jump.close, HeldClose.Reason.JUMP, known[jump.previous_day]) for jump in judged.unconfirmed]
    return Recorded(
        inserted=len(prices),
        unchanged=sorted_out.unchanged,
        held=_hold(series, held, source, now),
        still_held=sorted_out.still_held,
        decided_before=sorted_out.decided_before,
        confirmed_jumps=judged.confirmed,
    )


def _history(series: str, first: date, last: date) -> _History:
    """Every revision of the days from `first` to `last`, and of the closes just before and after them."""
    rows = ClosingPrice.objects.filter(series=series)
    before = rows.filter(trading_day__lt=first).order_by("-trading_day", "-revision")[:1]
    after = rows.filter(trading_day__gt=last).order_by("trading_day", "-revision")[:1]
    between = rows.filter(trading_day__range=(first, last)).order_by("trading_day", "revision")
    history = _History({}, set(), set(), set(), set())
    for price in [*before, *between, *after]:
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


def _sort(closes: list[DatedClose], history: _History, disputed: frozenset[tuple[date, Decimal]]) -> _Sorted:
    sorted_out = _Sorted()
    for dated in closes:
        key = (dated.day, dated.close)
        current = history.current.get(dated.day)
        if current and current.close == dated.close:
            sorted_out.unchanged += 1
        elif key in history.waiting:
            sorted_out.still_held += 1
        elif key in history.superseded or key in history.rejected:
            sorted_out.decided_before += 1
        elif current:
            sorted_out.held[dated] = (HeldClose.Reason.CONFLICT, current)
        elif key in disputed or dated.day in history.disputed_days:
            sorted_out.held[dated] = (HeldClose.Reason.DISAGREEMENT, None)
        else:
            sorted_out.new[dated.day] = dated.close
    return sorted_out


def _judged(series: str, new: dict[date, Decimal], history: _History, confirm: bool) -> Judged:
    recorded = {day: price.close for day, price in history.current.items()}
    percent = settings.MARKET_JUMP_PERCENT[series]
    return judge(new, recorded, percent=percent, calendar=trading_calendar(), confirm=confirm)


def _insert(
    series: str,
    judged: Judged,
    new: dict[date, Decimal],
    source: str,
    recorded_by: User | None,
    now: datetime,
) -> dict[date, ClosingPrice]:
    reasons = {jump.day: f"Jump of {jump.percent} % confirmed by the next close" for jump in judged.confirmed}
    prices = [
        ClosingPrice(
            series=series,
            trading_day=day,
            close=new[day],
            source=source,
            recorded_at=now,
            recorded_by=recorded_by,
            reason=reasons.get(day, ""),
        )
        for day in judged.believed
    ]
    return {price.trading_day: price for price in ClosingPrice.objects.bulk_create(prices, batch_size=_BATCH)}


def _hold(
    series: str,
    closes: Iterable[tuple[date, Decimal, HeldClose.Reason, ClosingPrice | None]],
    source: str,
    now: datetime,
) -> tuple[HeldClose, ...]:
    held = [
        HeldClose(
            series=series,
            trading_day=day,
            close=close,
            source=source,
            reason=reason,
            compared_with=compared_with,
            received_at=now,
        )
        for day, close, reason, compared_with in closes
    ]
    for each in held:
        logger.warning("held: %s (source %s)", each, source)
    return tuple(HeldClose.objects.bulk_create(held, batch_size=_BATCH))
