from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awards.agreement.errors import InvalidPayment
from awards.agreement.payment import payment, shares_covering


@pytest.mark.parametrize(
    ("consideration", "fmv", "stock_portion", "shares", "fraction_cash", "cash"),
    [
        ("6233.80", "6.10", "0.00", 0, "0", "6233.80"),
        ("6233.80", "6.10", "6233.80", 1021, "5.70", "5.70"),
        ("6233.80", "6.10", "3000.00", 491, "4.90", "3238.70"),
        ("6233.80", "6.10", "6.09", 0, "6.09", "6233.80"),
        ("6233.80", "6.10", "6.10", 1, "0", "6227.70"),
        ("6233.80", "6.10", "6.11", 1, "0.01", "6227.70"),
        # a Fair Market Value in hundredths of a cent: 10.00 − 4 × 2.1234 = 1.5064
        ("10.00", "2.1234", "10.00", 4, "1.5064", "1.51"),
        ("0.00", "6.10", "0.00", 0, "0", "0.00"),
    ],
)
def test_payment_is_whole_shares_and_the_fraction_in_cash(
    consideration: str, fmv: str, stock_portion: str, shares: int, fraction_cash: str, cash: str
) -> None:
    paid = payment(consideration=Decimal(consideration), fmv=Decimal(fmv), stock_portion=Decimal(stock_portion))
    assert (paid.shares, paid.fraction_cash, paid.cash) == (shares, Decimal(fraction_cash), Decimal(cash))
    assert paid.cash_portion == Decimal(consideration) - Decimal(stock_portion)


@given(st.decimals("0", "100000", places=2), st.decimals("0.01", "500", places=2), st.integers(0, 100))
def test_payment_pays_exactly_the_consideration(consideration: Decimal, fmv: Decimal, percentage: int) -> None:
    portion = (consideration * percentage / 100).quantize(Decimal("0.01"), rounding="ROUND_DOWN")
    paid = payment(consideration=consideration, fmv=fmv, stock_portion=portion)
    assert paid.stock_value + paid.cash == consideration
    assert 0 <= paid.fraction_cash < fmv


@pytest.mark.parametrize(
    ("consideration", "fmv", "stock_portion", "message"),
    [
        ("-0.01", "6.10", "0", "Exercise Consideration"),
        ("10.001", "6.10", "0", "Exercise Consideration"),
        ("NaN", "6.10", "0", "Exercise Consideration"),
        ("10.00", "0", "0", "Fair Market Value"),
        ("10.00", "-6.10", "0", "Fair Market Value"),
        ("10.00", "6.10", "-0.01", "Stock portion"),
        ("10.00", "6.10", "1.005", "Stock portion"),
        ("10.00", "6.10", "10.01", "more than the consideration"),
    ],
)
def test_payment_refuses_what_cannot_be_paid(consideration: str, fmv: str, stock_portion: str, message: str) -> None:
    with pytest.raises(InvalidPayment, match=message):
        payment(consideration=Decimal(consideration), fmv=Decimal(fmv), stock_portion=Decimal(stock_portion))


@pytest.mark.parametrize(
    ("amount", "fmv", "expected"), [("0", "6.10", 0), ("0.01", "6.10", 1), ("6.10", "6.10", 1), ("6.11", "6.10", 2)]
)
def test_shares_covering_rounds_up(amount: str, fmv: str, expected: int) -> None:
    assert shares_covering(Decimal(amount), Decimal(fmv)) == expected


def test_shares_covering_refuses_a_negative_amount() -> None:
    with pytest.raises(InvalidPayment):
        shares_covering(Decimal("-0.01"), Decimal("6.10"))
