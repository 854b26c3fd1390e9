"""The moments of an Award, worked by hand from 1,000 OSOs of 2005-07-01.

They vest 500 on 2006-06-30 and 125 on 2006-09-30, 2006-12-31, 2007-03-31, 2007-06-30; the term ends on 2009-07-01.
"""

import pytest

from awards.actions import ledger
from awards.actions.award import decline_award
from awards.actions.lapses import write_lapses
from awards.market.calendar import trading_calendar
from awards.models import Award, EmploymentFact, OptionEntry
from awards.queries import holdings
from awards.timeline.moments import moments
from tests import builders as given

pytestmark = pytest.mark.django_db


@pytest.fixture
def award() -> Award:
    """Two Awards of somebody else stand beside it."""
    other = given.grantee("other")
    given.granted_award(other, options=777)
    given.granted_award(other, options=888, award_date="2006-07-01")
    return given.granted_award(options=1000)


def told(award: Award, on: str) -> list[str]:
    (holding,) = holdings(Award.objects.filter(pk=award.pk), on=given.day(on), calendar=trading_calendar())
    return [f"{row.on} {row.kind} {row.figure}".strip() for row in moments(holding)]


def exercise(award: Award, options: int, on: str, *, notice: int | str = 17) -> None:
    ledger.append(
        award,
        kind=OptionEntry.Kind.EXERCISED,
        options=-options,
        effective_on=given.day(on),
        cause=f"exercise/{notice}",
        note="EX-000017",
        now=given.instant(on),
    )


VESTED = ["2005-07-01 granted 1,000", "2006-06-30 vested 500", "2006-09-30 vested 125"]
END = ["2009-07-01 last", "2009-07-01 lapse"]


class TestVestings:
    @pytest.mark.parametrize(
        ("on", "kinds"),
        [("2006-06-29", "vests vests"), ("2006-06-30", "vested vests"), ("2006-09-30", "vested vested")],
    )
    def test_vest_on_their_day(self, award, on, kinds):
        first, second = kinds.split()
        assert [row for row in told(award, on) if "2006-06-30 v" in row] == [f"2006-06-30 {first} 500"]
        assert [row for row in told(award, on) if "2006-09-30 v" in row] == [f"2006-09-30 {second} 125"]

    def test_whole_life_of_who_stays(self, award):
        assert told(award, "2006-10-01") == [
            *VESTED,
            "2006-10-01 today",
            "2006-12-31 vests 125",
            "2007-03-31 vests 125",
            "2007-06-30 vests 125",
            *END,
        ]

    def test_say_how_many_in_all(self, award):
        (holding,) = holdings(
            Award.objects.filter(pk=award.pk), on=given.day("2006-10-01"), calendar=trading_calendar()
        )
        said = [(row.said, row.more) for row in moments(holding) if row.kind in ("vested", "vests")]
        assert said == [
            ("Vested: 500", "500 in all"),
            ("Vested: 125", "625 in all"),
            ("Vests: 125", "750 in all"),
            ("Vests: 125", "875 in all"),
            ("Vests: 125", "1,000 in all"),
        ]

    def test_death_vests_the_rest_on_its_day(self, award):
        given.died(award.grantee, "2006-10-02")
        # A year after the death is a Tuesday.
        assert told(award, "2006-10-03") == [
            *VESTED,
            "2006-10-02 vested 375",
            "2006-10-02 ended",
            "2006-10-03 today",
            "2007-10-02 last",
            "2007-10-02 lapse",
        ]

    def test_what_lapses_with_employment_never_vests(self, award):
        given.ceased(award.grantee, "2006-10-02")
        write_lapses(through=given.day("2006-10-02"), now=given.instant("2006-10-03"))
        # 180 days end on Saturday 2007-03-31.
        assert told(award, "2006-10-03") == [
            *VESTED,
            "2006-10-02 lapsed 375",
            "2006-10-02 ended",
            "2006-10-03 today",
            "2007-03-30 last",
            "2007-03-31 lapse",
        ]

    def test_cause_leaves_no_moment_from_its_day_on(self, award):
        given.ceased(award.grantee, "2006-10-02", reason=EmploymentFact.Reason.OTHER)
        given.determined(award.grantee, given.Determination.Kind.CAUSE, "2006-10-02")
        found = told(award, "2006-10-03")
        assert found[2:5] == ["2006-09-29 last", "2006-09-30 vested 125", "2006-10-02 ended"]
        assert "2006-10-02 lapse" in found

    def test_declined_award_vests_nothing_and_has_no_end(self):
        issued = given.issued_award(options=1000)
        decline_award(award=issued, by=issued.grantee.user, reason="No", now=given.instant("2005-07-05"))
        assert told(issued, "2006-10-01") == [
            "2005-07-01 granted 1,000",
            "2005-07-05 cancelled 1,000",
            "2006-10-01 today",
        ]

    def test_who_had_nothing_vested_has_no_last_moment(self, award):
        given.ceased(award.grantee, "2006-06-29")
        write_lapses(through=given.day("2006-06-29"), now=given.instant("2006-06-30"))
        assert told(award, "2006-06-30")[1:] == [
            "2006-06-29 lapsed 1,000",
            "2006-06-29 ended",
            "2006-06-30 today",
        ]

    @pytest.mark.parametrize(("options", "end"), [(999, END), (1000, [])])
    def test_all_exercised_has_no_last_moment(self, award, options, end):
        exercise(award, options, "2007-07-02")
        found = told(award, "2007-07-03")
        assert found[found.index("2007-07-03 today") + 1 :] == end

    def test_what_lapsed_keeps_the_last_moment_that_it_had(self, award):
        assert told(award, "2009-07-02")[-3:] == [*END, "2009-07-02 today"]


class TestLedger:
    def test_exercises_are_told_with_their_number(self, award):
        exercise(award, 200, "2006-10-02")
        (holding,) = holdings(
            Award.objects.filter(pk=award.pk), on=given.day("2006-10-03"), calendar=trading_calendar()
        )
        (found,) = [row for row in moments(holding) if row.kind == "exercised"]
        assert (found.on.isoformat(), found.said, found.more) == ("2006-10-02", "Exercised: 200", "EX-000017")

    def test_adjustment_is_told_with_its_sign(self, award):
        given.adjusted("2006-10-02", 2, 1, decided_on="2006-09-01")
        write_lapses(through=given.day("2006-10-02"), now=given.instant("2006-10-03"))
        assert "2006-10-02 adjusted +1,000" in told(award, "2006-10-03")

    @pytest.mark.parametrize(
        ("on", "words"),
        [
            ("2009-07-01", "What is vested and not exercised lapses"),
            ("2009-07-02", "What was vested and not exercised has lapsed"),
        ],
    )
    def test_lapse_is_past_the_day_after(self, award, on, words):
        (holding,) = holdings(Award.objects.filter(pk=award.pk), on=given.day(on), calendar=trading_calendar())
        assert [row.more for row in moments(holding) if row.kind == "lapse"] == [words]
