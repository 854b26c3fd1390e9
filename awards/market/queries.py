"""What is read of the closes. Each function is one query; the unique key (series, day, revision) serves them all."""

from collections.abc import Collection, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Max, Min

from awards.market import rows
from awards.market.calendar import NewYorkCalendar
from awards.market.models import ClosingPrice, Series

# Beyond this many days a range costs less than naming each, and SQLite takes no more than 999 parameters gladly.
_NAMED_DAYS = 400


def latest_closes(series: str, days: Collection[date]) -> dict[date, ClosingPrice]:
    """The latest revision for each of `days` that has a close; the others are left out."""
    if not days:
        return {}
    if len(days) > _NAMED_DAYS:
        wanted = frozenset(days)
        between = closes_between(series, min(wanted), max(wanted))
        return {day: price for day, price in between.items() if day in wanted}
    rows = ClosingPrice.objects.filter(series=series, trading_day__in=days)
    return {price.trading_day: price for price in rows.order_by("trading_day", "revision")}


def latest_closes_of_both(days: Collection[date]) -> dict[str, dict[date, ClosingPrice]]:
    """The latest revision for each of `days`, of every series, in one query."""
    found: dict[str, dict[date, ClosingPrice]] = {series: {} for series in Series.values}
    for price in ClosingPrice.objects.filter(trading_day__in=days).order_by("trading_day", "revision"):
        found[price.series][price.trading_day] = price
    return found


class RecordedClose(NamedTuple):
    """The row of a close, and what a calculation reads of it."""

    pk: int
    series: str
    trading_day: date
    close: Decimal


def recorded_closes(days: Collection[date]) -> rows.Answer[dict[str, dict[date, RecordedClose]]]:
    """The same as `latest_closes_of_both`, without a model for each of the hundred that a page of Awards needs."""
    if not days:
        return lambda: {series: {} for series in Series.values}
    which, given = _one_of(days)
    rest = f"FROM market_closingprice WHERE trading_day {which} ORDER BY trading_day, revision"
    answer = rows.read_as(RecordedClose, ClosingPrice, rest, given)
    return lambda: _by_day(answer())


def _one_of(days: Collection[date]) -> tuple[str, list[Any]]:
    # As one array the statement is the same for any number of days, and PostgreSQL keeps it ready for all pages.
    if rows.vendor() == "postgresql":
        return "= ANY(%s)", [list(days)]
    ops = connections[DEFAULT_DB_ALIAS].ops
    return f"IN ({', '.join(['%s'] * len(days))})", [ops.adapt_datefield_value(day) for day in days]


def _by_day(closes: Sequence[RecordedClose]) -> dict[str, dict[date, RecordedClose]]:
    found: dict[str, dict[date, RecordedClose]] = {series: {} for series in Series.values}
    for close in closes:
        found[close.series][close.trading_day] = close
    return found


def closes_between(series: str, start: date, end: date) -> dict[date, ClosingPrice]:
    """The latest revision of every close from `start` to `end`, both included, ascending."""
    rows = ClosingPrice.objects.filter(series=series, trading_day__range=(start, end))
    return {price.trading_day: price for price in rows.order_by("trading_day", "revision")}


def latest_close_on_or_before(series: str, day: date) -> ClosingPrice | None:
    """The latest revision of the newest close that is not after `day`."""
    rows = ClosingPrice.objects.filter(series=series, trading_day__lte=day)
    return rows.order_by("-trading_day", "-revision").first()


def missing_closes(series: str, start: date, end: date, calendar: NewYorkCalendar) -> tuple[date, ...]:
    """The Trading Days from `start` to `end`, both included, that have no close (I11). A held close is no close."""
    rows = ClosingPrice.objects.filter(series=series, trading_day__range=(start, end))
    recorded = frozenset(rows.order_by().values_list("trading_day", flat=True))
    return tuple(day for day in calendar.expected_days(start, end) if day not in recorded)


def newest_days() -> dict[str, date]:
    """The newest day with a close, by series; a series without any is left out."""
    rows = ClosingPrice.objects.order_by().values_list("series").annotate(newest=Max("trading_day"))
    return dict(rows)


def first_days() -> dict[str, date]:
    """The first day with a close, by series; a series without any is left out."""
    rows = ClosingPrice.objects.order_by().values_list("series").annotate(first=Min("trading_day"))
    return dict(rows)
