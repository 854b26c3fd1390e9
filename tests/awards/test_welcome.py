"""The first view: explained with the reader's own numbers, closed and opened again, and never another's.

10,000 OSOs of 2006-04-01 at 5.18; on 2007-04-02, 5,000 are vested and each pays 1.2467608036.
"""

import re

import pytest
from django.test import Client
from django.urls import reverse

from awards.models import AuditEvent, Award, Preferences
from tests import builders
from tests.awards.test_views import CANARY, _text
from tests.awards.timeline.test_moments import exercise

pytestmark = pytest.mark.django_db
NOW = "2007-04-02T11:00-04:00"


@pytest.fixture
def award() -> Award:
    """Two Awards of somebody else stand beside it."""
    builders.closes(builders.CLOSES_2007_04_02)
    other = builders.grantee("other", name=CANARY)
    builders.granted_award(other, options=777, award_date="2006-01-01", initial_price="2.87")
    builders.granted_award(other, options=888, award_date="2006-07-01", initial_price="4.44")
    return builders.granted_award(options=10_000, award_date="2006-04-01", initial_price="5.18")


@pytest.fixture
def reader(award: Award, client: Client, at) -> Client:
    at(NOW)
    client.force_login(award.grantee.user)
    return client


class TestExplained:
    def test_with_the_numbers_of_the_reader(self, reader):
        page = _text(reader.get("/welcome/"))

        for said in (
            "How the Award of Apr 1, 2006 works",
            "10,000 options",
            "$1.246760… each, now",
            "$6.10",
            "the Initial Price of $5.18, moved with the index: +10.014%",
            "$5.698725…",
            "3.107×",
            "for the Stock against the index: +8.545% a year",
            # "That day" is the one named last: the last, not the one of the next vesting.
            "Until Thu, Apr 1, 2010 The last moment is 4:00 PM EDT of that day; what is not exercised by then is gone.",
            "5,000 can be exercised now. 1,250 more on Jun 30, 2007.",
            "An exercise cannot be taken back.",
        ):
            assert said in page
        assert CANARY not in page
        # As a number of its own: it may be part of the number of an Award.
        assert not re.search(r"\b777\b", page)

    def test_says_why_it_pays_nothing(self, reader, award):
        # 10.014 % above 6.20 the Adjusted Price is over the close of 6.10.
        dear = builders.granted_award(award.grantee, options=100, award_date="2006-04-01", initial_price="6.20")

        page = _text(reader.get(reverse("awards:welcome_award", args=[dear.pk])))

        assert "$0.00 each, now" in page
        assert "There is a Multiplier, but no gain for it to multiply." in page

    def test_of_the_award_that_pays_most(self, reader, award):
        builders.granted_award(award.grantee, options=40, award_date="2006-04-01", initial_price="5.18")
        assert reader.get("/welcome/").context["explained"].award == award

    def test_of_the_newest_where_none_pays(self, client, at):
        at("2006-05-01T11:00-04:00")
        holder = builders.grantee()
        builders.granted_award(holder, options=1, award_date="2006-04-03")
        newest = builders.granted_award(holder, options=1, award_date="2006-04-10")
        client.force_login(holder.user)
        assert client.get("/welcome/").context["explained"].award == newest

    def test_without_an_award_says_what_will_appear(self, client, at):
        at(NOW)
        client.force_login(builders.person("nobody"))
        assert "What will appear here" in _text(client.get("/"))
        assert "its letter waits here" in _text(client.get("/welcome/"))

    def test_of_one_whose_letter_was_issued_before_a_newer_one(self, client, at):
        at("2006-05-01T11:00-04:00")
        issued = builders.issued_award(options=1, award_date="2006-04-03")
        builders.approved_award(issued.grantee, options=1, award_date="2006-04-10")
        client.force_login(issued.grantee.user)
        assert client.get("/").context["explained"].award == issued

    def test_of_no_award_whose_letter_was_not_issued(self, client, at):
        at("2006-05-01T11:00-04:00")
        approved = builders.approved_award(options=5, award_date="2006-04-10")
        client.force_login(approved.grantee.user)

        for address in ("/", reverse("awards:welcome_award", args=[approved.pk])):
            page = _text(client.get(address))
            assert "What will appear here" in page
            assert "What makes it pay" not in page

    @pytest.mark.parametrize(("make", "links"), [(builders.approved_award, 0), (builders.issued_award, 1)])
    def test_letter_has_a_link_once_it_is_issued(self, client, at, make, links):
        at("2006-05-01T11:00-04:00")
        of = make(options=5, award_date="2006-04-10")
        client.force_login(of.grantee.user)

        letter = reverse("awards:letter", args=[of.pk])

        assert client.get(reverse("awards:award", args=[of.pk])).content.decode().count(f'href="{letter}"') == links
        assert client.get(letter).status_code == (200 if links else 404)

    def test_of_an_award_not_accepted_leads_to_its_letter(self, client, at):
        at("2006-05-01T11:00-04:00")
        issued = builders.issued_award(options=5, award_date="2006-04-10")
        client.force_login(issued.grantee.user)
        page = client.get("/welcome/").content.decode()
        assert f'<a href="{reverse("awards:letter", args=[issued.pk])}">Accept the Award Letter first</a>' in page

    def test_of_an_award_that_is_over(self, reader, award, at):
        at("2010-04-02T11:00-04:00")
        assert "Nothing is left of this Award." in _text(reader.get(reverse("awards:welcome_award", args=[award.pk])))

    def test_of_anothers_award_does_not_exist(self, reader):
        for other in Award.objects.filter(grantee__name=CANARY):
            assert reader.get(reverse("awards:welcome_award", args=[other.pk])).status_code == 404

    def test_needs_a_sign_in(self, client):
        assert client.get("/welcome/").headers["Location"] == "/accounts/login/?next=/welcome/"
        assert client.post("/welcome/seen/").headers["Location"] == "/accounts/login/?next=/welcome/seen/"

    @pytest.mark.parametrize("awards", [1, 3])
    def test_asks_the_database_what_home_asks(self, reader, award, awards, django_assert_num_queries):
        for _ in range(awards - 1):
            builders.granted_award(award.grantee, options=40, award_date="2006-04-01", initial_price="5.18")
        reader.get("/welcome/")

        # Session, user, overrides, Awards, their ledgers, closes.
        with django_assert_num_queries(6):
            reader.get("/welcome/")


class TestSeen:
    def test_closed_stays_closed_on_every_machine(self, reader, award):
        assert "What makes it pay" in _text(reader.get("/"))

        response = reader.post("/welcome/seen/")

        assert response.headers["Location"] == "/"
        assert "You find it again under" in _text(reader.get("/"))
        another = Client()
        another.force_login(award.grantee.user)
        page = another.get("/").content.decode()
        assert "What makes it pay" not in page
        assert 'href="/welcome/">How it works</a>' in page

    def test_is_kept_with_the_person_and_written_down(self, reader, award):
        reader.post("/welcome/seen/")

        assert Preferences.objects.get().user == award.grantee.user
        event = AuditEvent.objects.get(action="preferences changed")
        assert (event.actor, event.before, event.after) == (
            award.grantee.user,
            {"hides_first_view": False},
            {"hides_first_view": True},
        )

    def test_is_opened_again(self, reader):
        reader.post("/welcome/seen/")
        assert "Show it on my first page again" in _text(reader.get("/welcome/"))

        reader.post("/welcome/seen/", {"again": "yes"})

        assert "What makes it pay" in _text(reader.get("/"))
        assert AuditEvent.objects.filter(action="preferences changed").count() == 2

    def test_leaves_anothers_as_it_is(self, reader):
        theirs = Preferences.objects.create(user=builders.person("somebody"))
        reader.post("/welcome/seen/")
        theirs.refresh_from_db()
        assert not theirs.hides_first_view

    def test_is_not_changed_by_a_link(self, reader):
        assert reader.get("/welcome/seen/").status_code == 405
        assert not Preferences.objects.exists()

    def test_keeps_what_else_was_preferred(self, reader, award):
        Preferences.objects.create(user=award.grantee.user, mail_paid=False, language="es")
        reader.post("/welcome/seen/")
        kept = Preferences.objects.get()
        assert (kept.mail_paid, kept.language, kept.hides_first_view) == (False, "es", True)

    def test_costs_no_query(self, reader, django_assert_num_queries):
        reader.post("/welcome/seen/")
        reader.get("/")
        with django_assert_num_queries(6):
            reader.get("/")


class TestHome:
    def test_says_what_vests_next(self, reader):
        assert "Next to vest Jun 30, 2007 1,250 options" in _text(reader.get("/"))

    def test_lists_the_newest_exercises_with_their_receipts(self, reader, award):
        exercise(award, 200, "2007-04-02", notice=17)

        page = reader.get("/").content.decode()

        assert '<a href="/exercises/17/">Apr 2, 2007</a> <b>200 options</b>' in page

    def test_has_a_badge_where_the_value_is_misread(self, reader, award):
        builders.granted_award(award.grantee, options=100, award_date="2006-04-01", initial_price="6.20")
        assert "$0.00 Multiplier, but no gain" in _text(reader.get("/"))

    def test_award_has_the_badge_too(self, reader, award):
        dear = builders.granted_award(award.grantee, options=100, award_date="2006-04-01", initial_price="6.20")
        page = reader.get(reverse("awards:award", args=[dear.pk])).content.decode()
        assert '<span class="badge" data-tone="warn">Multiplier, but no gain</span>' in page

    def test_award_draws_its_time_and_tells_it_day_by_day(self, reader, award):
        page = reader.get(reverse("awards:award", args=[award.pk])).content.decode()

        for title in ("life-across-title", "life-down-title"):
            assert f'<title id="{title}">The time of this Award: what has vested by when' in page
        for description in ("life-across-description", "life-down-description"):
            assert f'<desc id="{description}">From the Award Date, Apr 1, 2006, to the lapse, Apr 1, 2010.' in page
        told = _text(reader.get(reverse("awards:award", args=[award.pk])))
        assert "Mar 31, 2007 5,000 Vested · 5,000 in all" in told
        assert "Jun 30, 2007 1,250 Vests · 6,250 in all" in told
        assert "style=" not in page
