"""What vests next over all Awards, and the newest exercises: by hand, and never another's."""

from datetime import date

import pytest

from awards.market.calendar import trading_calendar
from awards.models import Award, Grantee
from awards.queries import Holding, holdings
from awards.what_next import NextVest, next_vest, recent_exercises
from tests import builders as given
from tests.awards.timeline.test_moments import exercise

pytestmark = pytest.mark.django_db


@pytest.fixture
def holder() -> Grantee:
    """Two Awards of somebody else stand beside the holder's."""
    other = given.grantee("other")
    exercise(given.granted_award(other, options=777), 7, "2006-07-03")
    given.granted_award(other, options=888, award_date="2006-07-01")
    return given.grantee()


def mine(holder: Grantee, on: str) -> list[Holding]:
    return holdings(Award.objects.filter(grantee=holder), on=given.day(on), calendar=trading_calendar())


class TestNextVest:
    # 500 vest on 2006-06-30, 125 on 2006-09-30.
    @pytest.mark.parametrize(
        ("on", "day", "options"),
        [
            ("2006-06-29", "2006-06-30", 500),
            ("2006-06-30", "2006-09-30", 125),
            ("2006-09-30", "2006-12-31", 125),
            ("2007-06-29", "2007-06-30", 125),
        ],
    )
    def test_is_the_first_day_to_come(self, holder, on, day, options):
        given.granted_award(holder, options=1000)
        assert next_vest(mine(holder, on)) == NextVest(date.fromisoformat(day), options)

    def test_none_when_all_has_vested(self, holder):
        given.granted_award(holder, options=1000)
        assert next_vest(mine(holder, "2007-06-30")) is None

    def test_of_one_day_is_the_sum_of_all_awards(self, holder):
        # 2006-04-01: half on 2007-03-31, the day of the fourth tranche of 2005-07-01.
        given.granted_award(holder, options=1000)
        given.granted_award(holder, options=400, award_date="2006-04-01")
        assert next_vest(mine(holder, "2007-01-02")) == NextVest(date(2007, 3, 31), 125 + 200)

    def test_is_counted_in_the_osos_of_today(self, holder):
        given.granted_award(holder, options=1000)
        given.adjusted("2006-05-01", 2, 1, decided_on="2006-04-03")
        assert next_vest(mine(holder, "2006-05-01")) == NextVest(date(2006, 6, 30), 1000)

    def test_none_where_employment_ends_before(self, holder):
        given.granted_award(holder, options=1000)
        given.ceased(holder, "2006-06-29")
        assert next_vest(mine(holder, "2006-06-29")) is None

    def test_none_without_awards(self):
        assert next_vest([]) is None


class TestRecentExercises:
    def test_newest_three_first(self, holder):
        one = given.granted_award(holder, options=1000)
        assert recent_exercises(mine(holder, "2006-07-03")) == []
        for notice, on in enumerate(("2006-07-03", "2006-08-01", "2006-07-05", "2006-09-01"), start=20):
            exercise(one, notice, on, notice=notice)

        found = recent_exercises(mine(holder, "2006-10-02"))

        assert [(str(row.on), row.notice, row.options, row.award.pk) for row in found] == [
            ("2006-09-01", 23, 23, one.pk),
            ("2006-08-01", 21, 21, one.pk),
            ("2006-07-05", 22, 22, one.pk),
        ]

    def test_one_that_names_no_notice_has_no_receipt(self, holder):
        exercise(given.granted_award(holder, options=1000), 5, "2006-07-03", notice="by hand")
        assert [row.notice for row in recent_exercises(mine(holder, "2006-10-02"))] == [0]
