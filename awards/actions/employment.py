"""Facts of employment and determinations of the Committee: recorded, approved, reversed by another row (§2.4, §4)."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from awards.actions import audit, decisions, lapses, telling
from awards.actions.refusal import Refused
from awards.agreement.errors import InvalidEmployment
from awards.facts import determinations_in_force, employment, facts_in_force
from awards.models import Award, Determination, EmploymentFact, Grantee
from awards.news import accelerations, lapses_ahead


class FactInTheFuture(Refused):
    """A death, a move or a determination dated later than today."""

    code = "fact_in_the_future"


class FactContradicts(Refused):
    """The row contradicts what is on record."""

    code = "fact_contradicts"


class NoCessationOnRecord(Refused):
    """Retirement and Cause are determined of a cessation that is on record for that very day (§2.4(a), §4.2(c))."""

    code = "no_cessation_on_record"


class AlreadyReversed(Refused):
    """A row is reversed once, and a reversal never."""

    code = "already_reversed"


class EvidenceMissing(Refused):
    """A fact or determination without what it rests on."""

    code = "evidence_missing"


class ReasonDoesNotFit(Refused):
    """A cessation without its reason, a determination of Cause without its limb, or either where it has no place."""

    code = "reason_does_not_fit"


@transaction.atomic
def record_fact(
    *,
    grantee: Grantee,
    kind: EmploymentFact.Kind,
    occurred_on: date,
    evidence: str,
    recorded_by: Any,
    now: datetime,
    reason: str = "",
    employer: str = "",
) -> EmploymentFact:
    """Record what happened to a Grantee's employment. A cessation may lie ahead; nothing else may.

    Raises EvidenceMissing, ReasonDoesNotFit, FactInTheFuture, FactContradicts.
    """
    _require_evidence(evidence)
    if (kind == EmploymentFact.Kind.CEASED) != (reason in EmploymentFact.Reason.values):
        raise ReasonDoesNotFit("A cessation needs its reason, and nothing else has one.")
    if kind != EmploymentFact.Kind.CEASED and occurred_on > _today(now):
        raise FactInTheFuture(f"{occurred_on} has not come yet.")
    held = _locked(grantee)
    if any(row.kind == kind == EmploymentFact.Kind.DIED for row in facts_in_force(held)):
        raise FactContradicts("A death is on record already. Reverse that row if it is wrong.")
    if any(row.kind == kind and row.occurred_on == occurred_on for row in facts_in_force(held)):
        raise FactContradicts(f"The same is on record for {occurred_on} already.")
    fact = EmploymentFact.objects.create(
        grantee=held,
        kind=kind,
        occurred_on=occurred_on,
        reason=reason,
        employer=employer.strip(),
        evidence=evidence.strip(),
        recorded_by=recorded_by,
        recorded_at=now,
    )
    _took_effect(held, fact, "recorded", by=recorded_by, now=now)
    return fact


@transaction.atomic
def reverse_fact(*, fact: EmploymentFact, evidence: str, by: Any, now: datetime) -> EmploymentFact:
    """Reverse a recorded fact by another row; what lapsed because of it comes back.

    Raises EvidenceMissing, AlreadyReversed, FactContradicts.
    """
    _require_evidence(evidence)
    held = _locked(fact.grantee)
    if fact.reverses_id or fact.pk not in {row.pk for row in facts_in_force(held)}:
        raise AlreadyReversed("This row is reversed already, or is a reversal.")
    reversal = EmploymentFact.objects.create(
        grantee=held,
        kind=fact.kind,
        occurred_on=fact.occurred_on,
        reason=fact.reason,
        employer=fact.employer,
        evidence=evidence.strip(),
        reverses=fact,
        recorded_by=by,
        recorded_at=now,
    )
    _took_effect(held, reversal, "reversed", by=by, now=now)
    return reversal


@transaction.atomic
def propose_determination(
    *,
    grantee: Grantee,
    kind: Determination.Kind,
    occurred_on: date,
    evidence: str,
    by: Any,
    now: datetime,
    limb: str = "",
    reverses: Determination | None = None,
) -> Determination:
    """Propose what the Committee determines of a Grantee, or the reversal of a determination.

    Raises EvidenceMissing, ReasonDoesNotFit, FactInTheFuture, NoCessationOnRecord, AlreadyReversed, FactContradicts.
    """
    _require_evidence(evidence)
    if (kind == Determination.Kind.CAUSE) != (limb in Determination.Limb.values):
        raise ReasonDoesNotFit("Cause needs its limb of §4.3, and nothing else has one.")
    held = _locked(grantee)
    if reverses is None:
        _require_event(held, kind, occurred_on, now)
    else:
        _require_standing(held, reverses, (kind, occurred_on))
    _require_not_proposed(held, kind, occurred_on, reverses)
    determination = Determination(
        grantee=held, kind=kind, occurred_on=occurred_on, limb=limb, evidence=evidence.strip(), reverses=reverses
    )
    said = {"grantee": held.pk, "kind": kind, "occurred_on": occurred_on, "limb": limb, "evidence": evidence}
    return decisions.propose(determination, by=by, now=now, said=said)


def _require_standing(grantee: Grantee, reverses: Determination, said: tuple[str, date]) -> None:
    if reverses.pk not in {row.pk for row in determinations_in_force(grantee)}:
        raise AlreadyReversed("Only an approved determination that stands can be reversed.")
    if (reverses.kind, reverses.occurred_on) != said:
        raise FactContradicts("A reversal names the kind and the day of the determination that it reverses.")


def _require_not_proposed(
    grantee: Grantee, kind: Determination.Kind, occurred_on: date, reverses: Determination | None
) -> None:
    same = grantee.determinations.filter(kind=kind, occurred_on=occurred_on, reverses=reverses)
    if same.undecided().exists():
        raise FactContradicts(f"The same is proposed for {occurred_on} already.")


def _require_event(grantee: Grantee, kind: Determination.Kind, occurred_on: date, now: datetime) -> None:
    if any(row.kind == kind and row.occurred_on == occurred_on for row in determinations_in_force(grantee)):
        raise FactContradicts(f"The same is determined for {occurred_on} already.")
    if kind in (Determination.Kind.RETIREMENT, Determination.Kind.CAUSE):
        ceased = {row.occurred_on for row in facts_in_force(grantee) if row.kind == EmploymentFact.Kind.CEASED}
        if occurred_on not in ceased:
            raise NoCessationOnRecord(f"No cessation of employment is on record for {occurred_on}. Record it first.")
    elif occurred_on > _today(now):
        raise FactInTheFuture(f"{occurred_on} has not come yet.")


@transaction.atomic
def approve_determination(*, determination: Determination, by: Any, now: datetime) -> Determination:
    """Approve a determination by a second person; it takes effect on its day.

    Raises SamePerson, AlreadyDecided, NoCessationOnRecord, AlreadyReversed, FactContradicts.
    """
    held = _locked(determination.grantee)
    # What it was proposed on may have been reversed in the meantime.
    if determination.reverses is None:
        _require_event(held, Determination.Kind(determination.kind), determination.occurred_on, now)
    else:
        _require_standing(held, determination.reverses, (determination.kind, determination.occurred_on))
    approved = decisions.approve(determination, by=by, now=now)
    _took_effect(held, approved, "took effect", by=by, now=now)
    return approved


def _require_evidence(evidence: str) -> None:
    if not evidence.strip():
        raise EvidenceMissing("Say what this rests on.")


def _locked(grantee: Grantee) -> Grantee:
    return Grantee.objects.select_for_update().get(pk=grantee.pk)


def _took_effect(grantee: Grantee, row: Any, action: str, *, by: Any, now: datetime) -> None:
    """Audit the row, refuse facts that contradict each other, and bring every Award of the Grantee up to date."""
    said = {"kind": row.kind, "occurred_on": row.occurred_on, "evidence": row.evidence, "row": audit.subject_of(row)}
    audit.record(actor=by, action=f"{row._meta.verbose_name} {action}", subject=grantee, at=now, after=said)
    _require_consistent(grantee)
    yesterday = _today(now) - timedelta(days=1)
    awards = list(Award.objects.approved().select_for_update().filter(grantee=grantee).order_by("pk"))
    for award in awards:
        lapses.bring_up_to_date(award, through=yesterday, now=now, by=by)
    _tell(row, awards, now)


def _tell(row: Any, awards: Sequence[Award], now: datetime) -> None:
    """What was reversed, what it vests, and of a lapse date that it moved the reminder that is due today already."""
    if row.reverses_id is not None:
        telling.tell_reversed(row, awards, now=now)
    outstanding = Award.objects.outstanding().filter(pk__in=[award.pk for award in awards])
    telling.tell(accelerations(outstanding, on=row.occurred_on, now=now), now=now)
    telling.tell(lapses_ahead(outstanding, due_on=_today(now), now=now), now=now)


def _require_consistent(grantee: Grantee) -> None:
    """Whatever its date, no Award of the Grantee's, now or later, rests on facts that contradict each other."""
    facts, determined = facts_in_force(grantee), determinations_in_force(grantee)
    days = {row.occurred_on for row in facts} | {row.occurred_on for row in determined}
    for day in sorted(days | {day + timedelta(days=1) for day in days}):
        try:
            employment(grantee, award_date=day)
        except InvalidEmployment as error:
            raise FactContradicts(str(error)) from error


def _today(now: datetime) -> date:
    return now.astimezone(audit.NEW_YORK).date()
