"""I10: half up, away from zero for negatives, at exactly the places the agreement names. Nothing else is rounded."""

from decimal import ROUND_HALF_UP, Context, Decimal, DivisionByZero, InvalidOperation, Overflow
from functools import cache

_TRAPS = [InvalidOperation, DivisionByZero, Overflow]

EXACT = Context(prec=50, rounding=ROUND_HALF_UP, traps=_TRAPS)
"""The context of every calculation: 50 digits, far beyond what prices, percentages and quantities need."""

ZERO = Decimal(0)
HUNDRED = Decimal(100)

# Wide enough to hold 30 places after any amount: a rounding never fails for want of digits.
_ROUNDING = Context(prec=150, rounding=ROUND_HALF_UP, traps=_TRAPS)
_RESIDUE = Decimal("1e-30")


@cache
def _unit(places: int) -> Decimal:
    return Decimal(1).scaleb(-places)


def round_half_up(value: Decimal, places: int) -> Decimal:
    """`value` at `places` decimals, half up, away from zero for negatives (I10). A zero carries no sign.

    The first 30 places decide. What lies beyond is only ever the end of a division that does not come out
    (a price over a 3-for-1 split), and must not turn an exact tie into a near miss.
    """
    settled = _ROUNDING.quantize(value, _RESIDUE)
    return _ROUNDING.plus(_ROUNDING.quantize(settled, _unit(places)))


def percent(value: Decimal) -> Decimal:
    """A percentage at the three decimals of §2.1 and §2.7."""
    return round_half_up(value, 3)


def cents(value: Decimal) -> Decimal:
    """An amount of money at two decimals (I10)."""
    return round_half_up(value, 2)
