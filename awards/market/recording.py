"""What fetches and writes closes. Insert only: what differs, jumps or is disputed is held and changes nothing."""

import logging
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, IntegrityError, transaction

from awards.market.calendar import NewYorkCalendar, trading_calendar
from awards.market.history import DayClose, history_of, sort_out
from awards.market.jumps import Judged, Jump, judge
from awards.market.models import ClosingPrice, HeldClose, Series
from awards.market.parsing import DatedClose, RefusedFile
from awards.market.queries import newest_days
from awards.market.sources import Fetched, Source, SourceError, sources_of

logger = logging.getLogger(__name__)
# Fetched again each time, so that a close that a source corrects within days is noticed.
LOOK_BACK = timedelta(days=10)
BEGINNING = date(1990, 1, 1)
_ATTEMPTS = 3
_BATCH = 1_000
_FAILURES = (SourceError, RefusedFile, ImproperlyConfigured, DatabaseError, OSError)


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
        """The counts, for people."""
        held = f"{len(self.held)} held" + (f", {self.still_held} held before" if self.still_held else "")
        decided = f", {self.decided_before} decided before" if self.decided_before else ""
        return f"{self.inserted} recorded, {self.unchanged} unchanged, {held}{decided}"

    def messages(self) -> list[str]:
        """A line for every jump that the next close confirmed, and for every close that is held now."""
        jumps = [f"jump of {each.percent} % on {each.day} confirmed by the next close" for each in self.confirmed_jumps]
        return [f"recorded: {jump}" for jump in jumps] + [f"held: {each}" for each in self.held]


@dataclass(frozen=True, slots=True)
class _Delivery:
    series: str
    closes: list[DatedClose]
    source: str
    recorded_by: User | None
    now: datetime
    confirm_jumps: bool
    disputed: frozenset[DayClose]


def record_closes(
    *,
    series: str,
    closes: Iterable[DatedClose],
    source: str,
    recorded_by: User | None,
    now: datetime,
    confirm_jumps: bool = True,
    disputed: Collection[DayClose] = (),
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
    delivery = _Delivery(series, ordered, source, recorded_by, now, confirm_jumps, frozenset(disputed))
    for attempt in range(_ATTEMPTS):
        try:
            with transaction.atomic():
                recorded = _record(delivery)
            break
        except IntegrityError:
            # Somebody recorded or held one of these days since we looked: look again and it is no longer new.
            if attempt == _ATTEMPTS - 1:
                raise
    for held in recorded.held:
        logger.warning("held: %s (source %s)", held, source)
    return recorded


def _record(delivery: _Delivery) -> Recorded:
    if not delivery.closes:
        return Recorded(0, 0, (), 0, 0)
    history = history_of(delivery.series, delivery.closes[0].day, delivery.closes[-1].day)
    known = sort_out(delivery.closes, history, delivery.disputed)
    judged = judge(
        known.new,
        history.closes(),
        percent=settings.MARKET_JUMP_PERCENT[delivery.series],
        calendar=trading_calendar(),
        confirm=delivery.confirm_jumps,
    )
    prices = _insert(delivery, judged, known.new)
    current = history.current | prices
    jumps = [(each.day, each.close, HeldClose.Reason.JUMP, current[each.previous_day]) for each in judged.unconfirmed]
    return Recorded(
        inserted=len(prices),
        unchanged=known.unchanged,
        held=_hold(delivery, [*known.held, *jumps]),
        still_held=known.still_held,
        decided_before=known.decided_before,
        confirmed_jumps=judged.confirmed,
    )


def _insert(delivery: _Delivery, judged: Judged, new: dict[date, Decimal]) -> dict[date, ClosingPrice]:
    reasons = {jump.day: f"Jump of {jump.percent} % confirmed by the next close" for jump in judged.confirmed}
    prices = [
        ClosingPrice(
            series=delivery.series,
            trading_day=day,
            close=new[day],
            source=delivery.source,
            recorded_at=delivery.now,
            recorded_by=delivery.recorded_by,
            reason=reasons.get(day, ""),
        )
        for day in judged.believed
    ]
    return {price.trading_day: price for price in ClosingPrice.objects.bulk_create(prices, batch_size=_BATCH)}


def _hold(
    delivery: _Delivery, closes: Iterable[tuple[date, Decimal, HeldClose.Reason, ClosingPrice | None]]
) -> tuple[HeldClose, ...]:
    held = [
        HeldClose(
            series=delivery.series,
            trading_day=day,
            close=close,
            source=delivery.source,
            reason=reason,
            compared_with=compared_with,
            received_at=delivery.now,
        )
        for day, close, reason, compared_with in closes
    ]
    return tuple(HeldClose.objects.bulk_create(held, batch_size=_BATCH))


def collect_closing_prices(now: datetime) -> dict[str, list[dict[str, Any]]]:
    """Fetch and record what every configured source has: by series, what came of each delivery.

    Each has `source`, `failed`, `messages` and, unless it failed, `inserted`, `unchanged`, `held`, `still_held` and
    `decided_before`. A source that fails stops no other and is logged as an error. Call it outside any transaction:
    it waits for others' servers.
    """
    calendar = trading_calendar()
    newest = newest_days()
    return {series: _collect(series, newest.get(series), now, calendar) for series in Series.values}


def _collect(series: str, newest: date | None, now: datetime, calendar: NewYorkCalendar) -> list[dict[str, Any]]:
    since = newest - LOOK_BACK if newest else BEGINNING
    outcomes: list[dict[str, Any]] = []
    deliveries: list[Fetched] = []
    for source in _configured(series, outcomes):
        try:
            deliveries.extend(source.fetch(series, since=since, now=now, calendar=calendar))
        except _FAILURES as error:
            outcomes.append(_failure(series, source.name, error))
    disputed = _disputed(deliveries)
    # Once a series has closes, a jump waits for two people: two bad days in a row would confirm each other.
    outcomes += [_take(series, each, disputed, now, confirm_jumps=newest is None) for each in deliveries]
    return outcomes


def _configured(series: str, outcomes: list[dict[str, Any]]) -> tuple[Source, ...]:
    try:
        return sources_of(series)
    except ImproperlyConfigured as error:
        outcomes.append(_failure(series, "MARKET_SOURCES", error))
        return ()


def _disputed(deliveries: Iterable[Fetched]) -> frozenset[DayClose]:
    """Every (day, close) of a day for which the deliveries differ."""
    by_day: dict[date, set[Decimal]] = {}
    for delivery in deliveries:
        for dated in delivery.closes:
            by_day.setdefault(dated.day, set()).add(dated.close)
    return frozenset((day, close) for day, closes in by_day.items() if len(closes) > 1 for close in closes)


def _take(
    series: str, fetched: Fetched, disputed: frozenset[DayClose], now: datetime, *, confirm_jumps: bool
) -> dict[str, Any]:
    if fetched.refusal:
        transaction.on_commit(fetched.finish, robust=True)
        return _failure(series, fetched.name, fetched.refusal)
    try:
        recorded = record_closes(
            series=series,
            closes=fetched.closes,
            source=fetched.name,
            recorded_by=None,
            now=now,
            confirm_jumps=confirm_jumps,
            disputed=disputed,
        )
    except DatabaseError as error:
        return _failure(series, fetched.name, error)
    # Robust: a file that cannot be moved is logged, read again next time, and then changes nothing.
    transaction.on_commit(fetched.finish, robust=True)
    return _success(fetched.name, recorded)


def _success(source: str, recorded: Recorded) -> dict[str, Any]:
    return {
        "source": source,
        "failed": False,
        "inserted": recorded.inserted,
        "unchanged": recorded.unchanged,
        "held": len(recorded.held),
        "still_held": recorded.still_held,
        "decided_before": recorded.decided_before,
        "messages": recorded.messages(),
    }


def _failure(series: str, source: str, error: Exception) -> dict[str, Any]:
    logger.error("%s: %s: %s", series, source, error, exc_info=isinstance(error, DatabaseError))
    lines = error.lines() if isinstance(error, RefusedFile) else [str(error)]
    return {"source": source, "failed": True, "messages": lines}
