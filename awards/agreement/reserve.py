"""§8: the Stock the Company keeps reserved."""

from decimal import ROUND_CEILING, Decimal

from awards.agreement.payment import require_fmv, shares_covering
from awards.agreement.rounding import EXACT
from awards.agreement.terms import FORM_2005, Terms


def shares_needed(value_total: Decimal, fmv: Decimal) -> int:
    """Whole shares, rounded up, that `value_total` dollars would take if all of it were paid in Stock now (§8).

    Raises InvalidPayment.
    """
    return shares_covering(value_total, require_fmv(fmv))


def ceiling(outstanding: int, terms: Terms = FORM_2005) -> int:
    """Shares that `outstanding` OSOs never exceed: the top Multiplier each, a gain being less than the price (§8)."""
    shares = EXACT.multiply(Decimal(outstanding), terms.multiplier_cap)
    return int(shares.to_integral_value(rounding=ROUND_CEILING))
