"""Audit events as the Committee's pages tell them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Model, QuerySet

from awards.actions.audit import subject_of
from awards.models import AuditEvent


def full_name(user: Any) -> str:
    """How a page names a person; the portal's own doings have none."""
    return "The portal" if user is None else user.get_full_name() or user.get_username()


@dataclass(frozen=True, slots=True)
class Told:
    """One event: who did what, and each thing it changed or said as name, before, after."""

    at: datetime
    who: str
    action: str
    reason: str
    changes: tuple[tuple[str, Any, Any], ...]


def trail_of(row: Model) -> QuerySet[AuditEvent]:
    """The row's chain of audit events, newest first."""
    return AuditEvent.objects.filter(subject=subject_of(row)).select_related("actor").order_by("-sequence")


def told(events: Iterable[AuditEvent]) -> list[Told]:
    return [Told(row.at, full_name(row.actor), row.action, row.reason, _changes(row)) for row in events]


def _changes(event: AuditEvent) -> tuple[tuple[str, Any, Any], ...]:
    names = dict.fromkeys((*event.before, *event.after))
    return tuple((name.replace("_", " "), event.before.get(name), event.after.get(name)) for name in names)
