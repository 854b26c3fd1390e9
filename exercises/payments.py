"""Every settlement recomputed from what was stored with it, by the Agreement's code: those alike are judged once."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

from django.db.models import BooleanField, Case, Value, When
from django.db.models.fields.json import KeyTextTransform

from awards.agreement.errors import AgreementError
from awards.agreement.payment import Payment, payment
from awards.agreement.withholding import provide, withholding_amount
from exercises.models import ExerciseNotice, Pricing, Settlement, WithholdingLine

BATCH = 1000
# Settlements and their lines remembered at a time: those who exercised alike on a day are often paid alike.
REMEMBERED = 4096


class Line(NamedTuple):
    """One tax withheld, and the rate it was withheld at."""

    tax: str
    rate_percent: Decimal
    amount: Decimal
    taken_from: str


class Settled(NamedTuple):
    """One settlement with the consideration it settles, as the database has them."""

    consideration: Decimal
    stock_portion: Decimal
    shares: int
    cash: Decimal
    is_provided: bool
    cash_withheld: Decimal
    shares_withheld: int
    paid_in: Decimal
    net_shares: int | None
    net_cash: Decimal | None


class Stored(NamedTuple):
    """A settlement by its keys, and the Fair Market Value its worksheet says, if it says one."""

    key: int
    pricing: int
    notice: int
    fmv: str | None
    settled: Settled


def differences() -> Iterator[str]:
    """Every settlement whose split, withholding or net payment is not what the Agreement makes of its pricing."""
    after = 0
    while rows := _next(after):
        lines = _lines(after, rows[-1].key)
        for row in rows:
            found = _found(row, lines.get(row.key, ()))
            yield from (f"{ExerciseNotice(pk=row.notice).number}: {text}" for text in found)
        after = rows[-1].key


def _next(after: int) -> list[Stored]:
    is_provided = Case(When(provided_at=None, then=Value(False)), default=Value(True), output_field=BooleanField())
    rows = Settlement.objects.filter(pk__gt=after).order_by("pk").values_list(
        *("pk", "pricing_id", "pricing__notice_id"),
        KeyTextTransform("fmv", "pricing__worksheet"),
        *("pricing__consideration", "stock_portion", "shares", "cash"),
        is_provided,
        *("cash_withheld", "shares_withheld", "paid_in", "net_shares", "net_cash"),
    )  # fmt: skip
    return [Stored(key, pricing, notice, fmv, Settled._make(own)) for key, pricing, notice, fmv, *own in rows[:BATCH]]


def _lines(after: int, last: int) -> Mapping[int, tuple[Line, ...]]:
    """The withholding of the settlements behind one key up to another."""
    rows = WithholdingLine.objects.filter(settlement__gt=after, settlement__lte=last).order_by("settlement", "pk")
    found = rows.values_list("settlement", "rate__tax", "rate__rate_percent", "amount", "taken_from")
    return {key: tuple(Line._make(own) for _, *own in of) for key, of in groupby(found, lambda row: row[0])}


def _found(row: Stored, lines: tuple[Line, ...]) -> Sequence[str]:
    try:
        # Where it is not in its place, the pricing says what is there instead.
        fmv = Pricing.objects.get(pk=row.pricing).exact_fmv if row.fmv is None else Decimal(row.fmv)
        return _wrong(fmv, row.settled, lines)
    except (AgreementError, ArithmeticError, KeyError, TypeError) as error:
        return [f"its settlement cannot be recomputed: {error}"]


@lru_cache(maxsize=REMEMBERED)
def _wrong(fmv: Decimal, settled: Settled, lines: tuple[Line, ...]) -> tuple[str, ...]:
    split = payment(consideration=settled.consideration, fmv=fmv, stock_portion=settled.stock_portion)
    is_split = (split.shares, split.cash) == (settled.shares, settled.cash)
    wrong = () if is_split else ("its split into cash and Stock recomputes differently",)
    return (*wrong, *_withheld(settled, lines, split)) if settled.is_provided else wrong


def _withheld(settled: Settled, lines: Sequence[Line], split: Payment) -> Iterator[str]:
    for line in lines:
        again = withholding_amount(taxable=split.consideration, rate=line.rate_percent / 100)
        if line.amount != again:
            yield f"{line.tax} of {line.amount} was withheld, {again} is due"
    provision = provide(payment=split, required=sum((line.amount for line in lines), Decimal(0)), **_whence(lines))
    names = ("cash_withheld", "shares_withheld", "paid_in", "net_shares", "net_cash")
    again_paid = (
        provision.from_cash, provision.shares_withheld, provision.paid_in, provision.shares, provision.cash
    )  # fmt: skip
    for name, amount in zip(names, again_paid, strict=True):
        if getattr(settled, name) != amount:
            yield f"its {name.replace('_', ' ')} of {getattr(settled, name)} recomputes as {amount}"


def _whence(lines: Sequence[Line]) -> dict[str, Decimal]:
    sums = {"from_cash": Decimal(0), "from_shares": Decimal(0), "paid_in": Decimal(0)}
    names = {"cash": "from_cash", "shares": "from_shares", "paid_in": "paid_in"}
    for line in lines:
        sums[names[line.taken_from]] += line.amount
    return sums
