"""What is on record of a Grantee, as the Agreement's own facts. Reads prefetched rows, and asks for nothing else."""

from collections.abc import Iterable
from datetime import date
from functools import cache
from typing import Any, NamedTuple

from django.db.models import Model, QuerySet

from awards.agreement.employment import EMPLOYED, Cessation, Employment
from awards.models import Award, Determination, EmploymentFact, Grantee

_MODELS: dict[str, type[Model]] = {"employment_facts": EmploymentFact, "determinations": Determination}
FACTS = ("grantee__employment_facts", "grantee__determinations")


def has_none(grantee: Grantee, name: str) -> None:
    """Leave those facts as prefetch_related does where it finds nothing: then the database is not asked for them."""
    known = getattr(grantee, "_prefetched_objects_cache", {})
    grantee._prefetched_objects_cache = {**known, name: _none_of(_MODELS[name])}  # type: ignore[attr-defined]


@cache
def _none_of(model: type[Model]) -> QuerySet[Any]:
    nothing = model._default_manager.none()
    nothing._result_cache = []
    return nothing


def facts_in_force(grantee: Grantee) -> list[EmploymentFact]:
    """The recorded facts that no later row reverses, and that reverse nothing."""
    rows = list(grantee.employment_facts.all())
    reversed_rows = {row.reverses_id for row in rows}
    return [row for row in rows if row.reverses_id is None and row.pk not in reversed_rows]


def determinations_in_force(grantee: Grantee) -> list[Determination]:
    """The approved determinations that no approved one reverses."""
    rows = [row for row in grantee.determinations.all() if row.is_approved]
    reversed_rows = {row.reverses_id for row in rows}
    return [row for row in rows if row.reverses_id is None and row.pk not in reversed_rows]


class Record(NamedTuple):
    """What is in force of a Grantee's record: read once, whatever the number of Awards."""

    facts: list[EmploymentFact]
    determined: list[Determination]


def record_of(grantee: Grantee) -> Record:
    return Record(facts_in_force(grantee), determinations_in_force(grantee))


def employment(grantee: Grantee, *, award_date: date) -> Employment:
    return employment_by(record_of(grantee), award_date=award_date)


def employment_by(record: Record, *, award_date: date) -> Employment:
    """The Grantee's employment as it bears on an Award of that date: the first cessation on or after it counts."""
    facts, determined = record
    if not facts and not determined:
        return EMPLOYED
    died_on = _first(row.occurred_on for row in facts if row.kind == EmploymentFact.Kind.DIED)
    ceased = min(
        (row for row in facts if row.kind == EmploymentFact.Kind.CEASED and row.occurred_on >= award_date),
        key=lambda row: row.occurred_on,
        default=None,
    )
    disabled_on = _disabled_on(determined, award_date)
    if ceased is None:
        return Employment(died_on=died_on, disabled_on=disabled_on)
    cessation = _cessation(ceased, determined, died_on, disabled_on)
    return Employment(
        ceased_on=ceased.occurred_on,
        cessation=cessation,
        died_on=died_on,
        disabled_on=disabled_on,
        retired_on=ceased.occurred_on if cessation is Cessation.RETIREMENT else None,
    )


def _disabled_on(determined: list[Determination], award_date: date) -> date | None:
    """The first disability of the Award's own time; failing one, the last before it, which may end employment later."""
    days = [row.occurred_on for row in determined if row.kind == Determination.Kind.DISABILITY]
    return _first(day for day in days if day >= award_date) or max(days, default=None)


def employment_under(award: Award) -> Employment:
    return employment(award.grantee, award_date=award.award_date)


def _cessation(
    ceased: EmploymentFact, determined: list[Determination], died_on: date | None, disabled_on: date | None
) -> Cessation:
    that_day = {row.kind for row in determined if row.occurred_on == ceased.occurred_on}
    if Determination.Kind.CAUSE in that_day:
        return Cessation.CAUSE
    if died_on == ceased.occurred_on:
        return Cessation.DEATH
    if Determination.Kind.RETIREMENT in that_day:
        return Cessation.RETIREMENT
    # Until the Committee has determined the disability, its cessation is one for any other reason.
    if (
        ceased.reason == EmploymentFact.Reason.DISABILITY
        and disabled_on is not None
        and disabled_on <= ceased.occurred_on
    ):
        return Cessation.DISABILITY
    return Cessation.OTHER


def is_covered_employee(grantee: Grantee, on: date) -> bool:
    """§3: whether the Committee has determined the Grantee a covered employee under section 162(m) by that day."""
    return any(
        row.kind == Determination.Kind.COVERED_EMPLOYEE and row.occurred_on <= on
        for row in determinations_in_force(grantee)
    )


def _first(days: Iterable[date]) -> date | None:
    return min(days, default=None)
