"""§2.4, §4: the facts of a Grantee's employment that bear on an Award."""

from dataclasses import dataclass
from datetime import date
from enum import Enum

from awards.agreement.errors import InvalidEmployment


class Cessation(Enum):
    """Why employment by the Company and its Affiliates ended. A transfer among them is no cessation (§9.3)."""

    DEATH = "death"
    DISABILITY = "disability"
    RETIREMENT = "retirement"
    CAUSE = "cause"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Employment:
    """The dates that vest or lapse OSOs; each None until it happens.

    `disabled_on` and `retired_on` are Committee determinations. A Permanent Total Disability does not by itself
    end employment; a death does. Raises InvalidEmployment when the facts contradict each other.
    """

    ceased_on: date | None = None
    cessation: Cessation | None = None
    died_on: date | None = None
    disabled_on: date | None = None
    retired_on: date | None = None

    def __post_init__(self) -> None:
        if (self.ceased_on is None) != (self.cessation is None):
            raise InvalidEmployment("A cessation of employment has a day and a reason, or neither.")
        _check_death(self)
        _check_disability(self)
        _check_retirement(self)

    @property
    def ended_on(self) -> date | None:
        """The day the Grantee ceased to be employed: the recorded day or, failing one, the day of death (§4.1)."""
        return self.ceased_on or self.died_on

    @property
    def ended_by(self) -> Cessation | None:
        """Why employment ended; a death with no recorded cessation is one by itself."""
        if self.cessation is None and self.died_on is not None:
            return Cessation.DEATH
        return self.cessation

    def since(self, award_date: date) -> "Employment":
        """The facts that concern an Award of `award_date`: those of that day or later.

        An Award is made to an employee (§1), so an earlier cessation was followed by a new hire. An earlier
        disability stays when it is what ended employment afterwards: §4.2 gives its lapse no other date.
        """
        if self is EMPLOYED:
            return self
        ceased = _not_before(award_date, self.ceased_on)
        cessation = self.cessation if ceased else None
        disabled = self.disabled_on if cessation is Cessation.DISABILITY else _not_before(award_date, self.disabled_on)
        return Employment(
            ceased_on=ceased,
            cessation=cessation,
            died_on=_not_before(award_date, self.died_on),
            disabled_on=disabled,
            retired_on=_not_before(award_date, self.retired_on),
        )

    def ending(self, on: date, reason: Cessation) -> "Employment":
        """These facts, had employment ended on `on` for `reason`: what a cessation not yet on record would make them.

        A disability determined by then stays; one that ends employment is of that day, failing an earlier one.
        """
        disabled = self.disabled_on if self.disabled_on is not None and self.disabled_on <= on else None
        if reason is Cessation.DISABILITY:
            disabled = disabled or on
        return Employment(
            ceased_on=on,
            cessation=reason,
            died_on=on if reason is Cessation.DEATH else None,
            disabled_on=disabled,
            retired_on=on if reason is Cessation.RETIREMENT else None,
        )


def _not_before(first: date, day: date | None) -> date | None:
    return day if day is not None and day >= first else None


def _check_death(facts: Employment) -> None:
    if facts.cessation is Cessation.DEATH and facts.died_on != facts.ceased_on:
        raise InvalidEmployment("Employment that ended by death ended on the day of death.")
    if facts.died_on is None:
        return
    if facts.ceased_on is not None and facts.ceased_on > facts.died_on:
        raise InvalidEmployment(
            f"Employment cannot have ended on {facts.ceased_on}, after the death on {facts.died_on}."
        )
    if facts.disabled_on is not None and facts.disabled_on > facts.died_on:
        raise InvalidEmployment(f"A disability on {facts.disabled_on} is later than the death on {facts.died_on}.")


def _check_disability(facts: Employment) -> None:
    if facts.cessation is not Cessation.DISABILITY:
        return
    if facts.disabled_on is None or facts.ceased_on is None or facts.disabled_on > facts.ceased_on:
        raise InvalidEmployment("Employment that ended by disability needs a disability on that day or before.")


def _check_retirement(facts: Employment) -> None:
    retired = facts.cessation is Cessation.RETIREMENT
    if retired and facts.retired_on != facts.ceased_on:
        raise InvalidEmployment("Employment that ended by retirement ended on the day of retirement.")
    if not retired and facts.retired_on is not None:
        raise InvalidEmployment("A retirement is a cessation of employment by retirement, on that day.")


EMPLOYED = Employment()
