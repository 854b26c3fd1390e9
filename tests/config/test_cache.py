"""The cache that counts sign-ins: one statement a write, and nobody's count is dropped for another's."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core.cache import cache
from django.db import connection
from django.test import Client

from config import cache as portal_cache
from tests import builders

pytestmark = pytest.mark.django_db
Queries = Callable[..., Any]
LATER = timedelta(seconds=62)


@pytest.fixture
def clock() -> Any:
    with time_machine.travel("2026-11-20T12:00:00+00:00", tick=False) as travelling:
        yield travelling


def stored() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM portal_cache")
        return int(cursor.fetchone()[0])


def test_written_and_read() -> None:
    cache.set("a", [1, "two"], 60)
    cache.set("a", [3], 60)
    cache.set("always", "b", None)
    assert (cache.get("a"), cache.get("always"), cache.get("c")) == ([3], "b", None)


def test_added_once_while_it_lives() -> None:
    assert [cache.add("lock", 1, 60), cache.add("lock", 2, 60)] == [True, False]
    assert cache.get("lock") == 1


@pytest.mark.parametrize(("seconds", "added"), [(59, False), (60, False), (62, True)])
def test_added_again_after_it_has_expired(clock: Any, seconds: int, added: bool) -> None:
    cache.add("lock", 1, 60)
    clock.shift(timedelta(seconds=seconds))
    assert cache.add("lock", 2, 60) is added


def test_expired_is_not_read(clock: Any) -> None:
    cache.set("a", 1, 60)
    clock.shift(LATER)
    assert cache.get("a") is None


@pytest.mark.parametrize(("seconds", "found"), [(59, 1), (60, 1), (61, None)])
def test_read_to_its_last_second(clock: Any, seconds: int, found: int | None) -> None:
    cache.set("a", 1, 60)
    clock.shift(timedelta(seconds=seconds))
    assert cache.get("a") == found


def test_deleted_is_gone_and_only_once() -> None:
    cache.set("a", 1, 60)
    cache.set("b", 2, 60)
    assert [cache.delete("a"), cache.delete("a")] == [True, False]
    assert (cache.get("a", "nothing"), cache.get("b")) == ("nothing", 2)


def test_touched_lives_longer(clock: Any) -> None:
    cache.set("a", 1, 60)
    assert [cache.touch("a", 120), cache.touch("b", 120)] == [True, False]
    clock.shift(LATER)
    assert cache.get("a") == 1


def test_each_write_is_one_statement(django_assert_num_queries: Queries) -> None:
    cache.set("first", 1)
    with django_assert_num_queries(4):
        cache.set("a", 1)
        cache.add("b", 1)
        cache.touch("a")
        cache.delete("b")


def test_nothing_that_lives_is_dropped() -> None:
    for number in range(350):
        cache.set(f"wrong-password-{number}", 1, 300)
    assert stored() == 350


def test_what_has_expired_is_dropped(clock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.set("short", 1, 60)
    cache.set("long", 1, 600)
    clock.shift(LATER)
    monkeypatch.setattr(portal_cache, "SWEPT_EVERY", -1)
    cache.set("new", 1, 60)
    assert [cache.get(key) for key in ("short", "long", "new")] == [None, 1, 1]
    assert stored() == 2


@pytest.fixture
def ada() -> User:
    user = builders.person("ada")
    user.emailaddress_set.create(email="ada@example.com", verified=True, primary=True)
    user.email = "ada@example.com"
    user.set_password("a password for ada")
    user.save()
    return user


def test_signing_in_asks_the_database_so_often(ada: User, client: Client, django_assert_num_queries: Queries) -> None:
    cache.set("first", 1)
    # Five looks at the three counts, of four statements; then five: address with user, second factor, last sign-in,
    # session, and where that was.
    with django_assert_num_queries(25):
        answer = client.post("/accounts/login/", {"login": ada.email, "password": "a password for ada"})
    assert answer.headers["Location"] == "/"


def test_the_eleventh_wrong_password_is_not_looked_at(ada: User, client: Client) -> None:
    for number in range(10):
        client.post("/accounts/login/", {"login": f"nobody{number}@example.com", "password": "wrong"})
    answer = client.post("/accounts/login/", {"login": ada.email, "password": "a password for ada"})
    assert answer.status_code == 200
    assert "Too many failed login attempts" in answer.content.decode()


def test_sign_ins_of_one_address_are_as_many_as_the_settings_say(ada: User, settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "login": "2/m/ip"}
    given = {"login": ada.email, "password": "a password for ada"}
    at_once = [Client().post("/accounts/login/", given).status_code for _ in range(3)]
    assert at_once == [302, 302, 429]
    assert Client(REMOTE_ADDR="192.0.2.7").post("/accounts/login/", given).status_code == 302


def test_five_wrong_passwords_of_one_account_are_enough_from_wherever_they_come(ada: User) -> None:
    wrong = {"login": ada.email, "password": "wrong"}
    for number in range(5):
        Client(REMOTE_ADDR=f"192.0.2.{number}").post("/accounts/login/", wrong)
    answer = Client(REMOTE_ADDR="192.0.2.9").post("/accounts/login/", wrong | {"password": "a password for ada"})
    assert answer.status_code == 200
    assert "Too many failed login attempts" in answer.content.decode()
