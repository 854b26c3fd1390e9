"""§7: the golden parachute Gross-Up Payment, and its clocks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from awards.agreement.errors import InvalidGrossUp
from awards.agreement.rounding import EXACT, ZERO, cents

EXCISE_RATE = Decimal("0.20")  # IRC 4999(a)
PARACHUTE_MULTIPLE = 3  # IRC 280G(b)(2)(A)(ii)

_ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class ExciseTax:
    """The excise tax in dollars; `excess` is 0 when the payments stay below three times the base amount."""

    parachute_payments: Decimal
    base_amount: Decimal
    threshold: Decimal
    excess: Decimal
    penalties_and_interest: Decimal
    amount_unrounded: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class GrossUp:
    """The Gross-Up Payment in dollars: `excise` over what a dollar of it leaves after all taxes on it."""

    excise: Decimal
    marginal_rates: tuple[Decimal, ...]
    left_of_a_dollar: Decimal
    amount_unrounded: Decimal
    amount: Decimal


def excise_tax(
    *, parachute_payments: Decimal, base_amount: Decimal, penalties_and_interest: Decimal = ZERO
) -> ExciseTax:
    """20 % of the parachute payments beyond the base amount, once they reach three times it (§7(a), IRC 4999).

    §7(a) counts interest and penalties on the tax as part of it. Half up to the cent. Raises InvalidGrossUp.
    """
    for amount in (parachute_payments, base_amount, penalties_and_interest):
        _require_amount(amount)
    threshold = EXACT.multiply(base_amount, Decimal(PARACHUTE_MULTIPLE))
    reached = parachute_payments > 0 and parachute_payments >= threshold
    excess = EXACT.subtract(parachute_payments, base_amount) if reached else ZERO
    unrounded = EXACT.add(EXACT.multiply(excess, EXCISE_RATE), penalties_and_interest)
    return ExciseTax(
        parachute_payments=parachute_payments,
        base_amount=base_amount,
        threshold=threshold,
        excess=excess,
        penalties_and_interest=penalties_and_interest,
        amount_unrounded=unrounded,
        amount=cents(unrounded),
    )


def gross_up(*, excise: Decimal, marginal_rates: Sequence[Decimal]) -> GrossUp:
    """The payment that leaves the Grantee whole after all taxes on it: excise ÷ (1 − marginal rates − 20 %) (§7(a)).

    Rates as fractions of one, half up to the cent. Raises InvalidGrossUp when the taxes would take all of it.
    """
    _require_amount(excise)
    left = EXACT.subtract(_ONE, EXCISE_RATE)
    for rate in marginal_rates:
        _require_amount(rate)
        left = EXACT.subtract(left, rate)
    if left <= 0:
        raise InvalidGrossUp(
            "The taxes on a Gross-Up Payment would take all of it: no payment makes the Grantee whole."
        )
    unrounded = EXACT.divide(excise, left)
    return GrossUp(
        excise=excise,
        marginal_rates=tuple(marginal_rates),
        left_of_a_dollar=left,
        amount_unrounded=unrounded,
        amount=cents(unrounded),
    )


def _require_amount(amount: Decimal) -> None:
    if not isinstance(amount, Decimal) or not amount.is_finite() or amount < 0:
        raise InvalidGrossUp(f"Amounts and rates of a Gross-Up Payment are decimals of zero or more: not {amount}.")


def business_days_after(day: date, count: int, is_business_day: Callable[[date], bool]) -> date:
    """The `count`-th business day after `day`."""
    while count:
        day += timedelta(days=1)
        if is_business_day(day):
            count -= 1
    return day


def determination_due(change_in_control_on: date) -> date:
    """The last day for the Accounting Firm's determination: 15 calendar days after (§7(b))."""
    return change_in_control_on + timedelta(days=15)


def payment_due(received_on: date, is_business_day: Callable[[date], bool]) -> date:
    """The last day to pay: five business days after the determination is received (§7(b)).

    The same for an Underpayment (§7(b)), a reduction the Grantee repays (§7(d)) and the Accounting Firm's fees (§7(e)).
    """
    return business_days_after(received_on, 5, is_business_day)


def irs_claim_notice_due(received_on: date, is_business_day: Callable[[date], bool]) -> date:
    """The last day to tell the Company of an IRS claim: ten business days after receiving notice of it (§7(f))."""
    return business_days_after(received_on, 10, is_business_day)


def contest_notice_due(notified_on: date) -> date:
    """The last day for the Company to say that it contests a claim it was told of on `notified_on` (§7(f))."""
    return notified_on + timedelta(days=30)


def claim_not_payable_before(notified_on: date, claim_due_on: date | None = None) -> date:
    """The first day the Grantee may pay an IRS claim: after 30 calendar days, or when due if earlier (§7(f))."""
    free_on = contest_notice_due(notified_on) + timedelta(days=1)
    return free_on if claim_due_on is None else min(free_on, claim_due_on)


def denied_refund_contest_due(determined_on: date) -> date:
    """The last day for the Company to contest a denied refund; after it, its advance is forgiven (§7(g))."""
    return determined_on + timedelta(days=30)
