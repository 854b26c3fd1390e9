"""What fetches and writes closes. Insert only: what differs, jumps or is disputed is held and changes nothing."""

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, IntegrityError, transaction

from awards.market.calendar import NEW_YORK, NewYorkCalendar, trading_calendar
from awards.market.history import DayClose, history_of, sort_out
from awards.market.inserting import Progress, Provenance, insert_first_revisions, no_progress
from awards.market.jumps import Judged, Jump, judge
from awards.market.models import HeldClose, Series
from awards.market.parsing import DatedClose, RefusedFile
from awards.market.policy import Delivered, Policy, Verdict, kept, policy_of, weigh
from awards.market.queries import latest_closes, newest_days
from awards.market.sources import Fetched, Source, SourceError, sources_of
from awards.market.sources.listed import asked_from, origin

logger = logging.getLogger(__name__)
# Fetched again each time, so that a close that a source corrects within days is noticed.
LOOK_BACK = timedelta(days=10)
BEGINNING = date(1990, 1, 1)
_ATTEMPTS = 3
_BATCH = 1_000
_NO_DOUBTS: Mapping[DayClose, HeldClose.Reason] = MappingProxyType({})
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


_NOTHING = Recorded(0, 0, (), 0, 0)


@dataclass(frozen=True, slots=True)
class _Delivery:
    closes: list[DatedClose]
    of: Provenance
    confirm_jumps: bool
    doubts: Mapping[DayClose, HeldClose.Reason]
    progress: Progress


def record_closes(
    *,
    series: str,
    closes: Iterable[DatedClose],
    source: str,
    recorded_by: User | None,
    now: datetime,
    confirm_jumps: bool = True,
    doubts: Mapping[DayClose, HeldClose.Reason] = _NO_DOUBTS,
    progress: Progress = no_progress,
) -> Recorded:
    """Record closes of one series, all in one transaction. Delivered again, they change nothing.

    A day without a close gets its first revision. A value that differs from the recorded one, one of the `doubts` (for
    its reason there), and a jump beyond settings.MARKET_JUMP_PERCENT are held. With `confirm_jumps` a jump is recorded
    all the same when the next Trading Day's close confirms it. `recorded_by` None is a scheduled job. Raises ValueError
    when a day is there twice.
    """
    ordered = sorted(closes, key=lambda dated: dated.day)
    if len({dated.day for dated in ordered}) < len(ordered):
        raise ValueError("a day is there twice")
    of = Provenance(series, source, recorded_by, now)
    delivery = _Delivery(ordered, of, confirm_jumps, doubts, progress)
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
        return _NOTHING
    series = delivery.of.series
    history = history_of(series, delivery.closes[0].day, delivery.closes[-1].day)
    known = sort_out(delivery.closes, history, delivery.doubts)
    judged = judge(
        known.new,
        history.closes(),
        percent=settings.MARKET_JUMP_PERCENT[series],
        calendar=trading_calendar(),
        confirm=delivery.confirm_jumps,
    )
    _insert(delivery, judged, known.new)
    jumps = _jumps(series, judged.unconfirmed)
    return Recorded(
        inserted=len(judged.believed),
        unchanged=known.unchanged,
        held=_hold(delivery.of, [*known.held, *jumps]),
        still_held=known.still_held,
        decided_before=known.decided_before,
        confirmed_jumps=judged.confirmed,
    )


def _insert(delivery: _Delivery, judged: Judged, new: dict[date, Decimal]) -> None:
    reasons = {jump.day: f"Jump of {jump.percent} % confirmed by the next close" for jump in judged.confirmed}
    closes = [(day, new[day], reasons.get(day, "")) for day in judged.believed]
    insert_first_revisions(closes, delivery.of, delivery.progress)


def _jumps(series: str, jumps: Collection[Jump]) -> list[tuple[date, Decimal, HeldClose.Reason, int | None]]:
    before = latest_closes(series, {jump.previous_day for jump in jumps})
    return [(jump.day, jump.close, HeldClose.Reason.JUMP, before[jump.previous_day].pk) for jump in jumps]


def _hold(
    of: Provenance, closes: Iterable[tuple[date, Decimal, HeldClose.Reason, int | None]]
) -> tuple[HeldClose, ...]:
    held = [
        HeldClose(
            series=of.series,
            trading_day=day,
            close=close,
            source=of.source,
            reason=reason,
            compared_with_id=compared_with,
            received_at=of.now,
        )
        for day, close, reason, compared_with in closes
    ]
    return tuple(HeldClose.objects.bulk_create(held, batch_size=_BATCH))


def collect_closing_prices(now: datetime) -> dict[str, list[dict[str, Any]]]:
    """Fetch and record what every configured source has, by the series' policy: what came of each delivery.

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
    try:
        sources = sources_of(series)
        policy = policy_of(series, sources)
    except ImproperlyConfigured as error:
        return [_failure(series, "MARKET_SOURCES", error)]
    deliveries: list[tuple[str, Fetched]] = []
    for source in sources:
        deliveries += _fetched(source, series, since, now, calendar, outcomes)
    verdict = _weighed(policy, series, deliveries, now, calendar)
    if verdict.told:
        outcomes.append(_success("MARKET_POLICY", _NOTHING, verdict.messages()))
    # Once a series has closes, a jump waits for two people: two bad days in a row would confirm each other.
    confirm_jumps = newest is None
    for name, fetched in deliveries:
        outcomes.append(_take(series, name, fetched, verdict, now, confirm_jumps=confirm_jumps))
    return outcomes


def _fetched(
    source: Source,
    series: str,
    since: date,
    now: datetime,
    calendar: NewYorkCalendar,
    outcomes: list[dict[str, Any]],
) -> list[tuple[str, Fetched]]:
    """The deliveries of a source under its name; what keeps it from delivering is told."""
    asked = asked_from(source, now, calendar)
    if asked:
        outcomes.append(_success(source.name, _NOTHING, [f"not asked before {asked:%H:%M}"]))
        return []
    try:
        return [(source.name, each) for each in source.fetch(series, since=since, now=now, calendar=calendar)]
    except _FAILURES as error:
        outcomes.append(_failure(series, source.name, error))
        return []


def _weighed(
    policy: Policy, series: str, deliveries: Sequence[tuple[str, Fetched]], now: datetime, calendar: NewYorkCalendar
) -> Verdict:
    delivered = [Delivered(name, each.day, each.close) for name, fetched in deliveries for each in fetched.closes]
    return weigh(
        policy,
        delivered,
        recorded=_recorded_by_source(series, {each.day for each in delivered}) if policy != Policy() else {},
        is_overdue=lambda day: now >= calendar.close_at(day) + policy.wait,
        held_since=now.astimezone(NEW_YORK).date() - LOOK_BACK,
    )


def _recorded_by_source(series: str, days: Collection[date]) -> dict[date, Delivered]:
    return {
        day: Delivered(origin(price.source), day, price.close) for day, price in latest_closes(series, days).items()
    }


def _take(
    series: str, name: str, fetched: Fetched, verdict: Verdict, now: datetime, *, confirm_jumps: bool
) -> dict[str, Any]:
    if fetched.refusal:
        transaction.on_commit(fetched.finish, robust=True)
        return _failure(series, fetched.name, fetched.refusal)
    try:
        recorded = record_closes(
            series=series,
            closes=kept(fetched.closes, name, verdict),
            source=fetched.name,
            recorded_by=None,
            now=now,
            confirm_jumps=confirm_jumps,
            doubts=verdict.doubts,
        )
    except DatabaseError as error:
        return _failure(series, fetched.name, error)
    if not any((name, each.day) in verdict.waiting for each in fetched.closes):
        # Robust: a file that cannot be moved is logged, read again next time, and then changes nothing.
        transaction.on_commit(fetched.finish, robust=True)
    return _success(fetched.name, recorded, recorded.messages())


def _success(source: str, recorded: Recorded, messages: list[str]) -> dict[str, Any]:
    return {
        "source": source,
        "failed": False,
        "inserted": recorded.inserted,
        "unchanged": recorded.unchanged,
        "held": len(recorded.held),
        "still_held": recorded.still_held,
        "decided_before": recorded.decided_before,
        "messages": messages,
    }


def _failure(series: str, source: str, error: Exception) -> dict[str, Any]:
    logger.error("%s: %s: %s", series, source, error, exc_info=isinstance(error, DatabaseError))
    lines = error.lines() if isinstance(error, RefusedFile) else [str(error)]
    return {"source": source, "failed": True, "messages": lines}
