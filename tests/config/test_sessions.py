"""A session is written once at sign-in, under a key that nobody had before."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from config.sessions import SessionStore
from tests import builders

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> User:
    user = builders.person("ada")
    user.emailaddress_set.create(email=user.email, verified=True, primary=True)
    return user


def sign_in(client: Client, user: User) -> str:
    answer = client.post("/accounts/login/", {"login": user.email, "password": "secret"})
    assert answer.headers["Location"] == "/"
    return str(answer.cookies["sessionid"].value)


def kept() -> list[str]:
    return list(Session.objects.values_list("session_key", flat=True))


def signed_in(key: str) -> str | None:
    return SessionStore(key).get("_auth_user_id")


def test_signing_in_without_a_session_makes_one(ada: User, client: Client) -> None:
    key = sign_in(client, ada)
    assert (kept(), signed_in(key), len(key)) == ([key], str(ada.pk), 32)


def test_a_key_known_before_is_gone_and_what_it_held_is_kept(ada: User, client: Client) -> None:
    before = SessionStore()
    before["chosen"] = "a page"
    before.create()
    assert before.session_key
    client.cookies["sessionid"] = before.session_key
    key = sign_in(client, ada)
    assert key != before.session_key
    assert (kept(), signed_in(key), SessionStore(key)["chosen"]) == ([key], str(ada.pk), "a page")


def test_a_planted_key_that_no_session_has_is_not_taken_up(ada: User, client: Client) -> None:
    client.cookies["sessionid"] = "a" * 32
    key = sign_in(client, ada)
    assert (key != "a" * 32, kept()) == (True, [key])


def test_what_was_put_in_before_there_was_a_key_is_kept() -> None:
    store = SessionStore()
    store["chosen"] = "a page"
    store.cycle_key()
    store["user"] = "1"
    store.save()
    assert store.session_key is not None
    assert dict(SessionStore(store.session_key).items()) == {"chosen": "a page", "user": "1"}


def test_a_key_that_is_taken_is_left_alone_and_another_made(monkeypatch: pytest.MonkeyPatch) -> None:
    first = SessionStore()
    first["user"] = "1"
    first.create()
    keys = iter([first.session_key, "b" * 32])
    monkeypatch.setattr("config.sessions.get_random_string", lambda length, allowed: next(keys))
    second = SessionStore()
    second["user"] = "2"
    second.save()
    assert second.session_key == "b" * 32
    assert [SessionStore(key)["user"] for key in (first.session_key, second.session_key)] == ["1", "2"]


def test_a_new_session_is_one_statement(django_assert_num_queries: Callable[..., Any]) -> None:
    store = SessionStore()
    store["chosen"] = "a page"
    with django_assert_num_queries(1):
        store.save()


def test_a_new_session_ends_when_it_should() -> None:
    store = SessionStore()
    store.save()
    (session,) = Session.objects.all()
    assert session.expire_date - timezone.now() == pytest.approx(timedelta(hours=8), abs=timedelta(minutes=1))


def test_each_sign_in_has_a_key_of_its_own(ada: User) -> None:
    keys = {sign_in(Client(), ada) for _ in range(3)}
    assert (len(keys), sorted(keys)) == (3, sorted(kept()))


def test_signing_in_as_somebody_else_leaves_nothing_of_the_first(ada: User, client: Client) -> None:
    first = sign_in(client, ada)
    client.post("/accounts/logout/")
    eve = builders.person("eve")
    eve.emailaddress_set.create(email=eve.email, verified=True, primary=True)
    second = sign_in(client, eve)
    assert first != second
    assert (kept(), signed_in(second), signed_in(first)) == ([second], str(eve.pk), None)
