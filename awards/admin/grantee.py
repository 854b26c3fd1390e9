"""Grantees, and what befalls them: each fact, determination and appointment has its own page from here."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from awards.actions.employment import propose_determination, record_fact
from awards.actions.grantee import change_grantee, record_grantee
from awards.actions.representative import propose_representative
from awards.admin import leaving
from awards.admin.confirm import Confirm
from awards.admin.forms import (
    DayInput,
    ProposeDeterminationForm,
    ProposeRepresentativeForm,
    RecordFactForm,
    SignInField,
)
from awards.admin.people import HELP, by_grantee
from awards.admin.records import RecordAdmin, section, shown
from awards.admin.refusals import REFUSALS, reason_of
from awards.facts import determinations_in_force, facts_in_force
from awards.market.long_list import EachValueFilter
from awards.models import Determination, EmploymentFact, Grantee, OptionEntry, Representative
from awards.templatetags.figures import day, options
from config import clock


def entries_after(grantee: Grantee, before: int) -> list[tuple[str, str]]:
    """What was written into the ledgers of a Grantee's Awards after the entry numbered `before`."""
    written = OptionEntry.objects.filter(award__grantee=grantee, pk__gt=before).select_related("award").order_by("pk")
    return [
        (entry.award.number, f"{entry.get_kind_display()}: {options(entry.options)} OSOs on {day(entry.effective_on)}")
        for entry in written
    ] or [("Ledgers", "Nothing is written today.")]


def newest_entry() -> int:
    newest: int | None = OptionEntry.objects.order_by("-pk").values_list("pk", flat=True).first()
    return newest or 0


class OfGrantee(Confirm):
    """A decision about one Grantee, with what they hold."""

    def facts(self, row: Grantee, now: datetime) -> Sequence[tuple[str, Any]]:
        held = [f"{award.number}: {options(award.outstanding)} OSOs" for award in row.awards.outstanding()]
        return [
            ("Grantee", row),
            ("Hired on", day(row.hired_on)),
            ("Outstanding", "; ".join(held) or "Nothing"),
        ]


class RecordFact(OfGrantee):
    slug = "record-fact"
    title = "Record an employment fact"
    permission = "awards.add_employmentfact"
    form_class = RecordFactForm
    has_review = True
    button = "Record the fact"

    def effects(self, row: Grantee, now: datetime) -> Sequence[str]:
        return [
            "Every Award of the Grantee follows the fact from its day, whenever it is recorded.",
            "A fact is never edited: a mistake is reversed by another row.",
        ]

    def act(self, row: Grantee, *, by: Any, now: datetime, **data: Any) -> tuple[EmploymentFact, int]:
        before = newest_entry()
        return record_fact(grantee=row, recorded_by=by, now=now, **data), before

    def outcome(self, row: Grantee, result: tuple[EmploymentFact, int]) -> Sequence[tuple[str, Any]]:
        fact, before = result
        return [
            ("Fact", fact.get_kind_display()),
            ("On", day(fact.occurred_on)),
            *([("Reason", fact.get_reason_display())] if fact.reason else []),
            *([("Moved to", fact.employer)] if fact.employer else []),
            ("Evidence", fact.evidence),
            *leaving.of_recorded(fact),
            *entries_after(row, before),
        ]

    def done(self, row: Grantee, result: tuple[EmploymentFact, int]) -> str:
        return f"Recorded: {result[0]}."


class ProposeDetermination(OfGrantee):
    slug = "propose-determination"
    title = "Propose a determination"
    permission = "awards.propose_determination"
    form_class = ProposeDeterminationForm

    def effects(self, row: Grantee, now: datetime) -> Sequence[str]:
        return ["Nothing follows from it until another person approves it."]

    def act(self, row: Grantee, *, by: Any, now: datetime, **data: Any) -> Determination:
        return propose_determination(grantee=row, by=by, now=now, **data)

    def done(self, row: Grantee, result: Determination) -> str:
        return f"Proposed: {result}. Another person approves it."


class ProposeRepresentative(OfGrantee):
    slug = "propose-representative"
    title = "Propose a representative"
    permission = "awards.propose_representative"
    form_class = ProposeRepresentativeForm

    def form_arguments(self, row: Grantee, user: Any, now: datetime) -> dict[str, Any]:
        return {"grantee": row}

    def effects(self, row: Grantee, now: datetime) -> Sequence[str]:
        return [
            "Once another person approves it, they see the Award and can give notice of exercise for it (§2.5, §5).",
            "They sign in as themselves.",
        ]

    def act(self, row: Grantee, *, by: Any, now: datetime, **data: Any) -> Representative:
        return propose_representative(grantee=row, by=by, now=now, **data)

    def done(self, row: Grantee, result: Representative) -> str:
        return f"Proposed: {result}. Another person approves it."


class GranteeForm(forms.ModelForm):
    user = SignInField(label="Sign-in", required=False, help_text="The e-mail address they sign in with.")

    class Meta:
        model = Grantee
        fields = ("name", "employee_number", "user", "hired_on", "jurisdiction")
        widgets = {"hired_on": DayInput}


@admin.register(Grantee)
class GranteeAdmin(RecordAdmin):
    decisions = (RecordFact, ProposeDetermination, ProposeRepresentative)
    change_form_template = "admin/awards/grantee/record.html"
    form = GranteeForm
    list_display = (
        "name",
        "employee_number",
        shown("hired_on", day, "Hired on"),
        "jurisdiction",
        shown("user__email", lambda email: email or "None yet", "Sign-in"),
    )
    list_select_related = ("user",)
    list_filter = (("jurisdiction", EachValueFilter), ("user", admin.EmptyFieldListFilter))
    finders = (by_grantee("pk"),)
    search_help_text = HELP
    ordering = ("name", "pk")
    fieldsets = (
        section(None, "name", "employee_number", "hired_on", "jurisdiction"),
        section("Sign-in", "user"),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("awards.add_grantee"))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm("awards.change_grantee"))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ()

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return super().changelist_view(request, {"add_label": "Record a Grantee", **(extra_context or {})})

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        return self.changeform_view(request, None, form_url, {"title": "Record a Grantee", **(extra_context or {})})

    def changeform_view(
        self, request: HttpRequest, object_id: Any = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except REFUSALS as refusal:
            messages.error(request, reason_of(refusal))
            return HttpResponseRedirect(request.get_full_path())

    def save_model(self, request: HttpRequest, obj: Grantee, form: Any, change: bool) -> None:
        now = clock.now()
        if change:
            changes = {name: form.cleaned_data[name] for name in form.changed_data}
            change_grantee(grantee=obj, changes=changes, by=request.user, now=now)
        else:
            obj.pk = record_grantee(by=request.user, now=now, **form.cleaned_data).pk

    def panels(self, request: HttpRequest, row: Grantee) -> dict[str, Any]:
        return {
            "awards_held": row.awards.order_by("-award_date", "-pk"),
            "facts_on_record": _with_standing(row.employment_facts.order_by("occurred_on", "pk"), facts_in_force(row)),
            "determinations": _with_standing(
                row.determinations.order_by("occurred_on", "pk"), determinations_in_force(row)
            ),
            "representatives": row.representatives.select_related("user", "award").order_by("from_on", "pk"),
            "acceptances": row.acceptances.select_related("master_agreement").defer("master_agreement__document"),
        }


def _with_standing(rows: QuerySet[Any], in_force: Sequence[Any]) -> list[tuple[Any, bool]]:
    kept = {row.pk for row in in_force}
    return [(row, row.pk in kept) for row in rows]
