"""Mail that goes out once: queued with what caused it, sent by the tick."""

import logging
import smtplib
from datetime import datetime, timedelta

from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.db.models import F, Q

from awards.models import OutboxMessage

logger = logging.getLogger(__name__)
# A message that failed, or whose sender died, is tried again after this long, for five days.
RETRY_AFTER = timedelta(minutes=15)
MOST_ATTEMPTS = 5 * 24 * 4


class ServerAway(Exception):
    """The mail server does not answer: nothing else would go out now."""


def queue(*, key: str, to: str, subject: str, body: str, now: datetime) -> None:
    """Queue a message in the caller's transaction; a second one under the same key changes nothing."""
    OutboxMessage.objects.bulk_create(
        [OutboxMessage(key=key, to=to, subject=subject, body=body, created_at=now)], ignore_conflicts=True
    )


def drain(*, now: datetime, most: int = 1000) -> int:
    """Send what waits, oldest first, and last what can wait. Returns how many went out.

    Each is claimed in the database first and sent outside any transaction; one that fails stays, with the reason. When
    the mail server is away, the rest wait for the next tick too, so that time-outs do not add up.
    """
    waiting = OutboxMessage.objects.filter(_free(now), sent_at=None, attempts__lt=MOST_ATTEMPTS)
    keys = list(waiting.order_by("can_wait", "created_at", "pk").values_list("pk", flat=True)[:most])
    sent = 0
    for pk in keys:
        try:
            sent += _send(pk, now)
        except ServerAway:
            break
    return sent


def _free(now: datetime) -> Q:
    return Q(claimed_at=None) | Q(claimed_at__lte=now - RETRY_AFTER)


def _send(pk: int, now: datetime) -> bool:
    mine = OutboxMessage.objects.filter(_free(now), pk=pk, sent_at=None)
    if not mine.update(claimed_at=now, attempts=F("attempts") + 1):
        return False
    message = OutboxMessage.objects.get(pk=pk)
    try:
        _as_mail(message).send()
    except smtplib.SMTPException as error:
        _failed(message, error)
        return False
    except OSError as error:
        _failed(message, error)
        raise ServerAway from error
    message.sent_at, message.last_error = now, ""
    message.save(update_fields=["sent_at", "last_error"])
    return True


def _as_mail(message: OutboxMessage) -> EmailMessage:
    # Nobody's absence notice is to answer it.
    mail = EmailMultiAlternatives(
        message.subject, message.body, to=[message.to], headers={"Auto-Submitted": "auto-generated"}
    )
    if message.html:
        mail.attach_alternative(message.html, "text/html")
    return mail


def _failed(message: OutboxMessage, error: Exception) -> None:
    logger.warning("mail %s was not sent: %s", message.key, error)
    message.last_error = str(error)
    message.save(update_fields=["last_error"])
