"""What is sent in an address or a form is never more than refused."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from tests.awards.admin.people import signed_in, superuser
from tests.exercises.admin.test_pages import OURS, desks

ODD = ["abc", "9" * 40, "-1", "\x00", "%", "'; --", "<script>alert(1)</script>", "2007-13-45", "é" * 300]
LISTS = [name.replace(".", "_") for name in sorted(desks()) if name.startswith(OURS)]


@pytest.fixture(autouse=True)
def today(at: Callable[[str], datetime]) -> datetime:
    return at("2007-04-02T11:30-04:00")


@pytest.fixture
def root(rows: dict[type[Model], Any]) -> Client:
    return signed_in(superuser())


@pytest.mark.parametrize("name", LISTS)
def test_list_takes_any_parameter(root: Client, name: str) -> None:
    address = reverse(f"admin:{name}_changelist")
    for value in ODD:
        for names in (("q",), ("state", "agreement", "holds"), ("p", "o")):
            response = root.get(address, dict.fromkeys(names, value))
            assert response.status_code in (200, 302), (names, value)
            assert b"<script>alert" not in response.content


@pytest.mark.parametrize("name", LISTS)
def test_list_sorts_by_every_column_that_offers_it(root: Client, name: str) -> None:
    address = reverse(f"admin:{name}_changelist")
    columns = root.get(address).context["cl"].list_display
    for number in range(len(columns)):
        for order in (number, -number):
            assert root.get(address, {"o": order}).status_code == 200, columns[number]


@pytest.mark.parametrize("lookup", ["grantee__user__password", "grantee__user__password__startswith"])
def test_lookup_off_the_list_of_filters_is_refused(root: Client, lookup: str) -> None:
    assert root.get(reverse("admin:awards_award_changelist"), {lookup: "a"}).status_code == 400


@pytest.mark.parametrize(
    "name",
    [
        "awards_award_add",
        "awards_grantee_add",
        "awards_capitaladjustment_add",
        "awards_masteragreement_add",
        "exercises_exercisenotice_add",
        "exercises_withholdingrate_add",
    ],
)
def test_form_takes_anything_and_writes_nothing(root: Client, name: str) -> None:
    address = reverse(f"admin:{name}")
    response = root.get(address)
    fields = (response.context.get("form") or response.context["adminform"].form).fields
    for value in ODD:
        answers = [root.get(address, dict.fromkeys(fields, value)), root.post(address, dict.fromkeys(fields, value))]
        assert [answer.status_code for answer in answers] == [200, 200]
        assert b"<script>alert" not in b"".join(answer.content for answer in answers)


@pytest.mark.parametrize("key", ["0", "999999", "9" * 40])
@pytest.mark.parametrize("page", ["history", "approve", "reject"])
def test_row_that_is_not_there(root: Client, key: str, page: str) -> None:
    assert root.get(f"/admin/awards/award/{key}/{page}/").status_code == 404


def test_paper_notice_begins_with_the_award_it_was_opened_from(rows: dict[type[Model], Any], root: Client) -> None:
    award = next(row for model, row in rows.items() if model.__name__ == "Award")
    page = root.get(reverse("admin:awards_award_change", args=[award.pk])).content.decode()
    address = f"{reverse('admin:exercises_exercisenotice_add')}?award={award.pk}"
    assert f'href="{address}"' in page
    assert f'<option value="{award.pk}" selected' in root.get(address).content.decode()
