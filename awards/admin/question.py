"""Questions about numbers: open ones first, each with the worksheet it was asked from, and answered once."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import F
from django.http import HttpRequest

from awards.actions.question import answer_question
from awards.admin.confirm import Confirm
from awards.admin.forms import lines
from awards.admin.people import by_account
from awards.admin.records import RecordAdmin, person, section, shown
from awards.admin.trail import full_name
from awards.market.finding import by_number
from awards.models import Question
from awards.models.question import LONGEST
from awards.templatetags.figures import instant, minute
from awards.templatetags.questions import figure_words, line_words
from awards.worksheet_record import differing, recompute


class StateFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("open", "To be answered"), ("answered", "Answered")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        kept = {"open": queryset.open, "answered": lambda: queryset.filter(answered_at__isnull=False)}
        return kept.get(self.value() or "", queryset.all)()


class AnswerForm(forms.Form):
    text = lines("Answer", f"The person who asked is told, and it stays with the Award. Up to {LONGEST:,} characters.")


class AnswerQuestion(Confirm):
    slug = "answer"
    title = "Answer the question"
    permission = "awards.answer_question"
    form_class = AnswerForm
    template = "admin/awards/question/answer.html"
    has_review = True

    def is_open(self, row: Question) -> bool:
        return not row.is_answered

    def obstacle(self, row: Question, user: Any) -> str:
        if row.is_answered:
            return "This is answered already."
        return "You asked this; another person answers it." if row.asked_by_id == user.pk else ""

    def facts(self, row: Question, now: datetime) -> Sequence[tuple[str, Any]]:
        return [
            ("Award", row.award),
            ("Grantee", row.award.grantee),
            ("Asked by", f"{full_name(row.asked_by)}, {minute(row.asked_at)}"),
            ("About", about(row)),
            ("As it stood", as_it_stood(row)),
            ("Question", row.text),
        ]

    def effects(self, row: Question, now: datetime) -> Sequence[str]:
        return [
            "The answer is shown with the Award to everybody who may see it, with your name and this instant.",
            f"{full_name(row.asked_by)} is told in the inbox and by e-mail, while they may see the Award.",
            "It cannot be changed or taken back.",
        ]

    def act(self, row: Question, *, by: Any, now: datetime, **data: Any) -> Question:
        return answer_question(question=row, by=by, now=now, **data)

    def page(self, request: HttpRequest, row: Question, *given: Any, **named: Any) -> Any:
        response: Any = super().page(request, row, *given, **named)
        response.context_data |= attached_to(row)
        return response

    def outcome(self, row: Question, result: Question) -> Sequence[tuple[str, Any]]:
        return [("Answer", result.answer)]

    def done(self, row: Question, result: Question) -> str:
        return f"{result.number} is answered."


@admin.display(description="About")
def about(question: Question) -> str:
    return line_words(question.kind, question.line)


@admin.display(description="As it stood")
def as_it_stood(question: Question) -> str:
    return figure_words(question.kind, question.line, question.figure)


@admin.display(description="State")
def state(question: Question) -> str:
    return "Answered" if question.is_answered else "To be answered"


@admin.register(Question)
class QuestionAdmin(RecordAdmin):
    decisions = (AnswerQuestion,)
    change_form_template = "admin/awards/question/record.html"

    list_display = (
        shown("number", str, "Question", ordering="pk"),
        state,
        "award",
        about,
        as_it_stood,
        person("asked_by"),
        shown("asked_at", minute),
    )
    list_select_related = ("award", "asked_by")
    list_filter = (StateFilter,)
    finders = (by_number("Q", is_bare=False), by_number("A", "award"), by_account("asked_by"))
    search_help_text = (
        "A question's or an Award's number such as Q-000012 or A-000012, or the name or e-mail address of who asked"
    )
    # Open ones first, the longest waiting on top; then the answered, newest first.
    ordering = (F("answered_at").desc(nulls_first=True), "asked_at", "pk")
    fieldsets = (
        section(None, "award", about, as_it_stood, "entry", "text"),
        section("Answer", state, "answer", person("answered_by"), shown("answered_at", instant)),
        section("Audit", person("asked_by"), shown("asked_at", instant)),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        rows = super().get_queryset(request)
        return rows.select_related("award__grantee", "entry", "asked_by", "answered_by")

    def panels(self, request: HttpRequest, row: Question) -> dict[str, Any]:
        return attached_to(row)


def attached_to(question: Question) -> dict[str, Any]:
    """The worksheet that went along, computed again, and what its record says differently."""
    if not question.worksheet:
        return {"worksheet": None}
    return {"worksheet": recompute(question.worksheet), "differing": differing(question.worksheet)}
