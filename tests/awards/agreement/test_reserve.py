from decimal import Decimal

import pytest

from awards.agreement.errors import InvalidPayment
from awards.agreement.reserve import ceiling, shares_needed
from awards.agreement.terms import Terms


@pytest.mark.parametrize(
    ("value", "fmv", "expected"),
    [("6233.80", "6.10", 1022), ("6.10", "6.10", 1), ("6.100001", "6.10", 2), ("0", "6.10", 0)],
)
def test_shares_needed_cover_the_value_at_the_price(value: str, fmv: str, expected: int) -> None:
    assert shares_needed(Decimal(value), Decimal(fmv)) == expected


@pytest.mark.parametrize(("value", "fmv"), [("1", "0"), ("1", "-1"), ("-1", "6.10")])
def test_shares_needed_refuse_prices_and_values_that_are_none(value: str, fmv: str) -> None:
    with pytest.raises(InvalidPayment):
        shares_needed(Decimal(value), Decimal(fmv))


def test_ceiling_is_the_top_multiplier_each() -> None:
    assert (ceiling(0), ceiling(1), ceiling(1002)) == (0, 4, 4008)
    assert ceiling(3, Terms(name="later form", multiplier_cap=Decimal("2.5"))) == 8
