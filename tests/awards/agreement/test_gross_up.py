from datetime import date
from decimal import Decimal

import pytest

from awards.agreement.errors import InvalidGrossUp
from awards.agreement.gross_up import (
    business_days_after,
    claim_not_payable_before,
    contest_notice_due,
    denied_refund_contest_due,
    determination_due,
    excise_tax,
    gross_up,
    irs_claim_notice_due,
    payment_due,
)


@pytest.mark.parametrize(
    ("payments", "base", "excess", "amount"),
    [
        ("299999.99", "100000", "0", "0.00"),
        ("300000.00", "100000", "200000", "40000.00"),
        ("300000.01", "100000", "200000.01", "40000.00"),
        ("300000.03", "100000", "200000.03", "40000.01"),
        ("0", "0", "0", "0.00"),
        ("100.00", "0", "100.00", "20.00"),
    ],
)
def test_excise_tax_is_due_from_three_times_the_base_amount(payments: str, base: str, excess: str, amount: str) -> None:
    tax = excise_tax(parachute_payments=Decimal(payments), base_amount=Decimal(base))
    assert (tax.excess, str(tax.amount)) == (Decimal(excess), amount)


def test_excise_tax_counts_interest_and_penalties() -> None:
    tax = excise_tax(
        parachute_payments=Decimal(300000), base_amount=Decimal(100000), penalties_and_interest=Decimal("123.45")
    )
    assert tax.amount == Decimal("40123.45")


@pytest.mark.parametrize(
    ("excise", "rates", "left", "amount"),
    [
        ("40000", ("0.35", "0.0145", "0.05"), "0.3855", "103761.35"),
        ("40000", (), "0.80", "50000.00"),
        ("40000", ("0.40",), "0.40", "100000.00"),
        ("0", ("0.35",), "0.45", "0.00"),
    ],
)
def test_gross_up_leaves_the_grantee_whole(excise: str, rates: tuple, left: str, amount: str) -> None:
    result = gross_up(excise=Decimal(excise), marginal_rates=[Decimal(rate) for rate in rates])
    assert (result.left_of_a_dollar, str(result.amount)) == (Decimal(left), amount)
    taxes_on_it = result.amount * (1 - Decimal(left))
    assert abs(result.amount - taxes_on_it - Decimal(excise)) < Decimal("0.01")


@pytest.mark.parametrize("rates", [("0.80",), ("0.50", "0.31"), ("-0.10",), ("NaN",)])
def test_gross_up_refuses_rates_that_leave_nothing(rates: tuple) -> None:
    with pytest.raises(InvalidGrossUp):
        gross_up(excise=Decimal(40000), marginal_rates=[Decimal(rate) for rate in rates])


@pytest.mark.parametrize(("payments", "base"), [("-1", "0"), ("1", "-1"), ("NaN", "1"), ("Infinity", "1")])
def test_excise_tax_refuses_amounts_that_are_none(payments: str, base: str) -> None:
    with pytest.raises(InvalidGrossUp):
        excise_tax(parachute_payments=Decimal(payments), base_amount=Decimal(base))


def test_determination_is_due_in_15_calendar_days() -> None:
    assert determination_due(date(2007, 3, 30)) == date(2007, 4, 14)


@pytest.mark.parametrize(
    ("received_on", "expected"),
    # Good Friday 2007-04-06 is no business day of this exchange
    [
        ("2007-03-29", "2007-04-05"),
        ("2007-03-30", "2007-04-09"),
        ("2007-03-31", "2007-04-09"),
        ("2007-04-02", "2007-04-10"),
    ],
)
def test_payment_is_due_in_five_business_days(calendar, received_on: str, expected: str) -> None:
    assert payment_due(date.fromisoformat(received_on), calendar.is_trading_day) == date.fromisoformat(expected)


def test_an_irs_claim_is_told_within_ten_business_days(calendar) -> None:
    assert irs_claim_notice_due(date(2007, 4, 2), calendar.is_trading_day) == date(2007, 4, 17)


def test_business_days_after_none_is_the_day_itself(calendar) -> None:
    assert business_days_after(date(2007, 4, 7), 0, calendar.is_trading_day) == date(2007, 4, 7)


@pytest.mark.parametrize(
    ("due_on", "expected"),
    [(None, "2007-05-03"), ("2007-04-20", "2007-04-20"), ("2007-05-03", "2007-05-03"), ("2007-06-01", "2007-05-03")],
)
def test_a_claim_is_not_paid_for_30_days_unless_due(due_on: str | None, expected: str) -> None:
    due = date.fromisoformat(due_on) if due_on else None
    assert claim_not_payable_before(date(2007, 4, 2), due) == date.fromisoformat(expected)


def test_a_contest_is_notified_within_30_calendar_days() -> None:
    assert contest_notice_due(date(2007, 4, 2)) == date(2007, 5, 2)
    assert denied_refund_contest_due(date(2007, 4, 2)) == date(2007, 5, 2)
