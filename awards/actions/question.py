"""Questioning a number, and answering: asked once with what it rests on, answered once, told once."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from awards.actions import audit, outbox, telling
from awards.actions.refusal import Refused
from awards.agreement.exercise_date import NEW_YORK
from awards.models import Award, Question
from awards.models.question import LONGEST
from awards.questions import Line
from awards.templatetags.figures import options
from awards.written import DESK

# As many questions of one person as may wait for an answer at a time.
MOST_OPEN = 20


class NotYourAward(Refused):
    """The Award is another's, or whoever asks may not act for it any more."""

    code = "not_your_award"


class NothingWritten(Refused):
    """A question or an answer without words."""

    code = "nothing_written"


class TooLong(Refused):
    """More characters than a question or an answer may have."""

    code = "too_long"


class LineMoved(Refused):
    """The number, or the worksheet that goes along, is another than the one that was shown."""

    code = "line_moved"


class TooManyOpen(Refused):
    """As many questions of the person wait for an answer as may."""

    code = "too_many_open"


class QuestionFormUsed(Refused):
    """The form asked another question before."""

    code = "question_form_used"


class AlreadyAnswered(Refused):
    """The question was answered in the meantime."""

    code = "already_answered"


class OwnQuestion(Refused):
    """Somebody would answer a question of their own."""

    code = "own_question"


@transaction.atomic
def ask_question(*, award: Award, line: Line, text: str, seen: str, form_key: UUID, by: Any, now: datetime) -> Question:
    """Question the number of a line as it was `seen`; the same form again gives the same question.

    Raises NotYourAward, NothingWritten, TooLong, QuestionFormUsed, LineMoved, TooManyOpen.
    """
    words = _written(text)
    # The person's own row is the lock: of many forms at once none goes over the most.
    User.objects.select_for_update().get(pk=by.pk)
    if not Award.objects.visible_to(by, _today(now)).filter(pk=award.pk).exists():
        raise NotYourAward(_("You may not question numbers of this Award."))
    before = Question.objects.filter(form_key=form_key).first()
    if before is not None:
        return _the_same(before, award, line, words, by)
    if seen != line.seen:
        raise LineMoved(_("The number has changed since it was shown. This is how it stands now: look, and ask again."))
    if Question.objects.open().filter(asked_by=by).count() >= MOST_OPEN:
        said = _("%(number)d questions of yours wait for an answer. Wait for one before you ask another.")
        raise TooManyOpen(said % {"number": MOST_OPEN})
    return _ask(award, line, words, form_key, by, now)


def _ask(award: Award, line: Line, words: str, form_key: UUID, by: Any, now: datetime) -> Question:
    about = {"kind": line.kind, "line": line.name, "figure": line.figure}
    question = Question.objects.create(
        award=award,
        entry=line.entry,
        worksheet=line.record,
        text=words,
        asked_by=by,
        asked_at=now,
        form_key=form_key,
        **about,
    )
    after = {"award": award.pk, **about, "seen": line.seen, "question": words}
    audit.record(actor=by, action="asked", subject=question, at=now, after=after)
    _tell_the_desk(question, line, now)
    return question


def _the_same(before: Question, award: Award, line: Line, words: str, by: Any) -> Question:
    asked = (before.asked_by_id, before.award_id, before.kind, before.line, before.text)
    if asked != (by.pk, award.pk, line.kind, line.name, words):
        raise QuestionFormUsed(_("This form asked a question already. Start again for another one."))
    return before


def _tell_the_desk(question: Question, line: Line, now: datetime) -> None:
    """One mail for each address of the desk, in the desk's language whatever the asker's is."""
    address = settings.PORTAL_URL + reverse("admin:awards_question_change", args=[question.pk])
    context = {"question": question, "worksheet": line.worksheet, "step": line.step, "address": address}
    with override(DESK):
        body = render_to_string("admin/awards/question/mail.txt", context).strip() + "\n"
    for each, recipient in enumerate(settings.QUESTION_RECIPIENTS):
        outbox.queue(
            key=f"question/{question.pk}/{each}",
            to=recipient,
            subject=f"{question.number}: a question about {question.award.number}",
            body=body,
            now=now,
        )


@transaction.atomic
def answer_question(*, question: Question, text: str, by: Any, now: datetime) -> Question:
    """Answer, and tell whoever asked. Raises NothingWritten, TooLong, AlreadyAnswered, OwnQuestion."""
    words = _written(text)
    held = Question.objects.select_for_update().get(pk=question.pk)
    if held.is_answered:
        raise AlreadyAnswered(f"{held.number} was answered already.")
    if held.asked_by_id == by.pk:
        raise OwnQuestion("Nobody answers a question of their own. Ask a colleague.")
    held.answer, held.answered_by, held.answered_at = words, by, now
    held.save(update_fields=["answer", "answered_by", "answered_at"])
    audit.record(actor=by, action="answered", subject=held, at=now, after={"answer": words})
    telling.tell_answered(held, now=now)
    return held


def _written(text: str) -> str:
    """The words, with line ends as one character however the browser sent them."""
    words = "\n".join(text.strip().splitlines())
    if not words:
        raise NothingWritten(_("Nothing is written: say it in words."))
    if len(words) > LONGEST:
        said = _("%(length)s characters are too many: write at most %(most)s.")
        raise TooLong(said % {"length": options(len(words)), "most": options(LONGEST)})
    return words


def _today(now: datetime) -> date:
    return now.astimezone(NEW_YORK).date()
