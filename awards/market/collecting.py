"""The scheduled fetch: every source of every series, each on its own, so that one that fails stops no other."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, transaction

from awards.market.calendar import NewYorkCalendar, trading_calendar
from awards.market.models import Series
from awards.market.parsing import RefusedFile
from awards.market.queries import newest_days
from awards.market.recording import Recorded, record_closes
from awards.market.sources import Fetched, Source, SourceError, sources_of

logger = logging.getLogger(__name__)
# Fetched once more each time, so that a close that a source corrects within days is noticed.
LOOK_BACK = timedelta(days=10)
BEGINNING = date(1990, 1, 1)
_REFUSALS = (SourceError, RefusedFile, ImproperlyConfigured, DatabaseError, OSError)


@dataclass(slots=True)
class _Outcome:
    """What came of one delivery, or of one source that delivered nothing."""

    source: str
    failed: bool = False
    counts: dict[str, int] = field(default_factory=dict)
    messages: list[str] = field(default_factory=list)

    def summary(self) -> dict[str, Any]:
        return {"source": self.source, "failed": self.failed, **self.counts, "messages": self.messages}


def collect_closing_prices(now: datetime) -> dict[str, list[dict[str, Any]]]:
    """Fetch and record what every configured source has: by series, what came of each delivery.

    Each has `source`, `failed`, `messages` and, unless it failed, `inserted`, `unchanged`, `held`, `still_held` and
    `decided_before`. Failures are logged as errors. Call it outside any transaction: it waits for others' servers.
    """
    calendar = trading_calendar()
    newest = newest_days()
    return {series: _collect(series, newest.get(series), now, calendar) for series in Series.values}


def _collect(series: str, newest: date | None, now: datetime, calendar: NewYorkCalendar) -> list[dict[str, Any]]:
    since = newest - LOOK_BACK if newest else BEGINNING
    outcomes: list[_Outcome] = []
    deliveries: list[Fetched] = []
    for source in _configured(series, outcomes):
        try:
            deliveries.extend(source.fetch(series, since=since, now=now, calendar=calendar))
        except _REFUSALS as error:
            outcomes.append(_failure(series, source.name, error))
    disputed = _disputed(deliveries)
    # Once a series has closes, nobody is there to look at the day after: a jump waits for two people.
    outcomes += [_record(series, delivery, disputed, now, confirm_jumps=newest is None) for delivery in deliveries]
    return [outcome.summary() for outcome in outcomes]


def _configured(series: str, outcomes: list[_Outcome]) -> tuple[Source, ...]:
    try:
        return sources_of(series)
    except ImproperlyConfigured as error:
        outcomes.append(_failure(series, "MARKET_SOURCES", error))
        return ()


def _disputed(deliveries: Iterable[Fetched]) -> frozenset[tuple[date, Decimal]]:
    """Every (day, close) of a day for which the deliveries differ."""
    by_day: dict[date, set[Decimal]] = {}
    for delivery in deliveries:
        for dated in delivery.closes:
            by_day.setdefault(dated.day, set()).add(dated.close)
    return frozenset((day, close) for day, closes in by_day.items() if len(closes) > 1 for close in closes)


def _record(
    series: str,
    delivery: Fetched,
    disputed: frozenset[tuple[date, Decimal]],
    now: datetime,
    *,
    confirm_jumps: bool,
) -> _Outcome:
    if delivery.refusal:
        delivery.finish()
        return _failure(series, delivery.name, delivery.refusal)
    try:
        recorded = record_closes(
            series=series,
            closes=delivery.closes,
            source=delivery.name,
            recorded_by=None,
            now=now,
            confirm_jumps=confirm_jumps,
            disputed=disputed,
        )
    except DatabaseError as error:
        return _failure(series, delivery.name, error)
    # Robust: a file that cannot be moved is read again next time, changes nothing, and is logged.
    transaction.on_commit(delivery.finish, robust=True)
    return _success(delivery.name, recorded)


def _success(source: str, recorded: Recorded) -> _Outcome:
    counts = {
        "inserted": recorded.inserted,
        "unchanged": recorded.unchanged,
        "held": len(recorded.held),
        "still_held": recorded.still_held,
        "decided_before": recorded.decided_before,
    }
    return _Outcome(source, counts=counts, messages=recorded.messages())


def _failure(series: str, source: str, error: Exception) -> _Outcome:
    logger.error("%s: %s: %s", series, source, error, exc_info=isinstance(error, DatabaseError))
    lines = error.lines() if isinstance(error, RefusedFile) else [str(error)]
    return _Outcome(source, failed=True, messages=lines)
