"""Sign a person out where they are signed in otherwise, as they ask for it themselves."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from allauth.usersessions.models import UserSession
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.db import transaction

from awards.actions import audit


@transaction.atomic
def end_sessions(*, user: Any, but: str | None, only: Collection[int] | None = None, now: datetime) -> int:
    """End the person's own sessions, or `only` those of these keys of UserSession; never that of session key `but`.

    How many were ended. Nobody else's can be: an unknown key, or another's, ends nothing.
    """
    # The person's own row is the lock: two who end the same sessions at once do not both say so.
    User.objects.select_for_update().get(pk=user.pk)
    noted = UserSession.objects.filter(user_id=user.pk).exclude(session_key=but)
    if only is not None:
        noted = noted.filter(pk__in=only)
    keys = list(noted.values_list("session_key", flat=True))
    ended, _ = Session.objects.filter(session_key__in=keys).delete()
    UserSession.objects.filter(session_key__in=keys).delete()
    if ended:
        audit.record(actor=user, action="sessions ended", subject=user, at=now, after={"sessions": ended})
    return ended
