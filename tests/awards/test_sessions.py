"""Where a person is signed in: what is noted and when, who sees it, and that what is ended is ended."""

import re
from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from awards import sessions
from awards.actions.sessions import end_sessions
from awards.models import AuditEvent
from tests import builders

pytestmark = pytest.mark.django_db
NOW, LATER = "2007-04-02T11:00-04:00", "2007-04-02T11:25-04:00"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:132.0) Gecko/20100101 Firefox/132.0"


def browser_of(username: str, user_agent: str = FIREFOX, address: str = "192.0.2.7") -> Client:
    """A browser in which that person has just signed in, by the page for it."""
    client = Client(headers={"User-Agent": user_agent}, REMOTE_ADDR=address)
    builders.person(username)
    answer = client.post("/accounts/login/", {"login": f"{username}@example.com", "password": "secret"})
    assert answer.headers["Location"] == "/"
    return client


def noted(username: str = "ada") -> list[UserSession]:
    return list(UserSession.objects.filter(user__username=username).order_by("pk"))


def text(response) -> str:
    assert response.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


@pytest.fixture
def ada(at) -> Client:
    """Ada's browser; two others are signed in at two browsers each."""
    at(NOW)
    for address in ("198.51.100.1", "198.51.100.2"):
        browser_of("other", "Zebra/1.0", address)
        browser_of("third", "Zebra/2.0", address)
    return browser_of("ada")


class TestNoting:
    def test_a_sign_in_notes_browser_address_and_instant(self, ada):
        (row,) = noted()

        assert (row.ip, row.user_agent, row.session_key) == ("192.0.2.7", FIREFOX, ada.session.session_key)
        assert row.created_at == row.last_seen_at == builders.instant("2007-04-02", "11:00")

    def test_a_sign_in_costs_one_insert(self, at):
        at(NOW)
        for _ in range(3):
            browser_of("ada")
        asked: list[str] = []

        # What is kept ready, PostgreSQL's log of queries leaves out.
        def heard(execute, sql, *given):
            asked.append(str(sql))
            return execute(sql, *given)

        with connection.execute_wrapper(heard):
            browser_of("ada")
        assert [sql.split()[0] for sql in asked if "usersessions" in sql] == ["INSERT"]

    def test_a_name_of_any_length_is_cut(self, at):
        at(NOW)
        browser_of("ada", "x" * 1_000)

        assert noted()[0].user_agent == "x" * 200

    def test_pages_of_the_next_ten_minutes_write_nothing(self, ada, at):
        at(LATER)
        with CaptureQueriesContext(connection) as asked:
            ada.get("/inbox/")

        assert [each["sql"].split()[0] for each in asked] == ["SELECT", "SELECT", "SELECT"]
        assert noted()[0].last_seen_at == builders.instant("2007-04-02", "11:00")

    def test_the_first_page_after_ten_minutes_writes_once(self, ada, at):
        at(LATER)
        del ada.cookies[sessions.SEEN]
        with CaptureQueriesContext(connection) as asked:
            ada.get("/inbox/")
            ada.get("/inbox/")

        updates = [each["sql"] for each in asked if each["sql"].startswith("UPDATE")]
        assert len(updates) == 1
        assert '"usersessions_usersession"' in updates[0]
        assert noted()[0].last_seen_at == builders.instant("2007-04-02", "11:25")

    def test_the_mark_lasts_ten_minutes_and_no_script_reads_it(self, ada):
        cookie = ada.cookies[sessions.SEEN]

        assert (cookie["max-age"], cookie["httponly"], cookie["samesite"]) == (600, True, "Lax")

    @pytest.mark.parametrize("mark", ["1", "forged:1sYzab:nothing"])
    def test_a_forged_mark_hides_nothing(self, ada, at, mark):
        at(LATER)
        ada.cookies[sessions.SEEN] = mark
        ada.get("/inbox/")

        assert noted()[0].last_seen_at == builders.instant("2007-04-02", "11:25")

    def test_the_mark_of_another_session_hides_nothing(self, ada, at):
        at(LATER)
        ada.cookies[sessions.SEEN] = browser_of("other").cookies[sessions.SEEN].value
        ada.get("/inbox/")

        assert noted()[0].last_seen_at == builders.instant("2007-04-02", "11:25")

    def test_what_is_posted_writes_no_more_than_it_must(self, ada, at):
        at(LATER)
        del ada.cookies[sessions.SEEN]
        ada.post("/inbox/read/")
        assert noted()[0].last_seen_at == builders.instant("2007-04-02", "11:00")

        ada.get("/inbox/")
        assert noted()[0].last_seen_at == builders.instant("2007-04-02", "11:25")


class TestList:
    def test_names_browser_address_and_instants(self, ada):
        page = text(ada.get("/accounts/sessions/"))

        assert "Firefox on Windows This one" in page
        assert "192.0.2.7" in page
        assert "Mon, Apr 2, 2007, 11:00 AM EDT" in page
        assert "End the other" not in page

    def test_never_shows_where_others_are_signed_in(self, ada):
        page = text(ada.get("/accounts/sessions/"))

        assert "Zebra" not in page
        assert "198.51.100" not in page

    def test_leaves_out_what_has_run_out_and_what_was_signed_out(self, ada):
        browser_of("ada", address="192.0.2.8").logout()
        browser_of("ada", address="192.0.2.9")
        Session.objects.filter(session_key=noted()[-1].session_key).update(
            expire_date=builders.instant("2007-04-02", "11:00")
        )

        assert [row.ip for row in self._standing()] == ["192.0.2.7"]

    def test_leaves_out_those_from_before_another_password(self, ada):
        user = User.objects.get(username="ada")
        user.set_password("another one")
        user.save()

        assert self._standing() == []

    def test_keeps_one_whose_key_changed_with_the_password(self, ada):
        User.objects.filter(username="ada").update(is_staff=True)
        before = ada.session.session_key
        words = {"old_password": "secret", "new_password1": "a long new one 7", "new_password2": "a long new one 7"}
        assert ada.post("/admin/password_change/", words).status_code == 302
        assert ada.session.session_key != before
        assert self._standing() == []

        ada.get("/inbox/")

        assert [row.session_key for row in self._standing()] == [ada.session.session_key]

    def _standing(self) -> list[UserSession]:
        return sessions.standing(User.objects.get(username="ada"), now=builders.instant("2007-04-02", "11:00"))

    @pytest.mark.parametrize("count", [1, 500])
    def test_asks_the_database_the_same_at_any_length(self, ada, count, django_assert_num_queries):
        mine = Session.objects.get(session_key=ada.session.session_key)
        user = User.objects.get(username="ada")
        for number in range(count - 1):
            Session.objects.create(
                session_key=f"k{number}", session_data=mine.session_data, expire_date=mine.expire_date
            )
            UserSession.objects.create(user=user, session_key=f"k{number}", ip="192.0.2.1", user_agent=FIREFOX)

        # Session, user with the number of unread messages, what is noted, the sessions noted.
        with django_assert_num_queries(4):
            page = ada.get("/accounts/sessions/")
        assert len(page.context["rows"]) == count

    def test_needs_a_sign_in(self, client):
        assert client.get("/accounts/sessions/").headers["Location"] == "/accounts/login/?next=/accounts/sessions/"


class TestEnding:
    def test_the_others_are_signed_out_and_this_one_stays(self, ada):
        second, third = browser_of("ada"), browser_of("ada")

        answer = text(ada.post("/accounts/sessions/", follow=True))

        assert "2 sessions were ended." in answer
        for ended in (second, third):
            assert ended.get("/inbox/").headers["Location"] == "/accounts/login/?next=/inbox/"
        assert ada.get("/inbox/").status_code == 200
        assert [row.session_key for row in noted()] == [ada.session.session_key]

    def test_nobody_else_is_signed_out(self, ada):
        other = browser_of("other")

        ada.post("/accounts/sessions/")

        assert other.get("/inbox/").status_code == 200
        assert len(noted("other")) == 3

    def test_one_is_ended_alone(self, ada):
        second, third = browser_of("ada"), browser_of("ada")

        ada.post("/accounts/sessions/", {"session": noted()[1].pk})

        assert second.get("/inbox/").status_code == 302
        assert third.get("/inbox/").status_code == 200

    def test_anothers_is_not_ended_by_its_key(self, ada):
        other = browser_of("other")

        answer = text(ada.post("/accounts/sessions/", {"session": noted("other")[-1].pk}, follow=True))

        assert "0 sessions were ended." in answer
        assert other.get("/inbox/").status_code == 200

    @pytest.mark.parametrize("key", ["", "x", "-1", "0", "9" * 40])
    def test_a_key_that_is_none_ends_nothing(self, ada, key):
        second = browser_of("ada")

        assert "0 sessions were ended." in text(ada.post("/accounts/sessions/", {"session": key}, follow=True))
        assert second.get("/inbox/").status_code == 200

    def test_this_one_is_not_ended_by_its_key(self, ada):
        ada.post("/accounts/sessions/", {"session": noted()[0].pk})

        assert ada.get("/inbox/").status_code == 200

    def test_the_trail_says_who_ended_how_many(self, ada):
        browser_of("ada")
        ada.post("/accounts/sessions/")
        ada.post("/accounts/sessions/")

        (event,) = AuditEvent.objects.filter(action="sessions ended")
        user = User.objects.get(username="ada")
        assert (event.actor, event.subject, event.after) == (user, f"user:{user.pk}", {"sessions": 1})
        assert event.at == builders.instant("2007-04-02", "11:00")

    def test_without_a_session_to_keep_all_are_ended(self, ada):
        user = User.objects.get(username="ada")

        assert end_sessions(user=user, but=None, now=builders.instant("2007-04-02")) == 1
        assert ada.get("/inbox/").status_code == 302


@pytest.mark.parametrize("page", ["add/", "{pk}/delete/"])
def test_desk_only_reads_them(ada, admin_client, page):
    (row,) = noted()
    assert admin_client.get("/admin/usersessions/usersession/").status_code == 200
    assert (
        admin_client.post(f"/admin/usersessions/usersession/{page.format(pk=row.pk)}", {"post": "yes"}).status_code
        == 403
    )
    assert noted() == [row]


def test_clearing_sessions_clears_what_was_noted_of_them(ada):
    browser_of("ada")
    gone = noted()[0]
    Session.objects.filter(session_key=gone.session_key).update(expire_date=timezone.now() - timedelta(seconds=1))

    call_command("clearsessions")

    assert gone not in noted()
    assert len(noted()) == 1
    assert len(noted("other")) == 2
