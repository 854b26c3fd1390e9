"""Versions of the Master Agreement, and a Grantee's acceptance of one exact document."""

import hashlib
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from awards.actions import audit
from awards.actions.award import NotSigned, NotTheGrantee
from awards.actions.refusal import Refused
from awards.agreement.errors import InvalidTerms
from awards.agreement.rounding import round_half_up
from awards.models import AgreementAcceptance, Grantee, MasterAgreement


class DocumentMissing(Refused):
    """A version of the agreement without its document."""

    code = "document_missing"


class AlreadyAccepted(Refused):
    """The Grantee accepted this version before."""

    code = "already_accepted"


class TermsContradict(Refused):
    """The version's terms contradict each other, or are finer than the record keeps them."""

    code = "terms_contradict"


class ApprovalOnRecord(Refused):
    """The shareholders' approval of a version is recorded once."""

    code = "approval_on_record"


class ApprovalInTheFuture(Refused):
    """The shareholders' approval is dated later than today."""

    code = "approval_in_the_future"


@transaction.atomic
def record_master_agreement(
    *, name: str, dated_on: date, document: bytes, document_type: str, by: Any, now: datetime, **terms: Any
) -> MasterAgreement:
    """Record a version with its document and, where they differ from the 2005 form, its terms.

    Raises DocumentMissing, TermsContradict.
    """
    if not document:
        raise DocumentMissing("Add the document: Grantees accept that very text.")
    version = MasterAgreement(
        name=name,
        dated_on=dated_on,
        document=document,
        document_type=document_type,
        document_sha256=hashlib.sha256(document).hexdigest(),
        recorded_by=by,
        recorded_at=now,
        **terms,
    )
    _require_terms(version)
    version.save(force_insert=True)
    said = {"name": name, "dated_on": dated_on, "document_sha256": version.document_sha256, **terms}
    audit.record(actor=by, action="recorded", subject=version, at=now, after=said)
    return version


def _require_terms(version: MasterAgreement) -> None:
    try:
        terms = version.terms
    except InvalidTerms as error:
        raise TermsContradict(str(error)) from error
    for cap in (terms.outperform_cap, terms.multiplier_cap):
        # The column would round it without a word.
        if cap != round_half_up(cap, 3):
            raise TermsContradict(f"{cap} has more than three decimals.")


@transaction.atomic
def record_shareholders_approval(
    *, master_agreement: MasterAgreement, approved_on: date, by: Any, now: datetime
) -> MasterAgreement:
    """Record once when the shareholders approved: before that day no covered employee exercises effectively (§3).

    Raises ApprovalOnRecord, ApprovalInTheFuture.
    """
    held = MasterAgreement.objects.select_for_update().get(pk=master_agreement.pk)
    if held.shareholders_approved_on is not None:
        raise ApprovalOnRecord(f"The approval of {held.shareholders_approved_on} is on record.")
    if approved_on > now.astimezone(audit.NEW_YORK).date():
        raise ApprovalInTheFuture(f"{approved_on} has not come yet.")
    held.shareholders_approved_on = approved_on
    held.save(update_fields=["shareholders_approved_on"])
    after = {"shareholders_approved_on": approved_on}
    audit.record(actor=by, action="shareholders' approval recorded", subject=held, at=now, after=after)
    return held


@transaction.atomic
def accept_agreement(
    *, grantee: Grantee, master_agreement: MasterAgreement, signed_name: str, by: Any, now: datetime
) -> AgreementAcceptance:
    """The Grantee signs the version's document. Raises NotTheGrantee, NotSigned, AlreadyAccepted."""
    held = Grantee.objects.select_for_update().get(pk=grantee.pk)
    if by.pk is None or held.user_id != by.pk:
        raise NotTheGrantee(_("Only the Grantee accepts the Master Agreement."))
    if not signed_name.strip():
        raise NotSigned(_("Sign with your name."))
    try:
        with transaction.atomic():
            acceptance = AgreementAcceptance.objects.create(
                grantee=held,
                master_agreement=master_agreement,
                signed_name=signed_name.strip(),
                document_sha256=master_agreement.document_sha256,
                accepted_by=by,
                accepted_at=now,
            )
    except IntegrityError as error:
        raise AlreadyAccepted(_("You have accepted this agreement already.")) from error
    said = {"master_agreement": master_agreement.pk, "document_sha256": acceptance.document_sha256}
    audit.record(actor=by, action="accepted the Master Agreement", subject=held, at=now, after=said)
    return acceptance
