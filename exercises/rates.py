"""Which rates of withholding apply to a Grantee on a day: asked for an estimate and for the provision alike (§9.5)."""

from datetime import date
from typing import NamedTuple

from awards.models import Grantee
from exercises.models import WithholdingRate


class RatesOf(NamedTuple):
    """The Grantee's jurisdictions, a country's and its state's; none where that is not on record. Their rates."""

    jurisdictions: tuple[str, ...]
    rates: list[WithholdingRate]

    @property
    def without_rate(self) -> tuple[str, ...]:
        """The jurisdictions of which no rate is on record, not even one of 0."""
        known = {rate.jurisdiction for rate in self.rates}
        return tuple(each for each in self.jurisdictions if each not in known)


def rates_of(grantee: Grantee, on: date) -> RatesOf:
    """The rates in force for the Grantee on that day."""
    jurisdictions = grantee.jurisdictions
    return RatesOf(jurisdictions, WithholdingRate.objects.in_force(jurisdictions, on) if jurisdictions else [])
