"""Who acts for an Award, and so is told of it (§2.5, §5): from facts and appointments that are at hand."""

from collections.abc import Iterable, Sequence
from datetime import date

from awards.agreement.acting import Capacity, may_give_notice
from awards.facts import facts_in_force
from awards.models import Award, EmploymentFact, Representative


def may_act_by(award: Award, capacity: Capacity, on: date, in_force: Iterable[Representative]) -> bool:
    """Whether one acting in that capacity may give notice for the Award on that day, by the appointments in force."""
    kinds = {row.kind for row in in_force}
    return may_give_notice(
        capacity,
        has_died=any(
            row.kind == EmploymentFact.Kind.DIED and row.occurred_on <= on for row in facts_in_force(award.grantee)
        ),
        has_guardian=Representative.Kind.GUARDIAN in kinds,
        is_transferred=Representative.Kind.TRANSFEREE in kinds,
    )


def of_award(award: Award, rows: Iterable[Representative]) -> list[Representative]:
    """The appointments among these that are for the Award: for it alone, or for every Award of its Grantee."""
    return [row for row in rows if row.grantee_id == award.grantee_id and row.award_id in (None, award.pk)]


def who_acts(awards: Sequence[Award], on: date) -> dict[int, list[int]]:
    """By Award the users who may act for it on that day, in one query for all of them; nobody has no sign-in."""
    grantees = {award.grantee_id for award in awards}
    rows: dict[int, list[Representative]] = {}
    for row in Representative.objects.in_force(on).filter(grantee_id__in=grantees):
        rows.setdefault(row.grantee_id, []).append(row)
    return {award.pk: list(dict.fromkeys(acting_by(award, on, rows.get(award.grantee_id, [])))) for award in awards}


def acting_by(award: Award, on: date, rows: Sequence[Representative]) -> Iterable[int]:
    """The users who may act for the Award on that day, by the appointments in force."""
    in_force = of_award(award, rows)
    user = award.grantee.user_id
    if user is not None and may_act_by(award, Capacity.GRANTEE, on, in_force):
        yield user
    yield from (row.user_id for row in in_force if may_act_by(award, Capacity(row.kind), on, in_force))
