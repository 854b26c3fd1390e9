"""§6, Plan 9.1: splits and reverse splits."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import prod
from typing import NamedTuple

from awards.agreement.errors import InvalidAdjustment
from awards.agreement.rounding import EXACT

_NOTHING = Fraction(0)


@dataclass(frozen=True, slots=True)
class CapitalAdjustment:
    """`new` shares for `old`, trading so from `effective_on`: a 1-for-15 reverse split is new=1, old=15 (§6).

    Raises InvalidAdjustment.
    """

    effective_on: date
    new: int
    old: int

    def __post_init__(self) -> None:
        if self.new < 1 or self.old < 1 or self.new == self.old:
            raise InvalidAdjustment(f"{self.new}-for-{self.old} is not a split of whole shares.")

    @property
    def ratio(self) -> Fraction:
        """New shares per old share."""
        return Fraction(self.new, self.old)


class Adjusted(NamedTuple):
    """Whole OSOs after adjustments, and the fraction of an OSO dropped on the way (I14)."""

    options: int
    dropped: Fraction


def in_force(adjustments: Iterable[CapitalAdjustment], on: date) -> tuple[CapitalAdjustment, ...]:
    """The adjustments effective on `on` or before, in date order (§6)."""
    return tuple(sorted((a for a in adjustments if a.effective_on <= on), key=lambda a: a.effective_on))


def between(adjustments: Iterable[CapitalAdjustment], *, after: date, on: date) -> tuple[CapitalAdjustment, ...]:
    """The adjustments effective after the day `after`, on `on` or before, in date order (§6)."""
    return tuple(a for a in in_force(adjustments, on) if a.effective_on > after)


def price_on_basis(
    price: Decimal, *, set_on: date, basis_on: date, adjustments: Iterable[CapitalAdjustment]
) -> Decimal:
    """A price of the day `set_on` in the shares of the day `basis_on`: divided by each ratio between them (§6, I14).

    The first day on a new basis is the adjustment's own. One division, so that a ratio that comes out stays exact.
    Raises InvalidAdjustment when `basis_on` is the earlier day.
    """
    if basis_on < set_on:
        raise InvalidAdjustment(f"A price of {set_on} has no basis of the earlier day {basis_on}.")
    crossed = between(adjustments, after=set_on, on=basis_on)
    if not crossed:
        return price
    old, new = prod(a.old for a in crossed), prod(a.new for a in crossed)
    return EXACT.divide(EXACT.multiply(price, Decimal(old)), Decimal(new))


def options_after(options: int, adjustments: Iterable[CapitalAdjustment]) -> Adjusted:
    """OSOs after each adjustment in date order, fractions dropped each time (§6, I14).

    What was dropped is counted in OSOs of the last basis.
    """
    in_order = sorted(adjustments, key=lambda a: a.effective_on)
    if not in_order:
        return Adjusted(options, _NOTHING)
    whole, exact = options, Fraction(options)
    for adjustment in in_order:
        whole = whole * adjustment.new // adjustment.old
        exact *= adjustment.ratio
    return Adjusted(whole, exact - whole)
