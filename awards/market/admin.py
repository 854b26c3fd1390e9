"""The Committee's desk for closes: look, upload, decide. Rows come from the functions that record them."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import AdminForm
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from awards.market.calendar import trading_calendar
from awards.market.chart import HEIGHT, RANGES, USUAL, WIDTH, chart
from awards.market.finding import by_day
from awards.market.forms import OverrideForm, ProposeCloseForm, ProposeDecisionForm, UploadClosesForm
from awards.market.held_closes import (
    HeldCloseError,
    approve_held_close,
    current_close,
    propose_committee_close,
    propose_held_close,
)
from awards.market.long_list import EachValueFilter, LongList
from awards.market.models import ClosingPrice, HeldClose, Series, TradingDayOverride
from awards.market.overrides import effect, record_override
from awards.market.parsing import MAX_BYTES, RefusedFile, parse_csv
from awards.market.recording import Recorded, record_closes
from config import clock


class ReadOnlyAdmin(LongList):
    """Rows are looked at here; what makes them has a page of its own."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="Close", ordering="close")
    def close_as_traded(self, row: ClosingPrice | HeldClose) -> str:
        return row.plain_close

    def permitted(self, request: HttpRequest, permission: str) -> User:
        """Who asks, if they may. Raises PermissionDenied."""
        if not (isinstance(request.user, User) and request.user.has_perm(permission)):
            raise PermissionDenied
        return request.user

    def form_page(self, request: HttpRequest, template: str, title: str, form: Any, **context: Any) -> HttpResponse:
        """A page of the admin around one form, its fields laid out as the admin's own."""
        adminform = AdminForm(form, [(None, {"fields": list(form.fields)})], {})
        context |= {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.opts,
            "adminform": adminform,
            "errors": form.errors,
            "media": self.media + form.media,
            "has_file_field": form.is_multipart(),
        }
        return TemplateResponse(request, f"admin/market/{template}", context)


@admin.register(ClosingPrice)
class ClosingPriceAdmin(ReadOnlyAdmin):
    change_list_template = "admin/market/closingprice/change_list.html"
    list_display = (
        "trading_day",
        "series",
        "close_as_traded",
        "revision",
        "source",
        "recorded_at",
        "recorded_by",
        "approved_by",
    )
    list_filter = ("series", ("approved_by", admin.EmptyFieldListFilter), ("source", EachValueFilter))
    list_select_related = ("recorded_by", "approved_by")
    finders = (by_day("trading_day"),)
    search_help_text = "A day like 2005-07-01, a month like 2005-07, or a year"
    date_hierarchy = "trading_day"
    fieldsets = (
        (None, {"fields": ("series", "trading_day", "close_as_traded", "source")}),
        ("Revision", {"fields": ("revision", "reason", "approved_by")}),
        ("Audit", {"fields": ("recorded_at", "recorded_by")}),
    )

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("upload/", view(self.upload), name="market_closingprice_upload"),
            path("chart/", view(self.chart), name="market_closingprice_chart"),
            *super().get_urls(),
        ]

    def chart(self, request: HttpRequest) -> HttpResponse:
        """Both series over a range, and the same in figures."""
        self.permitted(request, "market.view_closingprice")
        asked = request.GET.get("range", USUAL)
        chosen = asked if asked in RANGES else USUAL
        context = {
            **self.admin_site.each_context(request),
            "title": "Chart of closes",
            "opts": self.opts,
            "ranges": list(RANGES),
            "chosen": chosen,
            "chart": chart(chosen, now=clock.now(), calendar=trading_calendar()),
            "width": WIDTH,
            "height": HEIGHT,
        }
        return TemplateResponse(request, "admin/market/closingprice/chart.html", context)

    def upload(self, request: HttpRequest) -> HttpResponse:
        by = self.permitted(request, "market.upload_closes")
        form = UploadClosesForm(request.POST or None, request.FILES or None)
        if form.is_valid():
            try:
                recorded = _upload(form, by)
            except RefusedFile as refusal:
                form.add_error("file", ["Nothing is recorded.", *refusal.lines()])
            else:
                _tell(request, form, recorded)
                return HttpResponseRedirect(reverse("admin:market_closingprice_changelist"))
        return self.form_page(request, "closingprice/upload.html", "Upload closes", form)


def _upload(form: Form, by: User) -> Recorded:
    now, file = clock.now(), form.cleaned_data["file"]
    return record_closes(
        series=form.cleaned_data["series"],
        closes=parse_csv(file.read(MAX_BYTES + 1), now=now, calendar=trading_calendar()),
        source=f"upload {file.name}"[:100],
        recorded_by=by,
        now=now,
    )


def _tell(request: HttpRequest, form: Form, recorded: Recorded) -> None:
    series = Series(form.cleaned_data["series"]).label
    level = messages.WARNING if recorded.held else messages.SUCCESS
    messages.add_message(request, level, f"{series}: {recorded.counted()}.")
    for message in recorded.messages()[:20]:
        messages.info(request, message)


class StateFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("to_propose", "Waits for a proposal"), ("to_approve", "Waits for approval"), ("decided", "Decided")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        states = {"to_propose": queryset.to_propose, "to_approve": queryset.to_approve, "decided": queryset.decided}
        return states.get(self.value() or "", queryset.all)()


@admin.register(HeldClose)
class HeldCloseAdmin(ReadOnlyAdmin):
    change_list_template = "admin/market/heldclose/change_list.html"
    list_display = ("trading_day", "series", "close_as_traded", "reason", "compared_with", "source", "state")
    list_filter = (StateFilter, "series", "reason")
    list_select_related = ("compared_with",)
    finders = (by_day("trading_day"),)
    search_help_text = "A day like 2005-07-01, a month like 2005-07, or a year"
    change_form_template = "admin/market/heldclose/change_form.html"
    fieldsets = (
        (None, {"fields": ("series", "trading_day", "close_as_traded", "source", "reason", "compared_with", "state")}),
        ("Decision", {"fields": ("proposed_outcome", "decision_reason", "outcome", "recorded_as")}),
        ("Audit", {"fields": ("received_at", "proposed_by", "proposed_at", "approved_by", "approved_at")}),
    )

    @admin.display(description="State")
    def state(self, held: HeldClose) -> str:
        if not held.is_open():
            return held.get_outcome_display().capitalize()
        return f"{held.get_proposed_outcome_display().capitalize()} if approved" if held.is_proposed() else "Open"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("propose-close/", view(self.propose_close), name="market_heldclose_propose_close"),
            path("<int:pk>/propose/", view(self.propose), name="market_heldclose_propose"),
            path("<int:pk>/approve/", view(self.approve), name="market_heldclose_approve"),
            *super().get_urls(),
        ]

    def propose_close(self, request: HttpRequest) -> HttpResponse:
        """A close that no source delivers: determined by the Committee, or a correction."""
        by = self.permitted(request, "market.propose_heldclose")
        form = ProposeCloseForm(request.POST or None)
        if form.is_valid():
            try:
                held = propose_committee_close(**form.cleaned_data, by=by, now=clock.now())
            except HeldCloseError as error:
                form.add_error(None, str(error))
            else:
                return self._decided(request, held, "Proposed. Another person approves it.")
        return self.form_page(request, "heldclose/propose_close.html", "Propose a close", form)

    def propose(self, request: HttpRequest, pk: int) -> HttpResponse:
        by = self.permitted(request, "market.propose_heldclose")
        held = self._held(pk)
        form = ProposeDecisionForm(request.POST or None)
        if form.is_valid():
            accept = form.cleaned_data["outcome"] == HeldClose.Outcome.ACCEPTED
            try:
                held = propose_held_close(
                    held=held, accept=accept, reason=form.cleaned_data["reason"], by=by, now=clock.now()
                )
            except HeldCloseError as error:
                form.add_error(None, str(error))
            else:
                return self._decided(request, held, "Proposed. Another person approves it.")
        return self._held_page(request, "propose.html", "Propose a decision", form, held)

    def approve(self, request: HttpRequest, pk: int) -> HttpResponse:
        by = self.permitted(request, "market.approve_heldclose")
        held = self._held(pk)
        form = Form({}) if request.method == "POST" else Form()
        if request.method == "POST":
            try:
                held = approve_held_close(held=held, by=by, now=clock.now())
            except HeldCloseError as error:
                form.add_error(None, str(error))
            else:
                return self._decided(request, held, f"Approved. The held close is {held.get_outcome_display()}.")
        return self._held_page(request, "approve.html", "Approve the decision", form, held)

    def _held(self, pk: int) -> HeldClose:
        return get_object_or_404(HeldClose.objects.select_related("compared_with", "proposed_by"), pk=pk)

    def _held_page(self, request: HttpRequest, template: str, title: str, form: Form, held: HeldClose) -> HttpResponse:
        return self.form_page(
            request, f"heldclose/{template}", title, form, held=held, current=current_close(held), original=held
        )

    def _decided(self, request: HttpRequest, held: HeldClose, message: str) -> HttpResponse:
        self.log_change(request, held, message)
        messages.success(request, message)
        return HttpResponseRedirect(reverse("admin:market_heldclose_change", args=[held.pk]))


@admin.register(TradingDayOverride)
class TradingDayOverrideAdmin(LongList):
    """Add only: a mistake is taken back by the next revision of the same day."""

    list_display = ("day", "revision", "kind", "closes_at", "reason", "recorded_by", "recorded_at")
    list_select_related = ("recorded_by",)
    list_filter = ("kind",)
    date_hierarchy = "day"
    form = OverrideForm

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_fieldsets(self, request: HttpRequest, obj: TradingDayOverride | None = None) -> Any:
        of_override = ("day", "kind", "closes_at", "reason")
        if obj is None:
            return [(None, {"fields": (*of_override, "despite_closes")})]
        return [(None, {"fields": of_override}), ("Audit", {"fields": ("revision", "recorded_by", "recorded_at")})]

    def save_model(self, request: HttpRequest, obj: TradingDayOverride, form: Any, change: bool) -> None:
        now, despite = clock.now(), form.cleaned_data["despite_closes"]
        # The admin lets nobody in who is not signed in.
        record_override(override=obj, by=request.user, now=now, despite_closes=despite)  # type: ignore[arg-type]
        for line in effect(obj, now):
            messages.info(request, line)
