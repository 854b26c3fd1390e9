"""§2.6: what an exercise pays."""

from decimal import Decimal

from awards.agreement.rounding import EXACT, ZERO


def gain(fmv: Decimal, adjusted_price: Decimal) -> Decimal:
    """Fair Market Value less Adjusted Price, in dollars per OSO, exact; may be negative (§2.6)."""
    return EXACT.subtract(fmv, adjusted_price)


def consideration_per_option(gain: Decimal, multiplier: Decimal) -> Decimal:
    """The consideration of one OSO in dollars, exact, never below zero (§2.6)."""
    return EXACT.multiply(gain, multiplier) if gain > 0 and multiplier > 0 else ZERO


def exercise_consideration(per_option: Decimal, options: int) -> Decimal:
    """The Exercise Consideration of `options` OSOs in dollars, unrounded; it is rounded once, to the cent (I10)."""
    return EXACT.multiply(per_option, Decimal(options))
