"""From messages to mail: each is put into words once, by the tick, and queued where its reader wants or needs it."""

import logging
from collections.abc import Iterator, Sequence
from datetime import datetime

from django.db import transaction
from django.utils import translation

from awards import wording
from awards.models import Message, OutboxMessage, Preferences, language_of

logger = logging.getLogger(__name__)
BATCH = 200
ALL_MAIL = Preferences()


def post(*, now: datetime, most: int = 5_000) -> int:
    """Queue the mail of messages that have not been looked at, oldest first. Returns how many were looked at.

    Safe beside itself: a batch is locked, and whoever comes second takes the next. One that cannot be put into words is
    logged, left as it is, and tried again by the next tick; the others are not held up by it.
    """
    after = looked_at = 0
    while looked_at < most:
        with transaction.atomic():
            batch = _next(after)
            if not batch:
                break
            looked_at += _post(batch, now)
        after = batch[-1].pk
    return looked_at


def _next(after: int) -> list[Message]:
    rows = Message.objects.select_for_update(skip_locked=True, of=("self",)).filter(posted_at=None, pk__gt=after)
    rows = rows.select_related("recipient__preferences", "award__grantee", "award__master_agreement")
    return list(rows.defer("award__master_agreement__document").order_by("pk")[:BATCH])


def _post(batch: Sequence[Message], now: datetime) -> int:
    ready = [(message, mail) for message in batch for mail in _worded(message, now)]
    OutboxMessage.objects.bulk_create([mail for _, mail in ready if mail is not None], ignore_conflicts=True)
    Message.objects.filter(pk__in=[message.pk for message, _ in ready]).update(posted_at=now)
    return len(batch)


def _worded(message: Message, now: datetime) -> Iterator[OutboxMessage | None]:
    """The mail, or None where none is wanted; nothing at all where it cannot be put into words."""
    if not _is_mailed(message):
        yield None
        return
    try:
        with translation.override(language_of(message.recipient)):
            mail = wording.mail(message)
    except Exception:
        logger.exception("message %s cannot be put into words", message.pk)
        return
    yield OutboxMessage(
        key=f"message/{message.pk}",
        to=message.recipient.email,
        subject=mail.subject,
        body=mail.body,
        html=mail.html,
        can_wait=message.can_wait,
        created_at=now,
    )


def _is_mailed(message: Message) -> bool:
    recipient = message.recipient
    if not (recipient.email and recipient.is_active):
        return False
    preferences: Preferences = getattr(recipient, "preferences", ALL_MAIL)
    return message.must_be_mailed or preferences.wants(message)
