"""What a member of the Committee types above a list, and whom it finds."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import Client

from awards.models import Award
from tests import builders
from tests.awards.admin.people import signed_in, superuser

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def today(at: Callable[[str], datetime]) -> datetime:
    return at("2007-04-02T11:00-04:00")


@pytest.fixture
def root() -> Client:
    return signed_in(superuser())


@pytest.fixture
def awards() -> dict[str, Award]:
    """Two Grantees, an Award each."""
    maria = builders.grantee("mgarcia", name="María José García", employee_number="E0000042")
    bob = builders.grantee("bob", name="Bob Marley", employee_number="E0000043")
    return {"maria": builders.granted_award(maria), "bob": builders.granted_award(bob)}


def found(root: Client, model: str, text: str) -> list[Any]:
    response = root.get(f"/admin/{model.replace('.', '/')}/", {"q": text})
    assert response.status_code == 200
    return list(response.context["cl"].result_list)


PEOPLE = [
    ("mar", {"maria", "bob"}),
    ("maría", {"maria"}),
    ("garcia", {"maria"}),
    ("jose gar", {"maria"}),
    ("E0000042", {"maria"}),
    ("e0000043", {"bob"}),
    ("mgarcia@example.com", {"maria"}),
    ("MGarcia@", {"maria"}),
    ("bob@example", {"bob"}),
    ("arcia", set()),
    ("zzyzx", set()),
    ("@", set()),
    ("'; drop", set()),
]


@pytest.mark.parametrize(("text", "names"), PEOPLE)
def test_grantee_and_award_are_found_by_the_person(
    root: Client, awards: dict[str, Award], text: str, names: set[str]
) -> None:
    held = {awards[name] for name in names}
    assert set(found(root, "awards.award", text)) == held
    assert set(found(root, "awards.grantee", text)) == {award.grantee for award in held}
    assert {entry.award for entry in found(root, "awards.optionentry", text)} == held


@pytest.mark.parametrize("text", ["{number}", "{pk}", "a-{pk}"])
def test_award_and_its_ledger_are_found_by_its_number(root: Client, awards: dict[str, Award], text: str) -> None:
    asked = text.format(number=awards["bob"].number, pk=awards["bob"].pk)
    assert found(root, "awards.award", asked) == [awards["bob"]]
    assert [entry.award for entry in found(root, "awards.optionentry", asked)] == [awards["bob"]]


def test_fact_is_found_by_its_grantee_alone(root: Client, awards: dict[str, Award]) -> None:
    facts = {name: builders.transferred(award.grantee, "2007-01-05") for name, award in awards.items()}
    assert found(root, "awards.employmentfact", "garcia") == [facts["maria"]]


def test_representative_is_found_by_either_person(root: Client, awards: dict[str, Award]) -> None:
    for name, award in awards.items():
        builders.appointed(builders.person(f"guardian-of-{name}"), award.grantee)
    for text in ("guardian-of-maria@example.com", "garcia"):
        assert [row.grantee for row in found(root, "awards.representative", text)] == [awards["maria"].grantee]


def test_events_are_found_by_subject_action_and_actor(root: Client, awards: dict[str, Award]) -> None:
    subject = f"award:{awards['maria'].pk}"
    assert {event.subject for event in found(root, "awards.auditevent", subject)} == {subject}
    # Proposed, approved, letter issued, opened, accepted.
    assert [event.sequence for event in found(root, "awards.auditevent", subject)] == [5, 4, 3, 2, 1]
    assert {event.action for event in found(root, "awards.auditevent", "approved")} == {"approved"}
    assert len(found(root, "awards.auditevent", "approved")) == 2
    assert {event.actor.email for event in found(root, "awards.auditevent", "bob@example.com")} == {"bob@example.com"}


def test_account_is_found_by_name_and_address(root: Client, awards: dict[str, Award]) -> None:
    bob = User.objects.get(username="bob")
    User.objects.filter(pk=bob.pk).update(first_name="Robert", last_name="Nesta")
    for text in ("bob", "bob@example.com", "robert nes"):
        assert found(root, "auth.user", text) == [bob]


def test_search_and_filter_narrow_each_other(root: Client, awards: dict[str, Award]) -> None:
    assert (
        list(root.get("/admin/awards/award/", {"q": "garcia", "state": "to_approve"}).context["cl"].result_list) == []
    )
    assert list(root.get("/admin/awards/award/", {"q": "garcia", "state": "accepted"}).context["cl"].result_list) == [
        awards["maria"]
    ]


def test_form_finds_a_grantee_while_one_types(root: Client, awards: dict[str, Award]) -> None:
    asked = {"app_label": "awards", "model_name": "award", "field_name": "grantee", "term": "garc"}
    answer = root.get("/admin/autocomplete/", asked).json()
    assert answer == {
        "results": [{"id": str(awards["maria"].grantee.pk), "text": "María José García (E0000042)"}],
        "pagination": {"more": False},
    }


def test_every_list_is_bounded() -> None:
    from awards.market.long_list import LongList

    assert [model._meta.label for model, desk in admin.site._registry.items() if not isinstance(desk, LongList)] == [
        "auth.Group"
    ]
