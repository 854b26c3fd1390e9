"""What lapses is written with its true date, whenever the sweep runs; what did not lapse after all comes back.

1,000 OSOs of 2005-07-01 vest 500 on 2006-06-30 and 125 on 2006-09-30, 2006-12-31, 2007-03-31 and 2007-06-30, and their
term ends on 2009-07-01. Employment that ends on 2007-01-31 leaves 750 vested, to lapse 180 days later on 2007-07-30.
"""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from awards.actions import lapses, ledger
from awards.actions.award import decline_award
from awards.facts import employment_under
from awards.models import Award, Determination, OptionEntry
from exercises import consistency
from tests import builders as given

pytestmark = pytest.mark.django_db
Kind = Determination.Kind
GRANT = ("granted", 1000, "2005-07-01")
UNVESTED = ("lapsed_unvested", -250, "2007-01-31")
VESTED = ("lapsed_vested", -750, "2007-07-30")


@pytest.fixture
def award() -> Award:
    return given.granted_award(options=1000, award_date="2005-07-01")


def sweep(through: str, *, at: str | None = None) -> dict[str, int]:
    on = given.day(through)
    return lapses.write_lapses(through=on, now=given.instant(at or on + timedelta(days=1), "00:05"))


def outstanding(award: Award) -> int:
    award.refresh_from_db()
    return award.outstanding


def exercise(award: Award, options: int, on: str, notice: int = 1) -> None:
    ledger.append(
        award,
        kind=OptionEntry.Kind.EXERCISED,
        options=-options,
        effective_on=given.day(on),
        cause=f"exercise/{notice}",
        now=given.instant(on),
    )


@pytest.mark.parametrize(
    ("through", "left"), [("2009-06-30", 1000), ("2009-07-01", 0), ("2009-07-02", 0)], ids=["before", "on", "after"]
)
def test_term_lapses_with_its_day(award: Award, through: str, left: int) -> None:
    sweep(through)
    assert outstanding(award) == left
    assert given.ledger_of(award) == [GRANT] + [("lapsed_vested", -1000, "2009-07-01")] * (left == 0)


def test_sweep_a_month_late_writes_the_true_days(award: Award) -> None:
    given.ceased(award.grantee, "2007-01-31")
    assert sweep("2007-08-30") == {"due": 1, "awards": 1, "entries": 2}
    assert given.ledger_of(award) == [GRANT, UNVESTED, VESTED]


def test_sweeps_night_by_night_write_the_same_as_one_late(award: Award) -> None:
    given.ceased(award.grantee, "2007-01-31")
    nights = ["2007-01-30", "2007-01-31", "2007-02-01", "2007-07-29", "2007-07-30", "2007-07-31"]
    assert [sweep(night)["entries"] for night in nights] == [0, 1, 0, 0, 1, 0]
    assert given.ledger_of(award) == [GRANT, UNVESTED, VESTED]


def test_sweep_run_twice_writes_once(award: Award) -> None:
    given.ceased(award.grantee, "2007-01-31")
    sweep("2007-01-31")
    assert sweep("2007-01-31") == {"due": 0, "awards": 0, "entries": 0}
    assert given.ledger_of(award) == [GRANT, UNVESTED]


def test_sweep_looks_next_on_the_day_that_something_lapses(award: Award) -> None:
    looks = [award.next_lapse_on]
    given.ceased(award.grantee, "2007-01-31")
    award.refresh_from_db()
    looks.append(award.next_lapse_on)
    sweep("2007-01-31")
    award.refresh_from_db()
    looks.append(award.next_lapse_on)
    assert looks == [date(2009, 7, 1), date(2007, 1, 31), date(2007, 7, 30)]


def test_cessation_recorded_late_is_written_at_once(award: Award) -> None:
    given.ceased(award.grantee, "2007-01-31", recorded_on="2007-09-03")
    assert given.ledger_of(award) == [GRANT, UNVESTED, VESTED]


def test_reversed_cessation_brings_back_what_lapsed(award: Award) -> None:
    fact = given.ceased(award.grantee, "2007-01-31", recorded_on="2007-09-03")
    given.reversed_fact(fact, on="2007-09-04")
    back = [("lapsed_unvested", 250, "2007-01-31"), ("lapsed_vested", 750, "2007-07-30")]
    assert given.ledger_of(award) == [GRANT, UNVESTED, VESTED, *back]
    assert outstanding(award) == 1000
    assert award.next_lapse_on == date(2009, 7, 1)


def test_facts_that_change_again_and_again_keep_the_ledger_right(award: Award) -> None:
    for number in range(1, 4):
        fact = given.ceased(award.grantee, "2007-01-31", recorded_on=f"2007-09-0{number}")
        assert outstanding(award) == 0
        given.reversed_fact(fact, on=f"2007-09-0{number}")
        assert outstanding(award) == 1000
    assert list(consistency.differences()) == []


def test_retirement_approved_after_the_lapse_reverses_it(award: Award) -> None:
    given.ceased(award.grantee, "2007-01-31")
    sweep("2007-01-31")
    given.determined(award.grantee, Kind.RETIREMENT, "2007-01-31", decided_on="2007-03-01")
    assert given.ledger_of(award) == [GRANT, UNVESTED, ("lapsed_unvested", 250, "2007-01-31")]
    sweep("2007-07-30")
    assert given.ledger_of(award)[-1] == ("lapsed_vested", -1000, "2007-07-30")


@pytest.mark.parametrize(
    ("through", "left"), [("2007-05-14", 1000), ("2007-05-15", 0), ("2007-05-16", 0)], ids=["before", "on", "after"]
)
def test_death_vests_everything_for_a_year(award: Award, through: str, left: int) -> None:
    given.died(award.grantee, "2006-05-15")
    sweep(through)
    assert outstanding(award) == left


def test_disability_vests_everything_and_lapses_after_a_year(award: Award) -> None:
    given.determined(award.grantee, Kind.DISABILITY, "2006-05-15")
    sweep("2007-05-15")
    assert given.ledger_of(award) == [GRANT, ("lapsed_vested", -1000, "2007-05-15")]


def test_cause_lapses_everything_on_the_day(award: Award) -> None:
    given.ceased(award.grantee, "2007-01-31")
    given.determined(award.grantee, Kind.CAUSE, "2007-01-31")
    sweep("2007-01-31")
    assert given.ledger_of(award) == [GRANT, UNVESTED, ("lapsed_vested", -750, "2007-01-31")]


def test_cause_determined_after_the_lapse_moves_its_day(award: Award) -> None:
    given.ceased(award.grantee, "2007-01-31", recorded_on="2007-09-03")
    given.determined(award.grantee, Kind.CAUSE, "2007-01-31", decided_on="2007-09-10")
    moved = [("lapsed_vested", 750, "2007-07-30"), ("lapsed_vested", -750, "2007-01-31")]
    assert given.ledger_of(award) == [GRANT, UNVESTED, VESTED, *moved]


def test_award_after_the_cessation_is_of_a_new_employment(award: Award) -> None:
    given.ceased(award.grantee, "2007-01-31")
    rehired = given.granted_award(award.grantee, options=1000, award_date="2007-06-01")
    sweep("2007-08-01")
    assert outstanding(award) == 0
    assert given.ledger_of(rehired) == [("granted", 1000, "2007-06-01")]
    assert rehired.next_lapse_on == date(2011, 6, 1)


def test_transfer_is_no_cessation(award: Award) -> None:
    given.transferred(award.grantee, "2007-01-31")
    assert sweep("2009-06-30") == {"due": 0, "awards": 0, "entries": 0}


def test_exercised_osos_do_not_lapse(award: Award) -> None:
    exercise(award, 600, "2007-01-15")
    given.ceased(award.grantee, "2007-01-31", recorded_on="2007-09-03")
    assert given.ledger_of(award)[2:] == [UNVESTED, ("lapsed_vested", -150, "2007-07-30")]


def test_award_that_waits_for_its_facts_is_found_when_approved() -> None:
    holder = given.grantee()
    given.ceased(holder, "2007-01-31")
    award = given.approved_award(holder, options=1000, award_date="2005-07-01")
    sweep("2007-01-31")
    assert given.ledger_of(award) == [GRANT, UNVESTED]


def test_sweep_asks_no_more_for_ten_awards_than_for_one() -> None:
    costs = []
    for count in (1, 10):
        holder = given.grantee(f"leaver{count}")
        for _ in range(count):
            given.granted_award(holder, options=100, award_date="2005-07-01")
        given.ceased(holder, "2005-08-01")
        with CaptureQueriesContext(
            connection,
        ) as queries:
            sweep("2005-08-01")
        costs.append(len(queries))
    assert costs[0] == costs[1]


class TestAdjustment:
    """1-for-15 from 2007-03-01, approved in February: 1,000 OSOs are 66, of 750 vested and 250 unvested 50 and 16."""

    @pytest.fixture(autouse=True)
    def _reverse_split(self, award: Award) -> None:
        given.adjusted("2007-03-01", 1, 15, decided_on="2007-02-15")

    @staticmethod
    def standing(award: Award, on: str) -> tuple[int, int]:
        held = ledger.position_of(award)
        stands = lapses.standing_on(award, held, on=given.day(on), facts=employment_under(award))
        return stands.unvested, stands.exercisable

    @pytest.mark.parametrize("through", ["2007-02-28", "2007-03-01", "2007-04-01"], ids=["eve", "the day", "late"])
    def test_written_with_its_day_and_the_fraction_it_drops(self, award: Award, through: str) -> None:
        sweep(through)
        entry = award.entries.get(kind="adjusted")
        assert given.ledger_of(award) == [GRANT, ("adjusted", -934, "2007-03-01")]
        assert entry.note == "1-for-15; fraction dropped: 2/3 OSO"

    def test_not_written_before_its_eve(self, award: Award) -> None:
        assert sweep("2007-02-27") == {"due": 0, "awards": 0, "entries": 0}

    def test_lapse_of_the_eve_is_taken_out_first(self, award: Award) -> None:
        given.ceased(award.grantee, "2007-02-28")
        sweep("2007-09-01")
        # 750 ÷ 15 = 50; 2007-02-28 + 180 days = 2007-08-27.
        assert given.ledger_of(award)[1:] == [
            ("lapsed_unvested", -250, "2007-02-28"),
            ("adjusted", -700, "2007-03-01"),
            ("lapsed_vested", -50, "2007-08-27"),
        ]

    def test_lapse_of_the_day_is_of_the_new_basis(self, award: Award) -> None:
        given.ceased(award.grantee, "2007-03-01")
        sweep("2007-03-01")
        assert given.ledger_of(award)[1:] == [
            ("adjusted", -934, "2007-03-01"),
            ("lapsed_unvested", -16, "2007-03-01"),
        ]

    def test_cessation_recorded_after_it_leaves_what_had_vested(self, award: Award) -> None:
        sweep("2007-03-05")
        given.ceased(award.grantee, "2007-01-31", recorded_on="2007-03-06")
        assert self.standing(award, "2007-03-06") == (0, 50)
        assert given.ledger_of(award)[1:] == [
            ("adjusted", -934, "2007-03-01"),
            ("lapsed_unvested", -16, "2007-01-31"),
        ]

    def test_cessation_reversed_after_it_gives_everything_back(self, award: Award) -> None:
        fact = given.ceased(award.grantee, "2007-01-31")
        sweep("2007-03-05")
        assert outstanding(award) == 50
        given.reversed_fact(fact, on="2007-03-06")
        assert outstanding(award) == 66
        assert self.standing(award, "2007-03-06") == (16, 50)
        assert given.ledger_of(award)[-1] == ("lapsed_unvested", 16, "2007-01-31")

    def test_cause_determined_after_it_takes_the_vested_too(self, award: Award) -> None:
        given.ceased(award.grantee, "2007-01-31")
        sweep("2007-03-05")
        given.determined(award.grantee, Kind.CAUSE, "2007-01-31", decided_on="2007-03-06")
        assert outstanding(award) == 0
        assert given.ledger_of(award)[-1] == ("lapsed_vested", -50, "2007-01-31")
        assert sweep("2007-03-07")["entries"] == 0

    def test_fact_recorded_and_reversed_after_it_changes_nothing(self, award: Award) -> None:
        sweep("2007-03-05")
        fact = given.ceased(award.grantee, "2007-01-31", recorded_on="2007-03-06")
        given.reversed_fact(fact, on="2007-03-07")
        assert outstanding(award) == 66
        assert self.standing(award, "2007-03-07") == (16, 50)

    def test_too_much_exercised_by_a_late_fact_is_not_taken_twice(self, award: Award) -> None:
        sweep("2007-06-30")
        exercise(award, 60, "2007-07-02")
        given.ceased(award.grantee, "2007-01-31", recorded_on="2007-07-03")
        assert outstanding(award) == 0
        assert self.standing(award, "2007-07-03") == (0, 0)

    def test_two_in_a_row_drop_a_fraction_each(self, award: Award) -> None:
        given.adjusted("2007-04-02", 2, 1, decided_on="2007-03-15")
        sweep("2007-04-02")
        assert given.ledger_of(award)[1:] == [
            ("adjusted", -934, "2007-03-01"),
            ("adjusted", 66, "2007-04-02"),
        ]
        given.ceased(award.grantee, "2007-01-31", recorded_on="2007-04-03")
        # 750 vested are 50 and then 100.
        assert outstanding(award) == 100
        assert self.standing(award, "2007-04-03") == (0, 100)


def test_declined_award_gets_nothing_back(award: Award) -> None:
    issued = given.issued_award(award.grantee, options=1000, award_date="2005-07-01")
    fact = given.ceased(award.grantee, "2007-01-31", recorded_on="2007-02-05")
    decline_award(award=issued, by=award.grantee.user, reason="No", now=given.instant("2007-02-06"))
    given.reversed_fact(fact, on="2007-02-07")
    assert outstanding(issued) == 0
