"""Nights that tell people: each thing once, on its day or late, in cost of what is due and not of what is stored."""

from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from django.db import connection

from awards import news, wording
from awards.models import CapitalAdjustment, Message, OptionEntry, OutboxMessage, Representative
from exercises import jobs
from exercises.actions import settlement as settling
from exercises.actions.pricing import price_waiting
from exercises.models import JobRun
from exercises.scale.loading import load
from tests import builders
from tests.exercises.given import corrected, give, moment, paper, rate

pytestmark = pytest.mark.django_db
VESTINGS, AHEAD, LAPSES, CORRECTIONS = (
    next(job for job in jobs.JOBS if job.kind == kind)
    for kind in ("tell vestings", "tell lapses ahead", "tell lapses", "tell corrections")
)
SWEEP = next(job for job in jobs.JOBS if job.kind == "write lapses")


def told(*kinds: str) -> list[tuple[str, str]]:
    """Business date and person of the messages of those kinds, in the order in which they were told."""
    rows = Message.objects.filter(kind__in=kinds).order_by("pk").select_related("recipient")
    return [(row.about_on.isoformat(), row.recipient.username) for row in rows]


@pytest.fixture
def only(monkeypatch):
    """Leaves these jobs alone."""
    return lambda *these: monkeypatch.setattr(jobs, "JOBS", these)


class TestVestings:
    """1,000 OSOs of 2005-07-01 vest 500 on 2006-06-30, 125 each on 2006-09-30, 2006-12-31, 2007-03-31, 2007-06-30."""

    @pytest.mark.parametrize(
        ("night", "options"),
        [
            ("2006-06-29", None), ("2006-06-30", 500), ("2006-07-01", None), ("2006-09-30", 125), ("2006-12-31", 125),
            ("2007-03-31", 125), ("2007-06-30", 125), ("2007-07-01", None), ("2007-09-30", None),
        ],
    )  # fmt: skip
    def test_told_on_the_day_of_each_tranche(self, only, night, options):
        builders.granted_award()
        only(VESTINGS)

        jobs.run_due(moment(f"{night} 06:00"))

        found = [row.data["options"] for row in Message.objects.filter(kind="vested")]
        assert found == ([options] if options else [])

    def test_said_as_it_stands(self, only):
        award = builders.granted_award()
        only(VESTINGS)

        jobs.run_due(moment("2006-09-30 06:00"))

        assert wording.body(Message.objects.get(kind="vested")).splitlines() == [
            "125 options vested on Sep 30, 2006 (§2.3). 625 are vested and not exercised in all; "
            "they lapse on Jul 1, 2009 (§4.2(a)).",
            "",
            "Last moment to exercise: Wed, Jul 1, 2009, 4:00 PM EDT",
            f"Award: {award.number} of Jul 1, 2005",
        ]

    @pytest.mark.parametrize(("ceased", "users"), [("2006-06-29", []), ("2006-06-30", ["ada"])])
    def test_a_tranche_of_the_last_day_has_vested(self, only, ceased, users):
        award = builders.granted_award()
        builders.ceased(award.grantee, ceased, recorded_on=ceased)
        only(VESTINGS)

        jobs.run_due(moment("2006-06-30 12:00"))

        assert told("vested") == [("2006-06-30", user) for user in users]

    def test_a_split_is_counted_in_options_of_the_day(self, only):
        builders.granted_award()
        builders.adjusted("2006-08-01", 2, 1, decided_on="2006-07-03")
        only(VESTINGS)

        jobs.run_due(moment("2006-09-30 06:00"))

        assert Message.objects.get(kind="vested").data["options"] == 250
        assert CapitalAdjustment.objects.count() == 1

    def test_award_dates_at_the_end_of_a_month_vest_together(self, only):
        for number, on in enumerate(("2005-08-28", "2005-08-29", "2005-08-30", "2005-08-31", "2005-09-01")):
            builders.granted_award(builders.grantee(f"holder{number}"), award_date=on)
        only(VESTINGS)

        jobs.run_due(moment("2007-02-27 06:00"))

        # 18 months: all of 28 to 31 August come to 28 February; the day before is the 27th.
        assert told("vested") == [("2007-02-27", f"holder{number}") for number in range(4)]

    def test_missed_nights_are_told_late_once_with_their_date(self, only):
        builders.granted_award()
        only(VESTINGS)
        jobs.run_due(moment("2006-06-28 06:00"))

        jobs.run_due(moment("2006-07-05 06:00"))
        jobs.run_due(moment("2006-07-05 06:02"))

        assert told("vested") == [("2006-06-30", "ada")]
        assert [run.business_date.day for run in JobRun.objects.order_by("business_date")] == [
            28,
            29,
            30,
            1,
            2,
            3,
            4,
            5,
        ]

    def test_whoever_acts_is_told(self, only):
        award = builders.granted_award()
        builders.appointed(builders.person("guardian"), award.grantee, kind=Representative.Kind.GUARDIAN)
        only(VESTINGS)

        jobs.run_due(moment("2006-06-30 06:00"))

        assert told("vested") == [("2006-06-30", "guardian")]


class TestLapsesAhead:
    """Everything of 2005-07-01 lapses on 2009-07-01, a Wednesday."""

    RUNGS = [180, 90, 60, 30, 14, 7, 3, 1]

    def test_every_rung_once_on_its_day(self, only):
        builders.granted_award()
        only(AHEAD)
        start = date(2008, 12, 31)
        for number in range(185):
            jobs.run_due(moment(f"{start + timedelta(days=number)} 06:00"))
            jobs.run_due(moment(f"{start + timedelta(days=number)} 06:02"))

        rows = Message.objects.filter(kind="lapse_ahead").order_by("pk")
        assert [row.data["rung"] for row in rows] == self.RUNGS
        assert [row.data["days_left"] for row in rows] == self.RUNGS
        assert {row.data["last_moment_at"] for row in rows} == {"2009-07-01T16:00:00-04:00"}
        assert [row.about_on.isoformat() for row in rows][-2:] == ["2009-06-28", "2009-06-30"]

    def test_after_a_week_without_jobs_each_missed_rung_once_with_the_days_that_are_left(self, only):
        builders.granted_award()
        only(AHEAD)
        jobs.run_due(moment("2009-06-22 06:00"))  # nine days before

        jobs.run_due(moment("2009-06-30 06:00"))

        rows = Message.objects.filter(kind="lapse_ahead").order_by("pk")
        assert [(row.data["rung"], row.data["days_left"]) for row in rows] == [(7, 1), (3, 1), (1, 1)]
        assert ["comes late" in wording.body(row) for row in rows] == [True, True, False]

    def test_after_the_last_moment_nothing_is_told(self, only):
        builders.granted_award()
        only(AHEAD)
        jobs.run_due(moment("2009-06-22 06:00"))

        jobs.run_due(moment("2009-07-01 16:01"))

        assert told("lapse_ahead") == []

    def test_at_the_last_moment_itself_it_still_is(self, only):
        builders.granted_award()
        only(AHEAD)
        jobs.run_due(moment("2009-06-29 06:00"))

        jobs.run_due(moment("2009-07-01 16:00"))

        (message,) = Message.objects.filter(kind="lapse_ahead")
        assert (message.data["rung"], message.data["days_left"]) == (1, 0)

    def test_nothing_is_told_while_nothing_has_vested(self, only):
        # 90 days before a lapse that comes sooner than any vesting: employment ended before.
        award = builders.granted_award()
        builders.ceased(award.grantee, "2006-03-01")
        only(AHEAD)

        jobs.run_due(moment("2006-05-30 06:00"))

        assert told("lapse_ahead") == []

    def test_a_leaver_is_told_by_the_180_days(self, only):
        """Left on 2006-08-03: what had vested lapses on 2007-01-30."""
        award = builders.granted_award()
        builders.ceased(award.grantee, "2006-08-03")
        only(SWEEP, AHEAD)
        for night in ("2006-10-31", "2006-11-01", "2006-11-02", "2007-01-29"):
            jobs.run_due(moment(f"{night} 06:00"))

        assert told("lapse_ahead") == [("2006-08-03", "ada"), ("2006-11-01", "ada"), ("2006-12-01", "ada"), *[
            (on, "ada") for on in ("2006-12-31", "2007-01-16", "2007-01-23", "2007-01-27", "2007-01-29")
        ]]  # fmt: skip

    def test_a_cessation_that_was_recorded_ahead_is_told_before_the_sweep_has_looked_at_it(self, only):
        award = builders.granted_award()
        builders.ceased(award.grantee, "2006-08-03", recorded_on="2006-07-20")
        only(AHEAD)

        jobs.run_due(moment("2006-08-03 06:00"))

        (message,) = Message.objects.filter(kind="lapse_ahead")
        assert (message.data["rung"], message.data["lapses_on"]) == (180, "2007-01-30")

    def test_value_of_today_and_its_closes_are_told(self, only, award):
        builders.ceased(award.grantee, "2007-04-01", recorded_on="2007-04-01")
        only(AHEAD)
        Message.objects.all().delete()
        # 2007-04-01 and 180 days are 2007-09-28. On 2007-04-02 no rung is due: the day before had it, late by one.
        jobs.run_due(moment("2007-03-31 06:00"))

        jobs.run_due(moment("2007-04-02 10:00"))

        (message,) = Message.objects.filter(kind="lapse_ahead")
        # 5,000 OSOs on 2007-04-02 pay 6,233.80.
        assert (message.data["value_amount"], message.data["closes_on"]) == ("6233.80", "2007-03-30")
        assert (message.data["days_left"], message.data["exercisable"]) == (179, 5_000)

    def test_a_missing_close_is_the_reason_instead_of_a_value(self, only):
        builders.granted_award()
        only(AHEAD)

        jobs.run_due(moment("2009-06-24 06:00"))

        (message,) = Message.objects.filter(kind="lapse_ahead")
        assert message.data["value_amount"] is None
        assert message.data["value_reason"].startswith("No close of the Stock is recorded for") or message.data[
            "value_reason"
        ].startswith("No close of the S&P 500 is recorded for")

    def test_a_lapse_on_a_holiday_names_the_last_trading_day_before_it(self, only):
        # The fourth anniversary of 2006-04-02 is Good Friday, 2010-04-02: the last Trading Day is the Thursday before.
        builders.granted_award(award_date="2006-04-02")
        only(AHEAD)
        for night in ("2010-03-30", "2010-04-01", "2010-04-02"):
            jobs.run_due(moment(f"{night} 06:00"))

        rows = Message.objects.filter(kind="lapse_ahead").order_by("pk")
        assert [row.data["rung"] for row in rows] == [3, 1]
        assert {row.data["last_moment_at"] for row in rows} == {"2010-04-01T16:00:00-04:00"}


class TestLapses:
    def test_told_the_morning_after_by_the_ledgers_of_the_night(self, only):
        award = builders.granted_award()
        builders.ceased(award.grantee, "2006-08-03")
        only(SWEEP, LAPSES)

        jobs.run_due(moment("2006-08-04 00:05"))
        assert told("lapsed") == []
        jobs.run_due(moment("2006-08-04 06:00"))

        (message,) = Message.objects.filter(kind="lapsed")
        assert (message.about_on, message.data["options"]) == (date(2006, 8, 3), 500)
        assert "500 options that had not vested lapsed on Aug 3, 2006" in wording.body(message)

    def test_waits_until_the_sweep_has_written_them(self, only):
        award = builders.granted_award()
        builders.ceased(award.grantee, "2006-08-03")
        only(SWEEP, LAPSES)
        jobs.run_due(moment("2006-08-02 06:00"))
        only(LAPSES)
        jobs.run_due(moment("2006-08-06 06:00"))
        assert told("lapsed") == []

        only(SWEEP, LAPSES)
        jobs.run_due(moment("2006-08-06 06:02"))

        assert told("lapsed") == [("2006-08-03", "ada")]

    def test_of_the_same_night_entries_of_exercises_are_not_told_as_lapses(self, only, award):
        lapsing = builders.granted_award(builders.grantee("leaver"), award_date="2005-07-01")
        builders.ceased(lapsing.grantee, "2007-04-01")
        give(award, 100)
        only(SWEEP, LAPSES)

        jobs.run_due(moment("2007-04-02 06:00"))

        assert told("lapsed") == [("2007-04-01", "leaver")]
        assert OptionEntry.objects.filter(kind="exercised").exists()


class TestExercises:
    def test_receipt_with_what_it_pays_in_the_transaction_of_the_notice(self, award):
        Message.objects.all().delete()
        notice = give(award, 5_000)

        (message,) = Message.objects.all()
        assert (message.kind, message.key, message.award) == ("receipt", f"receipt/{notice.pk}", award)
        assert message.data["consideration_amount"] == "6233.80"
        assert message.path == f"/exercises/{notice.pk}/"
        assert not OutboxMessage.objects.exists()  # the tick posts it

    def test_receipt_that_waits_and_then_its_price(self, award, next_close):
        Message.objects.all().delete()
        give(award, 5_000, "2007-04-02 17:00")
        next_close()
        price_waiting(now=moment("2007-04-02 18:30"))
        price_waiting(now=moment("2007-04-02 18:32"))

        receipt, priced = Message.objects.order_by("pk")
        assert (receipt.data["consideration_amount"], receipt.data["waits_for_on"]) == (None, "2007-04-02")
        assert (priced.kind, priced.data["consideration_amount"]) == ("priced", "5279.96")

    def test_replayed_form_is_told_once(self, award):
        Message.objects.all().delete()
        for _ in range(2):
            give(award, 100, key=UUID(int=1))

        assert told("receipt") == [("2007-04-02", "ada")]

    def test_receipt_of_a_paper_notice_goes_to_the_grantee_and_not_to_who_entered_it(self, award):
        Message.objects.all().delete()
        give(award, 100, on_paper=paper(), entered="2007-04-02 15:00")

        assert told("receipt") == [("2007-04-02", "ada")]

    def test_payment(self, award):
        notice = give(award, 5_000)
        rate("US", "22")
        payroll, committee = builders.person("payroll"), builders.proposer()
        settlement = settling.choose_settlement(
            notice=notice, stock_portion=Decimal(0), by=committee, now=moment("2007-04-03")
        )
        settlement = settling.provide_withholding(
            settlement=settlement, taken_from={}, by=payroll, now=moment("2007-04-03")
        )
        settlement = settling.approve_settlement(
            settlement=settlement, by=builders.approver(), now=moment("2007-04-03")
        )
        assert told("paid") == []

        settling.record_payment(settlement=settlement, reference="PAY-1", by=payroll, now=moment("2007-04-04"))

        (message,) = Message.objects.filter(kind="paid")
        # 22 % of 6,233.80 are 1,371.436, so 1,371.44: 4,862.36 are left.
        assert (message.data["net_cash_amount"], message.data["reference"]) == ("4862.36", "PAY-1")
        assert message.about_on == date(2007, 4, 4)


class TestCorrections:
    def test_told_to_whom_the_corrected_close_priced(self, only, award):
        notice = give(award, 5_000)
        corrected(notice.pricing.closes.get(series="stock", trading_day="2007-03-30"), "6.20")
        only(CORRECTIONS)

        jobs.run_due(moment("2007-05-02 05:59"))
        assert told("close_corrected") == []
        jobs.run_due(moment("2007-05-02 06:00"))
        jobs.run_due(moment("2007-05-03 06:00"))

        (message,) = Message.objects.filter(kind="close_corrected")
        assert wording.body(message).splitlines()[0] == (
            "The close of the Stock of Mar 30, 2007 was recorded as $6.10 and has been corrected to $6.20. "
            "What was promised on the former close stays as it is. The Committee sees the difference."
        )

    def test_not_told_where_the_close_was_not_used(self, only, award):
        unused = builders.close("stock", "2007-04-04", "6.00")
        give(award, 5_000)
        corrected(unused, "6.20")
        only(CORRECTIONS)

        jobs.run_due(moment("2007-05-02 06:00"))

        assert told("close_corrected") == []


class TestCost:
    """What is due and not what is stored."""

    @pytest.mark.parametrize("stored", [3, 30])
    @pytest.mark.parametrize(
        ("job", "day", "night", "queries"),
        [
            (VESTINGS, "2006-06-30", "2006-06-30 06:00", 29),
            (AHEAD, "2009-06-24", "2009-06-24 06:00", 27),
            (LAPSES, "2009-07-01", "2009-07-02 06:00", 31),
        ],
    )
    def test_awards_that_are_not_due_cost_no_query(self, stored, job, day, night, queries, django_assert_num_queries):
        builders.granted_award()
        for number in range(stored):
            builders.granted_award(builders.grantee(f"other{number}"), award_date="2006-02-02")
        jobs.run_once(SWEEP, builders.day(day), moment(night))

        with django_assert_num_queries(queries):
            jobs.run_once(job, builders.day(day), moment(night))

        assert told("vested", "lapse_ahead", "lapsed") == [(day, "ada")]

    @pytest.mark.postgresql
    def test_what_is_due_is_found_by_index_among_a_hundred_thousand(self):
        load(grantees=10_000, awards=100_000, seed=7, now=moment("2026-11-20 09:00"))
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE awards_award")
        for due, index in ((news.vesting_on, "award_"), (news.lapsing_ahead_of, "award_next_lapse")):
            plan = due(date(2026, 11, 19)).order_by("pk").values_list("pk", flat=True).explain()

            assert index in plan
            assert "Seq Scan on awards_award" not in plan
            assert "awards_award_pkey" not in plan
