"""Where Awards stand on a day, worked by hand from 1,000 OSOs of 2005-07-01; who may act for them; at what cost.

They vest 500 on 2006-06-30 and 125 on 2006-09-30, 2006-12-31, 2007-03-31, 2007-06-30; the term ends on 2009-07-01.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from awards.actions import ledger
from awards.actions.award import decline_award
from awards.actions.lapses import write_lapses
from awards.actions.representative import propose_representative
from awards.agreement.acting import Capacity
from awards.market.calendar import trading_calendar
from awards.models import Award, Determination, OptionEntry, Representative
from awards.queries import Holding, capacity_of, holdings, may_act
from tests import builders as given

pytestmark = pytest.mark.django_db
Kind = Representative.Kind


@pytest.fixture
def award() -> Award:
    return given.granted_award(options=1000)


def holding(award: Award, on: str, now: datetime | None = None) -> Holding:
    rows = Award.objects.filter(pk=award.pk)
    (found,) = holdings(rows, on=given.day(on), calendar=trading_calendar(), now=now)
    return found


def figures(award: Award, on: str) -> dict[str, int]:
    found = holding(award, on)
    return {
        "unvested": found.standing.unvested,
        "exercisable": found.exercisable,
        "exercised": found.exercised,
        "lapsed": found.lapsed,
        "cancelled": found.cancelled,
    }


def stand(unvested: int, exercisable: int, exercised: int = 0, lapsed: int = 0, cancelled: int = 0) -> dict[str, int]:
    return {
        "unvested": unvested,
        "exercisable": exercisable,
        "exercised": exercised,
        "lapsed": lapsed,
        "cancelled": cancelled,
    }


def exercise(award: Award, options: int, on: str, *, effective_on: str | None = None) -> None:
    ledger.append(
        award,
        kind=OptionEntry.Kind.EXERCISED,
        options=-options,
        effective_on=given.day(effective_on or on),
        cause=f"exercise/{on}",
        now=given.instant(on),
    )


class TestHoldings:
    @pytest.mark.parametrize(
        ("on", "expected"),
        [
            ("2005-07-01", stand(1000, 0)),
            ("2006-06-29", stand(1000, 0)),
            ("2006-06-30", stand(500, 500)),
            ("2006-07-01", stand(500, 500)),
            ("2006-09-29", stand(500, 500)),
            ("2006-09-30", stand(375, 625)),
            ("2006-12-31", stand(250, 750)),
            ("2007-03-31", stand(125, 875)),
            ("2007-06-30", stand(0, 1000)),
            ("2009-06-30", stand(0, 1000)),
            ("2009-07-01", stand(0, 1000)),
            ("2009-07-02", stand(0, 0, lapsed=1000)),
        ],
    )
    def test_while_employed(self, award: Award, on: str, expected: dict[str, int]) -> None:
        assert figures(award, on) == expected

    @pytest.mark.parametrize(
        ("on", "expected"),
        [
            ("2007-01-30", stand(250, 650, 100)),
            ("2007-01-31", stand(0, 650, 100, lapsed=250)),
            ("2007-02-01", stand(0, 650, 100, lapsed=250)),
            ("2007-07-30", stand(0, 650, 100, lapsed=250)),
            ("2007-07-31", stand(0, 0, 100, lapsed=900)),
        ],
    )
    @pytest.mark.parametrize("recorded_on", ["2007-01-15", "2008-01-15"], ids=["nothing written", "all written"])
    def test_after_leaving(self, award: Award, recorded_on: str, on: str, expected: dict[str, int]) -> None:
        exercise(award, 100, "2006-07-03")
        given.ceased(award.grantee, "2007-01-31", recorded_on=recorded_on)
        assert figures(award, on) == expected

    def test_cause_leaves_nothing_from_its_day(self, award: Award) -> None:
        given.ceased(award.grantee, "2007-01-31")
        given.determined(award.grantee, Determination.Kind.CAUSE, "2007-01-31")
        assert [figures(award, on) for on in ("2007-01-30", "2007-01-31")] == [
            stand(250, 750),
            stand(0, 0, lapsed=1000),
        ]

    def test_nothing_is_exercisable_before_acceptance(self) -> None:
        assert figures(given.issued_award(options=1000), "2006-06-30") == stand(500, 0)

    def test_after_close_notice_is_gone_at_once_and_from_its_day_in_the_past(self, award: Award) -> None:
        exercise(award, 100, "2007-04-02", effective_on="2007-04-03")
        assert [figures(award, f"2007-04-0{day}")["exercised"] for day in (1, 2, 3)] == [0, 100, 100]

    def test_pending_adjustment_is_seen_before_any_job_ran(self, award: Award) -> None:
        given.adjusted("2007-03-01", 1, 15, decided_on="2007-02-15")
        seen = [figures(award, on) for on in ("2007-02-28", "2007-03-01", "2009-07-02")]
        # 1,000 ÷ 15 = 66; unvested 250 ÷ 15 = 16.
        assert seen == [stand(250, 750), stand(16, 50), stand(0, 0, lapsed=66)]

    def test_lapse_before_a_pending_adjustment(self, award: Award) -> None:
        given.adjusted("2007-03-01", 1, 15, decided_on="2007-02-15")
        given.ceased(award.grantee, "2007-02-28")
        assert figures(award, "2007-03-01") == stand(0, 50, lapsed=250)

    def test_written_adjustment_says_the_same(self, award: Award) -> None:
        given.adjusted("2007-03-01", 1, 15, decided_on="2007-02-15")
        given.ceased(award.grantee, "2007-02-28")
        write_lapses(through=date(2007, 3, 1), now=given.instant("2007-03-02"))
        assert figures(award, "2007-03-01") == stand(0, 50, lapsed=250)
        assert figures(award, "2007-02-27") == stand(250, 750)

    @pytest.mark.parametrize(
        ("on", "vested"),
        [("2006-06-29", 0), ("2006-06-30", 1), ("2006-12-31", 3), ("2007-06-29", 4), ("2007-06-30", 5)],
    )
    def test_schedule(self, award: Award, on: str, vested: int) -> None:
        schedule = holding(award, on).schedule
        assert [row.options for row in schedule] == [500, 125, 125, 125, 125]
        assert [row.is_vested for row in schedule] == [number < vested for number in range(5)]

    def test_schedule_stops_at_leaving_and_is_whole_after_death(self, award: Award) -> None:
        given.ceased(award.grantee, "2007-01-31")
        assert [row.is_vested for row in holding(award, "2007-07-02").schedule] == [True, True, True, False, False]
        given.died(award.grantee, "2007-01-31", recorded_on="2007-02-01")
        assert [row.is_vested for row in holding(award, "2007-02-01").schedule] == [True] * 5

    def test_schedule_of_a_declined_award_vests_by_its_days(self) -> None:
        issued = given.issued_award(options=1000)
        decline_award(award=issued, by=issued.grantee.user, reason="No", now=given.instant("2005-07-05"))
        assert [row.is_vested for row in holding(issued, "2006-06-30").schedule] == [True] + [False] * 4
        assert figures(issued, "2006-06-30") == stand(0, 0, cancelled=1000)

    def test_next_vesting_leaves_out_tranches_of_nothing(self) -> None:
        # 3 → 2, 0, 0, 0, 1.
        found = holding(given.granted_award(options=3), "2006-07-01")
        assert found.next_vesting is not None
        assert (found.next_vesting.vests_on, found.next_vesting.options) == (date(2007, 6, 30), 1)

    @pytest.mark.parametrize(
        ("at", "exercisable"), [("2009-07-01 16:00", 1000), ("2009-07-01 16:00:00.000001", 0), ("2009-07-02 09:00", 0)]
    )
    def test_last_moment_is_the_close_of_the_lapse_date(self, award: Award, at: str, exercisable: int) -> None:
        now = given.instant(*at.split())
        found = holding(award, at[:10], now)
        assert found.last_moment == given.instant("2009-07-01", "16:00")
        assert found.exercisable == exercisable

    @pytest.mark.parametrize(
        ("at", "value", "reason"),
        [
            ("2007-04-02T16:00:00-04:00", Decimal("6233.80"), ""),
            ("2007-04-02T16:00:01-04:00", None, "The last moment to exercise has passed"),
        ],
    )
    def test_nothing_has_a_value_after_its_last_moment(self, at: str, value: Decimal | None, reason: str) -> None:
        """Vested whole by the Disability of 2006-04-02, and lapses on its first anniversary, a Monday."""
        given.closes(given.CLOSES_2007_04_02)
        award = given.granted_award(options=5_000, award_date="2006-04-01", initial_price="5.18")
        given.determined(award.grantee, Determination.Kind.DISABILITY, date(2006, 4, 2))
        found = holding(award, "2007-04-02", datetime.fromisoformat(at))
        assert (found.value, found.value_reason) == (value, reason)
        assert (found.worth is None, found.left) == (value is None, 5_000)

    def test_value_of_what_is_exercisable(self) -> None:
        given.closes(given.CLOSES_2007_04_02)
        award = given.granted_award(options=10_000, award_date="2006-04-01", initial_price="5.18")
        found = holding(award, "2007-04-02", given.instant("2007-04-02"))
        assert (found.exercisable, found.value) == (5000, Decimal("6233.80"))

    @pytest.mark.parametrize("count", [1, 30])
    def test_number_of_queries(self, count: int, django_assert_num_queries: DjangoAssertNumQueries) -> None:
        given.closes(given.CLOSES_2007_04_02)
        for number in range(count):
            given.granted_award(given.grantee(f"g{number}"), options=100, award_date="2006-04-01", initial_price="5.18")
        calendar = trading_calendar()
        # Awards, entries, closes: no facts and no adjustments are on record, and none are asked for.
        with django_assert_num_queries(3):
            found = holdings(
                Award.objects.all(), on=date(2007, 4, 2), calendar=calendar, now=given.instant("2007-04-02")
            )
            seen = [(row.exercisable, row.lapsed, row.value, row.next_vesting) for row in found]
        assert len(seen) == count

    def test_newest_come_first_each_with_its_own_ledger(self) -> None:
        made = [given.granted_award(options=n, award_date=on) for n, on in ((7, "2005-07-01"), (8, "2006-04-01"))]
        given.granted_award(given.grantee("eve"), options=9, award_date="2007-04-02")
        mine = Award.objects.visible_to(made[0].grantee.user, date(2007, 4, 2)).order_by("award_date")
        found = holdings(mine, on=date(2007, 4, 2), calendar=trading_calendar())
        assert [row.award.pk for row in found] == [made[1].pk, made[0].pk]
        assert [[(entry.award_id, entry.options) for entry in row.entries] for row in found] == [
            [(made[1].pk, 8)],
            [(made[0].pk, 7)],
        ]

    def test_nobody_holds_nothing(self, award: Award) -> None:
        assert holdings(Award.objects.none(), on=date(2007, 4, 2), calendar=trading_calendar()) == []

    def test_facts_of_two_grantees_are_each_their_own(self, award: Award) -> None:
        other = given.granted_award(given.grantee("eve"), options=1000)
        given.ceased(other.grantee, "2007-01-31")
        found = holdings(Award.objects.all(), on=date(2007, 2, 1), calendar=trading_calendar())
        assert {row.award.pk: row.standing.unvested for row in found} == {award.pk: 250, other.pk: 0}

    def test_document_of_the_agreement_is_left_alone(self, award: Award) -> None:
        assert "document" in holding(award, "2006-06-30").award.master_agreement.get_deferred_fields()


class TestMayAct:
    ON = date(2006, 6, 30)

    def who(self, award: Award) -> set[Capacity]:
        fresh = Award.objects.get(pk=award.pk)
        return {capacity for capacity in Capacity if may_act(fresh, capacity, self.ON)}

    def test_grantee_alone(self, award: Award) -> None:
        assert self.who(award) == {Capacity.GRANTEE}
        assert capacity_of(award.grantee.user, award, self.ON) == (Capacity.GRANTEE, None)
        assert capacity_of(given.person("eve"), award, self.ON) is None

    @pytest.mark.parametrize(("until_on", "acts"), [("2006-06-29", False), ("2006-06-30", True), ("2006-07-01", True)])
    def test_guardian_until_the_last_day(self, award: Award, until_on: str, acts: bool) -> None:
        guardian = given.person("guardian")
        row = given.appointed(guardian, award.grantee, until_on=until_on)
        assert capacity_of(guardian, award, self.ON) == ((Capacity.GUARDIAN, row) if acts else None)
        assert self.who(award) == {Capacity.GUARDIAN if acts else Capacity.GRANTEE}

    @pytest.mark.parametrize(("from_on", "acts"), [("2006-06-29", True), ("2006-06-30", True), ("2006-07-01", False)])
    def test_guardian_from_the_first_day(self, award: Award, from_on: str, acts: bool) -> None:
        given.appointed(given.person("guardian"), award.grantee, from_on=from_on)
        assert self.who(award) == {Capacity.GUARDIAN if acts else Capacity.GRANTEE}

    @pytest.mark.parametrize(("died_on", "heirs_act"), [("2006-06-30", True), ("2006-07-01", False)])
    def test_heir_after_the_death(self, award: Award, died_on: str, heirs_act: bool) -> None:
        heir = given.person("heir")
        row = given.appointed(heir, award.grantee, kind=Kind.HEIR)
        given.died(award.grantee, died_on)
        assert capacity_of(heir, award, self.ON) == ((Capacity.HEIR, row) if heirs_act else None)
        assert self.who(award) == ({Capacity.HEIR, Capacity.ESTATE} if heirs_act else {Capacity.GRANTEE})

    def test_transferee_of_this_award_and_no_other(self, award: Award) -> None:
        other = given.granted_award(award.grantee)
        given.appointed(given.person("trust"), award.grantee, kind=Kind.TRANSFEREE, award=award)
        assert [self.who(award), self.who(other)] == [{Capacity.TRANSFEREE}, {Capacity.GRANTEE}]

    def test_proposed_or_rejected_appointment_counts_for_nothing(self, award: Award) -> None:
        proposed: Any = propose_representative(
            grantee=award.grantee,
            user=given.person("guardian"),
            kind=Kind.GUARDIAN,
            evidence="Order",
            from_on=date(2005, 7, 1),
            by=given.proposer(),
            now=given.instant("2005-07-01"),
        )
        assert self.who(award) == {Capacity.GRANTEE}
        given.rejected(proposed, on="2005-07-02")
        assert self.who(award) == {Capacity.GRANTEE}
