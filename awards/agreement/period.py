"""§2.1, §2.7(e): the Period, and its Duration in years."""

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from awards.agreement.calendar import TradingCalendar
from awards.agreement.errors import ExerciseDateBeforePeriod
from awards.agreement.months import anniversary
from awards.agreement.rounding import EXACT

_THOUSANDTHS = Decimal(-3)


class PeriodLength(NamedTuple):
    """Whole `years`, and `days` of the `days_in_year` of the anniversary year that has begun (I9)."""

    years: int
    days: int
    days_in_year: int


def period_start(award_date: date, calendar: TradingCalendar) -> date:
    """The Trading Day before the Award Date (§2.1)."""
    return calendar.previous_trading_day(award_date)


def period_end(exercise_date: date, calendar: TradingCalendar) -> date:
    """The Trading Day before the Exercise Date (§2.1)."""
    return calendar.previous_trading_day(exercise_date)


def period_length(start: date, end: date) -> PeriodLength:
    """The length of the Period, counted from its first day's anniversaries (I9). Raises ExerciseDateBeforePeriod."""
    if end < start:
        raise ExerciseDateBeforePeriod(start, end)
    years = end.year - start.year
    begun = anniversary(start, years)
    if begun > end:
        years -= 1
        begun = anniversary(start, years)
    return PeriodLength(years, (end - begun).days, (anniversary(start, years + 1) - begun).days)


def duration_unrounded(start: date, end: date) -> Decimal:
    """The Duration in years before it is rounded (§2.7(e), I9)."""
    years, days, days_in_year = period_length(start, end)
    return EXACT.divide(Decimal(years * days_in_year + days), Decimal(days_in_year))


def duration(start: date, end: date) -> Decimal:
    """The Duration: the Period's length in years at three decimals, half up (§2.7(e), I9, I10).

    0.000 when the Period begins and ends on one day. Raises ExerciseDateBeforePeriod.
    """
    years, days, days_in_year = period_length(start, end)
    thousandths = 1000 * years + (2000 * days + days_in_year) // (2 * days_in_year)
    return EXACT.scaleb(Decimal(thousandths), _THOUSANDTHS)
