"""§2.7: how far the Stock outperformed the index, and what that multiplies."""

from decimal import Decimal

from awards.agreement.rounding import EXACT, HUNDRED, ZERO, round_half_up
from awards.agreement.terms import FORM_2005, Terms


def annualized_percentage(start: Decimal, end: Decimal, duration: Decimal) -> Decimal:
    """The annualized increase in percent, simple and not compound, unrounded (§2.7(f), §2.7(g)).

    One division, so that a tie at the three decimals the agreement takes is exact. `duration` in years, above zero.
    """
    rise = EXACT.multiply(EXACT.subtract(end, start), HUNDRED)
    return EXACT.divide(rise, EXACT.multiply(start, duration))


def outperform_percentage(annualized_stock: Decimal, annualized_sp: Decimal) -> Decimal:
    """The Outperform Percentage of the rounded annualized percentages; negative when the index did better (§2.7)."""
    return EXACT.subtract(annualized_stock, annualized_sp)


def multiplier_unrounded(outperform: Decimal, terms: Terms = FORM_2005) -> Decimal:
    """The Multiplier before it is rounded: 0 at 0 % or less, the top from the cap on, in proportion between (§2.7)."""
    if outperform <= 0:
        return ZERO
    if outperform >= terms.outperform_cap:
        return terms.multiplier_cap
    return EXACT.divide(EXACT.multiply(outperform, terms.multiplier_cap), terms.outperform_cap)


def multiplier(outperform: Decimal, terms: Terms = FORM_2005) -> Decimal:
    """The Multiplier at three decimals, half up: 5 % gives 1.818 (§2.7, I10)."""
    return round_half_up(multiplier_unrounded(outperform, terms), 3)


def stock_end_for(
    outperform: Decimal, *, stock_start: Decimal, sp_start: Decimal, sp_end: Decimal, duration: Decimal
) -> Decimal:
    """The Stock End Number in dollars at which the Outperform Percentage is `outperform` (§2.7 read backwards).

    At 0 the Multiplier leaves zero, at the terms' `outperform_cap` it reaches its top. Exact for the two annualized
    percentages before they are rounded: their three decimals move it by less than 0.001 % of `stock_start` a year.
    `duration` in years.
    """
    ahead = EXACT.divide(EXACT.multiply(outperform, duration), HUNDRED)
    return EXACT.multiply(stock_start, EXACT.add(EXACT.divide(sp_end, sp_start), ahead))
