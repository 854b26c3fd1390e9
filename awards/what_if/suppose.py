"""A Worksheet asked again: on other closes, for another Exercise Date, of another number of OSOs.

Everything here starts from a Worksheet on recorded closes and is answered by `agreement.worksheet`; nothing repeats a
rule. What is supposed is which closes come in, and each function says so.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from awards.agreement.calendar import TradingCalendar
from awards.agreement.rounding import EXACT
from awards.agreement.worksheet import Closes, WindowClose, Worksheet, worksheet


def asked_again(
    sheet: Worksheet, closes: Closes, *, exercise_date: date | None = None, options: int | None = None
) -> Worksheet:
    """The same Award on those closes. Raises whatever `agreement.worksheet` refuses."""
    return worksheet(
        award_date=sheet.award_date,
        initial_price=sheet.initial_price,
        options=options or sheet.options,
        exercise_date=exercise_date or sheet.exercise_date,
        closes=closes,
        terms=sheet.terms,
    )


def window_before(sheet: Worksheet, exercise_date: date, calendar: TradingCalendar) -> tuple[date, ...]:
    """The Trading Days whose closes an exercise on that day averages (§2.7)."""
    return calendar.trading_days_before(exercise_date, sheet.terms.averaging_days)


def supposed(
    sheet: Worksheet, *, stock: Decimal, index: Decimal, exercise_date: date, options: int, calendar: TradingCalendar
) -> Worksheet:
    """What an exercise on that day pays if the Stock and the index close at those levels.

    A level that differs from the last close is taken for each Trading Day of the window, so that both averages and the
    Fair Market Value are that level. One that is left at the last close keeps the closes on record; only days to come
    close there. With both left and the day left, the answer is `sheet` itself.
    """
    last = sheet.closes.window[-1]
    known = {close.day: close for close in sheet.closes.window}
    window = tuple(
        WindowClose(
            day,
            known[day].sp500 if day in known and index == last.sp500 else index,
            known[day].stock if day in known and stock == last.stock else stock,
        )
        for day in window_before(sheet, exercise_date, calendar)
    )
    closes = replace(sheet.closes, window=window)
    return asked_again(sheet, closes, exercise_date=exercise_date, options=options)


def steady(sheet: Worksheet, *, stock: Decimal, index: Decimal) -> Worksheet:
    """The same Exercise Date, had both closed at those levels on every Trading Day of the window."""
    window = tuple(WindowClose(close.day, index, stock) for close in sheet.closes.window)
    return asked_again(sheet, replace(sheet.closes, window=window))


def nothing_moved(sheet: Worksheet, exercise_date: date, calendar: TradingCalendar) -> Worksheet:
    """A later Exercise Date on the very closes of this one: nothing differs but the Duration."""
    days = window_before(sheet, exercise_date, calendar)
    window = tuple(close._replace(day=day) for day, close in zip(days, sheet.closes.window, strict=True))
    return asked_again(sheet, replace(sheet.closes, window=window), exercise_date=exercise_date)


def levelled(
    window: Sequence[WindowClose], *, stock: Decimal | None = None, index: Decimal | None = None
) -> tuple[WindowClose, ...]:
    """The window with its last closes at those levels and every other close moved in the same proportion."""
    last = window[-1]
    return tuple(
        WindowClose(close.day, _moved(close.sp500, last.sp500, index), _moved(close.stock, last.stock, stock))
        for close in window
    )


def _moved(close: Decimal, last: Decimal, to: Decimal | None) -> Decimal:
    # A level that has not moved must leave every close as it was recorded, to the last digit.
    if to is None or to == last:
        return close
    return EXACT.divide(EXACT.multiply(close, to), last)
