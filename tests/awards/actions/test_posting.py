"""From messages to mail: once each, as text and as HTML, where it is wanted or needed."""

import re
from datetime import timedelta

import pytest
from django.core import mail

from awards import wording
from awards.actions import outbox, posting
from awards.models import Award, Message, OutboxMessage, Preferences
from tests import builders

pytestmark = pytest.mark.django_db
NOW = builders.instant("2007-04-02")
AMOUNT = re.compile(r"[$]|\d,\d{3}|\d\.\d")

OF_EXERCISE = {"notice": 7, "number": "EX-000007", "options": 5000, "exercise_on": "2007-04-02"}
UNTIL = {
    "exercisable": 5000,
    "lapses_on": "2010-04-01",
    "clause": "§4.2(a)",
    "last_moment_at": "2010-04-01T16:00:00-04:00",
    "is_accepted": True,
}
SAID = {
    "letter_issued": {"options": 10_000},
    "vested": {"options": 5000, "vested_on": "2007-03-31", **UNTIL},
    "lapse_ahead": {
        "rung": 30, "due_on": "2010-03-02", "days_left": 30, "value_amount": "6233.80", "closes_on": "2010-03-01",
        "exercise_on": "2010-03-02", **UNTIL,
    },
    "lapsed": {"options": 5000, "lapsed_on": "2010-04-01", "had_vested": True},
    "receipt": {**OF_EXERCISE, "received_at": "2007-04-02T15:00:00+00:00", "consideration_amount": "6233.80"},
    "priced": {**OF_EXERCISE, "consideration_amount": "6233.80"},
    "paid": {**OF_EXERCISE, "net_cash_amount": "4862.36", "net_shares": 0, "reference": "PAY-1"},
    "close_corrected": {
        **OF_EXERCISE, "series": "stock", "trading_on": "2007-03-30", "was_amount": "6.10", "is_amount": "6.20",
        "consideration_amount": "6233.80",
    },
    "fact_reversed": {
        "grantee": "Ada", "is_determination": False, "fact": "ceased", "occurred_on": "2006-08-03"
    },
    "answered": {
        "question": 7, "line_kind": "close", "line": "2007-03-30", "asked_at": "2007-04-02T15:00:00+00:00",
        "text": "Why 6.10?", "answer": "It closed there.",
    },
}  # fmt: skip
ALWAYS = ["letter_issued", "receipt", "close_corrected", "fact_reversed", "answered"]


@pytest.fixture
def award() -> Award:
    award = builders.granted_award(options=10_000, award_date="2006-04-01", initial_price="5.18")
    Message.objects.all().delete()
    return award


def message(award: Award, kind: str, key: str = "", **changed) -> Message:
    return Message.objects.create(
        recipient=award.grantee.user,
        kind=kind,
        key=key or kind,
        award=None if kind == "fact_reversed" else award,
        about_on=NOW.date(),
        data={**SAID[kind], **changed},
        said_at=NOW,
    )


def test_every_kind_has_its_words():
    assert list(SAID) == Message.Kind.values


@pytest.mark.parametrize("kind", SAID)
def test_mail_is_text_and_html_names_the_zone_and_what_governs(award, kind):
    message(award, kind)
    posting.post(now=NOW)
    outbox.drain(now=NOW)

    (sent,) = mail.outbox
    ((html, kind_of_html),) = sent.alternatives
    assert (sent.to, kind_of_html) == (["ada@example.com"], "text/html")
    assert sent.message().get_content_type() == "multipart/alternative"
    assert sent.extra_headers["Auto-Submitted"] == "auto-generated"
    for text in (sent.body, html):
        assert "The Master Award Agreement and the Plan govern" in text
        assert "Times are New York time." in text
        assert "/preferences/" in text
    assert "\n\n\n" not in sent.body


@pytest.mark.parametrize("kind", SAID)
def test_subject_holds_no_amount_and_is_one_line(award, kind):
    subject = wording.subject(message(award, kind))

    # A date has a comma and a number an underscore: what is left are amounts.
    bare = re.sub(r"[A-Z][a-z]{2} \d+, \d{4}|EX-\d+", "", subject)
    assert subject
    assert "\n" not in subject
    assert AMOUNT.search(bare) is None


def test_lapse_ahead_says_last_moment_value_and_days(award):
    told = message(award, "lapse_ahead")

    assert wording.subject(told) == "30 days until options of the Award of Apr 1, 2006 lapse"
    assert wording.body(told).splitlines() == [
        "5,000 vested options lapse on Apr 1, 2010 (§4.2(a)). What is not exercised by the last moment is gone.",
        "",
        "Last moment to exercise: Thu, Apr 1, 2010, 4:00 PM EDT",
        "What all of them would pay as of Mon, Apr 2, 2007, 11:00 AM EDT: $6,233.80 before taxes, "
        "on the closes up to Mar 1, 2010",
        f"Award: {award.number} of Apr 1, 2006",
    ]


def test_lapse_ahead_that_is_late_says_so_with_the_days_that_are_left(award):
    told = message(award, "lapse_ahead", days_left=1, rung=3, due_on="2010-03-29")

    assert wording.subject(told) == "1 day until options of the Award of Apr 1, 2006 lapse"
    assert "This reminder was due on Mar 29, 2010 and comes late." in wording.body(told)


def test_lapse_ahead_on_the_day_itself_says_today(award):
    assert wording.subject(message(award, "lapse_ahead", days_left=0, rung=1)).endswith("lapse today")


def test_who_acts_for_another_reads_whose_award_it_is(award):
    builders.person("guardian")
    told = message(award, "lapsed")
    told.recipient = builders.person("guardian")

    assert wording.body(told).endswith(f"Award: {award.number} of Apr 1, 2006, held by Ada")


def test_names_are_escaped_in_html_and_plain_in_text(award):
    award.grantee.name = "<b>O'Rourke & Sons</b>"
    award.grantee.save()
    told = message(award, "lapsed")
    told.recipient = builders.person("guardian")

    sent = wording.mail(told)

    assert "held by <b>O'Rourke & Sons</b>" in sent.body
    assert "held by &lt;b&gt;O&#x27;Rourke &amp; Sons&lt;/b&gt;" in sent.html


class TestOnce:
    def test_posted_once_however_often_it_is_asked_for(self, award):
        message(award, "receipt")

        assert [posting.post(now=NOW), posting.post(now=NOW)] == [1, 0]
        assert OutboxMessage.objects.get().key == f"message/{Message.objects.get().pk}"

    def test_posted_once_where_the_mark_was_lost(self, award):
        message(award, "receipt")
        posting.post(now=NOW)
        Message.objects.update(posted_at=None)  # as from a backup

        posting.post(now=NOW)

        assert OutboxMessage.objects.count() == 1

    def test_what_cannot_be_put_into_words_holds_up_nothing_else(self, award, caplog):
        broken = message(award, "receipt", "broken", received_at="not an instant")
        message(award, "receipt", "whole")

        posting.post(now=NOW)

        assert [row.key for row in Message.objects.filter(posted_at=None)] == ["broken"]
        assert OutboxMessage.objects.count() == 1
        assert f"message {broken.pk} cannot be put into words" in caplog.text


class TestPreferences:
    @pytest.mark.parametrize("kind", SAID)
    def test_what_must_be_sent_is_sent_whatever_is_wanted(self, award, kind):
        nothing = dict.fromkeys(("vested", "lapse_ahead", "lapsed", "priced", "paid"), False)
        Preferences.objects.create(user=award.grantee.user, **{f"mail_{name}": no for name, no in nothing.items()})
        message(award, kind)

        posting.post(now=NOW)

        assert OutboxMessage.objects.exists() == (kind in ALWAYS)
        assert Message.objects.get().posted_at == NOW

    @pytest.mark.parametrize(("rung", "sent"), [(180, 0), (90, 0), (60, 0), (30, 0), (14, 0), (7, 1), (3, 1), (1, 1)])
    def test_the_last_reminders_are_sent_always(self, award, rung, sent):
        Preferences.objects.create(user=award.grantee.user, mail_lapse_ahead=False)
        message(award, "lapse_ahead", rung=rung)

        posting.post(now=NOW)

        assert OutboxMessage.objects.count() == sent

    @pytest.mark.parametrize("kind", ["vested", "lapse_ahead", "lapsed", "priced", "paid"])
    def test_one_kind_alone_may_be_left_out(self, award, kind):
        Preferences.objects.create(user=award.grantee.user, **{f"mail_{kind}": False})
        for each in ("vested", "lapse_ahead", "lapsed", "priced", "paid"):
            message(award, each)

        posting.post(now=NOW)

        assert OutboxMessage.objects.count() == 4

    @pytest.mark.parametrize("changed", [{"email": ""}, {"is_active": False}])
    def test_without_an_address_or_an_account_there_is_no_mail(self, award, changed):
        user = award.grantee.user
        for name, value in changed.items():
            setattr(user, name, value)
        user.save()
        message(award, "receipt")

        posting.post(now=NOW)

        assert not OutboxMessage.objects.exists()
        assert Message.objects.get().posted_at == NOW


def test_what_somebody_waits_for_goes_out_before_the_many_of_a_night(award):
    for kind in ("vested", "lapsed", "lapse_ahead", "receipt"):
        message(award, kind)
    message(award, "lapse_ahead", "tomorrow", rung=1, days_left=1)
    posting.post(now=NOW)

    outbox.drain(now=NOW, most=2)
    assert sorted(sent.subject for sent in mail.outbox) == [
        "1 day until options of the Award of Apr 1, 2006 lapse", "Receipt of exercise EX-000007"
    ]  # fmt: skip

    outbox.drain(now=NOW + timedelta(minutes=2))
    assert len(mail.outbox) == 5


@pytest.mark.parametrize("count", [1, 3])
def test_posting_asks_the_database_the_same_at_any_number(award, count, django_assert_num_queries):
    for number in range(count):
        message(award, "receipt", f"receipt/{number}")

    # Savepoint, the batch, its mail, its mark, and the end of the savepoint; then a batch with nothing in it.
    with django_assert_num_queries(8):
        posting.post(now=NOW)
