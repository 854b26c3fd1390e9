"""Whose Awards a person sees: their own, and those they may act for on that day. Nothing else exists for them."""

from datetime import date
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser

from awards.models import Award, Representative
from tests import builders as given

pytestmark = pytest.mark.django_db
Kind = Representative.Kind
ON = date(2006, 6, 30)


@pytest.fixture
def mine() -> list[Award]:
    return [given.granted_award(given.grantee("ada"), award_date=day) for day in ("2005-07-01", "2006-01-01")]


@pytest.fixture(autouse=True)
def theirs() -> list[Award]:
    """Two rows of somebody else's."""
    return [given.granted_award(given.grantee("eve"), award_date=day) for day in ("2005-07-01", "2006-01-01")]


def seen(username: str, on: date = ON) -> set[Award]:
    return set(Award.objects.visible_to(given.person(username), on))


def test_grantee_sees_their_own(mine: list[Award]) -> None:
    assert seen("ada") == set(mine)


def test_nobody_sees_anything(mine: list[Award]) -> None:
    assert set(Award.objects.visible_to(AnonymousUser(), ON)) == set()
    assert seen("stranger") == set()


def test_grantee_without_a_sign_in_is_not_everybodys(mine: list[Award]) -> None:
    mine[0].grantee.user = None
    mine[0].grantee.save()
    assert set(Award.objects.visible_to(AnonymousUser(), ON)) == set()


def test_grantee_does_not_see_a_proposal_or_a_rejection() -> None:
    given.rejected(given.proposed_award(given.grantee("ada")), on="2006-01-01")
    given.proposed_award(given.grantee("ada"))
    assert seen("ada") == set()


@pytest.mark.parametrize("kind", [Kind.GUARDIAN, Kind.ESTATE, Kind.HEIR])
def test_representative_sees_every_award_of_the_grantee(mine: list[Award], kind: Any) -> None:
    given.appointed(given.person("rep"), given.grantee("ada"), kind=kind)
    assert seen("rep") == set(mine)


@pytest.mark.parametrize("kind", [Kind.GUARDIAN, Kind.HEIR, Kind.TRANSFEREE])
def test_representative_for_one_award_sees_that_one(mine: list[Award], kind: Any) -> None:
    given.appointed(given.person("rep"), given.grantee("ada"), kind=kind, award=mine[0])
    assert seen("rep") == {mine[0]}


@pytest.mark.parametrize(
    ("on", "sees"),
    [(date(2006, 6, 29), False), (date(2006, 6, 30), True), (date(2006, 12, 31), True), (date(2007, 1, 1), False)],
    ids=str,
)
def test_representative_sees_while_in_force(mine: list[Award], on: date, sees: bool) -> None:
    given.appointed(given.person("rep"), given.grantee("ada"), from_on="2006-06-30", until_on="2006-12-31")
    assert seen("rep", on) == (set(mine) if sees else set())


def test_representative_with_awards_of_their_own_sees_both_once(mine: list[Award], theirs: list[Award]) -> None:
    given.appointed(given.person("eve"), given.grantee("ada"))
    given.appointed(given.person("eve"), given.grantee("ada"), kind=Kind.TRANSFEREE, award=mine[0])
    rows = list(Award.objects.visible_to(given.person("eve"), ON))
    assert len(rows) == 4
    assert set(rows) == {*mine, *theirs}


def test_grantee_is_visible_to_themselves(mine: list[Award]) -> None:
    grantees = type(mine[0].grantee).objects
    assert list(grantees.visible_to(given.person("ada"))) == [mine[0].grantee]
    assert list(grantees.visible_to(AnonymousUser())) == []


@pytest.mark.parametrize(
    ("build", "state"),
    [
        (given.proposed_award, "proposed"),
        (given.approved_award, "approved"),
        (given.issued_award, "letter issued"),
        (given.granted_award, "accepted"),
    ],
)
def test_state(build: Any, state: str) -> None:
    assert build().state == state
