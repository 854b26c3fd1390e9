"""Closes that should have arrived and have not. Nothing stands in for them: what needs one waits (I11)."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from django.core.exceptions import ImproperlyConfigured

from awards.market.calendar import NEW_YORK, NewYorkCalendar, trading_calendar
from awards.market.models import HeldClose, Series
from awards.market.queries import first_days, missing_closes
from awards.market.sources import sources_of
from awards.market.sources.listed import arrives_after

# After the close of trading, the time in which sources publish.
GRACE = timedelta(minutes=90)
AFTER_ARRIVAL = timedelta(minutes=30)
_SHOWN = 20


def missing_report(now: datetime) -> dict[str, tuple[date, ...]]:
    """By series, the Trading Days without a close since its first one, up to the last day whose close is due by `now`.

    A close is due 90 minutes after the close of trading, or later where its sources deliver later. A series of which
    nothing was ever recorded lacks nothing.
    """
    calendar = trading_calendar()
    firsts = first_days()
    return {
        series: missing_closes(series, firsts[series], last_due(now, calendar, grace(series)), calendar)
        if series in firsts
        else ()
        for series in Series.values
    }


def grace(series: str) -> timedelta:
    """How long after the close of trading a close of the series is due: half an hour after its last source delivers."""
    try:
        latest = max((arrives_after(source) for source in sources_of(series)), default=timedelta(0))
    except ImproperlyConfigured:
        # Told where closes are fetched; here, what is missing is missing all the same.
        return GRACE
    return max(GRACE, latest + AFTER_ARRIVAL) if latest else GRACE


def last_due(now: datetime, calendar: NewYorkCalendar, after: timedelta = GRACE) -> date:
    """The last Trading Day whose close should have arrived by `now`, so long `after` the close of trading."""
    today = now.astimezone(NEW_YORK).date()
    if calendar.is_trading_day(today) and calendar.close_at(today) + after <= now:
        return today
    return calendar.previous_trading_day(today)


def missing_lines(report: Mapping[str, tuple[date, ...]]) -> list[str]:
    """One line for each series that lacks closes, the newest 20 of them named, those that are held marked."""
    waiting = frozenset(HeldClose.objects.open().order_by().values_list("series", "trading_day"))
    return [
        _line(Series(series), days, {day for of, day in waiting if of == series})
        for series, days in report.items()
        if days
    ]


def _line(series: Series, days: tuple[date, ...], held: set[date]) -> str:
    newest = ", ".join(f"{day} (held)" if day in held else f"{day}" for day in days[-_SHOWN:])
    which = "" if len(days) <= _SHOWN else f"the newest {_SHOWN} are "
    return f"{series.label}: {len(days)} {'close is' if len(days) == 1 else 'closes are'} missing: {which}{newest}"
