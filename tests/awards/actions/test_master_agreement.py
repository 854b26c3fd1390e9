"""Versions of the agreement with their document, the shareholders' approval, and the Grantee's signature."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from awards.actions import master_agreement as actions
from awards.actions.award import NotSigned, NotTheGrantee
from awards.agreement.terms import FORM_2005
from awards.models import AgreementAcceptance, MasterAgreement
from tests import builders as given

pytestmark = pytest.mark.django_db
NOW = given.instant("2005-07-05")


def record(**changed: Any) -> MasterAgreement:
    values: dict[str, Any] = {
        "name": FORM_2005.name,
        "dated_on": date(2005, 7, 1),
        "document": b"The text.",
        "document_type": "text/plain",
        "by": given.proposer(),
        "now": NOW,
    }
    return actions.record_master_agreement(**{**values, **changed})


def accept(**changed: Any) -> AgreementAcceptance:
    holder = given.grantee()
    values = {"grantee": holder, "master_agreement": given.agreement(), "signed_name": "Ada", "by": holder.user}
    return actions.accept_agreement(**{**values, "now": NOW, **changed})


def test_recorded_version_is_the_2005_form_unless_told_otherwise() -> None:
    version = MasterAgreement.objects.get(pk=record().pk)
    assert version.terms == FORM_2005
    # `printf 'The text.' | sha256sum`
    assert version.document_sha256 == "e999b1a6b0f904c3177aac84501c7d5ace6a9becb01fe15cab80b3d57b4d4eab"
    assert version.document_is_whole()


def test_changed_document_shows() -> None:
    version = record()
    MasterAgreement.objects.update(document=b"Another text.")
    version.refresh_from_db()
    assert not version.document_is_whole()


def test_refuses_no_document() -> None:
    with pytest.raises(actions.DocumentMissing):
        record(document=b"")


@pytest.mark.parametrize(
    "terms",
    [
        {"term_years": 0},
        {"averaging_days": 0},
        {"tranches": []},
        {"tranches": [[1, 2, 12]]},
        {"multiplier_cap": Decimal("4.0001")},
        {"outperform_cap": Decimal("11.0001")},
        {"outperform_cap": Decimal(0)},
    ],
    ids=str,
)
def test_refuses_terms_that_contradict_each_other(terms: dict[str, Any]) -> None:
    with pytest.raises(actions.TermsContradict):
        record(**terms)


class TestShareholdersApproval:
    @staticmethod
    def approve(on: str) -> MasterAgreement:
        return actions.record_shareholders_approval(
            master_agreement=given.agreement(), approved_on=given.day(on), by=given.proposer(), now=NOW
        )

    @pytest.mark.parametrize("on", ["2005-07-04", "2005-07-05", "2005-07-06"])
    def test_is_of_a_day_that_has_come(self, on: str) -> None:
        if on == "2005-07-06":
            with pytest.raises(actions.ApprovalInTheFuture):
                self.approve(on)
        else:
            assert self.approve(on).shareholders_approved_on == given.day(on)

    def test_is_recorded_once(self) -> None:
        self.approve("2005-07-04")
        with pytest.raises(actions.ApprovalOnRecord):
            self.approve("2005-07-05")


class TestAccept:
    def test_is_of_one_exact_document(self) -> None:
        acceptance = accept(signed_name=" Ada ")
        assert acceptance.document_sha256 == given.agreement().document_sha256
        assert acceptance.signed_name == "Ada"

    def test_refuses_no_signature(self) -> None:
        with pytest.raises(NotSigned):
            accept(signed_name=" ")

    def test_refuses_anybody_but_the_grantee(self) -> None:
        with pytest.raises(NotTheGrantee):
            accept(by=given.person("eve"))

    def test_happens_once(self) -> None:
        accept()
        with pytest.raises(actions.AlreadyAccepted):
            accept()
        assert AgreementAcceptance.objects.count() == 1
