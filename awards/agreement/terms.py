"""What a version of the Master Agreement fixes, as data. The form of July 1, 2005 is the one that ships."""

from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from awards.agreement.errors import InvalidTerms
from awards.agreement.rounding import round_half_up

Share = Fraction


class Tranche(NamedTuple):
    """§2.3: `share` of the Award vests the day before Award Date + `months`. A share of None is the rest."""

    share: Share | None
    months: int


TRANCHES_2005 = (
    Tranche(Share(1, 2), 12),
    Tranche(Share(1, 8), 15),
    Tranche(Share(1, 8), 18),
    Tranche(Share(1, 8), 21),
    Tranche(None, 24),
)


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of one version of the agreement; what is not given is as in the 2005 form.

    Raises InvalidTerms when they contradict each other.
    """

    name: str
    term_years: int = 4  # §2.2, §4.2(a)
    tranches: tuple[Tranche, ...] = TRANCHES_2005  # §2.3
    outperform_cap: Decimal = Decimal(11)  # §2.7, percent
    multiplier_cap: Decimal = Decimal(4)  # §2.7
    averaging_days: int = 10  # §2.1, §2.7, Trading Days
    death_or_disability_years: int = 1  # §4.2(b)
    other_cessation_days: int = 180  # §4.2(d), calendar days
    change_in_control_days: int = 60  # §2.4(b), calendar days
    adjusted_price_has_floor: bool = True  # §2.1
    # The tranches as whole numbers (twice the numerator, denominator, months): a schedule then needs no Fraction.
    vesting_steps: tuple[tuple[int, int, int], ...] = field(init=False, repr=False, compare=False)

    def __hash__(self) -> int:
        # Terms are part of every key of what is worked out once for many Awards; a hash of all fields costs as much.
        return hash(self.name)

    def __post_init__(self) -> None:
        _check_tranches(self)
        _check_limits(self)
        object.__setattr__(self, "vesting_steps", tuple(_whole_numbers(tranche) for tranche in self.tranches))


def _whole_numbers(tranche: Tranche) -> tuple[int, int, int]:
    # The rest is the whole Award, of which what is left is taken.
    share = Share(1) if tranche.share is None else tranche.share
    return 2 * share.numerator, share.denominator, tranche.months


def _check_tranches(terms: Terms) -> None:
    if not terms.tranches:
        raise InvalidTerms(f"{terms.name}: an Award vests in at least one tranche.")
    *first, last = terms.tranches
    if last.share is not None or any(tranche.share is None for tranche in first):
        raise InvalidTerms(f"{terms.name}: the last tranche, and no other, takes the rest.")
    shares = [tranche.share for tranche in first if tranche.share is not None]
    if any(share <= 0 for share in shares) or sum(shares) > 1:
        raise InvalidTerms(f"{terms.name}: tranches are positive shares of one Award.")
    months = [tranche.months for tranche in terms.tranches]
    if months[0] < 1 or months != sorted(set(months)) or months[-1] > 12 * terms.term_years:
        raise InvalidTerms(f"{terms.name}: tranches vest one after another, within the term.")


def _check_limits(terms: Terms) -> None:
    counts = (
        terms.term_years,
        terms.averaging_days,
        terms.death_or_disability_years,
        terms.other_cessation_days,
        terms.change_in_control_days,
    )
    if any(count < 1 for count in counts):
        raise InvalidTerms(f"{terms.name}: years and days are counted from one.")
    if terms.outperform_cap <= 0 or terms.multiplier_cap <= 0:
        raise InvalidTerms(f"{terms.name}: the Multiplier tops out above zero.")
    if terms.multiplier_cap != round_half_up(terms.multiplier_cap, 3):
        raise InvalidTerms(f"{terms.name}: the top Multiplier has at most three decimals.")


FORM_2005 = Terms(name="Master Award Agreement of July 1, 2005")
