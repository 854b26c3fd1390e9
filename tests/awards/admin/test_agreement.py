"""Versions of the Master Agreement at the desk: recorded with their document, then read and downloaded."""

import hashlib
from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from awards.agreement.terms import FORM_2005
from awards.models import MasterAgreement
from tests.awards.admin.people import at_the_desk, signed_in

pytestmark = pytest.mark.django_db
ADD = "/admin/awards/masteragreement/add/"
TEXT = b"MASTER AWARD AGREEMENT <script>alert(1)</script>"


@pytest.fixture
def committee() -> Client:
    return signed_in(at_the_desk()["other"])


def form(name: str = "agreement.txt", content: bytes = TEXT, **given: str) -> dict[str, Any]:
    return {
        "name": "Of July 1, 2005",
        "dated_on": "2005-07-01",
        "document": SimpleUploadedFile(name, content),
        "term_years": "4",
        "outperform_cap": "11",
        "multiplier_cap": "4",
        "averaging_days": "10",
        "death_or_disability_years": "1",
        "other_cessation_days": "180",
        "change_in_control_days": "60",
        "adjusted_price_has_floor": "on",
        **given,
    }


def test_terms_begin_as_those_of_the_2005_form(committee: Client) -> None:
    shown = committee.get(ADD).context["form"]
    assert {name: shown[name].value() for name in shown.fields if name not in ("name", "dated_on", "document")} == {
        "shareholders_approved_on": None,
        "term_years": 4,
        "outperform_cap": 11,
        "multiplier_cap": 4,
        "averaging_days": 10,
        "death_or_disability_years": 1,
        "other_cessation_days": 180,
        "change_in_control_days": 60,
        "adjusted_price_has_floor": True,
    }


def test_version_is_recorded_with_its_hash_and_downloads_as_it_was(committee: Client) -> None:
    committee.post(ADD, form())
    version = MasterAgreement.objects.get()
    sha256 = hashlib.sha256(TEXT).hexdigest()
    assert (version.document_sha256, version.document_type, version.dated_on) == (
        sha256,
        "text/plain",
        date(2005, 7, 1),
    )
    assert version.terms.tranches == FORM_2005.tranches
    response = committee.get(reverse("admin:awards_masteragreement_document", args=[version.pk]))
    assert (response.content, response["Content-Type"]) == (TEXT, "application/octet-stream")
    assert response["Content-Disposition"] == f'attachment; filename="master-agreement-{version.pk}.txt"'
    assert sha256 in committee.get(f"/admin/awards/masteragreement/{version.pk}/change/").content.decode()


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"name": "agreement.exe"}, "The document is a .txt, .pdf or .html file."),
        ({"content": b""}, "The submitted file is empty."),
        ({"content": b"x" * 2_000_001}, "The document is larger than 2 MB."),
        ({"averaging_days": "0"}, "counted from one"),
        ({"multiplier_cap": "0"}, "above zero"),
    ],
)
def test_version_that_cannot_be_is_refused(committee: Client, given: dict[str, Any], told: str) -> None:
    html = committee.post(ADD, form(**given)).content.decode()
    assert told in html
    assert MasterAgreement.objects.count() == 0


def test_document_is_for_those_who_may_read_the_agreement() -> None:
    people = at_the_desk()
    signed_in(people["other"]).post(ADD, form())
    address = reverse("admin:awards_masteragreement_document", args=[MasterAgreement.objects.get().pk])
    statuses = {name: signed_in(user).get(address).status_code for name, user in people.items()}
    assert statuses == {"maker": 200, "other": 200, "plan": 200, "payroll": 403, "auditor": 200, "staff": 403}


def test_shareholders_approval_is_recorded_once(committee: Client) -> None:
    committee.post(ADD, form())
    version = MasterAgreement.objects.get()
    page = reverse("admin:awards_masteragreement_shareholders_approval", args=[version.pk])
    assert page in committee.get(f"/admin/awards/masteragreement/{version.pk}/change/").content.decode()

    committee.post(page, {"approved_on": "2006-05-01"})
    again = committee.post(page, {"approved_on": "2006-06-01"})

    version.refresh_from_db()
    assert version.shareholders_approved_on == date(2006, 5, 1)
    assert "The approval of 2006-05-01 is on record." in again.content.decode()
