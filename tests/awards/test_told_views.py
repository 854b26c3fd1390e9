"""The inbox, the preferences, the calendar: what they show and change, and that nobody sees what is another's."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from awards.actions.calendar_feed import make_feed
from awards.models import AuditEvent, Award, CalendarFeed, Message, Preferences
from tests import builders

pytestmark = pytest.mark.django_db
NOW = "2007-04-02T11:00-04:00"
CANARY = "Zebediah"


@pytest.fixture
def award() -> Award:
    """Two letters of another stand beside the reader's own one."""
    other = builders.grantee("other", name=CANARY)
    builders.granted_award(other, options=777, award_date="2006-01-01", initial_price="2.87")
    builders.granted_award(other, options=888, award_date="2006-07-01", initial_price="4.44")
    return builders.granted_award(options=10_000, award_date="2006-04-01", initial_price="5.18")


@pytest.fixture
def reader(award: Award, client: Client, at) -> Client:
    at(NOW)
    client.force_login(award.grantee.user)
    return client


def text(response) -> str:
    assert response.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def mine(award: Award) -> Message:
    return Message.objects.get(recipient=award.grantee.user)


def anothers() -> Message:
    return Message.objects.filter(recipient__username="other").order_by("pk")[0]


class TestInbox:
    def test_shows_what_was_told(self, reader, award):
        page = text(reader.get("/inbox/"))

        assert "An Award Letter of Apr 1, 2006 waits for you" in page
        assert "an Award of 10,000 Outperform Stock Options under the Master Award Agreement of July 1, 2005" in page
        assert "Sat, Apr 1, 2006, 11:00 AM EST" in page
        assert "1 unread message" in page

    def test_never_shows_what_another_was_told(self, reader):
        page = text(reader.get("/inbox/"))

        assert CANARY not in page
        assert "777" not in page
        assert "888" not in page

    def test_without_messages_says_so(self, client, at):
        at(NOW)
        client.force_login(builders.person("nobody"))

        assert "No messages yet" in text(client.get("/inbox/"))

    def test_needs_a_sign_in(self, client):
        for path in ("/inbox/", "/preferences/"):
            assert client.get(path).headers["Location"] == f"/accounts/login/?next={path}"

    def test_reading_marks_it_and_goes_back_to_the_inbox(self, reader, award):
        response = reader.post(reverse("told:read", args=[mine(award).pk]))

        assert response.headers["Location"] == "/inbox/"
        assert mine(award).read_at.isoformat() == "2007-04-02T11:00:00-04:00" or mine(award).read_at is not None
        assert "Nothing unread" in text(reader.get("/inbox/"))
        assert anothers().read_at is None

    def test_opening_marks_it_and_goes_to_what_it_is_about(self, reader, award):
        response = reader.post(reverse("told:read", args=[mine(award).pk]), {"open": "yes"})

        assert response.headers["Location"] == f"/awards/{award.pk}/letter/"
        assert mine(award).read_at is not None

    def test_read_again_keeps_when_it_was_read_first(self, reader, award, at):
        reader.post(reverse("told:read", args=[mine(award).pk]))
        first = mine(award).read_at
        at("2007-04-03T11:00-04:00")

        reader.post(reverse("told:read", args=[mine(award).pk]))

        assert mine(award).read_at == first

    def test_anothers_message_is_not_there(self, reader):
        assert reader.post(reverse("told:read", args=[anothers().pk])).status_code == 404
        assert anothers().read_at is None

    def test_nothing_is_read_by_looking(self, reader, award):
        reader.get("/inbox/")

        assert reader.get(reverse("told:read", args=[mine(award).pk])).status_code == 405
        assert reader.get("/inbox/read/").status_code == 405
        assert mine(award).read_at is None

    def test_all_of_the_reader_are_marked_and_none_of_another(self, reader, award):
        builders.issued_award(award.grantee, options=5, award_date="2006-05-01")

        reader.post("/inbox/read/")

        assert not Message.objects.filter(recipient=award.grantee.user, read_at=None).exists()
        assert Message.objects.filter(recipient__username="other", read_at=None).count() == 2

    @pytest.mark.parametrize("messages", [1, 3])
    def test_asks_the_database_the_same_at_any_length(self, reader, award, messages, django_assert_num_queries):
        for _ in range(messages - 1):
            builders.issued_award(award.grantee, options=5, award_date="2006-05-01")

        # Session, user with the number of unread messages, messages.
        with django_assert_num_queries(3):
            reader.get("/inbox/")

    def test_pages_of_twenty_five(self, reader, award):
        for _ in range(25):
            builders.issued_award(award.grantee, options=5, award_date="2006-05-01")

        first, second = (reader.get("/inbox/", {"page": page}).context["shown"] for page in (1, 2))

        assert (len(first), len(second)) == (25, 1)
        assert second[0]["message"] == mine_first(award)

    @pytest.mark.parametrize(("page", "status"), [("x", 404), ("0", 404), ("-1", 404), ("9" * 30, 404)])
    def test_page_that_is_none(self, reader, page, status):
        assert reader.get("/inbox/", {"page": page}).status_code == status


def mine_first(award: Award) -> Message:
    return Message.objects.filter(recipient=award.grantee.user).order_by("pk")[0]


class TestBar:
    def test_number_of_unread_is_on_every_page_and_costs_no_query(self, reader, award, django_assert_num_queries):
        builders.closes(builders.CLOSES_2007_04_02)
        # As without it: session, user, overrides, Awards, their ledgers, closes.
        with django_assert_num_queries(6):
            page = reader.get("/").content.decode()

        assert '<span class="visually-hidden">1 unread message</span>' in page

    def test_nothing_unread_shows_no_number(self, reader, award):
        reader.post("/inbox/read/")

        assert "unread message" not in reader.get("/exercises/").content.decode()


class TestPreferences:
    ALL = ("mail_lapse_ahead", "mail_vested", "mail_lapsed", "mail_priced", "mail_paid")

    def test_everything_is_wanted_until_something_is_not(self, reader):
        page = reader.get("/preferences/")

        assert [page.context["form"][name].value() for name in self.ALL] == [True] * 5

    def test_choice_is_kept_and_audited(self, reader, award):
        user = award.grantee.user
        reader.post("/preferences/", {"mail_lapse_ahead": "on", "mail_paid": "on"})

        kept = Preferences.objects.get(user=user)
        assert [getattr(kept, name) for name in self.ALL] == [True, False, False, False, True]
        event = AuditEvent.objects.get(subject=f"preferences:{kept.pk}")
        assert (event.actor, event.action) == (user, "preferences changed")
        assert event.after == {"mail_vested": False, "mail_lapsed": False, "mail_priced": False}

    def test_the_same_choice_again_changes_nothing(self, reader):
        for _ in range(2):
            reader.post("/preferences/", {"mail_paid": "on"})

        assert AuditEvent.objects.filter(action="preferences changed").count() == 1

    def test_the_choice_of_another_is_left_alone(self, reader, award):
        theirs = Preferences.objects.create(user=builders.person("other"))

        reader.post("/preferences/", {"user": theirs.user_id})

        theirs.refresh_from_db()
        assert theirs.mail_paid
        assert not Preferences.objects.get(user=award.grantee.user).mail_paid


class TestCalendarAddress:
    def test_made_shown_revoked(self, reader, award):
        reader.post("/preferences/calendar/", {"with_amounts": "on"})
        address = reader.get("/preferences/").context["address"]
        feed = CalendarFeed.objects.get()
        assert (feed.user, feed.with_amounts, feed.revoked_at) == (award.grantee.user, True, None)
        assert address.startswith(f"http://127.0.0.1:8000/calendar/{feed.pk}/")

        reader.post("/preferences/calendar/revoke/")

        assert reader.get("/preferences/").context["address"] is None
        assert Client().get(address.removeprefix("http://127.0.0.1:8000")).status_code == 404
        actions = AuditEvent.objects.filter(subject=f"calendarfeed:{feed.pk}").order_by("sequence")
        assert [row.action for row in actions] == ["calendar address made", "calendar address revoked"]

    def test_a_new_address_ends_the_one_before(self, reader):
        reader.post("/preferences/calendar/")
        first = reader.get("/preferences/").context["address"]

        reader.post("/preferences/calendar/")

        second = reader.get("/preferences/").context["address"]
        assert first != second
        assert [Client().get(path[21:]).status_code for path in (first, second)] == [404, 200]

    def test_revoking_nothing_says_nothing(self, reader):
        assert reader.post("/preferences/calendar/revoke/", follow=True).context["messages"]._loaded_data == []

    def test_the_address_of_another_is_not_shown(self, reader):
        make_feed(user=builders.person("other"), with_amounts=False, now=builders.instant("2007-04-01"))

        assert reader.get("/preferences/").context["address"] is None
