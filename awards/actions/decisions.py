"""One proposes, another approves: what every decision of the Committee goes through."""

from datetime import datetime
from typing import Any, TypeVar

from django.db import transaction

from awards.actions import audit
from awards.actions.refusal import Refused
from awards.models.decision import Decision

Decided = TypeVar("Decided", bound=Decision)


class SamePerson(Refused):
    """Whoever proposed a decision approves it too."""

    code = "same_person"


class OwnInterest(Refused):
    """Somebody decides about an Award or a payment of their own."""

    code = "own_interest"


class AlreadyDecided(Refused):
    """The decision was taken in the meantime."""

    code = "already_decided"


class ReasonMissing(Refused):
    """A rejection, a reversal or a deliberate deviation without its reason."""

    code = "reason_missing"


def propose(decision: Decided, *, by: Any, now: datetime, said: dict[str, Any]) -> Decided:
    """Record the proposal and its audit event. The caller is atomic."""
    decision.proposed_by, decision.proposed_at = by, now
    decision.save(force_insert=True)
    audit.record(actor=by, action="proposed", subject=decision, at=now, after=said)
    return decision


def approve(decision: Decided, *, by: Any, now: datetime) -> Decided:
    """Lock, re-read and approve. Raises SamePerson, AlreadyDecided.

    The caller is atomic and does what follows from it.
    """
    locked = _locked_and_open(decision)
    if locked.proposed_by_id == by.pk:
        raise SamePerson("The person who proposed this cannot also approve it. Ask a colleague.")
    locked.approved_by, locked.approved_at = by, now
    locked.save(update_fields=["approved_by", "approved_at"])
    audit.record(actor=by, action="approved", subject=locked, at=now)
    return locked


@transaction.atomic
def reject(decision: Decided, *, by: Any, reason: str, now: datetime) -> Decided:
    """Lock, re-read and reject; the proposer may withdraw this way too. Raises ReasonMissing, AlreadyDecided."""
    if not reason.strip():
        raise ReasonMissing("Say why the proposal is rejected.")
    locked = _locked_and_open(decision)
    locked.rejected_by, locked.rejected_at, locked.rejection_reason = by, now, reason.strip()
    locked.save(update_fields=["rejected_by", "rejected_at", "rejection_reason"])
    audit.record(actor=by, action="rejected", subject=locked, at=now, reason=locked.rejection_reason)
    return locked


def _locked_and_open(decision: Decided) -> Decided:
    locked: Decided = type(decision)._default_manager.select_for_update().get(pk=decision.pk)
    if not locked.is_undecided:
        raise AlreadyDecided(f"This was {locked.decision} already.")
    return locked
