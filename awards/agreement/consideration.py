"""§2.6: what an exercise pays."""

from bisect import bisect_left
from decimal import Decimal

from awards.agreement.rounding import EXACT, ZERO, cents


def gain(fmv: Decimal, adjusted_price: Decimal) -> Decimal:
    """Fair Market Value less Adjusted Price, in dollars per OSO, exact; may be negative (§2.6)."""
    return EXACT.subtract(fmv, adjusted_price)


def consideration_per_option(gain: Decimal, multiplier: Decimal) -> Decimal:
    """The consideration of one OSO in dollars, exact, never below zero (§2.6)."""
    return EXACT.multiply(gain, multiplier) if gain > 0 and multiplier > 0 else ZERO


def exercise_consideration(per_option: Decimal, options: int) -> Decimal:
    """The Exercise Consideration of `options` OSOs in dollars, unrounded; it is rounded once, to the cent (I10)."""
    return EXACT.multiply(per_option, Decimal(options))


def fewest_options(per_option: Decimal, *, amount: Decimal, most: int) -> int | None:
    """The smallest number of OSOs from 1 to `most` whose Exercise Consideration, at the cent, reaches `amount` (§2.6).

    None when even `most` do not. `per_option` exact, `amount` in dollars.
    """
    numbers = range(1, most + 1)
    found = bisect_left(numbers, amount, key=lambda number: cents(exercise_consideration(per_option, number)))
    return numbers[found] if found < most else None
