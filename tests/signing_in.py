"""A test's client as somebody who has just confirmed that it is they."""

import time
from typing import Any

from allauth.account.internal.flows import login
from django.test import Client


def sign_in(client: Client, user: Any, *, seconds_ago: float = 0) -> Client:
    """Signed in, and the password given again that many seconds ago."""
    client.force_login(user)
    session = client.session
    session[login._AUTHENTICATION_METHODS_USER_SESSION_KEY] = str(user.pk)
    session[login.AUTHENTICATION_METHODS_SESSION_KEY] = [
        {"method": "password", "at": time.time() - seconds_ago, "reauthenticated": True}
    ]
    session.save()
    return client
