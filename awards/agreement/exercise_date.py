"""§2.5: the Exercise Date of a notice."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from awards.agreement.calendar import TradingCalendar
from awards.agreement.errors import LastMomentPassed, NaiveInstant
from awards.agreement.lapse import Lapse, last_exercise_day

NEW_YORK = ZoneInfo("America/New_York")


def exercise_date(received_at: datetime, calendar: TradingCalendar) -> date:
    """The Exercise Date of a notice received at the aware instant `received_at` (§2.5, I7).

    The day of receipt in New York when it is a Trading Day and trading has not closed; the very instant of the close
    is still in time. Otherwise the next Trading Day. Raises NaiveInstant.
    """
    if received_at.utcoffset() is None:
        raise NaiveInstant(received_at)
    day = received_at.astimezone(NEW_YORK).date()
    if calendar.is_trading_day(day) and received_at <= calendar.close_at(day):
        return day
    return calendar.next_trading_day(day)


def cut_off(received_at: datetime, calendar: TradingCalendar) -> datetime:
    """The last instant, aware, of a notice with the Exercise Date of one received at `received_at` (§2.5, I7).

    Raises NaiveInstant.
    """
    return calendar.close_at(exercise_date(received_at, calendar))


def admissible_exercise_date(received_at: datetime, *, lapse: Lapse, calendar: TradingCalendar) -> date:
    """The Exercise Date of a notice, unless it falls after the last moment to exercise (§2.5, I6).

    Raises NaiveInstant, LastMomentPassed.
    """
    day = exercise_date(received_at, calendar)
    last_day = last_exercise_day(lapse, calendar)
    if day > last_day:
        raise LastMomentPassed(day, calendar.close_at(last_day).astimezone(NEW_YORK))
    return day
