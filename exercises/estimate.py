"""What would be withheld from an exercise, line by line, by the rates that provide for it later (§9.5).

An estimate, and called one: the Company decides when it pays, at the rates on record then.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db.models import QuerySet

from awards.agreement.rounding import EXACT, ZERO
from awards.models import Grantee
from exercises.models import ExerciseNotice, Settlement, WithholdingLine, WithholdingRate
from exercises.rates import rates_of


class Line(NamedTuple):
    """One tax of an estimate: `amount` is None while the amount it is taken of is not known."""

    rate: WithholdingRate
    amount: Decimal | None


@dataclass(frozen=True, slots=True)
class Estimate:
    """What the rates in force take of `base` dollars; of an unknown amount where `base` is None.

    `base_is_of` is the earlier Exercise Date whose closes gave the amount, where the closes of the real one are not in.
    """

    base: Decimal | None
    on: date
    jurisdictions: tuple[str, ...]
    lines: tuple[Line, ...]
    without_rate: tuple[str, ...]
    base_is_of: date | None = None

    @property
    def total(self) -> Decimal | None:
        """Of the rates that are on record."""
        if self.base is None:
            return None
        return sum((line.amount for line in self.lines if line.amount is not None), ZERO)

    @property
    def net(self) -> Decimal | None:
        """What is left; not known while a jurisdiction has no rate on record."""
        if self.base is None or self.total is None or self.without_rate or not self.jurisdictions:
            return None
        return EXACT.subtract(self.base, self.total)


def estimate(grantee: Grantee, base: Decimal | None, *, on: date, base_is_of: date | None = None) -> Estimate:
    """The estimate for an exercise of the Grantee's with that Exercise Date."""
    found = rates_of(grantee, on)
    lines = tuple(Line(rate, None if base is None else rate.of(base)) for rate in found.rates)
    return Estimate(base, on, found.jurisdictions, lines, found.without_rate, base_is_of)


def withheld_from(notice: ExerciseNotice) -> Estimate | None:
    """The estimate for a notice as received; None once its withholding is provided for, or where it pays nothing."""
    base = notice.pricing.consideration if notice.is_priced else None
    if base == 0 or provision_of(notice):
        return None
    return estimate(notice.award.grantee, base, on=notice.exercise_date)


def provision_of(notice: ExerciseNotice) -> Settlement | None:
    """The settlement whose withholding is provided for: then there is nothing to estimate."""
    settlement = notice.settlement
    return settlement if settlement is not None and settlement.provided_at is not None else None


def lines_of(settlement: Settlement) -> QuerySet[WithholdingLine]:
    """What was provided for, in the order of the estimate."""
    return settlement.withholding.select_related("rate").order_by("rate__jurisdiction", "rate__tax")
