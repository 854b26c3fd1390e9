"""Proposing and approving a capital adjustment: by two, ahead of its day, one a day."""

from datetime import date
from typing import Any

import pytest

from awards.actions import capital, decisions
from awards.models import CapitalAdjustment
from tests import builders as given

pytestmark = pytest.mark.django_db


def propose(**changed: Any) -> CapitalAdjustment:
    values: dict[str, Any] = {
        "effective_on": date(2011, 10, 20),
        "new": 1,
        "old": 15,
        "description": " Reverse split ",
        "by": given.proposer(),
        "now": given.instant("2011-10-19"),
    }
    return capital.propose_adjustment(**{**values, **changed})


def approve(adjustment: CapitalAdjustment, **changed: Any) -> CapitalAdjustment:
    values = {"by": given.approver(), "now": given.instant("2011-10-19")}
    return capital.approve_adjustment(adjustment=adjustment, **{**values, **changed})


def test_two_people_decide_before_its_day() -> None:
    adjustment = approve(propose())
    assert (str(adjustment), adjustment.decision) == ("1-for-15 from 2011-10-20", "approved")
    assert adjustment.description == "Reverse split"


@pytest.mark.parametrize("now", ["2011-10-20 00:00", "2011-10-20 11:00", "2011-10-21 11:00"])
@pytest.mark.parametrize("step", ["propose", "approve"])
def test_refuses_once_its_day_has_begun(step: str, now: str) -> None:
    late = given.instant(*now.split())
    with pytest.raises(capital.AdjustmentTooLate):
        propose(now=late) if step == "propose" else approve(propose(), now=late)


def test_last_moment_is_the_end_of_the_eve_in_new_york() -> None:
    assert approve(propose(), now=given.instant("2011-10-19", "23:59:59")).is_approved


def test_refuses_the_proposer() -> None:
    with pytest.raises(decisions.SamePerson):
        approve(propose(), by=given.proposer())


@pytest.mark.parametrize(
    "impossible",
    [{"new": 0}, {"old": 0}, {"new": 15}, {"effective_on": date(2011, 10, 22)}, {"effective_on": date(2011, 11, 24)}],
    ids=str,
)
def test_refuses_what_is_no_split_of_a_trading_day(impossible: dict[str, Any]) -> None:
    with pytest.raises(capital.AdjustmentImpossible):
        propose(**impossible)


def test_one_a_day_unless_rejected() -> None:
    first = propose()
    with pytest.raises(capital.AdjustmentImpossible, match="There is an adjustment for 2011-10-20 already"):
        propose(new=2)
    given.rejected(first, on="2011-10-18")
    assert propose(new=2).is_undecided
