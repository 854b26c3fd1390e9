"""Who may act is proposed by one and approved by another, and an authority is only ever shortened."""

from datetime import date
from typing import Any

import pytest

from awards.actions import decisions, representative
from awards.actions.employment import EvidenceMissing
from awards.models import Representative
from tests import builders as given

pytestmark = pytest.mark.django_db
Kind = Representative.Kind
NOW = given.instant("2006-01-03")


def propose(**changed: Any) -> Representative:
    values: dict[str, Any] = {
        "grantee": given.grantee(),
        "user": given.person("guardian"),
        "kind": Kind.GUARDIAN,
        "evidence": "The court's order",
        "from_on": date(2006, 1, 3),
        "by": given.proposer(),
        "now": NOW,
    }
    return representative.propose_representative(**{**values, **changed})


def end(row: Representative, until_on: str, **changed: Any) -> Representative:
    values = {"reason": "The court ended it", "by": given.proposer(), "now": NOW}
    return representative.end_representation(representative=row, until_on=given.day(until_on), **{**values, **changed})


def test_approved_by_another() -> None:
    proposed = propose()
    with pytest.raises(decisions.SamePerson):
        representative.approve_representative(representative=proposed, by=given.proposer(), now=NOW)
    assert representative.approve_representative(representative=proposed, by=given.approver(), now=NOW).is_approved


def test_refuses_no_evidence() -> None:
    with pytest.raises(EvidenceMissing):
        propose(evidence=" ")


def test_refuses_the_grantee() -> None:
    with pytest.raises(representative.RepresentativeIsGrantee):
        propose(user=given.grantee().user)


def test_refuses_an_award_of_another() -> None:
    with pytest.raises(representative.AwardOfAnother):
        propose(award=given.granted_award(given.grantee("eve")))
    assert propose(award=given.granted_award(given.grantee())).award is not None


def test_transfer_is_of_one_award() -> None:
    with pytest.raises(representative.AuthorityImpossible, match="name it"):
        propose(kind=Kind.TRANSFEREE)
    assert propose(kind=Kind.TRANSFEREE, award=given.granted_award()).kind == "transferee"


@pytest.mark.parametrize("until_on", [date(2006, 1, 2), date(2006, 1, 3), date(2006, 1, 4)], ids=str)
def test_ends_no_earlier_than_it_begins(until_on: date) -> None:
    if until_on < date(2006, 1, 3):
        with pytest.raises(representative.AuthorityImpossible, match="cannot be before the first"):
            propose(until_on=until_on)
    else:
        assert propose(until_on=until_on).until_on == until_on


class TestEnd:
    @pytest.fixture
    def guardian(self) -> Representative:
        return given.appointed(given.person("guardian"), given.grantee(), from_on="2006-01-03", until_on="2006-06-30")

    def test_brings_the_last_day_forward(self, guardian: Representative) -> None:
        assert end(guardian, "2006-03-31").until_on == date(2006, 3, 31)

    def test_sets_a_last_day_where_there_is_none(self) -> None:
        row = given.appointed(given.person("guardian"), given.grantee(), from_on="2006-01-03")
        assert end(row, "2006-03-31").until_on == date(2006, 3, 31)

    @pytest.mark.parametrize("until_on", ["2006-01-02", "2006-07-01"], ids=["before it begins", "prolonged"])
    def test_refuses(self, guardian: Representative, until_on: str) -> None:
        with pytest.raises(representative.AuthorityImpossible):
            end(guardian, until_on)

    def test_refuses_no_reason(self, guardian: Representative) -> None:
        with pytest.raises(decisions.ReasonMissing):
            end(guardian, "2006-03-31", reason=" ")

    def test_refuses_one_that_nobody_approved(self) -> None:
        with pytest.raises(representative.AuthorityImpossible):
            end(propose(), "2006-03-31")
