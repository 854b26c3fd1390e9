"""Role × decision: who may take each decision about Awards at the desk, and who may not, by GET and by POST."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from awards.actions.capital import propose_adjustment
from awards.actions.representative import propose_representative
from awards.models import Determination, Grantee, MasterAgreement, Question, Representative
from tests import builders
from tests.awards.actions.test_question import ask
from tests.awards.admin.people import at_the_desk, expected, fate, fates, signed_in

pytestmark = pytest.mark.django_db
Given = tuple[str, dict[str, Any]]
REASON = {"reason": "Not as resolved"}


@pytest.fixture(autouse=True)
def today(at: Callable[[str], datetime]) -> datetime:
    return at("2007-04-02T11:00-04:00")


def url(name: str, row: Any = None) -> str:
    return reverse(f"admin:awards_{name}", args=[row.pk] if row else [])


def award_form() -> Given:
    data = {
        "grantee": builders.grantee().pk,
        "master_agreement": builders.agreement().pk,
        "award_date": "2007-04-01",
        "options": "100",
        "initial_price": "6.10",
        "initial_price_reason": "As the Committee resolved",
    }
    return url("award_add"), data


def fact_form() -> Given:
    data = {"kind": "transferred", "occurred_on": "2007-03-01", "employer": "An Affiliate", "evidence": "Letter"}
    return url("grantee_record_fact", builders.grantee()), data


def determination_form() -> Given:
    data = {"kind": "disability", "occurred_on": "2007-03-01", "evidence": "Minutes"}
    return url("grantee_propose_determination", builders.grantee()), data


def representative_form() -> Given:
    data = {
        "user": builders.person("guardian").email,
        "kind": "guardian",
        "from_on": "2007-04-01",
        "evidence": "The court's order",
    }
    return url("grantee_propose_representative", builders.grantee()), data


def grantee_form() -> Given:
    data = {"name": "Bob", "employee_number": "B1", "hired_on": "2006-01-02", "jurisdiction": "US"}
    return url("grantee_add"), data


def agreement_form() -> Given:
    terms = MasterAgreement().__dict__
    names = (
        "term_years", "outperform_cap", "multiplier_cap", "averaging_days", "death_or_disability_years",
        "other_cessation_days", "change_in_control_days",
    )  # fmt: skip
    data = {"name": "Another", "dated_on": "2007-01-01", "adjusted_price_has_floor": "on"}
    file = SimpleUploadedFile("agreement.txt", b"The text")
    return url("masteragreement_add"), {**data, **{name: str(terms[name]) for name in names}, "document": file}


def adjustment_form() -> Given:
    return url("capitaladjustment_add"), {
        "effective_on": "2007-06-01",
        "new": "1",
        "old": "15",
        "description": "A reverse split",
    }


def open_determination() -> Determination:
    return builders.proposed_determination(builders.grantee(), Determination.Kind.DISABILITY, "2007-03-01")


def open_representative() -> Representative:
    return propose_representative(
        grantee=builders.grantee(),
        user=builders.person("guardian"),
        kind=Representative.Kind.GUARDIAN,
        evidence="The court's order",
        from_on=builders.day("2007-04-01"),
        by=builders.proposer(),
        now=builders.instant("2007-04-01"),
    )


def open_adjustment() -> Any:
    return propose_adjustment(
        effective_on=builders.day("2007-06-01"),
        new=1,
        old=15,
        description="A reverse split",
        by=builders.proposer(),
        now=builders.instant("2007-04-01"),
    )


def open_question() -> Question:
    award = builders.granted_award(award_date="2006-04-01", initial_price="5.18")
    return ask(award, "entry/1")


def appointed() -> Representative:
    return builders.appointed(builders.person("guardian"), builders.grantee(), from_on="2007-04-01")


def disability() -> Determination:
    return builders.determined(builders.grantee(), Determination.Kind.DISABILITY, "2007-03-01")


COMMITTEE = ("maker", "other")
MATRIX: list[tuple[str, Callable[[], Given], dict[str, str]]] = [
    ("propose an Award", award_form, expected([*COMMITTEE, "plan"])),
    ("approve an Award", lambda: (url("award_approve", builders.proposed_award()), {}), expected(["other"], ["maker"])),
    ("reject an Award", lambda: (url("award_reject", builders.proposed_award()), REASON), expected(COMMITTEE)),
    (
        "issue a letter",
        lambda: (url("award_issue_letter", builders.approved_award()), {}),
        expected([*COMMITTEE, "plan"]),
    ),
    ("record a Grantee", grantee_form, expected(["plan"])),
    ("record a fact", fact_form, expected(["plan"])),
    (
        "reverse a fact",
        lambda: (
            url("employmentfact_reverse", builders.transferred(builders.grantee(), "2007-03-01")),
            {"evidence": "A slip"},
        ),
        expected(["plan"]),
    ),
    ("propose a determination", determination_form, expected([*COMMITTEE, "plan"])),
    (
        "approve a determination",
        lambda: (url("determination_approve", open_determination()), {}),
        expected(["other"], ["maker"]),
    ),
    (
        "reject a determination",
        lambda: (url("determination_reject", open_determination()), REASON),
        expected(COMMITTEE),
    ),
    (
        "reverse a determination",
        lambda: (url("determination_reverse", disability()), {"evidence": "A second opinion"}),
        expected([*COMMITTEE, "plan"]),
    ),
    ("propose a representative", representative_form, expected([*COMMITTEE, "plan"])),
    (
        "approve a representative",
        lambda: (url("representative_approve", open_representative()), {}),
        expected(["other"], ["maker"]),
    ),
    (
        "reject a representative",
        lambda: (url("representative_reject", open_representative()), REASON),
        expected(COMMITTEE),
    ),
    (
        "end a representation",
        lambda: (url("representative_end", appointed()), {"until_on": "2007-04-30", **REASON}),
        expected(COMMITTEE),
    ),
    ("record an agreement", agreement_form, expected(COMMITTEE)),
    ("propose an adjustment", adjustment_form, expected([*COMMITTEE, "plan"])),
    (
        "approve an adjustment",
        lambda: (url("capitaladjustment_approve", open_adjustment()), {}),
        expected(["other"], ["maker"]),
    ),
    (
        "answer a question",
        lambda: (url("question_answer", open_question()), {"text": "8.545 × 4/11."}),
        expected([*COMMITTEE, "plan"]),
    ),
    (
        "reject an adjustment",
        lambda: (url("capitaladjustment_reject", open_adjustment()), REASON),
        expected(COMMITTEE),
    ),
]


@pytest.mark.parametrize(("given", "row"), [pytest.param(given, row, id=name) for name, given, row in MATRIX])
def test_decision_by_role(given: Callable[[], Given], row: dict[str, str]) -> None:
    people = at_the_desk()
    address, data = given()
    if "document" in data:
        # A file is read once: each person sends their own.
        assert {name: fate(signed_in(people.get(name)), *agreement_form()) for name in row} == row
    else:
        assert fates(people, address, data) == row


def test_whoever_proposes_may_withdraw_though_not_reject_another_s() -> None:
    people = at_the_desk()
    mine, theirs = builders.proposed_award(options=10), builders.proposed_award(options=20)
    type(mine).objects.filter(pk=mine.pk).update(proposed_by=people["plan"])
    client = signed_in(people["plan"])
    assert fate(client, url("award_reject", mine), REASON) == "done"
    assert fate(client, url("award_reject", theirs), REASON) == "forbidden"


def test_change_of_a_grantee_by_role() -> None:
    people = at_the_desk()
    grantee = builders.grantee()
    address = url("grantee_change", grantee)
    data = {"name": "Changed", "employee_number": "ADA", "hired_on": "2001-01-02", "jurisdiction": "US"}
    data["user"] = grantee.user.email
    others = {name: signed_in(user).post(address, data).status_code for name, user in people.items() if name != "plan"}
    assert others == {"maker": 403, "other": 403, "payroll": 403, "auditor": 403, "staff": 403}
    assert Grantee.objects.get().name == "Ada"
    assert signed_in(people["plan"]).post(address, data).status_code == 302
    assert Grantee.objects.get().name == "Changed"


@pytest.mark.parametrize(("role", "sees"), [("payroll", False), ("auditor", True), ("plan", True)])
def test_who_reads_why_somebody_left(role: str, sees: bool) -> None:
    """The Committee's evidence is not for Payroll, whose pages show the Grantee and the Award all the same."""
    award = builders.granted_award(award_date="2006-04-01", initial_price="5.18")
    builders.ceased(award.grantee, "2007-03-01")
    builders.determined(award.grantee, Determination.Kind.CAUSE, "2007-03-01", decided_on="2007-03-02")
    client = signed_in(at_the_desk()[role])

    for address in (f"/admin/awards/grantee/{award.grantee.pk}/change/", f"/admin/awards/award/{award.pk}/change/"):
        page = client.get(address)
        assert page.status_code == 200
        said = page.content.decode()
        assert ("Cause (§4.3)" in said, "Ceased to be employed" in said) == (sees, sees)
        assert ("Minutes of the meeting" in said) <= sees
