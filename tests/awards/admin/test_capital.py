"""A capital adjustment at the desk: what it does to the OSOs outstanding is shown before anybody decides."""

from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client

from awards.admin.capital import totals
from awards.models import CapitalAdjustment
from tests import builders
from tests.awards.admin.people import at_the_desk, signed_in

pytestmark = pytest.mark.django_db
ADD = "/admin/awards/capitaladjustment/add/"


@pytest.fixture(autouse=True)
def today(at: Callable[[str], datetime]) -> datetime:
    return at("2007-04-02T11:00-04:00")


@pytest.fixture
def committee() -> Client:
    return signed_in(at_the_desk()["other"])


def split(new: int, old: int) -> CapitalAdjustment:
    return CapitalAdjustment(effective_on=builders.day("2007-06-01"), new=new, old=old)


@pytest.mark.parametrize(
    ("new", "old", "after", "dropped"),
    [(1, 15, "66", "2/3 OSO"), (2, 1, "2,000", "None"), (3, 2, "1,499", "1 OSO")],
)
def test_totals_drop_each_award_s_fraction(new: int, old: int, after: str, dropped: str) -> None:
    # 999 and 1: a fifteenth is 66.6 and 0.0667; three halves are 1,498.5 and 1.5.
    for options in (999, 1):
        builders.approved_award(options=options)
    builders.proposed_award(options=500)
    assert totals(split(new, old)) == [
        ("Awards concerned", "2"),
        ("OSOs outstanding today", "1,000"),
        ("OSOs after the adjustment", after),
        ("Fractions dropped, together", dropped),
    ]


def test_awards_of_the_day_itself_are_not_concerned() -> None:
    builders.approved_award(options=100, award_date="2007-06-01", initial_price="6")
    assert totals(split(1, 15))[0] == ("Awards concerned", "0")


def test_proposal_is_reviewed_with_its_totals(committee: Client) -> None:
    builders.approved_award(options=1000)
    form = {"effective_on": "2007-06-01", "new": "1", "old": "15", "description": "A reverse split"}
    review = committee.post(ADD, form).content.decode()
    assert [text for text in ("1-for-15 from 2007-06-01", "1,000", "66", "2/3 OSO") if text not in review] == []
    assert CapitalAdjustment.objects.count() == 0
    committee.post(ADD, {**form, "_confirm": "yes"})
    assert CapitalAdjustment.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"effective_on": "2007-04-02"}, "2007-04-02"),
        ({"new": "15"}, "New and old shares are at least one each, and differ."),
        ({"old": "0"}, "greater than or equal to 1"),
    ],
)
def test_adjustment_that_cannot_be_is_refused(committee: Client, change: dict[str, str], told: str) -> None:
    form = {"effective_on": "2007-06-01", "new": "1", "old": "15", "description": "A split", "_confirm": "yes"}
    html = committee.post(ADD, {**form, **change}).content.decode()
    assert told in html
    assert "Nothing was written." in html
    assert CapitalAdjustment.objects.count() == 0
