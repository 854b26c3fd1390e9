"""The secret address of a person's calendar: made, found again by who knows it, revoked."""

from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.crypto import constant_time_compare, salted_hmac

from awards.actions import audit
from awards.models import CalendarFeed


@transaction.atomic
def make_feed(*, user: Any, with_amounts: bool, now: datetime) -> CalendarFeed:
    """A new address, after which the one before it is no more."""
    revoke_feed(user=user, now=now)
    feed = CalendarFeed.objects.create(user_id=user.pk, with_amounts=with_amounts, made_at=now)
    audit.record(actor=user, action="calendar address made", subject=feed, at=now, after={"with_amounts": with_amounts})
    return feed


@transaction.atomic
def revoke_feed(*, user: Any, now: datetime) -> bool:
    """Revoke the address, if there is one. Nothing can be read at it from here on."""
    # The person's own row is the lock: of two new addresses asked for at once the second ends the first.
    User.objects.select_for_update().get(pk=user.pk)
    feed = CalendarFeed.objects.filter(user_id=user.pk, revoked_at=None).first()
    if feed is None:
        return False
    feed.revoked_at = now
    feed.save(update_fields=["revoked_at"])
    audit.record(actor=user, action="calendar address revoked", subject=feed, at=now)
    return True


def secret_of(feed: CalendarFeed) -> str:
    """What makes the address secret: nobody without SECRET_KEY can tell it, whatever of the database they have seen."""
    return salted_hmac("awards.calendar", f"{feed.pk}/{feed.user_id}", algorithm="sha256").hexdigest()[:40]


def feed_at(pk: int, secret: str) -> CalendarFeed | None:
    """The feed of that address, if it stands and its person may still sign in."""
    feed = (
        CalendarFeed.objects.filter(pk=pk, revoked_at=None, user__is_active=True)
        .select_related("user__preferences")
        .first()
    )
    return feed if feed is not None and constant_time_compare(secret_of(feed), secret) else None
