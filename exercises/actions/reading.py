"""What one exercise asks the rules with, read once and handed on."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import NamedTuple, Self
from uuid import UUID

from django.db import connection

from awards import valuation
from awards.actions import audit, lapses, ledger
from awards.agreement.employment import Employment
from awards.agreement.errors import AgreementError
from awards.agreement.exercise_date import exercise_date
from awards.agreement.terms import FORM_2005
from awards.facts import employment_under, has_none
from awards.market import rows, writing
from awards.market.calendar import NewYorkCalendar, trading_calendar
from awards.market.queries import recorded_closes
from awards.models import Award, CapitalAdjustment
from exercises.models import ExerciseNotice, Pricing


class AtHand(NamedTuple):
    """The latest closes of days that were asked for."""

    days: frozenset[date]
    closes: valuation.CloseBook

    def of_days(self, days: Collection[date]) -> valuation.CloseBook:
        return self.closes if self.days.issuperset(days) else valuation.CloseBook.of_days(days)


NOTHING = AtHand(frozenset(), valuation.CloseBook({}))


@dataclass(frozen=True, slots=True)
class Reading:
    """The trading calendar, the approved capital adjustments, the Grantee's facts, and the Award's ledger."""

    calendar: NewYorkCalendar
    adjustments: Sequence[CapitalAdjustment]
    facts: Employment
    entries: Sequence[ledger.Entry]
    # Whether anybody was ever appointed to act for the Grantee.
    has_representatives: bool = True
    at_hand: AtHand = NOTHING

    @property
    def position(self) -> ledger.Position:
        return ledger.position(self.entries)

    def with_entries(self, written: Sequence[ledger.Entry]) -> Self:
        return replace(self, entries=[*self.entries, *written])

    def market(self, award: Award, on: date) -> valuation.Market:
        """The closes that an exercise of the Award on that day rests on."""
        days = valuation.days_needed(award.award_date, on, award.master_agreement.terms, self.calendar)
        in_order = tuple(row.as_agreed for row in self.adjustments)
        return valuation.Market(self.calendar, self.at_hand.of_days(days), in_order)


def reading_of(award: Award, calendar: NewYorkCalendar | None = None) -> Reading:
    """As it stands now, whatever the row in hand has read before."""
    entries = ledger.lines_of(award)()
    return Reading(calendar or trading_calendar(), lapses.approved_adjustments(), employment_under(award), entries)


class Locked(NamedTuple):
    """An Award under its lock, and what was read of it behind the lock: nobody else can add to it."""

    award: Award
    on_record: "OnRecord"
    entries: list[ledger.Line]
    chain: audit.End
    at_hand: AtHand
    # Of the notice and its pricing.
    keys: tuple[int, ...]

    def is_plain(self, through: date) -> bool:
        """Whether nothing is on record that bears on the Award, and no lapse is to be written up to that day: then
        everything its exercise needs has been read."""
        return not any(self.on_record) and not self.award.may_lack_a_lapse(through)

    def reading(self) -> Reading:
        """Most Grantees have no facts on record, and most years neither adjustment nor override: then they are not
        asked for."""
        if not self.on_record.facts:
            has_none(self.award.grantee, "employment_facts")
        if not self.on_record.determinations:
            has_none(self.award.grantee, "determinations")
        return Reading(
            trading_calendar() if self.on_record.overrides else NewYorkCalendar(),
            lapses.approved_adjustments() if self.on_record.adjustments else [],
            employment_under(self.award),
            self.entries,
            self.on_record.representatives,
            self.at_hand,
        )


def closes_for(award: Award, received_at: datetime) -> AtHand:
    """The closes that an exercise most likely rests on: read before the lock, which keeps none from being corrected."""
    days = _days_by_the_exchange(award, received_at)
    return AtHand(frozenset(days), valuation.CloseBook(recorded_closes(days)()))


def lock(award: Award, at_hand: AtHand, *, form_key: UUID) -> Locked:
    """Lock the Award and read what its exercise needs: where nothing is waited for, with one wait for all of it."""
    keys = writing.next_keys(ExerciseNotice, Pricing)
    held = ledger.lock(award)
    on_record = _on_record(award, form_key)
    entries = ledger.lines_of(award)
    chain = audit.end_of(audit.subject_of(award))
    return Locked(held(), on_record(), entries(), chain(), at_hand, keys())


def _days_by_the_exchange(award: Award, received_at: datetime) -> Collection[date]:
    """The days of the closes, if the exchange did as its calendar says and the terms are those of 2005.

    Where it is otherwise, `AtHand` asks for the days that are needed.
    """
    calendar = NewYorkCalendar()
    try:
        return valuation.days_needed(award.award_date, exercise_date(received_at, calendar), FORM_2005, calendar)
    except AgreementError:
        return ()


class OnRecord(NamedTuple):
    """Whether there is any fact, determination or representative of a Grantee; any approved capital adjustment; any
    override of the trading calendar; a notice that the form gave before."""

    facts: bool
    determinations: bool
    representatives: bool
    adjustments: bool
    overrides: bool
    notice: bool


def _on_record(award: Award, form_key: UUID) -> rows.Answer[OnRecord]:
    key = ExerciseNotice._meta.get_field("form_key").get_db_prep_value(form_key, connection)
    answer = rows.ask(_ON_RECORD, [key, award.pk])
    return lambda: OnRecord._make(answer()[0])


_ON_RECORD = """
SELECT EXISTS (SELECT 1 FROM awards_employmentfact AS fact WHERE fact.grantee_id = awards_award.grantee_id),
    EXISTS (SELECT 1 FROM awards_determination AS fact WHERE fact.grantee_id = awards_award.grantee_id),
    EXISTS (SELECT 1 FROM awards_representative AS fact WHERE fact.grantee_id = awards_award.grantee_id),
    EXISTS (SELECT 1 FROM awards_capitaladjustment WHERE approved_at IS NOT NULL),
    EXISTS (SELECT 1 FROM market_tradingdayoverride),
    EXISTS (SELECT 1 FROM exercises_exercisenotice WHERE form_key = %s)
FROM awards_award WHERE id = %s
"""
