"""Who is told what, once: by the actions themselves, in the transaction of what it is about."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import transaction

from awards import wording
from awards.actions import award as award_actions
from awards.actions import lapses, telling
from awards.actions.telling import Kind, News
from awards.models import Determination, Message, Representative
from tests import builders

pytestmark = pytest.mark.django_db
NOW = builders.instant("2007-04-02")


def told(username: str = "ada") -> list[tuple[str, str]]:
    rows = Message.objects.filter(recipient__username=username).order_by("pk")
    return [(row.kind, row.key) for row in rows]


def news(award, key: str = "k") -> News:
    return News(Kind.PAID, key, award, date(2007, 4, 2), {"net_cash_amount": Decimal("1E+3"), "paid_on": NOW.date()})


@pytest.fixture
def award():
    other = builders.grantee("other")
    builders.granted_award(other, options=777)
    builders.granted_award(other, options=888)
    award = builders.granted_award()
    Message.objects.all().delete()
    return award


def test_a_second_telling_changes_nothing(award):
    telling.tell([news(award)], now=NOW)
    telling.tell([news(award)], now=builders.instant("2007-04-03"))

    assert told() == [("paid", "k")]
    assert Message.objects.get().said_at == NOW
    assert told("other") == []


def test_what_is_said_is_kept_exactly(award):
    telling.tell([news(award)], now=NOW)

    message = Message.objects.get()
    assert message.data == {"net_cash_amount": "1000", "paid_on": "2007-04-02"}
    assert wording.said(message) == {"net_cash_amount": Decimal(1000), "paid_on": date(2007, 4, 2)}


def test_nothing_is_told_where_the_transaction_is_undone(award):
    with transaction.atomic():
        telling.tell([news(award)], now=NOW)
        transaction.set_rollback(True)

    assert not Message.objects.exists()


class TestToWhom:
    def test_a_guardian_and_not_the_grantee(self, award):
        builders.appointed(builders.person("guardian"), award.grantee)

        telling.tell([news(award)], now=NOW)

        assert (told("guardian"), told()) == ([("paid", "k")], [])

    @pytest.mark.parametrize(("until", "users"), [("2007-04-01", ["ada"]), ("2007-04-02", ["guardian"])])
    def test_a_guardian_to_the_last_day(self, award, until, users):
        builders.appointed(builders.person("guardian"), award.grantee, until_on=until)

        telling.tell([news(award)], now=NOW)

        assert [row.recipient.username for row in Message.objects.all()] == users

    def test_the_estate_after_a_death_and_nobody_before_it_is_appointed(self, award):
        builders.died(award.grantee, "2007-03-01")
        telling.tell([news(award, "before")], now=NOW)
        builders.appointed(
            builders.person("executor"), award.grantee, kind=Representative.Kind.ESTATE, from_on="2007-04-01"
        )

        telling.tell([news(award, "after")], now=NOW)

        assert [key for _, key in told("executor")] == ["after"]
        assert [key for _, key in told() if key in ("before", "after")] == []

    def test_the_transferee_of_that_award_alone(self, award):
        kept = builders.granted_award(award.grantee, options=10)
        heir = builders.person("heir")
        builders.appointed(heir, award.grantee, kind=Representative.Kind.TRANSFEREE, award=award)
        Message.objects.all().delete()

        telling.tell([news(award, "passed on"), news(kept, "kept")], now=NOW)

        assert (told("heir"), told()) == ([("paid", "passed on")], [("paid", "kept")])

    def test_a_grantee_without_a_sign_in_is_not_told(self, award):
        award.grantee.user = None

        assert telling.tell([news(award)], now=NOW) == 0


def test_a_letter_is_told_to_the_grantee_when_it_is_issued():
    approved = builders.approved_award(award_date="2007-04-02", options=1_000)
    assert told() == []

    award_actions.issue_letter(award=approved, by=builders.approver(), now=NOW)

    message = Message.objects.get()
    assert (message.kind, message.key, message.award) == ("letter_issued", f"letter/{approved.pk}", approved)
    assert (message.about_on, message.said_at, message.data) == (date(2007, 4, 2), NOW, {"options": 1000})
    assert message.path == f"/awards/{approved.pk}/letter/"


class TestFacts:
    """1,000 OSOs of 2005-07-01: 500 vested on 2006-06-30, 125 on 2006-09-30."""

    def test_a_leaver_is_told_the_rung_of_180_days_at_once(self, award):
        builders.ceased(award.grantee, "2006-08-03")

        (message,) = Message.objects.all()
        # 2006-08-03 and 180 days are 2007-01-30, a Tuesday.
        assert (message.kind, message.key) == ("lapse_ahead", f"ahead/{award.pk}/2007-01-30/180")
        assert (message.data["exercisable"], message.data["days_left"]) == (500, 180)
        assert message.data["last_moment_at"] == "2007-01-30T16:00:00-05:00"

    def test_a_cessation_recorded_a_day_late_finds_no_rung_that_day(self, award):
        builders.ceased(award.grantee, "2006-08-03", recorded_on="2006-08-04")

        # What had not vested lapsed the day before, and that is told.
        assert told() == [("lapsed", f"lapsed/{award.pk}/lapsed_unvested/2")]
        assert Message.objects.get().data == {"options": 500, "lapsed_on": "2006-08-03", "had_vested": False}

    def test_who_leaves_before_anything_vested_is_told_of_no_lapse_ahead(self, award):
        builders.ceased(award.grantee, "2006-06-29")

        assert told() == []

    def test_a_reversed_fact_is_told_once_whatever_the_number_of_awards(self, award):
        builders.granted_award(award.grantee, options=10)
        fact = builders.ceased(award.grantee, "2006-08-03")
        Message.objects.all().delete()

        reversal = builders.reversed_fact(fact, on="2006-08-10")

        assert told() == [("fact_reversed", f"reversed/employmentfact:{reversal.pk}")]
        message = Message.objects.get()
        assert (message.award, message.path, message.about_on) == (None, "/", date(2006, 8, 3))
        assert told("other") == []

    def test_a_reversed_determination_is_told(self, award):
        builders.ceased(award.grantee, "2006-08-03")
        cause = builders.determined(award.grantee, Determination.Kind.CAUSE, "2006-08-03", decided_on="2006-08-05")
        Message.objects.all().delete()

        builders.determined(
            award.grantee, Determination.Kind.CAUSE, "2006-08-03", decided_on="2006-08-08", reverses=cause
        )

        (message,) = Message.objects.filter(kind="fact_reversed")
        assert message.data["is_determination"]
        assert "A determination of the Committee about Ada for Aug 3, 2006 was reversed." in wording.body(message)

    def test_lapses_written_one_by_one_are_told(self, award):
        with transaction.atomic():
            lapses.bring_up_to_date(award, through=date(2009, 7, 1), now=builders.instant("2009-07-02"))

        assert told() == [("lapsed", f"lapsed/{award.pk}/lapsed_vested/2")]
        assert "1,000 vested options that were not exercised lapsed on Jul 1, 2009" in wording.body(
            Message.objects.get()
        )
