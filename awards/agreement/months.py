"""I1: months are counted from the day itself, never chained, and clipped to the month's last day."""

from datetime import MAXYEAR, MINYEAR, date

from awards.agreement.errors import DateOutOfRange

_SHORT_MONTHS = {2: 28, 4: 30, 6: 30, 9: 30, 11: 30}


def add_months(day: date, months: int) -> date:
    """`day` plus whole `months`, clipped to the last day of the month it lands in (I1).

    Raises DateOutOfRange beyond the years 1 to 9999.
    """
    past = day.month - 1 + months
    year, month = day.year + past // 12, past % 12 + 1
    if not MINYEAR <= year <= MAXYEAR:
        raise DateOutOfRange(day, months)
    if day.day <= 28:
        return date(year, month, day.day)
    return date(year, month, min(day.day, _last_day(year, month)))


def anniversary(day: date, years: int) -> date:
    """The anniversary of `day` after whole `years`; of 29 February, the 28th in a common year (I1)."""
    return add_months(day, 12 * years)


def _last_day(year: int, month: int) -> int:
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return 29 if month == 2 and leap else _SHORT_MONTHS.get(month, 31)
