"""Exercise on one day or on a later one: what the wait costs if nothing moves, and what would make up for it."""

from bisect import bisect_left
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from awards.agreement.calendar import TradingCalendar
from awards.agreement.months import add_months
from awards.agreement.rounding import EXACT, HUNDRED
from awards.agreement.worksheet import WindowClose, Worksheet
from awards.what_if.suppose import asked_again, levelled, nothing_moved, supposed

ONE_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Waiting:
    """`first` on its own closes, and `later` on the same ten; `even` is `later` with the Stock where it pays as much.

    `even` has the lowest last close, in whole cents, at which the later day pays no less than the first; where the
    first pays nothing, at which it pays anything. The index and the shape of the Stock's window stay.
    """

    first: Worksheet
    later: Worksheet
    even: Worksheet

    @property
    def effect(self) -> Decimal:
        """What the wait alone does, in dollars: negative as it nearly always takes value away."""
        return EXACT.subtract(self.later.consideration, self.first.consideration)

    @property
    def move(self) -> Decimal:
        """How far the Stock has to go for that, in percent of its last close, unrounded."""
        return EXACT.divide(EXACT.multiply(EXACT.subtract(self.even.fmv, self.first.fmv), HUNDRED), self.first.fmv)


@dataclass(frozen=True, slots=True)
class Roll:
    """The next Exercise Date: what leaves the window, the day whose close enters, and what it pays if that is the last
    close again."""

    leaves: WindowClose
    enters_on: date
    sheet: Worksheet


def waiting(first: Worksheet, later_on: date, calendar: TradingCalendar) -> Waiting:
    """Raises whatever `agreement.worksheet` refuses."""
    later = nothing_moved(first, later_on, calendar)
    return Waiting(first, later, reaching(later, first.consideration or ONE_CENT))


def reaching(sheet: Worksheet, amount: Decimal) -> Worksheet:
    """The Worksheet with the lowest last close of the Stock, in whole cents, that pays at least `amount`.

    What it pays never falls as the Stock's closes rise together, so halving finds it exactly.
    """

    def at(cents: int) -> Worksheet:
        window = levelled(sheet.closes.window, stock=EXACT.multiply(ONE_CENT, Decimal(cents)))
        return asked_again(sheet, replace(sheet.closes, window=window))

    high = 1
    while at(high).consideration < amount:
        high *= 2
    return at(1 + bisect_left(range(1, high), True, key=lambda cents: at(cents).consideration >= amount))


def a_month_later(exercise_date: date, calendar: TradingCalendar, last_day: date) -> date:
    """The Exercise Date a month on, or the next Trading Day, but never after the last day to exercise (I1, I6, I7)."""
    return min(trading_day_from(add_months(exercise_date, 1), calendar), last_day)


def trading_day_from(day: date, calendar: TradingCalendar) -> date:
    """The day itself, or the next Trading Day, as a notice received on it would get (I7)."""
    return day if calendar.is_trading_day(day) else calendar.next_trading_day(day)


def tomorrow(sheet: Worksheet, calendar: TradingCalendar) -> Roll:
    """The next Exercise Date after this one, were the one close still to come the same as the last."""
    last = sheet.closes.window[-1]
    following = supposed(
        sheet,
        stock=last.stock,
        index=last.sp500,
        exercise_date=calendar.next_trading_day(sheet.exercise_date),
        options=sheet.options,
        calendar=calendar,
    )
    return Roll(sheet.closes.window[0], sheet.exercise_date, following)
