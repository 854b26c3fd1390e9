"""§9.5: nothing is paid until withholding has been provided for."""

from dataclasses import dataclass
from decimal import Decimal

from awards.agreement.errors import InvalidWithholding
from awards.agreement.payment import Payment, require_cents, shares_covering
from awards.agreement.rounding import EXACT, ZERO, cents


@dataclass(frozen=True, slots=True)
class Provision:
    """A payment after withholding: what is kept back, what the Grantee pays in, what is delivered."""

    payment: Payment
    required: Decimal
    from_cash: Decimal
    from_shares: Decimal
    paid_in: Decimal
    shares_withheld: int
    excess_cash: Decimal  # what the withheld shares are worth beyond `from_shares`, in dollars, unrounded
    shares: int
    cash: Decimal


def withholding_amount(*, taxable: Decimal, rate: Decimal) -> Decimal:
    """The withholding on `taxable` dollars at `rate` (0.25 is 25 %), half up to the cent (§9.5).

    Raises InvalidWithholding for a rate outside 0…1.
    """
    if not isinstance(rate, Decimal) or not rate.is_finite() or not 0 <= rate <= 1:
        raise InvalidWithholding(f"A withholding rate lies between 0 and 1: not {rate}.")
    return cents(EXACT.multiply(require_cents(taxable, "The taxable amount"), rate))


def provide(
    *,
    payment: Payment,
    required: Decimal,
    from_cash: Decimal = ZERO,
    from_shares: Decimal = ZERO,
    paid_in: Decimal = ZERO,
) -> Provision:
    """Provide for `required` dollars of withholding from the cash, the shares and what the Grantee pays in (§9.5).

    The shares withheld are whole, rounded up, at Fair Market Value; what they are worth beyond `from_shares` comes back
    in cash. Raises InvalidWithholding when the three do not add up, or the payment cannot bear them.
    """
    require_cents(required, "The withholding")
    require_cents(from_cash, "Withholding from cash")
    require_cents(from_shares, "Withholding from shares")
    require_cents(paid_in, "What is paid in")
    provided = EXACT.add(EXACT.add(from_cash, from_shares), paid_in)
    if provided != required:
        raise InvalidWithholding(f"Withholding of {required} is required, {provided} is provided for.")
    withheld = shares_covering(from_shares, payment.fmv)
    if withheld > payment.shares:
        raise InvalidWithholding(f"{withheld} shares would be withheld, of {payment.shares} to be delivered.")
    if from_cash > payment.cash:
        raise InvalidWithholding(f"{from_cash} would be withheld from {payment.cash} of cash.")
    excess = EXACT.subtract(EXACT.multiply(Decimal(withheld), payment.fmv), from_shares)
    return Provision(
        payment=payment,
        required=required,
        from_cash=from_cash,
        from_shares=from_shares,
        paid_in=paid_in,
        shares_withheld=withheld,
        excess_cash=excess,
        shares=payment.shares - withheld,
        cash=cents(EXACT.add(EXACT.subtract(payment.cash, from_cash), excess)),
    )
