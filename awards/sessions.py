"""Where a person is signed in: noted at the sign-in, seen again every ten minutes, and shown to them alone."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.crypto import constant_time_compare, get_random_string

from awards.market import writing
from awards.sign_in import client_address
from config import clock

# In the session itself: a word that only its mark repeats. A session without one was not begun by a sign-in.
NOTED = "noted"
# A cookie that says, for as long as it lives, that nothing need be written.
SEEN, SEEN_FOR = "seen", 600


def expect_note(request: HttpRequest, response: HttpResponseBase, user: Any, **kwargs: Any) -> None:
    """Somebody signs in: `note` writes down where, once the session has its key."""
    request.session[NOTED] = word = get_random_string(12)
    _mark_seen(response, word)
    request.signed_in = user  # type: ignore[attr-defined]


def note(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Stands around the sessions' middleware, which writes a session with the answer.

    A sign-in costs one INSERT. When a session was last seen is written by a page that is only looked at, and no oftener
    than every ten minutes.
    """

    def answer(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        session = request.session
        word = session.get(NOTED) if session.accessed and session.session_key else None
        if word and hasattr(request, "signed_in"):
            _note_sign_in(request)
        elif word and request.method == "GET" and request.get_signed_cookie(SEEN, None, max_age=SEEN_FOR) != word:
            _note_again(request)
            _mark_seen(response, word)
        return response

    return answer


def _note_again(request: Any) -> None:
    """Seen again; one whose key changed under it, with the password, is noted under the new key."""
    seen = UserSession.objects.filter(session_key=request.session.session_key).update(last_seen_at=clock.now())
    if not seen and request.user.is_authenticated:
        _note(request, request.user)


def _note_sign_in(request: Any) -> None:
    _note(request, request.signed_in)


def _note(request: Any, user: Any) -> None:
    now = clock.now()
    session = UserSession(
        user_id=user.pk,
        session_key=request.session.session_key,
        ip=client_address(request),
        user_agent=request.headers.get("User-Agent", "")[:_LONGEST],
        created_at=now,
        last_seen_at=now,
    )
    # Two pages of one session may find at once that it is not noted.
    writing.add(session)


_LONGEST = UserSession._meta.get_field("user_agent").max_length


def _mark_seen(response: HttpResponseBase, word: str) -> None:
    secure = settings.SESSION_COOKIE_SECURE
    response.set_signed_cookie(SEEN, word, max_age=SEEN_FOR, secure=secure, httponly=True, samesite="Lax")


def standing(user: Any, *, now: datetime) -> list[UserSession]:
    """The sessions in which the person is signed in, last seen first. Two queries, at any number of them."""
    noted = UserSession.objects.filter(user_id=user.pk, session_key__in=unexpired(now).values("session_key"))
    rows = {row.session_key: row for row in noted}
    stored = Session.objects.filter(session_key__in=rows) if rows else []
    found = [rows[session.session_key] for session in stored if _signs_in(session, user)]
    return sorted(found, key=lambda row: (row.last_seen_at, row.pk), reverse=True)


def unexpired(now: datetime) -> QuerySet[Session]:
    return Session.objects.filter(expire_date__gt=now)


def _signs_in(session: Session, user: Any) -> bool:
    """Whether it still signs the person in: a changed password has ended those before it."""
    held = session.get_decoded()
    is_theirs = held.get(SESSION_KEY) == str(user.pk)
    return is_theirs and constant_time_compare(held.get(HASH_SESSION_KEY, ""), user.get_session_auth_hash())
