"""The review says what the notice would get, and writes nothing."""

from datetime import date
from decimal import Decimal

import pytest

from exercises.actions.review import review_notice
from exercises.models import ExerciseNotice
from tests import builders
from tests.exercises.given import ledger_of, moment

pytestmark = pytest.mark.django_db


def _review(award, options, at, by=None):
    found = review_notice(award=award, options=options, given_by=by or award.grantee.user, now=moment(at))
    assert (ExerciseNotice.objects.count(), len(ledger_of(award))) == (0, 1)
    return found


def test_review_before_the_close_shows_the_amount(award):
    found = _review(award, 5_000, "2007-04-02 16:00")

    assert (found.exercise_date, found.consideration, found.waits_for) == (date(2007, 4, 2), Decimal("6233.80"), None)
    assert found.refusal == ""


def test_review_after_the_close_names_the_close_it_waits_for(award):
    found = _review(award, 5_000, "2007-04-02 16:00:00.000001")

    assert (found.exercise_date, found.consideration, found.waits_for) == (date(2007, 4, 3), None, date(2007, 4, 2))
    assert found.refusal == ""


@pytest.mark.parametrize(
    ("options", "at", "reason"),
    [
        (5_001, "2007-04-02 11:00", "has 5,000 OSOs that can be exercised; 5,001 cannot be."),
        (0, "2007-04-02 11:00", "has 5,000 OSOs that can be exercised; 0 cannot be."),
        (1, "2010-04-01 16:00:00.000001", "the last moment to exercise was 2010-04-01 16:00 New York time."),
    ],
)
def test_review_says_why_it_would_be_refused(award, options, at, reason):
    found = _review(award, options, at)

    assert found.refusal.endswith(reason)
    assert (found.exercise_date, found.worksheet) == (None, None)


def test_review_by_another_is_refused(award):
    assert "(§2.5, §5)" in _review(award, 100, "2007-04-02 11:00", by=builders.person("stranger")).refusal


def test_review_before_acceptance_is_refused():
    award = builders.issued_award()

    assert _review(award, 500, "2006-07-03 11:00").refusal == f"Accept the Award Letter of {award.number} first."


def test_review_of_what_pays_nothing_shows_the_worksheet(award):
    worthless = builders.granted_award(options=10_000, award_date="2006-04-01", initial_price="6.10")

    found = _review(worthless, 5_000, "2007-04-02 11:00")

    assert found.consideration == Decimal("0.00")
    # 6.10 moved by 10.014 % is 6.710854; 5.18 to an average of 6.14 in 0.997 years is ahead by 8.545 %.
    assert found.refusal == (
        "It would pay nothing and still cancel the options, so it is not taken. "
        "There is a Multiplier, but no gain for it to multiply. The Stock outperformed the index on average, "
        "yet its last close of $6.10 is not above the Adjusted Price of $6.710854 (§2.6)."
    )


def test_review_on_the_day_of_a_split_that_is_not_written_yet(award):
    builders.adjusted("2007-04-02", 1, 2, decided_on="2007-03-20")

    found = _review(award, 2_500, "2007-04-02 11:00")

    assert (found.consideration, found.refusal) == (Decimal("6233.80"), "")
