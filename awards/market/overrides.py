"""What writes a day on which the exchange did not do what its calendar said."""

from datetime import date, datetime

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Max

from awards.market.calendar import NEW_YORK, NewYorkCalendar, trading_calendar
from awards.market.models import HeldClose, Series, TradingDayOverride
from awards.market.queries import first_days, latest_closes_of_both

_ATTEMPTS = 3


class ClosesRecorded(Exception):
    """The override takes the trading from a day that has closes; the message says what would become of them."""


def record_override(
    *, override: TradingDayOverride, by: User, now: datetime, despite_closes: bool = False
) -> TradingDayOverride:
    """Record an override that is not yet saved, as the next revision of its day.

    Raises ClosesRecorded when there would be no trading on a day that has recorded closes, unless `despite_closes`:
    sources that repeat the last close on a day without trading are known, and so are slips of the keyboard.
    """
    refusal = closes_in_the_way(override)
    if refusal and not despite_closes:
        raise ClosesRecorded(refusal)
    override.recorded_by, override.recorded_at = by, now
    for attempt in range(_ATTEMPTS):
        override.revision = _newest_revision(override) + 1
        try:
            with transaction.atomic():
                override.save(force_insert=True)
                return override
        except IntegrityError:
            # Somebody else took the revision between our look and our insert.
            if attempt == _ATTEMPTS - 1:
                raise
    raise AssertionError("unreachable")


def closes_in_the_way(override: TradingDayOverride) -> str:
    """What becomes of the closes of a day on which there would be no trading; empty when it has none."""
    if not _takes_trading_away(override):
        return ""
    closes = [found[override.day] for found in latest_closes_of_both([override.day]).values() if override.day in found]
    if not closes:
        return ""
    named = "; ".join(f"{price}, {price.source}" for price in closes)
    return (
        f"{override.day} has recorded closes ({named}), so there seems to have been trading. If there was none, they "
        "stay on record and nothing reads them any more; what was settled keeps the closes it used."
    )


def effect(override: TradingDayOverride, now: datetime) -> list[str]:
    """What follows at once from a recorded override, a line each: the calendar, the closes, the held closes."""
    calendar = trading_calendar()
    day = override.day
    if calendar.is_trading_day(day):
        lines = [f"{day} is a Trading Day that closes at {calendar.close_at(day):%H:%M} New York time."]
        return lines + _missing(day, calendar, now)
    lines = [f"{day} is not a Trading Day ({calendar.why_closed(day)}). No close of it is missing or used."]
    held = HeldClose.objects.open().filter(trading_day=day).count()
    return lines + ([f"{held} held for that day can only be rejected now."] if held else [])


def _missing(day: date, calendar: NewYorkCalendar, now: datetime) -> list[str]:
    if day > now.astimezone(NEW_YORK).date() or now < calendar.close_at(day):
        return []
    recorded = latest_closes_of_both([day])
    begun = [series for series, first in first_days().items() if first <= day]
    missing = [Series(series).label for series in sorted(begun) if day not in recorded[series]]
    return [f"Its close is missing: {' and '.join(missing)}."] if missing else []


def _takes_trading_away(override: TradingDayOverride) -> bool:
    if override.kind == TradingDayOverride.Kind.CLOSED:
        return True
    return override.kind == TradingDayOverride.Kind.AS_CALENDAR and not NewYorkCalendar().is_trading_day(override.day)


def _newest_revision(override: TradingDayOverride) -> int:
    rows = TradingDayOverride.objects.filter(day=override.day)
    return rows.aggregate(newest=Max("revision"))["newest"] or 0
