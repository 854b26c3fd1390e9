"""§2.1, §2.7: the closes an exercise rests on, and their average."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple, Self

from awards.agreement.errors import InvalidCloses
from awards.agreement.rounding import EXACT, ZERO


class WindowClose(NamedTuple):
    """One Trading Day's closes: the index, and the Stock in dollars on the basis of the calculation."""

    day: date
    sp500: Decimal
    stock: Decimal


class Window(tuple[WindowClose, ...]):
    """The Trading Days before an Exercise Date, ascending: checked and averaged once for all Awards that share them.

    Raises InvalidCloses when a close is not positive or the days do not ascend.
    """

    def __new__(cls, closes: Iterable[WindowClose]) -> Self:
        window = super().__new__(cls, closes)
        previous = date.min
        for close in window:
            if close.day <= previous:
                raise InvalidCloses(f"The window's Trading Days must ascend: {close.day} follows {previous}.")
            _require_close("the S&P 500", close.day, close.sp500)
            _require_close("the Stock", close.day, close.stock)
            previous = close.day
        return window

    @classmethod
    def of(cls, closes: Iterable[WindowClose]) -> Self:
        return closes if isinstance(closes, cls) else cls(closes)

    @cached_property
    def sp_average(self) -> Decimal:
        """The S&P End Number (§2.7(b))."""
        return average([close.sp500 for close in self], len(self))

    @cached_property
    def stock_average(self) -> Decimal:
        """The Stock End Number (§2.7(d))."""
        return average([close.stock for close in self], len(self))


@dataclass(frozen=True, slots=True)
class Closes:
    """The first day of the Period with its closes, and the Trading Days before the Exercise Date, ascending.

    The window's last day is the last of the Period, and its Stock close the Fair Market Value (§2.6). All Stock closes
    are on one basis (§6). Raises InvalidCloses when a close is not positive or the window does not ascend.
    """

    period_start: date
    sp_start: Decimal
    stock_start: Decimal
    window: tuple[WindowClose, ...]

    def __post_init__(self) -> None:
        _require_close("the S&P 500", self.period_start, self.sp_start)
        _require_close("the Stock", self.period_start, self.stock_start)
        object.__setattr__(self, "window", Window.of(self.window))


def _require_close(name: str, day: date, close: Decimal) -> None:
    # Equality of types first: a float that crept in must not be called a price.
    if not isinstance(close, Decimal) or not close.is_finite() or close <= 0:
        raise InvalidCloses(f"The close of {name} on {day} is not a positive decimal: {close}.")


def average(closes: Iterable[Decimal], count: int) -> Decimal:
    """The simple arithmetic average of `count` closes, unrounded (§2.1, §2.7(b), §2.7(d), I10)."""
    total = ZERO
    for close in closes:
        total = EXACT.add(total, close)
    return EXACT.divide(total, Decimal(count))
