"""What the portal itself keeps: ledgers, audit events and seals, mail. Read only."""

import json
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html

from awards.admin.people import HELP, accounts, by_account, by_grantee
from awards.admin.records import RecordAdmin, person, section, shown
from awards.admin.trail import full_name
from awards.market.finding import Search, by_number
from awards.models import AuditEvent, AuditSeal, Message, OptionEntry, OutboxMessage
from awards.templatetags.figures import day, instant, options

# As many people as a search for their doings looks at: a name that more have is typed in full, or as an address.
MOST_ACTORS = 10


def by_exercise(rows: QuerySet[OptionEntry], search: Search) -> list[int]:
    search.is_number = search.text.lower().startswith("exercise/")
    return search.keys(rows.filter(kind=OptionEntry.Kind.EXERCISED, cause=search.text.lower()))


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
    finders = (by_number("A", "award"), by_exercise, by_grantee("award__grantee"))
    search_help_text = f"{HELP}, an Award's number, or an exercise such as exercise/12"
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


def by_subject(rows: QuerySet[AuditEvent], search: Search) -> list[int]:
    return search.keys(rows.filter(subject=search.text.lower()).order_by("-sequence"))


def by_action(rows: QuerySet[AuditEvent], search: Search) -> list[int]:
    return search.keys(rows.filter(action=search.text).order_by("-at", "-pk"))


def by_actor(rows: QuerySet[AuditEvent], search: Search) -> list[int]:
    """The newest of each person: one look at the index a person."""
    people = accounts(search)[:MOST_ACTORS]
    return [key for person in people for key in search.keys(rows.filter(actor=person).order_by("-at", "-pk"))]


@admin.register(AuditEvent)
class AuditEventAdmin(RecordAdmin):
    has_history = False
    list_display = ("subject", "sequence", "action", actor, shown("at", instant, "When"), "reason")
    list_select_related = ("actor",)
    finders = (by_subject, by_action, by_actor)
    search_help_text = "A subject such as award:12, an action in full, or the name or e-mail address of who did it"
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


def by_key(rows: QuerySet[OutboxMessage], search: Search) -> list[int]:
    return search.keys(rows.filter(key=search.text))


def by_recipient(rows: QuerySet[OutboxMessage], search: Search) -> list[int]:
    return search.keys(rows.filter(to__istartswith=search.text))


@admin.register(OutboxMessage)
class OutboxMessageAdmin(RecordAdmin):
    has_history = False
    list_display = ("subject", "to", shown("created_at", instant), shown("sent_at", instant), "attempts", "last_error")
    list_filter = (SentFilter,)
    finders = (by_key, by_recipient)
    search_help_text = "The beginning of an e-mail address, or a message's key"
    date_hierarchy = "created_at"
    ordering = ("-created_at", "-pk")
    fieldsets = (
        section(None, "subject", "to", "body"),
        section("HTML", "html"),
        section("Sending", "can_wait", shown("sent_at", instant), "attempts", "last_error"),
        section("Audit", "key", shown("created_at", instant)),
    )


@admin.register(Message)
class MessageAdmin(RecordAdmin):
    has_history = False
    list_display = (
        "recipient",
        "kind",
        "award",
        shown("about_on", day),
        shown("said_at", instant),
        shown("read_at", instant),
    )
    list_select_related = ("recipient", "award")
    finders = (by_number("A", "award"), by_account("recipient"))
    search_help_text = "An Award's number such as A-000012, or the name or e-mail address of who was told"
    date_hierarchy = "said_at"
    ordering = ("-said_at", "-pk")
    fieldsets = (
        section(None, person("recipient"), "kind", "award", shown("about_on", day), written("data", "Said")),
        section("Audit", "key", shown("said_at", instant), shown("posted_at", instant), shown("read_at", instant)),
    )
