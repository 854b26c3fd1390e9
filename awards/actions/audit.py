"""The audit trail: append an event, seal a day, prove that nothing was changed or taken out."""

import hashlib
import json
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from types import NoneType
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction

from awards.actions import swept
from awards.market import rows, writing
from awards.models import AuditEvent, AuditSeal

NEW_YORK = ZoneInfo("America/New_York")
# The action of an event that stands for every ledger entry of one statement.
SWEPT = "lapses written"


def subject_of(row: models.Model) -> str:
    return f"{row._meta.model_name}:{row.pk}"


def record(
    *,
    actor: Any,
    action: str,
    subject: models.Model | str,
    at: datetime,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    reason: str = "",
) -> AuditEvent:
    """Append to the subject's chain, in the caller's transaction. `actor` is None for the portal itself."""
    end = end_of(subject if isinstance(subject, str) else subject_of(subject))()
    event = event_after(end, actor=actor, action=action, at=at, before=before, after=after, reason=reason)
    writing.write(event)
    return event


class End(NamedTuple):
    """How far a subject's chain has come."""

    subject: str
    sequence: int = 0
    hash: str = ""


def end_of(subject: str) -> rows.Answer[End]:
    answer = rows.ask(_END, [subject])
    return lambda: End(subject, *(row for found in answer() for row in found))


_END = "SELECT sequence, hash FROM awards_auditevent WHERE subject = %s ORDER BY sequence DESC LIMIT 1"


def event_after(
    end: End | AuditEvent,
    *,
    actor: Any,
    action: str,
    at: datetime,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    reason: str = "",
) -> AuditEvent:
    """The next event of a chain, for the caller to insert; another may follow after it."""
    event = AuditEvent(
        subject=end.subject,
        sequence=end.sequence + 1,
        action=action,
        actor=actor,
        before=_plain(before),
        after=_plain(after),
        reason=reason,
        at=at,
        previous_hash=end.hash,
    )
    event.hash = hash_of(event)
    return event


# What JSON has itself.
_PLAIN = {str, int, bool, NoneType}


def _plain(values: dict[str, Any] | None) -> dict[str, Any]:
    if not values:
        return {}
    if _PLAIN.issuperset(map(type, values.values())):
        return values
    plain: dict[str, Any] = json.loads(json.dumps(values, cls=DjangoJSONEncoder))
    return plain


def hash_of(event: AuditEvent) -> str:
    """SHA-256 of everything the event says and the hash before it."""
    said = [
        event.subject,
        event.sequence,
        event.action,
        event.actor_id,
        event.before,
        event.after,
        event.reason,
        event.at.timestamp().hex(),
        event.previous_hash,
    ]
    return hashlib.sha256(json.dumps(said, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


@transaction.atomic
def seal_day(*, day: date, now: datetime) -> AuditSeal:
    """Seal every event up to the end of that day in New York. A sealed day stays as it is."""
    sealed = AuditSeal.objects.filter(day=day).first()
    if sealed:
        return sealed
    before = AuditSeal.objects.filter(day__lt=day).order_by("-day").first()
    hashes = _hashes_up_to(day, before)
    return AuditSeal.objects.create(
        day=day,
        last_event=hashes[-1][0] if hashes else (before.last_event if before else 0),
        events=len(hashes),
        previous_hash=before.hash if before else "",
        hash=_seal_hash(day, before.hash if before else "", [value for _, value in hashes]),
        sealed_at=now,
    )


def _hashes_up_to(day: date, before: AuditSeal | None) -> list[tuple[int, str]]:
    """Every event not sealed yet up to the last one of the day, in the order they were written.

    A job that began before midnight writes its events among those of the next day: these are sealed with them, so
    that a seal covers an unbroken stretch and a proof needs nothing but its end.
    """
    end = datetime.combine(day + timedelta(days=1), time(0), NEW_YORK)
    unsealed = AuditEvent.objects.filter(pk__gt=before.last_event if before else 0)
    last = unsealed.filter(at__lt=end).aggregate(last=models.Max("pk"))["last"]
    return list(unsealed.filter(pk__lte=last or 0).order_by("pk").values_list("pk", "hash"))


def _seal_hash(day: date, previous: str, hashes: list[str]) -> str:
    digest = hashlib.sha256(f"{day.isoformat()}\n{previous}\n".encode())
    for value in hashes:
        digest.update(value.encode())
    return digest.hexdigest()


def differences() -> Iterator[str]:
    """Everything that shows tampering: a changed event, a broken or shortened chain, a seal that no longer fits."""
    yield from _broken_chains()
    yield from _broken_seals()


def _broken_chains() -> Iterator[str]:
    subject, sequence, previous = "", 0, ""
    for event in AuditEvent.objects.order_by("subject", "sequence").iterator(chunk_size=2000):
        if event.subject != subject:
            subject, sequence, previous = event.subject, 0, ""
        if event.sequence != sequence + 1:
            yield f"{event.subject}: event {sequence + 1} is missing"
        elif event.previous_hash != previous:
            yield f"{event.subject}: event {event.sequence} does not follow from the one before it"
        if event.hash != hash_of(event):
            yield f"{event.subject}: event {event.sequence} has been changed"
        elif event.action == SWEPT and swept.again(event.after) != event.after:
            yield f"{event.subject}: the ledger entries of event {event.sequence} are not the ones that were written"
        sequence, previous = event.sequence, event.hash


def _broken_seals() -> Iterator[str]:
    before: AuditSeal | None = None
    for seal in AuditSeal.objects.order_by("day"):
        after = before.last_event if before else 0
        covered = AuditEvent.objects.filter(pk__gt=after, pk__lte=seal.last_event).order_by("pk")
        hashes = list(covered.values_list("hash", flat=True))
        previous = before.hash if before else ""
        if len(hashes) != seal.events or seal.previous_hash != previous:
            yield f"seal of {seal.day}: {seal.events} events were sealed, {len(hashes)} are there"
        elif seal.hash != _seal_hash(seal.day, previous, hashes):
            yield f"seal of {seal.day}: its events are not the ones that were sealed"
        before = seal
