"""What the portal itself keeps: ledgers, audit events and seals, mail. Read only."""

import json
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html

from awards.admin.records import RecordAdmin, person, section, shown
from awards.admin.trail import full_name
from awards.models import AuditEvent, AuditSeal, OptionEntry, OutboxMessage
from awards.templatetags.figures import day, instant, options


@admin.register(OptionEntry)
class OptionEntryAdmin(RecordAdmin):
    has_history = False
    list_display = (
        "award",
        "sequence",
        "kind",
        shown("options", options, "OSOs"),
        shown("outstanding_after", options),
        shown("effective_on", day),
        shown("recorded_at", instant),
    )
    list_select_related = ("award",)
    list_filter = ("kind",)
    search_fields = ("=award__pk", "award__grantee__name", "award__grantee__employee_number", "cause")
    search_help_text = "An Award's number without zeros, a Grantee, or a cause such as exercise/12"
    ordering = ("-pk",)
    fieldsets = (
        section(None, "award", "sequence", "kind", "options", "outstanding_after", "effective_on", "note"),
        section("Audit", "cause", person("recorded_by"), shown("recorded_at", instant)),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("award", "recorded_by")


@admin.display(description="Who", ordering="actor")
def actor(event: AuditEvent) -> str:
    return full_name(event.actor)


def written(field: str, name: str) -> Any:
    """A JSON field as indented text."""

    def show(event: AuditEvent) -> str:
        return format_html("<pre>{}</pre>", json.dumps(getattr(event, field), indent=2, ensure_ascii=False))

    show.__name__ = field
    return admin.display(description=name)(show)


@admin.register(AuditEvent)
class AuditEventAdmin(RecordAdmin):
    has_history = False
    list_display = ("subject", "sequence", "action", actor, shown("at", instant, "When"), "reason")
    list_select_related = ("actor",)
    search_fields = ("=subject", "action", "actor__email")
    search_help_text = "A subject such as award:12, an action, or a person's e-mail address"
    date_hierarchy = "at"
    ordering = ("-at", "-pk")
    fieldsets = (
        section(None, "subject", "action", actor, shown("at", instant, "When"), "reason"),
        section("Said", written("before", "Before"), written("after", "After")),
        section("Audit", "sequence", "previous_hash", "hash"),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("actor")


@admin.register(AuditSeal)
class AuditSealAdmin(RecordAdmin):
    has_history = False
    list_display = (shown("day", day, "Day"), "events", "last_event", "hash", shown("sealed_at", instant))
    date_hierarchy = "day"
    ordering = ("-day",)
    fieldsets = (
        section(None, shown("day", day, "Day"), "events", "last_event"),
        section("Audit", "previous_hash", "hash", shown("sealed_at", instant)),
    )


class SentFilter(admin.SimpleListFilter):
    title = "sending"
    parameter_name = "sent"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("waiting", "Waiting"), ("failing", "Waiting, and has failed"), ("sent", "Sent")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        waiting = queryset.filter(sent_at__isnull=True)
        kept = {
            "waiting": waiting,
            "failing": waiting.filter(attempts__gt=0),
            "sent": queryset.filter(sent_at__isnull=False),
        }
        return kept.get(self.value() or "", queryset)


@admin.register(OutboxMessage)
class OutboxMessageAdmin(RecordAdmin):
    has_history = False
    list_display = ("subject", "to", shown("created_at", instant), shown("sent_at", instant), "attempts", "last_error")
    list_filter = (SentFilter,)
    search_fields = ("key", "to", "subject")
    date_hierarchy = "created_at"
    ordering = ("-created_at", "-pk")
    fieldsets = (
        section(None, "subject", "to", "body"),
        section("Sending", shown("sent_at", instant), "attempts", "last_error"),
        section("Audit", "key", shown("created_at", instant)),
    )
