"""Versions of the Master Agreement with their documents, and the Grantees' signatures of them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path

from awards.actions.master_agreement import record_master_agreement, record_shareholders_approval
from awards.admin.confirm import Confirm
from awards.admin.forms import RecordAgreementForm, RecordApprovalForm, document_type
from awards.admin.people import HELP, by_grantee
from awards.admin.records import RecordAdmin, person, section, shown
from awards.models import AgreementAcceptance, MasterAgreement
from awards.templatetags.figures import day, instant, to_places


class RecordAgreement(Confirm):
    slug = "add"
    title = "Record a version"
    permission = "awards.add_masteragreement"
    form_class = RecordAgreementForm  # type: ignore[assignment]

    def effects(self, row: Any, now: datetime) -> Sequence[str]:
        return [
            "The terms begin as those of the 2005 form: change only what this version changes.",
            "Neither document nor terms can be changed afterwards: an amendment is another version.",
        ]

    def act(self, row: Any, *, by: Any, now: datetime, **data: Any) -> MasterAgreement:
        file = data.pop("document")
        return record_master_agreement(
            document=file.read(), document_type=document_type(file.name), by=by, now=now, **data
        )

    def done(self, row: Any, result: MasterAgreement) -> str:
        return f"{result.name} is on record, SHA-256 {result.document_sha256}."


class RecordApproval(Confirm):
    slug = "shareholders-approval"
    title = "Record the shareholders' approval"
    permission = "awards.add_masteragreement"
    form_class = RecordApprovalForm

    def is_open(self, row: MasterAgreement) -> bool:
        return row.shareholders_approved_on is None

    def effects(self, row: MasterAgreement, now: datetime) -> Sequence[str]:
        return [
            "From that day covered employees under section 162(m) can exercise effectively (§3).",
            "It is recorded once and not changed.",
        ]

    def act(self, row: MasterAgreement, *, by: Any, now: datetime, **data: Any) -> MasterAgreement:
        return record_shareholders_approval(master_agreement=row, by=by, now=now, **data)

    def done(self, row: MasterAgreement, result: MasterAgreement) -> str:
        return f"The shareholders' approval of {day(result.shareholders_approved_on)} is on record."


@admin.display(description="Vesting")
def tranches(version: MasterAgreement) -> str:
    return ", ".join(f"{row.share or 'the rest'} after {row.months} months" for row in version.terms.tranches)


@admin.register(MasterAgreement)
class MasterAgreementAdmin(RecordAdmin):
    adding = RecordAgreement
    decisions = (RecordApproval,)
    change_form_template = "admin/awards/masteragreement/record.html"
    list_display = ("name", shown("dated_on", day, "For Awards from"), "document_type", person("recorded_by"))
    list_select_related = ("recorded_by",)
    search_fields = ("name", "document_sha256")
    ordering = ("-dated_on",)
    fieldsets = (
        section(None, "name", shown("dated_on", day, "For Awards from")),
        section("Document", "document_type", "document_sha256", "is_whole"),
        section(
            "Terms",
            tranches,
            "term_years",
            shown("outperform_cap", lambda cap: f"{to_places(cap, 3)} %", "Outperformance at the top"),
            shown("multiplier_cap", lambda cap: to_places(cap, 3), "Top Multiplier"),
            "averaging_days",
            "death_or_disability_years",
            "other_cessation_days",
            "change_in_control_days",
            "adjusted_price_has_floor",
            shown("shareholders_approved_on", day, "Shareholders approved on (§3)"),
        ),
        section("Audit", person("recorded_by"), shown("recorded_at", instant)),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).defer("document").select_related("recorded_by")

    def get_urls(self) -> list[URLPattern]:
        document = path(
            "<int:object_id>/document/",
            self.admin_site.admin_view(self.document),
            name="awards_masteragreement_document",
        )
        return [document, *super().get_urls()]

    @admin.display(description="Document is as recorded", boolean=True)
    def is_whole(self, version: MasterAgreement) -> bool:
        return version.document_is_whole()

    def document(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """The stored document as a download: never shown in the portal's own origin."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        version = get_object_or_404(MasterAgreement, pk=object_id)
        suffix = {"text/plain": "txt", "application/pdf": "pdf", "text/html": "html"}.get(version.document_type, "bin")
        response = HttpResponse(bytes(version.document), content_type="application/octet-stream")
        response["Content-Disposition"] = f'attachment; filename="master-agreement-{version.pk}.{suffix}"'
        response["X-Document-SHA256"] = version.document_sha256
        return response


@admin.register(AgreementAcceptance)
class AgreementAcceptanceAdmin(RecordAdmin):
    has_history = False
    list_display = (
        "grantee",
        shown("master_agreement__name", str, "Master Agreement"),
        "signed_name",
        shown("accepted_at", instant),
    )
    list_select_related = ("grantee",)
    finders = (by_grantee("grantee"),)
    search_help_text = HELP
    date_hierarchy = "accepted_at"
    ordering = ("-accepted_at", "-pk")
    fieldsets = (
        section(None, "grantee", "master_agreement", "signed_name", "document_sha256"),
        section("Audit", person("accepted_by"), shown("accepted_at", instant)),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        related = ("grantee", "master_agreement", "accepted_by")
        return super().get_queryset(request).select_related(*related).defer("master_agreement__document")
