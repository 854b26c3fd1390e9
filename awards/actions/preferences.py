"""What a person wants of the portal, changed by themselves."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from awards.actions import audit
from awards.models import Preferences


@transaction.atomic
def change_preferences(*, user: Any, wanted: Mapping[str, bool | str], now: datetime) -> Preferences:
    """Keep which e-mail the person wants, and in which language; what must be sent is sent all the same."""
    # The person's own row is the lock: two forms at once are two changes, one after the other.
    User.objects.select_for_update().get(pk=user.pk)
    preferences, _ = Preferences.objects.get_or_create(user_id=user.pk)
    before = {name: getattr(preferences, name) for name in wanted}
    changed = {name: value for name, value in wanted.items() if before[name] != value}
    for name, value in changed.items():
        setattr(preferences, name, value)
    if changed:
        preferences.save(update_fields=list(changed))
        was = {name: before[name] for name in changed}
        audit.record(actor=user, action="preferences changed", subject=preferences, at=now, before=was, after=changed)
    return preferences
