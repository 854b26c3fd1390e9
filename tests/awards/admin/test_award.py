"""An Award at the desk: proposed at the proposed price or with a reason, approved by another, issued."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from awards.models import AuditEvent, Award, OptionEntry
from tests import builders
from tests.awards.admin.people import at_the_desk, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def today(at: Callable[[str], datetime]) -> datetime:
    return at("2007-04-02T11:00:00.654321-04:00")


@pytest.fixture
def people() -> dict[str, Any]:
    return at_the_desk()


@pytest.fixture
def maker(people: dict[str, Any]) -> Client:
    return signed_in(people["maker"])


def form(**given: str) -> dict[str, Any]:
    return {
        "grantee": builders.grantee().pk,
        "master_agreement": builders.agreement().pk,
        "award_date": "2007-04-01",
        "options": "100",
        "initial_price": "",
        "initial_price_reason": "",
        **given,
    }


ADD = "/admin/awards/award/add/"


def test_proposed_price_is_the_close_before_the_award_date(maker: Client) -> None:
    builders.closes(builders.CLOSES_2007_04_02)
    html = maker.post(ADD, form(_propose_price="yes")).content.decode()
    assert 'name="initial_price" value="6.10"' in html
    assert "Proposed: $6.10, the close of Friday, March 30, 2007 (test)." in html
    assert "errorlist" not in html
    assert Award.objects.count() == 0


@pytest.mark.parametrize(
    ("award_date", "told"),
    [
        ("", "Enter the Award Date first."),
        ("yesterday", "Enter the Award Date first."),
        ("2007-03-01", "No close is recorded for the Trading Day before the Award Date"),
    ],
)
def test_no_price_is_proposed_without_its_close(maker: Client, award_date: str, told: str) -> None:
    html = maker.post(ADD, form(award_date=award_date, _propose_price="yes")).content.decode()
    assert told in html


def test_award_at_the_proposed_price_needs_no_reason(maker: Client) -> None:
    builders.closes(builders.CLOSES_2007_04_02)
    response = maker.post(ADD, form(initial_price="6.10"), follow=True)
    award = Award.objects.get()
    assert (award.initial_price, award.proposed_close.close) == (Decimal("6.10"), Decimal("6.10"))
    assert f"{award.number} is proposed. Another person approves it." in response.content.decode()


def test_another_price_is_refused_without_its_reason(maker: Client) -> None:
    builders.closes(builders.CLOSES_2007_04_02)
    html = maker.post(ADD, form(initial_price="6.11")).content.decode()
    assert "Nothing was written." in html
    assert "Say why the Initial Price is 6.11." in html
    assert Award.objects.count() == 0
    maker.post(ADD, form(initial_price="6.11", initial_price_reason="As the Committee resolved"))
    assert Award.objects.get().initial_price_reason == "As the Committee resolved"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("options", "0"),
        ("options", "1.5"),
        ("options", "99999999999"),
        ("initial_price", "0"),
        ("initial_price", "NaN"),
        ("initial_price", "1e400"),
        ("award_date", "2007-02-30"),
        ("grantee", "999"),
    ],
)
def test_what_no_award_can_be_is_refused_at_its_field(maker: Client, field: str, value: str) -> None:
    data = form(**{"initial_price": "6.10", "initial_price_reason": "Resolved", field: value})
    html = maker.post(ADD, data).content.decode()
    assert "errorlist" in html
    assert Award.objects.count() == 0


def test_award_before_its_agreement_is_refused(maker: Client) -> None:
    html = maker.post(ADD, form(award_date="2005-06-30", initial_price="2", initial_price_reason="R")).content.decode()
    assert "is for Awards on or after 2005-07-01." in html


def test_proposer_sees_no_working_approve_button(people: dict[str, Any], maker: Client) -> None:
    award = builders.proposed_award()
    page = reverse("admin:awards_award_change", args=[award.pk])
    approve = reverse("admin:awards_award_approve", args=[award.pk])
    own, other = maker.get(page).content.decode(), signed_in(people["other"]).get(page).content.decode()
    assert f'href="{approve}"' not in own
    assert "You proposed this; another person approves it." in own
    assert f'href="{approve}"' in other
    assert 'class="button default" disabled' in maker.get(approve).content.decode()
    refused = maker.post(approve).content.decode()
    assert "The person who proposed this cannot also approve it. Ask a colleague." in refused
    assert OptionEntry.objects.count() == 0


def test_award_is_approved_and_issued_by_others(people: dict[str, Any], maker: Client) -> None:
    award = builders.proposed_award(options=1000)
    other = signed_in(people["other"])
    told = other.post(reverse("admin:awards_award_approve", args=[award.pk]), follow=True).content.decode()
    assert f"{award.number} is approved. Its Award Letter can be issued." in told
    maker.post(reverse("admin:awards_award_issue_letter", args=[award.pk]))
    award.refresh_from_db()
    assert (award.state, award.outstanding) == ("letter issued", 1000)
    assert (award.approved_by, award.letter_issued_by) == (people["other"], people["maker"])
    assert list(AuditEvent.objects.filter(subject=f"award:{award.pk}").values_list("action", flat=True)) == [
        "proposed",
        "approved",
        "letter issued",
    ]


def test_award_decided_meanwhile_is_said_and_not_decided_again(people: dict[str, Any]) -> None:
    award = builders.approved_award()
    html = signed_in(people["other"]).post(reverse("admin:awards_award_approve", args=[award.pk])).content.decode()
    assert "This is approved already." in html
    assert "Nothing was written." in html
    assert OptionEntry.objects.count() == 1


def test_rejection_needs_its_reason(people: dict[str, Any]) -> None:
    award = builders.proposed_award()
    address = reverse("admin:awards_award_reject", args=[award.pk])
    other = signed_in(people["other"])
    assert "This field is required." in other.post(address, {"reason": " "}).content.decode()
    other.post(address, {"reason": "Not as resolved"})
    award.refresh_from_db()
    assert (award.state, award.rejection_reason) == ("rejected", "Not as resolved")


def test_award_page_shows_ledger_standing_and_worksheet(maker: Client) -> None:
    builders.closes(builders.CLOSES_2007_04_02)
    award = builders.granted_award(options=10_000, award_date="2006-04-01", initial_price="5.18")
    html = maker.get(reverse("admin:awards_award_change", args=[award.pk])).content.decode()
    shown = [
        "Where it stands on Apr 2, 2007", "5,000", "Thu, Apr 1, 2010, 4:00 PM EDT", "Mar 31, 2007", "Granted",
        "Exercise Date Monday, April 2, 2007", "$5.6987252", "+10.014%", "$6,233.80", "Proposed by",
    ]  # fmt: skip
    assert [text for text in shown if text not in html] == []


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("to_approve", ["proposed"]),
        ("to_issue", ["approved"]),
        ("to_accept", ["letter issued"]),
        ("accepted", ["accepted"]),
        ("rejected", ["rejected"]),
        ("declined", []),
        ("nonsense", ["proposed", "approved", "letter issued", "accepted", "rejected"]),
    ],
)
def test_list_by_state(maker: Client, state: str, expected: list[str]) -> None:
    builders.proposed_award()
    builders.approved_award()
    builders.issued_award()
    builders.granted_award()
    builders.rejected(builders.proposed_award(), on="2005-07-02")
    rows = maker.get("/admin/awards/award/", {"state": state}).context["cl"].result_list
    assert sorted(row.state for row in rows) == sorted(expected)


@pytest.mark.parametrize("typed", ["1.000", "1,000", "1e3", "1.0"])
def test_number_of_options_is_never_guessed(maker: Client, typed: str) -> None:
    builders.closes(builders.CLOSES_2007_04_02)
    html = maker.post(ADD, form(initial_price="6.10", options=typed)).content.decode()
    assert "Enter a whole number, without a comma or a point." in html
    assert Award.objects.count() == 0
