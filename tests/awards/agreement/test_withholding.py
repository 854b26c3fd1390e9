from decimal import Decimal

import pytest

from awards.agreement.errors import InvalidPayment, InvalidWithholding
from awards.agreement.payment import payment
from awards.agreement.withholding import provide, withholding_amount

ALL_STOCK = payment(consideration=Decimal("6233.80"), fmv=Decimal("6.10"), stock_portion=Decimal("6233.80"))
ALL_CASH = payment(consideration=Decimal("6233.80"), fmv=Decimal("6.10"), stock_portion=Decimal("0"))
TAX = Decimal("1558.45")


@pytest.mark.parametrize(
    ("taxable", "rate", "expected"),
    [
        ("6233.80", "0.25", "1558.45"),
        ("6233.80", "0.0145", "90.39"),
        ("0.10", "0.05", "0.01"),
        ("100.00", "0", "0.00"),
        ("100.00", "1", "100.00"),
    ],
)
def test_withholding_amount_is_rounded_half_up(taxable: str, rate: str, expected: str) -> None:
    assert str(withholding_amount(taxable=Decimal(taxable), rate=Decimal(rate))) == expected


@pytest.mark.parametrize("rate", ["-0.01", "1.01", "NaN"])
def test_withholding_amount_refuses_a_rate_that_is_none(rate: str) -> None:
    with pytest.raises(InvalidWithholding):
        withholding_amount(taxable=Decimal("100.00"), rate=Decimal(rate))


def test_withholding_from_cash_leaves_less_cash() -> None:
    provided = provide(payment=ALL_CASH, required=TAX, from_cash=TAX)
    assert (provided.shares, provided.cash, provided.shares_withheld) == (0, Decimal("4675.35"), 0)


def test_withholding_from_shares_takes_whole_shares_and_returns_the_excess() -> None:
    # 1558.45 ÷ 6.10 = 255.48: 256 shares are worth 1561.60, which is 3.15 too much
    provided = provide(payment=ALL_STOCK, required=TAX, from_shares=TAX)
    assert (provided.shares_withheld, provided.shares) == (256, 765)
    assert (provided.excess_cash, provided.cash) == (Decimal("3.15"), Decimal("8.85"))


def test_withholding_of_exactly_whole_shares_has_no_excess() -> None:
    provided = provide(payment=ALL_STOCK, required=Decimal("610.00"), from_shares=Decimal("610.00"))
    assert (provided.shares_withheld, provided.excess_cash, provided.cash) == (100, Decimal(0), Decimal("5.70"))


def test_withholding_paid_in_leaves_the_payment_whole() -> None:
    provided = provide(payment=ALL_STOCK, required=TAX, paid_in=TAX)
    assert (provided.shares, provided.cash, provided.paid_in) == (1021, Decimal("5.70"), TAX)


def test_withholding_can_be_provided_for_in_three_ways_at_once() -> None:
    ways = {"from_cash": Decimal("5.70"), "from_shares": Decimal("1500.00"), "paid_in": Decimal("52.75")}
    provided = provide(payment=ALL_STOCK, required=TAX, **ways)
    assert (provided.shares_withheld, provided.shares, provided.cash) == (246, 775, Decimal("0.60"))


def test_no_withholding_required_is_provided_for() -> None:
    provided = provide(payment=ALL_STOCK, required=Decimal(0))
    assert (provided.shares, provided.cash) == (1021, Decimal("5.70"))


@pytest.mark.parametrize(
    ("paid", "ways", "message"),
    [
        (ALL_CASH, {}, "1558.45 is required, 0 is provided for"),
        (ALL_CASH, {"from_cash": Decimal("1558.44")}, "is required"),
        (ALL_CASH, {"from_cash": Decimal("1558.46")}, "is required"),
        (ALL_CASH, {"from_shares": TAX}, "256 shares would be withheld, of 0"),
        (ALL_STOCK, {"from_cash": TAX}, "from 5.70 of cash"),
    ],
)
def test_withholding_must_be_provided_for_in_full(paid, ways: dict, message: str) -> None:
    with pytest.raises(InvalidWithholding, match=message):
        provide(payment=paid, required=TAX, **ways)


@pytest.mark.parametrize("way", ["required", "from_cash", "from_shares", "paid_in"])
def test_withholding_refuses_amounts_that_are_not_cents(way: str) -> None:
    amounts = {"required": TAX, way: Decimal("0.001")}
    with pytest.raises(InvalidPayment):
        provide(payment=ALL_CASH, **amounts)
