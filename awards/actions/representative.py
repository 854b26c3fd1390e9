"""Who may act for a Grantee: proposed, approved by another, ended (§2.5, §5)."""

from datetime import date, datetime
from typing import Any

from django.db import transaction

from awards.actions import audit, decisions
from awards.actions.employment import EvidenceMissing
from awards.actions.refusal import Refused
from awards.models import Award, Grantee, Representative


class RepresentativeIsGrantee(Refused):
    """A Grantee does not act for themselves."""

    code = "representative_is_grantee"


class AwardOfAnother(Refused):
    """The Award is not the Grantee's."""

    code = "award_of_another"


@transaction.atomic
def propose_representative(
    *,
    grantee: Grantee,
    user: Any,
    kind: Representative.Kind,
    evidence: str,
    from_on: date,
    by: Any,
    now: datetime,
    until_on: date | None = None,
    award: Award | None = None,
) -> Representative:
    """Propose one who may act. Raises EvidenceMissing, RepresentativeIsGrantee, AwardOfAnother."""
    if not evidence.strip():
        raise EvidenceMissing("Say on what evidence this person may act.")
    if grantee.user_id == user.pk:
        raise RepresentativeIsGrantee("The Grantee needs no representative who is the Grantee.")
    if award is not None and award.grantee_id != grantee.pk:
        raise AwardOfAnother(f"{award.number} is not an Award of {grantee}.")
    representative = Representative(
        grantee=grantee,
        award=award,
        user=user,
        kind=kind,
        evidence=evidence.strip(),
        from_on=from_on,
        until_on=until_on,
    )
    said = {
        "grantee": grantee.pk,
        "user": user.pk,
        "kind": kind,
        "from": from_on,
        "until": until_on,
        "evidence": evidence,
    }
    return decisions.propose(representative, by=by, now=now, said=said)


@transaction.atomic
def approve_representative(*, representative: Representative, by: Any, now: datetime) -> Representative:
    """Approve by a second person. Raises SamePerson, AlreadyDecided."""
    return decisions.approve(representative, by=by, now=now)


@transaction.atomic
def end_representation(
    *, representative: Representative, until_on: date, reason: str, by: Any, now: datetime
) -> Representative:
    """Set or bring forward the last day. Raises ReasonMissing."""
    if not reason.strip():
        raise decisions.ReasonMissing("Say why the authority ends.")
    held = Representative.objects.select_for_update().get(pk=representative.pk)
    before = held.until_on
    held.until_on = until_on
    held.save(update_fields=["until_on"])
    audit.record(
        actor=by,
        action="ended",
        subject=held,
        at=now,
        before={"until": before},
        after={"until": until_on},
        reason=reason,
    )
    return held
