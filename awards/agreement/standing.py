"""How many OSOs of an Award are vested, unvested and exercisable on a day, by the facts alone (§2.3, §2.4, §4, §6)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from awards.agreement.capital import CapitalAdjustment, between, options_after
from awards.agreement.employment import EMPLOYED, Employment
from awards.agreement.lapse import Lapse, unvested_lapse_on, vested_lapse
from awards.agreement.terms import FORM_2005, Terms
from awards.agreement.vesting import vested


@dataclass(frozen=True, slots=True)
class Standing:
    """An Award on a day, in OSOs of that day's basis.

    `vested` counts what vested and was neither exercised nor cancelled, lapsed or not; `exercisable` is what of it has
    not lapsed. `unvested_lapsed` is what lapsed on `unvested_lapsed_on`, the day employment ended.
    """

    vested: int
    unvested: int
    exercisable: int
    lapse: Lapse
    unvested_lapsed_on: date | None
    unvested_lapsed: int


def standing(
    *,
    award_date: date,
    options: int,
    unlapsed: int,
    on: date,
    employment: Employment = EMPLOYED,
    adjustments: Iterable[CapitalAdjustment] = (),
    unvested_already_gone: bool = False,
    terms: Terms = FORM_2005,
) -> Standing:
    """Where an Award of `options` OSOs stands at the end of `on`.

    `unlapsed` is what the Award would hold had no lapse been recorded, so a late or early job changes nothing.
    `unvested_already_gone` says that what had not vested has left `unlapsed` already. Raises InvalidAward.
    """
    facts = employment.since(award_date)
    unvested = 0
    if not unvested_already_gone:
        original = options - vested(award_date=award_date, options=options, on=on, employment=facts, terms=terms)
        unvested = options_after(original, between(adjustments, after=award_date, on=on)).options
        # A Change in Control cancels the unvested too: no more can be unvested than is there.
        unvested = min(unvested, unlapsed)
    lapse = vested_lapse(award_date=award_date, employment=facts, terms=terms)
    vested_now = unlapsed - unvested
    ended_on = unvested_lapse_on(facts)
    gone = ended_on is not None and ended_on <= on
    return Standing(
        vested=vested_now,
        unvested=0 if gone else unvested,
        exercisable=vested_now if lapse.allows_exercise_on(on) else 0,
        lapse=lapse,
        unvested_lapsed_on=ended_on if gone and unvested else None,
        unvested_lapsed=unvested if gone else 0,
    )


def newly_vested(
    *,
    award_date: date,
    options: int,
    on: date,
    employment: Employment = EMPLOYED,
    adjustments: Iterable[CapitalAdjustment] = (),
    terms: Terms = FORM_2005,
) -> int:
    """How many OSOs vest on that very day, in OSOs of its basis (§2.3, §2.4(a), §6). Raises InvalidAward."""
    facts = employment.since(award_date)
    since = between(adjustments, after=award_date, on=on)

    def unvested(day: date) -> int:
        have = vested(award_date=award_date, options=options, on=day, employment=facts, terms=terms)
        return options_after(options - have, since).options

    return unvested(on - timedelta(days=1)) - unvested(on)
