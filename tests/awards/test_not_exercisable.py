"""Why nothing can be exercised, by hand from 1,000 OSOs of 2005-07-01 and without a single close on record.

They vest 500 on 2006-06-30 and 125 on 2006-09-30, 2006-12-31, 2007-03-31, 2007-06-30; the term ends on 2009-07-01.
"""

import pytest

from awards.actions.award import decline_award
from awards.actions.lapses import write_lapses
from awards.market.calendar import trading_calendar
from awards.models import Award
from awards.not_exercisable import why_not_exercisable
from awards.queries import Holding, holdings
from tests import builders as given
from tests.awards.timeline.test_moments import exercise

pytestmark = pytest.mark.django_db

ENDS = "What is left lapses at the end of {}, without another day to exercise it ({})."
FIRST = "125 options vest on Sep 30, 2006, if employed on that day."


@pytest.fixture
def award() -> Award:
    return given.granted_award(options=1000)


def holding(award: Award, on: str, at: str = "11:00") -> Holding:
    """At that time of the day in New York."""
    of, now = Award.objects.filter(pk=award.pk), given.instant(on, at)
    return holdings(of, on=given.day(on), now=now, calendar=trading_calendar())[0]


def why(award: Award, on: str, at: str = "11:00") -> str:
    return why_not_exercisable(holding(award, on, at))


class TestToCome:
    @pytest.mark.parametrize(
        ("on", "said"),
        [
            ("2006-06-29", "Nothing has vested yet. 500 options vest on Jun 30, 2006, if employed on that day."),
            ("2006-06-30", ""),
        ],
    )
    def test_nothing_has_vested(self, award, on, said):
        assert why(award, on) == said

    @pytest.mark.parametrize(
        ("options", "on", "said"),
        [
            (499, "2006-09-29", ""),
            (500, "2006-09-29", f"What has vested was exercised. {FIRST}"),
            (500, "2006-09-30", ""),
        ],
    )
    def test_what_vested_was_exercised(self, award, options, on, said):
        exercise(award, options, "2006-07-03")
        assert why(award, on) == said

    @pytest.mark.parametrize(
        ("ends_on", "said"),
        [("2006-09-29", "Nothing more vests before employment ends on Sep 29, 2006 (§4.1)."), ("2006-09-30", FIRST)],
    )
    def test_employment_ends_before_more_vests(self, award, ends_on, said):
        exercise(award, 500, "2006-07-03")
        given.ceased(award.grantee, ends_on, recorded_on="2006-07-05")
        assert why(award, "2006-07-06") == f"What has vested was exercised. {said}"

    def test_letter_is_not_answered_or_not_issued(self):
        issued, approved = given.issued_award(options=1000), given.approved_award(options=1000)
        said = "Accept the Award Letter first. Until then nothing of the Award can be exercised."
        assert why(issued, "2006-07-03") == said
        assert why(approved, "2006-07-03") == "Its Award Letter has not been issued yet."

    def test_letter_was_declined(self):
        issued = given.issued_award(options=1000)
        decline_award(award=issued, by=issued.grantee.user, reason="No", now=given.instant("2005-07-05"))
        assert why(issued, "2006-07-03") == "The Award Letter was declined on Jul 5, 2005."


class TestGone:
    @pytest.mark.parametrize(
        ("on", "at", "said"),
        [
            ("2009-07-01", "16:00", ""),
            (
                "2009-07-01",
                "16:00:00.000001",
                "The last moment to exercise was Wed, Jul 1, 2009, 4:00 PM EDT. "
                + ENDS.format("Jul 1, 2009", "§4.2(a)"),
            ),
            (
                "2009-07-02",
                "00:00",
                "1,000 vested options that were not exercised lapsed on Jul 1, 2009 (§4.2(a)).",
            ),
        ],
    )
    @pytest.mark.parametrize("is_written", [False, True])
    def test_at_the_end_of_the_term(self, award, on, at, said, is_written):
        if is_written:
            write_lapses(through=given.day("2009-07-01"), now=given.instant("2009-07-02"))
        assert why(award, on, at) == said

    @pytest.mark.parametrize(
        ("on", "said"),
        [
            ("2007-03-30", ""),
            # The 180th day is a Saturday.
            (
                "2007-03-31",
                "The last moment to exercise was Fri, Mar 30, 2007, 4:00 PM EDT. "
                + ENDS.format("Mar 31, 2007", "§4.2(d)"),
            ),
            (
                "2007-04-01",
                "200 options were exercised. "
                "425 vested options that were not exercised lapsed on Mar 31, 2007 (§4.2(d)). "
                "375 options that had not vested lapsed on Oct 2, 2006, the day employment ended (§4.1).",
            ),
        ],
    )
    def test_after_a_resignation(self, award, on, said):
        given.ceased(award.grantee, "2006-10-02")
        exercise(award, 200, "2006-10-02")
        assert why(award, on) == said

    def test_employment_ended_before_anything_vested(self, award):
        given.ceased(award.grantee, "2006-06-29")
        said = "1,000 options that had not vested lapsed on Jun 29, 2006, the day employment ended (§4.1)."
        assert why(award, "2006-06-29") == why(award, "2006-12-01") == said

    @pytest.mark.parametrize(("options", "said"), [(1000, "1,000 options were"), (1, "1 option was")])
    def test_all_was_exercised(self, options, said):
        award = given.granted_award(options=options)
        exercise(award, options, "2007-07-02")
        assert why(award, "2007-07-02") == f"{said} exercised."


class TestOver:
    @pytest.mark.parametrize(
        ("on", "at", "left", "is_over", "reason"),
        [
            ("2009-07-01", "16:00", 1000, False, "No close of the S&P 500 is recorded for 2005-06-30, a Trading Day."),
            ("2009-07-01", "16:00:00.000001", 1000, True, "The last moment to exercise has passed"),
            ("2009-07-02", "00:00", 0, True, "Nothing can be exercised now"),
        ],
    )
    def test_what_is_over_has_no_value_for_another_reason_than_a_close(self, award, on, at, left, is_over, reason):
        found = holding(award, on, at)
        assert (found.left, found.is_over, found.value_reason) == (left, is_over, reason)
        assert (found.worth is None) == is_over

    def test_what_waits_for_acceptance_is_valued_whole(self):
        given.closes(given.CLOSES_2007_04_02)
        issued = given.issued_award(options=10_000, award_date="2006-04-01", initial_price="5.18")
        worth = holding(issued, "2007-04-02").worth
        # 10,000 × 1.2467608036, half of them vested.
        assert worth is not None
        assert (worth.options, f"{worth.consideration:f}") == (10_000, "12467.61")
