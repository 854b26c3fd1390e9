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


class AuthorityImpossible(Refused):
    """An authority that ends before it begins, a transfer of no one Award, or an end that would prolong it."""

    code = "authority_impossible"


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
    """Propose one who may act. `until_on` is the last day.

    Raises EvidenceMissing, RepresentativeIsGrantee, AwardOfAnother, AuthorityImpossible.
    """
    if not evidence.strip():
        raise EvidenceMissing("Say on what evidence this person may act.")
    if grantee.user_id == user.pk:
        raise RepresentativeIsGrantee("The Grantee needs no representative who is the Grantee.")
    if award is not None and award.grantee_id != grantee.pk:
        raise AwardOfAnother(f"{award.number} is not an Award of {grantee}.")
    if kind == Representative.Kind.TRANSFEREE and award is None:
        raise AuthorityImpossible("A transfer is of one Award: name it.")
    if until_on is not None and until_on < from_on:
        raise AuthorityImpossible("The last day cannot be before the first.")
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
        "award": award.pk if award else None,
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
    """Set or bring forward the last day; one person may, for it takes power away.

    Raises ReasonMissing, AuthorityImpossible.
    """
    if not reason.strip():
        raise decisions.ReasonMissing("Say why the authority ends.")
    held = Representative.objects.select_for_update().get(pk=representative.pk)
    before = held.until_on
    if not held.is_approved or until_on < held.from_on or (before is not None and until_on > before):
        raise AuthorityImpossible(
            "An authority in force ends on its first day or later, and never later than it would."
        )
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
