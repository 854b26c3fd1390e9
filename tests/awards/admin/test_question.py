"""The desk's pages of questions: open ones first, the worksheet beside them, and an answer that is reviewed first."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from awards.models import Award, Message, Question
from awards.worksheet_record import as_record
from tests import builders
from tests.awards.actions.test_question import answer, ask, line_of
from tests.awards.admin.people import at_the_desk, signed_in

pytestmark = pytest.mark.django_db
XSS = "<script>alert(1)</script>"


@pytest.fixture(autouse=True)
def today(at) -> None:
    at("2007-04-02T12:00-04:00")


@pytest.fixture
def award() -> Award:
    builders.closes(builders.CLOSES_2007_04_02)
    return builders.granted_award(options=10_000, award_date="2006-04-01", initial_price="5.18")


@pytest.fixture
def desk(award: Award) -> Client:
    return signed_in(at_the_desk()["plan"])


def page(step: str, question: Question) -> str:
    return reverse(f"admin:awards_question_{step}", args=[question.pk])


def text_of(response) -> str:
    assert response.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_list_has_the_longest_waiting_first_and_the_answered_last(desk, award):
    asked = [ask(award, now=builders.instant("2007-04-02", f"1{hour}:00")) for hour in (1, 0, 2, 3)]
    for question, hour in ((asked[3], "14:00"), (asked[0], "15:00")):
        answer(question, now=builders.instant("2007-04-02", hour))

    rows = desk.get(reverse("admin:awards_question_changelist")).context["cl"].result_list

    assert [row.pk for row in rows] == [asked[number].pk for number in (1, 2, 0, 3)]


@pytest.mark.parametrize(("state", "expected"), [("open", [1]), ("answered", [0]), ("", [1, 0]), ("other", [1, 0])])
def test_list_by_state(desk, award, state, expected):
    asked = [ask(award), ask(award)]
    answer(asked[0])

    rows = desk.get(reverse("admin:awards_question_changelist"), {"state": state}).context["cl"].result_list

    assert [row.pk for row in rows] == [asked[number].pk for number in expected]


def test_page_shows_words_number_and_worksheet(desk, award):
    shown = text_of(desk.get(page("change", ask(award, text="Why not 4?"))))

    for said in (
        "Why not 4?", "3.107", "§2.6 Exercise Consideration", "$6,233.80", "To be answered",
        "on the closes from Mar 19, 2007 to Mar 30, 2007",
        "Computed again from the record: every figure is as it was shown.",
    ):  # fmt: skip
        assert said in shown


def test_page_says_where_a_record_differs(desk, award):
    line = line_of(award)
    record = {**as_record(line.worksheet), "multiplier": "4.000"}
    changed = Question.objects.create(
        award=award, kind="step", line="Multiplier", figure="4.000", worksheet=record, text="Why?",
        asked_by=award.grantee.user, asked_at=builders.instant("2007-04-02"), form_key="0" * 32,
    )  # fmt: skip

    assert "The record says differently from its own recomputation: multiplier." in text_of(
        desk.get(page("change", changed))
    )


def test_answer_is_reviewed_then_given(desk, award):
    asked = ask(award, text="Why not 4?")
    address = page("answer", asked)

    assert "$6,233.80" in text_of(desk.get(address))
    review = text_of(desk.post(address, {"text": "8.545 × 4/11."}))
    assert "What will be recorded Answer 8.545 × 4/11." in review
    asked.refresh_from_db()
    assert (asked.is_answered, Message.objects.filter(kind="answered").exists()) == (False, False)

    done = desk.post(address, {"text": "8.545 × 4/11.", "_confirm": "yes"}, follow=True)

    asked.refresh_from_db()
    assert done.redirect_chain == [(page("change", asked), 302)]
    assert f"{asked.number} is answered." in text_of(done)
    assert (asked.answer, asked.answered_by.username) == ("8.545 × 4/11.", "plan")
    assert Message.objects.get(kind="answered").recipient == award.grantee.user


@pytest.mark.parametrize(("text", "said"), [("x" * 2_001, "2,001 characters are too many"), (" ", "This field is req")])
def test_answer_that_is_refused(desk, award, text, said):
    asked = ask(award)

    shown = text_of(desk.post(page("answer", asked), {"text": text, "_confirm": "yes"}))

    assert said in shown
    assert "Nothing was written." in shown
    asked.refresh_from_db()
    assert not asked.is_answered


def test_second_answer_is_refused(desk, award):
    asked = answer(ask(award))
    address = page("answer", asked)

    assert "This is answered already." in text_of(desk.get(address))
    assert f"{asked.number} was answered already." in text_of(desk.post(address, {"text": "No.", "_confirm": "yes"}))
    asked.refresh_from_db()
    assert asked.answer == "8.545 × 4/11 is 3.107."


def test_who_asked_does_not_answer_at_the_desk(desk, award):
    mine = ask(award, by=_appointed_plan(award))

    assert "You asked this; another person answers it." in text_of(desk.get(page("answer", mine)))
    refused = text_of(desk.post(page("answer", mine), {"text": "So.", "_confirm": "yes"}))
    assert "Nobody answers a question of their own." in refused


def _appointed_plan(award: Award):
    plan = builders.person("plan")
    builders.appointed(plan, award.grantee)
    return plan


def test_words_are_escaped_on_every_page_of_the_desk(desk, award):
    asked = ask(award, text=XSS)
    for address in (page("change", asked), page("answer", asked), page("history", asked)):
        html = desk.get(address).content.decode()
        assert XSS not in html
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html


@pytest.mark.parametrize(("role", "sees"), [("auditor", 200), ("payroll", 403), ("staff", 403)])
def test_who_reads_questions(award, role, sees):
    asked = ask(award)
    reader = signed_in(at_the_desk()[role])

    assert reader.get(page("change", asked)).status_code == sees
    assert reader.get(reverse("admin:awards_question_changelist")).status_code == sees
