"""What the database refuses is told in the words of the constraint that was kept."""

from collections.abc import Callable

import pytest
from django.db import IntegrityError, OperationalError, transaction

from awards.actions.award import NotSigned
from awards.admin.refusals import reason_of
from awards.agreement.errors import InvalidAward
from awards.models import CapitalAdjustment, Grantee, OptionEntry
from tests import builders


def grant_of_nothing() -> None:
    award = builders.approved_award()
    OptionEntry.objects.create(
        award=award, sequence=2, kind="granted", options=5, outstanding_after=5, effective_on=award.award_date,
        recorded_at=award.proposed_at, cause="again",
    )  # fmt: skip


def same_cause() -> None:
    award = builders.approved_award()
    OptionEntry.objects.create(
        award=award, sequence=2, kind="exercised", options=-5, outstanding_after=995, effective_on=award.award_date,
        recorded_at=award.proposed_at, cause="grant",
    )  # fmt: skip


def same_number() -> None:
    Grantee.objects.create(employee_number=builders.grantee().employee_number, name="B", hired_on="2006-01-01")


def two_a_day() -> None:
    first = builders.adjusted("2007-06-01", 1, 15, decided_on="2007-04-02")
    values = {"proposed_by": first.proposed_by, "proposed_at": first.proposed_at, "effective_on": first.effective_on}
    CapitalAdjustment.objects.create(new=2, old=1, description="Another", **values)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("break_it", "told"),
    [
        (grant_of_nothing, "A ledger begins with its grant and has no other."),
        (same_cause, "The ledger has an entry for this already."),
        (same_number, "The same is on record already."),
        (two_a_day, "There is an adjustment for that day already."),
    ],
)
def test_constraint_is_told_in_its_own_words(break_it: Callable[[], None], told: str) -> None:
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        break_it()
    assert reason_of(refused.value) == told


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (NotSigned("Sign with your name."), "Sign with your name."),
        (InvalidAward("An Award is of OSOs."), "An Award is of OSOs."),
        (IntegrityError("FOREIGN KEY constraint failed"), "The records do not allow this. Nothing was written."),
        (
            OperationalError("canceling statement due to lock timeout"),
            "Somebody else is at work on this record. Nothing was written; try again in a moment.",
        ),
    ],
)
def test_refusal_is_told(error: Exception, told: str) -> None:
    assert reason_of(error) == told
