"""A Grantee at the desk: recorded and corrected with an audit event, and each fact of their employment."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from awards.models import AuditEvent, Determination, EmploymentFact, Grantee, OptionEntry, Representative
from tests import builders
from tests.awards.admin.people import at_the_desk, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def today(at: Callable[[str], datetime]) -> datetime:
    return at("2007-04-02T11:00-04:00")


@pytest.fixture
def plan() -> Client:
    return signed_in(at_the_desk()["plan"])


def form(**given: Any) -> dict[str, Any]:
    values = {"name": "Ada", "employee_number": "ADA", "hired_on": "2001-01-02", "jurisdiction": "US", "user": ""}
    return {**values, **given}


def page(step: str, row: Any) -> str:
    return reverse(f"admin:awards_{step}", args=[row.pk])


def test_grantee_is_recorded_with_an_audit_event(plan: Client) -> None:
    user = builders.person("ada")
    response = plan.post("/admin/awards/grantee/add/", form(user=user.email.upper()))
    grantee = Grantee.objects.get()
    assert response.url == "/admin/awards/grantee/"
    assert (grantee.user, grantee.name) == (user, "Ada")
    event = AuditEvent.objects.get(subject=f"grantee:{grantee.pk}")
    assert (event.action, event.after["user"], event.after["hired_on"]) == ("recorded", user.pk, "2001-01-02")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"user": "nobody@example.com"}, "Nobody signs in with this address."),
        ({"hired_on": "2007-04-03"}, "2007-04-03 has not come yet."),
        ({"employee_number": "TAKEN"}, "already exists"),
        ({"jurisdiction": "Colorado"}, "Give a country, or a country and state, by their codes: US, US-CO."),
    ],
)
def test_grantee_that_cannot_be_is_refused(plan: Client, given: dict[str, str], told: str) -> None:
    builders.grantee("taken")
    html = plan.post("/admin/awards/grantee/add/", form(**given), follow=True).content.decode()
    assert told in html
    assert Grantee.objects.count() == 1


def test_change_leaves_what_was_and_what_is(plan: Client) -> None:
    grantee = builders.grantee()
    plan.post(page("grantee_change", grantee), form(jurisdiction="US-CO", user=grantee.user.email))
    event = AuditEvent.objects.get(subject=f"grantee:{grantee.pk}")
    assert (event.action, event.before, event.after) == ("changed", {"jurisdiction": "US"}, {"jurisdiction": "US-CO"})


def test_jurisdiction_may_be_recorded_later(plan: Client) -> None:
    grantee = builders.grantee(jurisdiction="")
    builders.grantee("other")
    form_page = plan.get("/admin/awards/grantee/add/").content.decode()
    assert '<input type="text" name="jurisdiction" class="vTextField" maxlength="12"' in form_page
    listed = plan.get("/admin/awards/grantee/?jurisdiction=").content.decode()
    assert "Not on record" in listed
    assert ("1 Grantee" in listed or "1 grantee" in listed, "Other" in listed) == (True, False)

    plan.post(page("grantee_change", grantee), form(jurisdiction="US-NY", user=grantee.user.email))

    event = AuditEvent.objects.get(subject=f"grantee:{grantee.pk}")
    assert (event.before, event.after) == ({"jurisdiction": ""}, {"jurisdiction": "US-NY"})
    assert Grantee.objects.get(pk=grantee.pk).jurisdictions == ("US", "US-NY")


def test_no_change_leaves_no_event(plan: Client) -> None:
    grantee = builders.grantee()
    plan.post(page("grantee_change", grantee), form(user=grantee.user.email))
    assert AuditEvent.objects.filter(subject=f"grantee:{grantee.pk}").count() == 0


def test_sign_in_of_a_holder_is_not_moved_to_another(plan: Client) -> None:
    award = builders.granted_award()
    other = builders.person("other-person")
    html = plan.post(page("grantee_change", award.grantee), form(user=other.email), follow=True).content.decode()
    assert "Awards are held under this sign-in." in html
    assert Grantee.objects.get().user.username == "ada"


def test_fact_is_reviewed_with_what_it_lapses_before_it_is_recorded(plan: Client) -> None:
    award = builders.granted_award(options=1000, award_date="2006-04-01", initial_price="5.18")
    address = page("grantee_record_fact", award.grantee)
    data = {"kind": "ceased", "reason": "other", "occurred_on": "2007-04-01", "evidence": "Letter"}
    review = plan.post(address, data).content.decode()
    assert "Lapsed unvested: −500 OSOs on Apr 1, 2007" in review
    assert (EmploymentFact.objects.count(), OptionEntry.objects.count()) == (0, 1)
    plan.post(address, {**data, "_confirm": "yes"})
    assert (EmploymentFact.objects.count(), OptionEntry.objects.count()) == (1, 2)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        # 5,000 vested on 2007-03-31; 180 days from 2007-04-01 end on Friday 2007-09-28; a year ends on 2008-04-01.
        ({"kind": "ceased", "reason": "other"}, "0 OSOs vest and 5,000 lapse on Apr 1, 2007; 5,000 can be exercised"),
        (
            {"kind": "ceased", "reason": "other"},
            "until Fri, Sep 28, 2007, 4:00 PM EDT (lapse on Sep 28, 2007, §4.2(d)).",
        ),
        ({"kind": "died"}, "5,000 OSOs vest and 0 lapse on Apr 1, 2007; 10,000 can be exercised"),
        ({"kind": "died"}, "until Tue, Apr 1, 2008, 4:00 PM EDT (lapse on Apr 1, 2008, §4.2(b))."),
        ({"kind": "ceased", "reason": "other", "occurred_on": "2007-03-30"}, "0 OSOs vest and 10,000 lapse on Mar 30,"),
        (
            {"kind": "ceased", "reason": "other", "occurred_on": "2007-03-30"},
            "nothing can be exercised from that day on",
        ),
    ],
)
def test_review_says_what_becomes_of_each_award(plan: Client, given: dict[str, str], told: str) -> None:
    award = builders.granted_award(options=10_000, award_date="2006-04-01", initial_price="5.18")
    builders.granted_award(builders.grantee("other"), options=777, award_date="2006-04-01", initial_price="5.18")
    data = {"occurred_on": "2007-04-01", "evidence": "Paper", **given}
    review = plan.post(page("grantee_record_fact", award.grantee), data).content.decode()
    assert told in review
    assert award.number in review
    assert "777" not in review


def test_review_of_a_move_says_nothing_of_awards(plan: Client) -> None:
    award = builders.granted_award()
    data = {"kind": "transferred", "occurred_on": "2007-04-01", "evidence": "Paper", "employer": "An Affiliate"}
    review = plan.post(page("grantee_record_fact", award.grantee), data).content.decode()
    assert "OSOs vest" not in review


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        (
            Determination.Kind.RETIREMENT,
            "5,000 OSOs vest and 0 lapse on Apr 1, 2007; 10,000 can be exercised until Fri, Sep",
        ),
        (Determination.Kind.CAUSE, "0 OSOs vest and 10,000 lapse on Apr 1, 2007; nothing can be exercised"),
        (
            Determination.Kind.DISABILITY,
            "5,000 OSOs vest and 0 lapse on Apr 1, 2007; 10,000 can be exercised until Fri, Sep",
        ),
    ],
)
def test_approval_says_what_becomes_of_each_award(kind: Determination.Kind, told: str) -> None:
    award = builders.granted_award(options=10_000, award_date="2006-04-01", initial_price="5.18")
    builders.ceased(award.grantee, "2007-04-01")
    proposed = builders.proposed_determination(award.grantee, kind, "2007-04-01")
    committee = signed_in(at_the_desk()["other"])
    html = committee.get(page("determination_approve", proposed)).content.decode()
    assert f"{award.number}: {told}" in html


def test_approval_of_what_the_rules_refuse_says_nothing_of_awards() -> None:
    award = builders.granted_award(options=10_000, award_date="2006-04-01", initial_price="5.18")
    proposed = builders.proposed_determination(award.grantee, Determination.Kind.DISABILITY, "2007-04-01")
    builders.died(award.grantee, "2007-03-31", recorded_on="2007-04-02")
    committee = signed_in(at_the_desk()["other"])
    html = committee.get(page("determination_approve", proposed)).content.decode()
    assert "OSOs vest" not in html


def test_review_can_be_left_to_change_what_was_entered(plan: Client) -> None:
    address = page("grantee_record_fact", builders.grantee())
    data = {"kind": "died", "occurred_on": "2007-04-01", "evidence": "Certificate", "_edit": "yes"}
    html = plan.post(address, data).content.decode()
    assert 'value="2007-04-01"' in html
    assert "What will be recorded" not in html
    assert EmploymentFact.objects.count() == 0


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"kind": "died", "occurred_on": "2007-04-03"}, "2007-04-03 has not come yet."),
        ({"kind": "ceased", "reason": ""}, "A cessation needs its reason, and nothing else has one."),
        ({"kind": "died", "reason": "other"}, "A cessation needs its reason, and nothing else has one."),
    ],
)
def test_fact_that_cannot_be_is_refused_kindly(plan: Client, given: dict[str, str], told: str) -> None:
    data = {"kind": "died", "occurred_on": "2007-04-01", "evidence": "Paper", "_confirm": "yes", **given}
    html = plan.post(page("grantee_record_fact", builders.grantee()), data).content.decode()
    assert told in html
    assert "Nothing was written." in html
    assert (EmploymentFact.objects.count(), AuditEvent.objects.count()) == (0, 0)


def test_reversed_fact_is_not_reversed_again(plan: Client) -> None:
    fact = builders.transferred(builders.grantee(), "2007-03-01")
    builders.reversed_fact(fact, on="2007-03-02")
    html = plan.post(page("employmentfact_reverse", fact), {"evidence": "Again", "_confirm": "yes"}).content.decode()
    assert "This row is reversed already, or is a reversal." in html
    assert EmploymentFact.objects.count() == 2


def test_same_determination_proposed_twice_is_refused(plan: Client) -> None:
    grantee = builders.grantee()
    data = {"kind": "disability", "occurred_on": "2007-03-01", "evidence": "Minutes"}
    plan.post(page("grantee_propose_determination", grantee), data)
    html = plan.post(page("grantee_propose_determination", grantee), data).content.decode()
    assert "Nothing was written." in html
    assert Determination.objects.count() == 1


def test_transferee_without_an_award_is_refused(plan: Client) -> None:
    builders.person("buyer")
    data = {"user": "buyer@example.com", "kind": "transferee", "from_on": "2007-04-01", "evidence": "Permission"}
    html = plan.post(page("grantee_propose_representative", builders.grantee()), data).content.decode()
    assert "A transfer is of one Award: name it." in html
    assert Representative.objects.count() == 0


def test_award_of_another_is_not_offered(plan: Client) -> None:
    builders.person("heir")
    theirs = builders.granted_award(builders.grantee("bob"))
    data = {"user": "heir@example.com", "kind": "heir", "from_on": "2007-04-01", "evidence": "Will", "award": theirs.pk}
    html = plan.post(page("grantee_propose_representative", builders.grantee()), data).content.decode()
    assert "Select a valid choice." in html
    assert Representative.objects.count() == 0
