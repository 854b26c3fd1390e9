"""§2.1: the Initial Price, moved by the index."""

from decimal import Decimal

from awards.agreement.rounding import EXACT, HUNDRED
from awards.agreement.terms import FORM_2005, Terms

_ONE = Decimal(1)
_PERCENT = Decimal(-2)


def aggregate_percentage(sp_start: Decimal, sp_end: Decimal) -> Decimal:
    """The Aggregate Percentage S&P Performance in percent, unrounded; the agreement takes three decimals (§2.1)."""
    return EXACT.divide(EXACT.multiply(EXACT.subtract(sp_end, sp_start), HUNDRED), sp_start)


def adjusted_price_before_floor(initial_price: Decimal, aggregate_sp: Decimal) -> Decimal:
    """The Initial Price moved by `aggregate_sp` percent, in dollars, exact (§2.1, I10)."""
    return EXACT.multiply(initial_price, EXACT.add(_ONE, EXACT.scaleb(aggregate_sp, _PERCENT)))


def adjusted_price(initial_price: Decimal, before_floor: Decimal, terms: Terms = FORM_2005) -> Decimal:
    """The Adjusted Price in dollars: under terms with a floor, never below the Initial Price (§2.1)."""
    if terms.adjusted_price_has_floor and before_floor < initial_price:
        return initial_price
    return before_floor
