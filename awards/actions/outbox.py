"""Mail that goes out once: queued with what caused it, sent by the tick."""

import logging
import smtplib
from datetime import datetime, timedelta

from django.core.mail import EmailMessage
from django.db.models import F, Q

from awards.models import OutboxMessage

logger = logging.getLogger(__name__)
MOST_ATTEMPTS = 20
# Longer than a task may live.
ABANDONED_AFTER = timedelta(minutes=15)


def queue(*, key: str, to: str, subject: str, body: str, now: datetime) -> None:
    """Queue a message in the caller's transaction; a second one under the same key changes nothing."""
    OutboxMessage.objects.bulk_create(
        [OutboxMessage(key=key, to=to, subject=subject, body=body, created_at=now)], ignore_conflicts=True
    )


def drain(*, now: datetime, most: int = 100) -> int:
    """Send what waits, oldest first. Returns how many went out.

    Each is claimed in the database first and sent outside any transaction; one that fails stays, with the reason, for
    the next tick, and one whose sender died is taken up again after a while.
    """
    waiting = OutboxMessage.objects.filter(_free(now), sent_at=None, attempts__lt=MOST_ATTEMPTS)
    keys = list(waiting.order_by("created_at", "pk").values_list("pk", flat=True)[:most])
    return sum(_send(pk, now) for pk in keys)


def _free(now: datetime) -> Q:
    return Q(claimed_at=None) | Q(claimed_at__lte=now - ABANDONED_AFTER)


def _send(pk: int, now: datetime) -> bool:
    mine = OutboxMessage.objects.filter(_free(now), pk=pk, sent_at=None)
    if not mine.update(claimed_at=now, attempts=F("attempts") + 1):
        return False
    message = OutboxMessage.objects.get(pk=pk)
    try:
        EmailMessage(message.subject, message.body, to=[message.to]).send()
    except (OSError, smtplib.SMTPException) as error:
        logger.warning("mail %s was not sent: %s", message.key, error)
        message.last_error = str(error)
    else:
        message.sent_at, message.last_error = now, ""
    message.claimed_at = None
    message.save(update_fields=["claimed_at", "sent_at", "last_error"])
    return message.sent_at is not None
