"""A decision's own page: GET shows what will happen, POST does it by calling one action."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.contrib.admin.helpers import AdminForm
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse

from awards.actions import decisions
from awards.admin.refusals import REFUSALS, reason_of
from config import clock


class Confirm(ABC):
    """One decision. A subclass names its permission and its form, says what will happen, and calls its action.

    Nothing here decides: the action refuses what is not allowed, whatever the page showed.
    """

    slug: ClassVar[str]
    title: ClassVar[str]
    permission: ClassVar[str]
    form_class: ClassVar[type[forms.Form]] = forms.Form
    template: ClassVar[str] = "admin/confirm.html"
    # The button of the page, where the title is too long for one.
    button: ClassVar[str] = ""
    # Cannot be taken back, or takes something away: the button says so by its colour.
    is_grave: ClassVar[bool] = False
    # The first POST rehearses the action and shows what came of it; a second one confirms.
    has_review: ClassVar[bool] = False

    def __init__(self, desk: ModelAdmin) -> None:
        self.desk = desk

    def is_permitted(self, user: Any, row: Any) -> bool:
        return bool(user.has_perm(self.permission))

    def is_open(self, row: Any) -> bool:
        """Whether this is a step that the row waits for."""
        return True

    def obstacle(self, row: Any, user: Any) -> str:
        """Why this very person cannot take the decision, or why it cannot be taken now; empty when it can."""
        return "" if self.is_open(row) else f"{row} does not wait for this."

    def effects(self, row: Any, now: datetime) -> Sequence[str]:
        """What will happen, in sentences."""
        return ()

    def facts(self, row: Any, now: datetime) -> Sequence[tuple[str, Any]]:
        """What the decision is about, as labels and values."""
        return ()

    def form_arguments(self, row: Any, user: Any, now: datetime) -> dict[str, Any]:
        return {}

    @abstractmethod
    def act(self, row: Any, *, by: Any, now: datetime, **data: Any) -> Any:
        """Call the action with the form's data. Returns what it made."""

    def outcome(self, row: Any, result: Any) -> Sequence[tuple[str, Any]]:
        """What a rehearsal came to, for the review."""
        return ()

    def done(self, row: Any, result: Any) -> str:
        """What the message after it says."""
        return f"{self.title}: done."

    def address_after(self, row: Any, result: Any) -> str:
        """Where the person goes on: the row's page, or that of what was made."""
        return self.desk_address(row if row is not None else result)

    def desk_address(self, row: Any) -> str:
        return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])

    def button_for(self, user: Any, row: Any) -> dict[str, Any]:
        name = f"admin:{self.desk.url_name(type(self))}"  # type: ignore[attr-defined]
        address = reverse(name, args=[row.pk] if row is not None else [])
        obstacle = self.obstacle(row, user) if row is not None else ""
        return {"label": self.title, "address": address, "obstacle": obstacle, "is_grave": self.is_grave}

    def view(self, request: HttpRequest, object_id: int | None = None) -> HttpResponse:
        now = clock.now()
        row = None if object_id is None else get_object_or_404(self.desk.get_queryset(request), pk=object_id)
        if not self.is_permitted(request.user, row):
            raise PermissionDenied
        form = self._form(request, row, now)
        if request.method == "POST":
            answer = self.posted(request, row, form, now)
            if answer is not None:
                return answer
        return self.page(request, row, form, now)

    def _form(self, request: HttpRequest, row: Any, now: datetime) -> forms.Form:
        given = self.form_arguments(row, request.user, now)
        # A link from a record's page fills in what it is about.
        asked = {name: request.GET[name] for name in self.form_class.base_fields if name in request.GET}
        given["initial"] = {**given.get("initial", {}), **asked}
        # A form without fields is bound by its POST all the same: what refuses it needs a place to say so.
        data = (request.POST, request.FILES) if request.method == "POST" else ()
        return self.form_class(*data, **given)

    def posted(self, request: HttpRequest, row: Any, form: forms.Form, now: datetime) -> HttpResponse | None:
        """Review, confirm, or None where the page is shown again with what is wrong."""
        if "_edit" in request.POST or not form.is_valid():
            return None
        try:
            if self.has_review and "_confirm" not in request.POST:
                return self.page(request, row, form, now, review=self._rehearse(request, row, form, now))
            result = self.act(row, by=request.user, now=now, **form.cleaned_data)
        except REFUSALS as refusal:
            form.add_error(None, reason_of(refusal))
            return None
        messages.success(request, self.done(row, result))
        return HttpResponseRedirect(self.address_after(row, result))

    def _rehearse(self, request: HttpRequest, row: Any, form: forms.Form, now: datetime) -> list[tuple[str, Any]]:
        """What the action would do, by doing it and taking it back: the review shows what the action itself says."""
        with transaction.atomic():
            result = self.act(row, by=request.user, now=now, **form.cleaned_data)
            review = list(self.outcome(row, result))
            transaction.set_rollback(True)
        return review

    def page(
        self, request: HttpRequest, row: Any, form: forms.Form, now: datetime, review: Sequence[Any] | None = None
    ) -> HttpResponse:
        context = {
            **self.desk.admin_site.each_context(request),
            "title": self.title,
            "subtitle": None,
            "opts": self.desk.opts,
            "original": row,
            "confirm": self,
            "submit": self.button or self.title,
            "form": form,
            "adminform": AdminForm(form, [(None, {"fields": list(form.fields)})], {}),  # type: ignore[arg-type]
            "media": self.desk.media + form.media,
            "effects": self.effects(row, now),
            "facts": self.facts(row, now),
            "obstacle": self.obstacle(row, request.user) if row is not None else "",
            "review": review,
        }
        return TemplateResponse(request, self.template, context)


class Approve(Confirm):
    """Approves what another proposed."""

    slug = "approve"

    def is_open(self, row: Any) -> bool:
        return bool(row.is_undecided)

    def obstacle(self, row: Any, user: Any) -> str:
        if not row.is_undecided:
            return f"This is {row.decision} already."
        return "You proposed this; another person approves it." if row.proposed_by_id == user.pk else ""


class ReasonForm(forms.Form):
    reason = forms.CharField(widget=forms.Textarea(attrs={"rows": 3, "cols": 60}), max_length=2000)


class Reject(Confirm):
    """Rejects a proposal with its reason; whoever proposed it may withdraw it the same way."""

    slug = "reject"
    form_class = ReasonForm
    is_grave = True
    proposing: ClassVar[str]

    def is_permitted(self, user: Any, row: Any) -> bool:
        own = row is not None and row.proposed_by_id == user.pk
        return super().is_permitted(user, row) or (own and bool(user.has_perm(self.proposing)))

    def is_open(self, row: Any) -> bool:
        return bool(row.is_undecided)

    def obstacle(self, row: Any, user: Any) -> str:
        return "" if row.is_undecided else f"This is {row.decision} already."

    def act(self, row: Any, *, by: Any, now: datetime, **data: Any) -> Any:
        return decisions.reject(row, by=by, now=now, **data)

    def done(self, row: Any, result: Any) -> str:
        return f"Rejected: {row}."
