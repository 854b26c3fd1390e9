"""§2.2, §4: when OSOs lapse, and the last moment to exercise them."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from typing import NamedTuple

from awards.agreement.calendar import TradingCalendar
from awards.agreement.employment import EMPLOYED, Cessation, Employment
from awards.agreement.months import anniversary
from awards.agreement.terms import FORM_2005, Terms


class LapseReason(Enum):
    """The limbs of §4.2."""

    TERM = "term"
    DEATH = "death"
    DISABILITY = "disability"
    CAUSE = "cause"
    CESSATION = "cessation"


class LapseCandidate(NamedTuple):
    """One limb of §4.2 that applies, and its day."""

    reason: LapseReason
    lapses_on: date
    clause: str


@dataclass(frozen=True, slots=True)
class Lapse:
    """The day vested OSOs lapse, the limb of §4.2 that says so, and every limb that applies (I5)."""

    lapses_on: date
    reason: LapseReason
    clause: str
    candidates: tuple[LapseCandidate, ...]

    def allows_exercise_on(self, day: date) -> bool:
        """Whether vested OSOs are still exercisable on `day`: to the lapse date; for Cause, before it (I6)."""
        return day < self.lapses_on if self.reason is LapseReason.CAUSE else day <= self.lapses_on


def vested_lapse(*, award_date: date, employment: Employment = EMPLOYED, terms: Terms = FORM_2005) -> Lapse:
    """When the vested OSOs of an Award lapse: each day of §4.2 on its own, the earliest wins (I4, I5)."""
    candidates = tuple(_candidates(award_date, employment.since(award_date), terms))
    # On a day that Cause shares with another limb nothing is exercisable (I6).
    first = min(candidates, key=lambda each: (each.lapses_on, each.reason is not LapseReason.CAUSE))
    return Lapse(first.lapses_on, first.reason, first.clause, candidates)


def _candidates(award_date: date, facts: Employment, terms: Terms) -> list[LapseCandidate]:
    found = [LapseCandidate(LapseReason.TERM, anniversary(award_date, terms.term_years), "§4.2(a)")]
    years = terms.death_or_disability_years
    if facts.died_on is not None:
        found.append(LapseCandidate(LapseReason.DEATH, anniversary(facts.died_on, years), "§4.2(b)"))
    if facts.disabled_on is not None:
        found.append(LapseCandidate(LapseReason.DISABILITY, anniversary(facts.disabled_on, years), "§4.2(b)"))
    if facts.ceased_on is not None and facts.cessation is Cessation.CAUSE:
        found.append(LapseCandidate(LapseReason.CAUSE, facts.ceased_on, "§4.2(c)"))
    if facts.ceased_on is not None and facts.cessation in (Cessation.OTHER, Cessation.RETIREMENT):
        last = facts.ceased_on + timedelta(days=terms.other_cessation_days)
        found.append(LapseCandidate(LapseReason.CESSATION, last, "§4.2(d)"))
    return found


def unvested_lapse_on(employment: Employment) -> date | None:
    """The day unvested OSOs lapse: the day employment ends, after any acceleration (§4.1). None while employed."""
    return employment.ended_on


def last_exercise_day(lapse: Lapse, calendar: TradingCalendar) -> date:
    """The last Trading Day to exercise vested OSOs: on or before the lapse date; for Cause, before it (I6)."""
    if lapse.allows_exercise_on(lapse.lapses_on) and calendar.is_trading_day(lapse.lapses_on):
        return lapse.lapses_on
    return calendar.previous_trading_day(lapse.lapses_on)


def last_moment(lapse: Lapse, calendar: TradingCalendar) -> datetime:
    """The last moment to exercise, aware: the close of trading on the last Trading Day to exercise (I6)."""
    return calendar.close_at(last_exercise_day(lapse, calendar))
