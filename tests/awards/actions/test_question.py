"""Questioning a number and answering: what is kept, what is refused, who is told, and that each happens once."""

import json
from datetime import timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from django.core import mail
from django.db import IntegrityError, transaction

from awards import questions
from awards.actions import audit, outbox, posting
from awards.actions.question import (
    MOST_OPEN,
    AlreadyAnswered,
    LineMoved,
    NothingWritten,
    NotYourAward,
    OwnQuestion,
    QuestionFormUsed,
    TooLong,
    TooManyOpen,
    answer_question,
    ask_question,
)
from awards.market.calendar import trading_calendar
from awards.models import AuditEvent, Award, Message, OutboxMessage, Question
from awards.queries import holdings
from awards.worksheet_record import as_record, differing
from tests import builders

pytestmark = pytest.mark.django_db
NOW = builders.instant("2007-04-02")


@pytest.fixture
def award() -> Award:
    """10,000 OSOs of 2006-04-01 at 5.18, and two Awards of somebody else."""
    builders.closes(builders.CLOSES_2007_04_02)
    other = builders.grantee("other")
    builders.granted_award(other, options=777)
    builders.granted_award(other, options=888)
    award = builders.granted_award(options=10_000, award_date="2006-04-01", initial_price="5.18")
    Message.objects.all().delete()
    return award


def line_of(award: Award, named: str = "step/Multiplier") -> questions.Line:
    rows = Award.objects.filter(pk=award.pk)
    (holding,) = holdings(rows, on=NOW.date(), calendar=trading_calendar(), now=NOW)
    return questions.of_holding(holding, named)


def ask(award: Award, named: str = "step/Multiplier", text: str = "Why not 4?", *, by=None, key=None, **given):
    line = given.pop("line", None) or line_of(award, named)
    return ask_question(
        award=award,
        line=line,
        text=text,
        seen=given.pop("seen", line.seen),
        form_key=key or uuid4(),
        by=by or award.grantee.user,
        now=given.pop("now", NOW),
    )


def answer(question: Question, text: str = "8.545 × 4/11 is 3.107.", *, by=None, now=NOW) -> Question:
    return answer_question(question=question, text=text, by=by or builders.person("alice"), now=now)


class TestAsking:
    def test_question_is_kept_with_number_and_worksheet(self, award):
        asked = ask(award)

        asked.refresh_from_db()
        assert (asked.kind, asked.line, asked.figure, asked.entry) == ("step", "Multiplier", "3.107", None)
        assert (asked.text, asked.asked_by, asked.asked_at) == ("Why not 4?", award.grantee.user, NOW)
        assert asked.worksheet == json.loads(json.dumps(as_record(line_of(award).worksheet)))
        assert asked.worksheet["exercise_date"] == "2007-04-02"
        assert [day for day, *_ in asked.worksheet["closes"]["window"]] == sorted(builders.CLOSES_2007_04_02)[1:]
        assert differing(asked.worksheet) == []

    @pytest.mark.parametrize(
        ("named", "figure"),
        [
            ("step/S&P Start Number", "1294.87"),
            ("step/Aggregate Percentage S&P Performance", "10.014"),
            ("step/Adjusted Price", "5.6987252"),
            ("step/Duration", "0.997"),
            ("step/Fair Market Value", "6.10"),
            ("step/Consideration per OSO", "1.2467608036"),
            ("step/Exercise Consideration", "6233.80"),
            ("close/2006-03-31", "Stock 5.18, S&P 500 1294.87"),
            ("close/2007-03-26", "Stock 6.22, S&P 500 1437.50"),
            ("entry/1", "+10000 → 10000"),
        ],
    )
    def test_number_is_exact_text(self, award, named, figure):
        assert ask(award, named).figure == figure

    def test_ledger_entry_is_named(self, award):
        asked = ask(award, "entry/1")

        assert (asked.kind, asked.line, asked.entry) == ("entry", "1", award.entries.get())

    def test_ledger_entry_is_questioned_where_nothing_can_be_valued(self, award):
        line = questions.of_entry(award, "1", None)

        assert ask(award, line=line).worksheet is None

    @pytest.mark.parametrize(
        "named",
        [
            "", "step", "step/", "step/multiplier", "close/2007-04-02", "close/2007-03-16", "entry/2", "entry/01",
            "entry/-1", "entry/9999999999", "entry/¹",
            "receipt/Received", "other/Multiplier", "step/Multiplier/",
        ],
    )  # fmt: skip
    def test_line_that_is_not_there(self, award, named):
        with pytest.raises(questions.LineNotThere):
            line_of(award, named)

    def test_words_are_kept_as_written_with_one_kind_of_line_end(self, award):
        assert ask(award, text="  One\r\n\r\n<b>two</b>\r ").text == "One\n\n<b>two</b>"

    def test_event_is_in_the_trail_of_the_question(self, award):
        asked = ask(award)

        event = AuditEvent.objects.get(subject=f"question:{asked.pk}")
        assert (event.action, event.actor, event.at) == ("asked", award.grantee.user, NOW)
        assert event.after == {
            "award": award.pk,
            "kind": "step",
            "line": "Multiplier",
            "figure": "3.107",
            "seen": line_of(award).seen,
            "question": "Why not 4?",
        }
        assert list(audit.differences()) == []

    def test_desk_is_mailed_once_with_the_worksheet(self, award, settings):
        settings.QUESTION_RECIPIENTS = ["plan@example.com", "second@example.com"]
        asked = ask(award)
        outbox.drain(now=NOW)
        outbox.drain(now=NOW + timedelta(hours=1))

        assert sorted(sent.to for sent in mail.outbox) == [["plan@example.com"], ["second@example.com"]]
        sent = mail.outbox[0]
        assert sent.subject == f"{asked.number}: a question about {award.number}"
        for said in (
            "About: Multiplier of " + award.number,
            "As it stood: 3.107",
            "Why not 4?",
            f"/admin/awards/question/{asked.pk}/change/",
            "§2.6 Exercise Consideration: $6,233.80",
            "closes from Mar 19, 2007 to Mar 30, 2007",
        ):
            assert said in sent.body

    def test_nothing_is_kept_and_nobody_told_where_the_transaction_is_undone(self, award):
        with transaction.atomic():
            ask(award)
            transaction.set_rollback(True)

        assert not Question.objects.exists()
        assert not OutboxMessage.objects.filter(key__startswith="question/").exists()


class TestRefusals:
    @pytest.mark.parametrize("text", ["", "   ", "\r\n\t"])
    def test_without_words(self, award, text):
        with pytest.raises(NothingWritten):
            ask(award, text=text)

    @pytest.mark.parametrize(("length", "is_refused"), [(1_999, False), (2_000, False), (2_001, True)])
    def test_too_long(self, award, length, is_refused):
        if is_refused:
            with pytest.raises(TooLong, match=r"^2,001 characters are too many: write at most 2,000\.$"):
                ask(award, text="x" * length)
        else:
            assert len(ask(award, text="x" * length).text) == length

    def test_line_ends_count_once(self, award):
        assert len(ask(award, text="x\r\n" * 999 + "xy").text) == 2_000

    def test_anothers_award(self, award):
        for other in Award.objects.filter(grantee__name="Other"):
            with pytest.raises(NotYourAward):
                ask(other, line=line_of(award), by=award.grantee.user)
        assert not Question.objects.exists()

    @pytest.mark.parametrize(
        ("now", "may"),
        [
            ("2007-03-31T23:59:59-04:00", False),
            ("2007-04-01T00:00:00-04:00", True),
            ("2007-04-30T23:59:59-04:00", True),
            ("2007-05-01T00:00:00-04:00", False),
        ],
    )
    def test_representative_asks_while_appointed(self, award, now, may, at):
        guardian = builders.person("guardian")
        builders.appointed(guardian, award.grantee, from_on="2007-04-01", until_on="2007-04-30")
        if may:
            assert ask(award, by=guardian, now=at(now)).asked_by == guardian
        else:
            with pytest.raises(NotYourAward):
                ask(award, by=guardian, now=at(now))

    def test_number_that_moved_since_it_was_shown(self, award):
        seen = line_of(award).seen
        line = questions.of_worksheet(line_of(award).worksheet, "step", "Duration")

        for moved in (line, questions.of_entry(award, "1", None)):
            with pytest.raises(LineMoved):
                ask(award, line=moved, seen=seen)
        assert not Question.objects.exists()

    def test_same_number_on_other_closes_has_moved_too(self, award):
        line = line_of(award, "step/S&P Start Number")
        builders.closes(builders.CLOSE_OF_2007_04_02)
        rows = Award.objects.filter(pk=award.pk)
        (holding,) = holdings(
            rows, on=builders.day("2007-04-03"), calendar=trading_calendar(), now=builders.instant("2007-04-03")
        )
        later = questions.of_holding(holding, "step/S&P Start Number")

        assert (later.figure, later.seen == line.seen) == (line.figure, False)

    def test_same_form_again_is_the_same_question(self, award):
        first, second = (ask(award, key=UUID(int=7)) for _ in range(2))

        assert first == second
        assert Question.objects.count() == 1
        assert OutboxMessage.objects.filter(key__startswith="question/").count() == 1

    def test_same_form_with_other_words(self, award):
        ask(award, key=UUID(int=7))

        with pytest.raises(QuestionFormUsed):
            ask(award, key=UUID(int=7), text="Something else")

    def test_form_of_another(self, award):
        ask(award, key=UUID(int=7))
        other = Award.objects.filter(grantee__name="Other").first()

        with pytest.raises(QuestionFormUsed):
            ask(other, line=line_of(award), key=UUID(int=7))

    def test_most_open_of_one_person(self, award):
        first, *_ = [ask(award, line=line) for line in [line_of(award)] * MOST_OPEN]
        assert MOST_OPEN == 20
        with pytest.raises(TooManyOpen, match=r"^20 questions of yours wait for an answer\."):
            ask(award)

        answer(first)
        assert ask(award).pk
        with pytest.raises(TooManyOpen):
            ask(award)

    def test_open_questions_of_another_do_not_count(self, award):
        other = builders.person("guardian")
        builders.appointed(other, award.grantee)
        for _ in range(MOST_OPEN):
            ask(award, by=other)

        assert ask(award).pk


class TestAnswering:
    def test_answer_stays_with_the_question(self, award):
        later = NOW + timedelta(hours=2)
        answered = answer(ask(award), now=later)

        answered.refresh_from_db()
        assert (answered.answer, answered.answered_by) == ("8.545 × 4/11 is 3.107.", builders.person("alice"))
        assert (answered.answered_at, answered.is_answered) == (later, True)
        events = AuditEvent.objects.filter(subject=f"question:{answered.pk}").order_by("sequence")
        assert [(row.action, row.actor.username) for row in events] == [("asked", "ada"), ("answered", "alice")]
        assert events[1].after == {"answer": "8.545 × 4/11 is 3.107."}

    def test_answered_once(self, award):
        asked = ask(award)
        answer(asked)

        with pytest.raises(AlreadyAnswered):
            answer(asked, "Another answer", by=builders.person("bob"))
        asked.refresh_from_db()
        assert asked.answer == "8.545 × 4/11 is 3.107."

    def test_not_by_who_asked(self, award):
        asked = ask(award)

        with pytest.raises(OwnQuestion):
            answer(asked, by=award.grantee.user)
        asked.refresh_from_db()
        assert not asked.is_answered

    @pytest.mark.parametrize(("text", "refusal"), [(" \n", NothingWritten), ("x" * 2_001, TooLong)])
    def test_in_words_that_are_not_too_many(self, award, text, refusal):
        with pytest.raises(refusal):
            answer(ask(award), text)

    def test_who_asked_is_told_once(self, award):
        asked = ask(award)
        answer(asked)
        with pytest.raises(AlreadyAnswered):
            answer(asked)
        outbox.drain(now=NOW)
        mail.outbox.clear()
        for _ in range(2):
            posting.post(now=NOW)
            outbox.drain(now=NOW)

        (told,) = Message.objects.all()
        assert (told.recipient, told.kind, told.key) == (award.grantee.user, "answered", f"answered/{asked.pk}")
        assert told.path == f"/awards/{award.pk}/questions/{asked.pk}/"
        (sent,) = mail.outbox
        assert sent.to == ["ada@example.com"]
        assert sent.subject == "Your question about the Award of Apr 1, 2006 is answered"
        assert "You questioned this number on Mon, Apr 2, 2007, 11:00 AM EDT: Multiplier." in sent.body
        assert "Why not 4?\n\nThe answer:\n\n8.545 × 4/11 is 3.107." in sent.body

    @pytest.mark.parametrize(("answered_on", "told"), [("2007-04-30", ["guardian"]), ("2007-05-01", [])])
    def test_representative_is_told_as_long_as_they_may_see_the_award(self, award, answered_on, told):
        guardian = builders.person("guardian")
        builders.appointed(guardian, award.grantee, from_on="2007-04-01", until_on="2007-04-30")
        asked = ask(award, by=guardian)
        answer(asked, now=builders.instant(answered_on))

        assert [row.recipient.username for row in Message.objects.filter(kind="answered")] == told
        assert asked.number in [row.number for row in Question.objects.filter(award=award, answered_at__isnull=False)]


class TestWrittenOnce:
    """The database itself: a question is answered once, and nothing else of it ever changes."""

    @pytest.mark.parametrize(
        "changed",
        [
            {"text": "another"},
            {"figure": "4.000"},
            {"worksheet": {}},
            {"asked_at": NOW - timedelta(days=1)},
            {"text": "another", "answer": "An answer", "answered_at": NOW},
        ],
    )
    def test_question_is_never_changed(self, award, changed):
        ask(award)
        given = {**changed, **({"answered_by": builders.person("alice")} if "answer" in changed else {})}

        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            Question.objects.update(**given)

    @pytest.mark.parametrize(
        "changed",
        [{"answer": "another"}, {"answer": "", "answered_by": None, "answered_at": None}, {"text": "another"}],
    )
    def test_answer_is_never_changed(self, award, changed):
        answer(ask(award))

        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            Question.objects.update(**changed)

    @pytest.mark.postgresql
    def test_question_is_never_deleted(self, award):
        ask(award)
        rows = Question.objects.all()

        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            rows._raw_delete(rows.db)


def test_questions_are_visible_with_their_award(award):
    other = Award.objects.filter(grantee__name="Other")
    for row in other:
        line = questions.of_entry(row, "1", None)
        ask(row, line=line, by=row.grantee.user)
    mine = ask(award)

    assert list(Question.objects.visible_to(award.grantee.user, NOW.date())) == [mine]
    assert Question.objects.count() == 3


def test_exact_text_loses_no_digit():
    assert [
        questions._exactly(Decimal(text), places)
        for text, places in (("6.100000", None), ("6", None), ("5.68", None), ("4.000", 3), ("-0.1234500", None))
    ] == ["6.10", "6.00", "5.68", "4.000", "-0.12345"]


def test_desk_is_told_at_an_address_of_any_length(award, settings):
    settings.QUESTION_RECIPIENTS = [f"{'d' * 60}@{'e' * 60}.example", "desk@example.com"]

    ask(award)

    told = OutboxMessage.objects.filter(key__startswith="question/").order_by("pk")
    assert [row.to for row in told] == settings.QUESTION_RECIPIENTS
    assert all(len(row.key) <= 120 for row in told)
