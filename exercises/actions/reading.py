"""What one exercise asks the rules with, read once and handed on."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Self

from django.db import connection
from django.db.models import Prefetch, prefetch_related_objects

from awards import valuation
from awards.actions import lapses, ledger
from awards.agreement.employment import Employment
from awards.facts import employment_under
from awards.market.calendar import NewYorkCalendar, trading_calendar
from awards.models import Award, CapitalAdjustment, Determination, EmploymentFact, OptionEntry


@dataclass(frozen=True, slots=True)
class Reading:
    """The trading calendar, the approved capital adjustments, the Grantee's facts, and the Award's ledger."""

    calendar: NewYorkCalendar
    adjustments: Sequence[CapitalAdjustment]
    facts: Employment
    entries: Sequence[OptionEntry]

    @property
    def position(self) -> ledger.Position:
        return ledger.position(self.entries)

    def with_entries(self, written: Sequence[OptionEntry]) -> Self:
        return replace(self, entries=[*self.entries, *written])

    def market(self, award: Award, on: date) -> valuation.Market:
        """The closes that an exercise of the Award on that day rests on."""
        days = valuation.days_needed(award.award_date, on, award.master_agreement.terms, self.calendar)
        in_order = tuple(row.as_agreed for row in self.adjustments)
        return valuation.Market(self.calendar, valuation.CloseBook.of_days(days), in_order)


def reading_of(award: Award) -> Reading:
    """As it stands now, whatever the row in hand has read before."""
    entries = list(award.entries.order_by("sequence"))
    return Reading(trading_calendar(), lapses.approved_adjustments(), employment_under(award), entries)


def reading_of_locked(award: Award) -> Reading:
    """The same of a row that was read under its lock: what is read of it stays with it; nobody else can add to it.

    Most Grantees have no facts on record, and most years neither adjustment nor override: then they are not asked for.
    """
    has_facts, has_determinations, has_adjustments, has_overrides = _on_record(award.grantee_id)
    prefetch_related_objects(
        [award],
        Prefetch("grantee__employment_facts", _rows(EmploymentFact, has_facts)),
        Prefetch("grantee__determinations", _rows(Determination, has_determinations)),
        Prefetch("entries", OptionEntry.objects.order_by("sequence")),
    )
    return Reading(
        trading_calendar() if has_overrides else NewYorkCalendar({}),
        lapses.approved_adjustments() if has_adjustments else [],
        employment_under(award),
        list(award.entries.all()),
    )


def _on_record(grantee: int) -> tuple[bool, bool, bool, bool]:
    """Whether there is any fact or determination of the Grantee, any approved adjustment, any calendar override."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT EXISTS (SELECT 1 FROM awards_employmentfact WHERE grantee_id = %s),
                EXISTS (SELECT 1 FROM awards_determination WHERE grantee_id = %s),
                EXISTS (SELECT 1 FROM awards_capitaladjustment WHERE approved_at IS NOT NULL),
                EXISTS (SELECT 1 FROM market_tradingdayoverride)
            """,
            [grantee, grantee],
        )
        facts, determinations, adjustments, overrides = cursor.fetchone()
    return facts, determinations, adjustments, overrides


def _rows(model: type[EmploymentFact] | type[Determination], are_there: bool) -> Any:
    return model.objects.all() if are_there else model.objects.none()
