"""§2.4(a): what death, disability and retirement vest is told when it comes on record, once, to whoever may act."""

import pytest

from awards import wording
from awards.models import Award, Determination, Message, Representative
from tests import builders

pytestmark = pytest.mark.django_db
Kind = Determination.Kind


@pytest.fixture
def award() -> Award:
    """1,000 OSOs of 2005-07-01: 625 vested by 2006-09-30. Two Awards of somebody else are told of nothing."""
    other = builders.grantee("other", name="Zebediah")
    for options in (777, 888):
        builders.granted_award(other, options=options)
    return builders.granted_award()


def told() -> list[tuple[str, str, int]]:
    rows = Message.objects.filter(kind="vested").order_by("pk").select_related("recipient")
    return [(row.about_on.isoformat(), row.recipient.username, row.data["options"]) for row in rows]


@pytest.mark.parametrize("kind", [Kind.DISABILITY, Kind.RETIREMENT])
def test_what_a_determination_vests_is_told(award, kind):
    if kind == Kind.RETIREMENT:
        builders.ceased(award.grantee, "2006-10-15")
    builders.determined(award.grantee, kind, "2006-10-15")

    assert told() == [("2006-10-15", "ada", 375)]
    assert "All that had not vested, 375 options, vested on Oct 15, 2006 (§2.4(a))." in wording.body(
        Message.objects.get(kind="vested")
    )


def test_death_is_told_to_who_acts_for_the_estate_and_not_to_the_dead(award):
    builders.died(award.grantee, "2006-10-15")
    assert told() == []

    another = builders.granted_award(builders.grantee("brother", name="Brother"))
    executor = builders.person("executor")
    builders.appointed(executor, another.grantee, kind=Representative.Kind.ESTATE, from_on="2006-01-01")
    builders.died(another.grantee, "2006-10-15")
    assert told() == [("2006-10-15", "executor", 375)]


@pytest.mark.parametrize(("on", "options"), [("2007-06-29", 125), ("2007-06-30", 125), ("2007-07-01", None)])
def test_only_what_had_not_vested_is_told(award, on, options):
    builders.determined(award.grantee, Kind.DISABILITY, on)

    assert [number for _, _, number in told()] == ([options] if options else [])


@pytest.mark.parametrize(("on", "is_told"), [("2006-10-13", True), ("2006-10-14", True), ("2006-10-15", False)])
def test_after_the_last_day_of_employment_nothing_vests(award, on, is_told):
    builders.ceased(award.grantee, "2006-10-14")

    builders.determined(award.grantee, Kind.DISABILITY, on, decided_on="2006-10-16")

    assert bool(told()) is is_told


def test_cause_vests_nothing(award):
    builders.ceased(award.grantee, "2006-10-15")
    builders.determined(award.grantee, Kind.CAUSE, "2006-10-15")

    assert told() == []


def test_award_of_after_the_event_is_not_concerned(award):
    builders.determined(award.grantee, Kind.DISABILITY, "2006-10-15")
    later = builders.granted_award(award.grantee, options=40, award_date="2006-11-01")

    builders.ceased(award.grantee, "2006-12-01")

    assert not Message.objects.filter(kind="vested", award=later).exists()
    assert told() == [("2006-10-15", "ada", 375)]


def test_reversal_tells_no_vesting(award):
    fact = builders.determined(award.grantee, Kind.DISABILITY, "2006-10-15")

    builders.determined(award.grantee, Kind.DISABILITY, "2006-10-15", reverses=fact, decided_on="2006-10-20")

    assert told() == [("2006-10-15", "ada", 375)]
