"""§2.6: cash, Stock, or a mix."""

from dataclasses import dataclass
from decimal import Decimal

from awards.agreement.errors import InvalidPayment
from awards.agreement.rounding import EXACT, cents


@dataclass(frozen=True, slots=True)
class Payment:
    """How an Exercise Consideration is paid: whole `shares` at Fair Market Value, the rest in `cash` dollars."""

    consideration: Decimal
    fmv: Decimal
    stock_portion: Decimal
    cash_portion: Decimal
    shares_unrounded: Decimal
    shares: int
    fraction_cash: Decimal  # the fraction of a share, in dollars, unrounded
    cash: Decimal

    @property
    def stock_value(self) -> Decimal:
        """What the whole shares are worth at Fair Market Value, in dollars, exact."""
        return EXACT.multiply(Decimal(self.shares), self.fmv)


def require_cents(amount: Decimal, name: str) -> Decimal:
    """`amount`, if it is zero or more whole cents. Raises InvalidPayment naming it."""
    if not isinstance(amount, Decimal) or not amount.is_finite() or amount < 0 or amount != cents(amount):
        raise InvalidPayment(f"{name} is an amount of whole cents, zero or more: not {amount}.")
    return amount


def require_fmv(fmv: Decimal) -> Decimal:
    """`fmv`, if it is a price above zero (§9.1). Raises InvalidPayment."""
    if not isinstance(fmv, Decimal) or not fmv.is_finite() or fmv <= 0:
        raise InvalidPayment(f"A Fair Market Value is a decimal amount above zero: not {fmv}.")
    return fmv


def shares_covering(amount: Decimal, fmv: Decimal) -> int:
    """The fewest whole shares worth `amount` dollars or more at `fmv`. Raises InvalidPayment for a negative amount."""
    if amount < 0:
        raise InvalidPayment(f"No shares are worth a negative amount: {amount}.")
    shares = EXACT.divide_int(amount, fmv)
    return int(shares) + (EXACT.multiply(shares, fmv) < amount)


def payment(*, consideration: Decimal, fmv: Decimal, stock_portion: Decimal) -> Payment:
    """Pay `stock_portion` dollars of the consideration in Stock and the rest in cash (§2.6, I12).

    The shares are the Stock portion over the Fair Market Value, whole; the fraction is paid in cash, which is rounded
    half up to the cent. Raises InvalidPayment.
    """
    require_cents(consideration, "The Exercise Consideration")
    require_cents(stock_portion, "The Stock portion")
    require_fmv(fmv)
    if stock_portion > consideration:
        raise InvalidPayment(f"A Stock portion of {stock_portion} is more than the consideration of {consideration}.")
    cash_portion = EXACT.subtract(consideration, stock_portion)
    shares = EXACT.divide_int(stock_portion, fmv)
    fraction_cash = EXACT.subtract(stock_portion, EXACT.multiply(shares, fmv))
    return Payment(
        consideration=consideration,
        fmv=fmv,
        stock_portion=stock_portion,
        cash_portion=cash_portion,
        shares_unrounded=EXACT.divide(stock_portion, fmv),
        shares=int(shares),
        fraction_cash=fraction_cash,
        cash=cents(EXACT.add(cash_portion, fraction_cash)),
    )
