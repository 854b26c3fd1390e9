"""Versions of the Master Agreement, and a Grantee's acceptance of one exact document."""

import hashlib
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction

from awards.actions import audit
from awards.actions.award import NotSigned
from awards.actions.refusal import Refused
from awards.agreement.errors import InvalidTerms
from awards.models import AgreementAcceptance, Grantee, MasterAgreement


class DocumentMissing(Refused):
    """A version of the agreement without its document."""

    code = "document_missing"


class AlreadyAccepted(Refused):
    """The Grantee accepted this version before."""

    code = "already_accepted"


class TermsContradict(Refused):
    """The version's terms contradict each other."""

    code = "terms_contradict"


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
    try:
        _ = version.terms
    except InvalidTerms as error:
        raise TermsContradict(str(error)) from error
    version.save(force_insert=True)
    said = {"name": name, "dated_on": dated_on, "document_sha256": version.document_sha256, **terms}
    audit.record(actor=by, action="recorded", subject=version, at=now, after=said)
    return version


@transaction.atomic
def accept_agreement(
    *, grantee: Grantee, master_agreement: MasterAgreement, signed_name: str, by: Any, now: datetime
) -> AgreementAcceptance:
    """The Grantee signs the version's document. Raises NotSigned, AlreadyAccepted."""
    if not signed_name.strip():
        raise NotSigned("Sign with your name.")
    try:
        with transaction.atomic():
            acceptance = AgreementAcceptance.objects.create(
                grantee=grantee,
                master_agreement=master_agreement,
                signed_name=signed_name.strip(),
                document_sha256=master_agreement.document_sha256,
                accepted_by=by,
                accepted_at=now,
            )
    except IntegrityError as error:
        raise AlreadyAccepted("You have accepted this agreement already.") from error
    said = {"master_agreement": master_agreement.pk, "document_sha256": acceptance.document_sha256}
    audit.record(actor=by, action="accepted the Master Agreement", subject=grantee, at=now, after=said)
    return acceptance
