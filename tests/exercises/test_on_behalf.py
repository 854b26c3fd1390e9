"""Who acts for another sees whose options they are and in what capacity; the Grantee's own pages say nothing of it."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from awards.agreement.acting import Capacity
from awards.models import Award, Representative
from exercises.documents import receipt
from exercises.models import ExerciseNotice
from tests import builders
from tests.exercises import given
from tests.signing_in import sign_in

pytestmark = pytest.mark.django_db

NAME = "Ruth Calder"
Kind = Representative.Kind
CAPACITIES = [
    (Kind.GUARDIAN, "As guardian of Ruth Calder"),
    (Kind.ESTATE, "For the estate of Ruth Calder"),
    (Kind.HEIR, "As heir of Ruth Calder"),
    (Kind.TRANSFEREE, "As transferee of Ruth Calder"),
]


@pytest.fixture
def award(at: Callable[[str], datetime]) -> Award:
    """10,000 OSOs of Ruth Calder, and an Award of another who has nothing to do with it."""
    at("2007-04-02T11:00-04:00")
    builders.closes(builders.CLOSES_2007_04_02)
    builders.granted_award(builders.grantee("other", name="Zebediah"), award_date="2006-04-01", initial_price="5.18")
    ruth = builders.grantee("ruth", name=NAME)
    return builders.granted_award(ruth, options=10_000, award_date="2006-04-01", initial_price="5.18")


def appointed(award: Award, kind: Kind) -> Any:
    """Daniel, who acts for the Award since the day before; after her death, where the capacity asks for it."""
    if kind in (Kind.ESTATE, Kind.HEIR):
        builders.died(award.grantee, "2007-03-30")
    daniel = builders.person("daniel")
    builders.appointed(daniel, award.grantee, kind=kind, from_on="2007-04-01", award=award)
    return daniel


def _pages(award: Award) -> dict[str, str]:
    return {
        "award": f"/awards/{award.pk}/",
        "enter": f"/exercises/awards/{award.pk}/",
        "review": f"/exercises/awards/{award.pk}/review/?options=100&form_key={uuid4()}",
    }


def _text(response: Any) -> str:
    assert response.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


@pytest.mark.parametrize(("kind", "said"), CAPACITIES)
def test_each_page_before_an_exercise_says_for_whom(client: Client, award: Award, kind: Kind, said: str) -> None:
    client.force_login(appointed(award, kind))

    for page, address in _pages(award).items():
        assert said in _text(client.get(address)), page
    # Beside what will be given, not in the head alone.
    assert f"Your notice Given {said} Options 100" in _text(client.get(_pages(award)["review"]))


@pytest.mark.parametrize(("kind", "said"), CAPACITIES)
def test_receipt_says_in_what_capacity_it_was_given(client: Client, award: Award, kind: Kind, said: str) -> None:
    daniel = appointed(award, kind)
    notice = given.give(award, 100, by=daniel)
    client.force_login(daniel)

    assert f"Grantee Ruth Calder Given {said} Options exercised" in _text(client.get(f"/exercises/{notice.pk}/"))
    facts = next(block for block in receipt(notice).blocks if block["kind"] == "facts")
    assert [list(row) for row in facts["rows"]][:2] == [["Grantee", NAME], ["Given", said]]


def test_receipt_of_a_notice_on_paper_says_it_to_the_grantee_too(client: Client, award: Award) -> None:
    daniel = appointed(award, Kind.GUARDIAN)
    paper = given.paper(capacity=Capacity.GUARDIAN, representative=daniel.acts_for.get())
    notice = given.give(award, 100, on_paper=paper)
    client.force_login(award.grantee.user)

    assert "Grantee Ruth Calder Given As guardian of Ruth Calder" in _text(client.get(f"/exercises/{notice.pk}/"))


def test_who_only_sees_it_is_told_whose_it_is(client: Client, award: Award) -> None:
    # The heir, and since the transfer the transferee alone acts (§5).
    heir = appointed(award, Kind.HEIR)
    builders.appointed(builders.person("eve"), award.grantee, kind=Kind.TRANSFEREE, from_on="2007-04-01", award=award)
    client.force_login(heir)

    page = _text(client.get(f"/awards/{award.pk}/"))

    assert "Grantee: Ruth Calder" in page
    assert "As heir" not in page


@pytest.mark.parametrize("address", ["/", "/awards/", "/exercises/"])
def test_rows_name_the_grantee_of_anothers_award_alone(client: Client, award: Award, address: str) -> None:
    daniel = appointed(award, Kind.GUARDIAN)
    own = builders.granted_award(
        builders.grantee("daniel", name="Daniel Calder"), options=40, award_date="2006-04-01", initial_price="5.18"
    )
    for held in (award, own):
        given.give(held, 1, by=daniel)
    client.force_login(daniel)

    html = client.get(address).content.decode()

    assert html.count(f"<small>{NAME}</small>") == 1
    assert "<small>Daniel Calder</small>" not in html
    assert "Zebediah" not in html


def test_own_pages_say_nothing_of_it(client: Client, award: Award) -> None:
    notice = given.give(award, 1)
    sign_in(client, award.grantee.user)

    for address in ("/awards/", "/exercises/", f"/exercises/{notice.pk}/", *_pages(award).values()):
        page = _text(client.get(address))
        assert not re.search(r"Grantee|estate of|guardian of|heir of|transferee of", page), address
        # What the user menu and the foot say aside, the name is nowhere.
        assert f"<b>{NAME}" not in client.get(address).content.decode(), address


def test_nobody_else_is_told(client: Client, award: Award) -> None:
    notice = given.give(award, 1)
    client.force_login(builders.person("other"))

    for address in (f"/exercises/{notice.pk}/", *_pages(award).values()):
        response = client.get(address)
        assert response.status_code == 404
        assert NAME not in response.content.decode()
    for address in ("/", "/awards/", "/exercises/"):
        assert NAME not in _text(client.get(address))
    assert ExerciseNotice.objects.count() == 1
