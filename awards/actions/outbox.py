"""Mail that goes out once: queued with what caused it, sent by the tick."""

import logging
import smtplib
from datetime import datetime

from django.core.mail import EmailMessage
from django.db import transaction

from awards.models import OutboxMessage

logger = logging.getLogger(__name__)
MOST_ATTEMPTS = 20


def queue(*, key: str, to: str, subject: str, body: str, now: datetime) -> None:
    """Queue a message in the caller's transaction; a second one under the same key changes nothing."""
    OutboxMessage.objects.bulk_create(
        [OutboxMessage(key=key, to=to, subject=subject, body=body, created_at=now)], ignore_conflicts=True
    )


def drain(*, now: datetime, most: int = 100) -> int:
    """Send what waits, oldest first, each in its own transaction. Returns how many went out.

    The row is locked while its message is sent; one that fails stays, with the reason, for the next tick.
    """
    waiting = OutboxMessage.objects.filter(sent_at__isnull=True, attempts__lt=MOST_ATTEMPTS).order_by(
        "created_at", "pk"
    )
    return sum(_send(pk, now) for pk in list(waiting.values_list("pk", flat=True)[:most]))


def _send(pk: int, now: datetime) -> bool:
    with transaction.atomic():
        rows = OutboxMessage.objects.select_for_update(
            skip_locked=transaction.get_connection().features.has_select_for_update_skip_locked
        )
        message = rows.filter(pk=pk, sent_at__isnull=True).first()
        if message is None:
            return False
        message.attempts += 1
        try:
            EmailMessage(message.subject, message.body, to=[message.to]).send()
        except (OSError, smtplib.SMTPException) as error:
            logger.warning("mail %s was not sent: %s", message.key, error)
            message.last_error = str(error)
        else:
            message.sent_at, message.last_error = now, ""
        message.save(update_fields=["attempts", "sent_at", "last_error"])
        return message.sent_at is not None
