"""The calendar: the right days under UIDs that stay, and nothing that was not asked for."""

from datetime import UTC, date, datetime

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from icalendar import Calendar

from awards import calendar_feed
from awards.actions.calendar_feed import make_feed, secret_of
from awards.models import Award, Preferences
from tests import builders

pytestmark = pytest.mark.django_db
NOW = builders.instant("2007-04-02")


@pytest.fixture
def award() -> Award:
    other = builders.grantee("other", name="Zebediah")
    builders.granted_award(other, options=777)
    builders.granted_award(other, options=888)
    return builders.granted_award(options=1_000, award_date="2006-04-01", initial_price="5.18")


def events(award: Award, on: str = "2007-04-02", *, with_amounts: bool = False) -> dict[str, object]:
    written = calendar_feed.write(award.grantee.user, with_amounts=with_amounts, now=builders.instant(on))
    found = Calendar.from_ical(written).walk("VEVENT")
    return {str(event["UID"]).partition("@")[0]: event for event in found}


def starts(award: Award, on: str = "2007-04-02") -> dict[str, object]:
    return {name.rpartition("-")[0]: event["DTSTART"].dt for name, event in events(award, on).items()}


def test_every_day_of_the_award(award):
    # 2010-04-01 is a Thursday: trading closes at 16:00 EDT, which is 20:00 UTC.
    assert starts(award) == {
        "vests-1": date(2007, 3, 31),
        "vests-2": date(2007, 6, 30),
        "vests-3": date(2007, 9, 30),
        "vests-4": date(2007, 12, 31),
        "vests-5": date(2008, 3, 31),
        "lapses": date(2010, 4, 1),
        "last-moment": datetime(2010, 4, 1, 19, 45, tzinfo=UTC),
    }
    assert events(award)[f"last-moment-{award.pk}"]["DTEND"].dt == datetime(2010, 4, 1, 20, tzinfo=UTC)
    assert {str(event["STATUS"]) for event in events(award).values()} == {"CONFIRMED"}


def test_no_number_of_options_unless_asked_for(award):
    bare = calendar_feed.write(award.grantee.user, with_amounts=False, now=NOW).decode()
    told = events(award, with_amounts=True)

    assert "Options:" not in bare
    assert "1,000" not in bare.replace("\\", "")
    assert "Options: 500" in str(told[f"vests-1-{award.pk}"]["DESCRIPTION"])
    assert "Options: 1,000" in str(told[f"lapses-{award.pk}"]["DESCRIPTION"])


def test_a_leaver_keeps_the_uids_and_what_will_not_vest_is_cancelled(award):
    before = events(award)
    builders.ceased(award.grantee, "2007-07-15")

    after = events(award, "2007-07-20")

    # 2007-07-15 and 180 days are 2008-01-11, a Friday.
    assert after.keys() == before.keys()
    assert {name.rpartition("-")[0]: str(event["STATUS"]) for name, event in after.items()} == {
        "vests-1": "CONFIRMED", "vests-2": "CONFIRMED", "vests-3": "CANCELLED", "vests-4": "CANCELLED",
        "vests-5": "CANCELLED", "lapses": "CONFIRMED", "last-moment": "CONFIRMED",
    }  # fmt: skip
    assert after[f"lapses-{award.pk}"]["DTSTART"].dt == date(2008, 1, 11)
    assert all(after[name]["SEQUENCE"] > before[name]["SEQUENCE"] for name in before)


def test_a_reversed_fact_moves_the_days_back_under_a_higher_sequence(award):
    first = events(award)[f"lapses-{award.pk}"]
    fact = builders.ceased(award.grantee, "2007-07-15")
    second = events(award, "2007-07-20")[f"lapses-{award.pk}"]
    builders.reversed_fact(fact, on="2007-08-01")

    third = events(award, "2007-08-02")[f"lapses-{award.pk}"]

    assert [event["DTSTART"].dt for event in (first, second, third)] == [
        date(2010, 4, 1), date(2008, 1, 11), date(2010, 4, 1)
    ]  # fmt: skip
    assert first["SEQUENCE"] < second["SEQUENCE"] < third["SEQUENCE"]


def test_a_lapse_that_came_stays(award):
    assert {str(event["STATUS"]) for event in events(award, "2010-04-02").values()} == {"CONFIRMED"}


def test_of_others_awards_nothing_is_there(award):
    assert {name.rpartition("-")[2] for name in events(award)} == {str(award.pk)}


def test_who_acts_for_another_sees_their_days_while_they_may(award):
    guardian = builders.person("guardian")
    builders.appointed(guardian, award.grantee, until_on="2007-04-02")

    there, gone = (calendar_feed.write(guardian, with_amounts=False, now=builders.instant(on)) for on in
                   ("2007-04-02", "2007-04-03"))  # fmt: skip

    assert (there.count(b"BEGIN:VEVENT"), gone.count(b"BEGIN:VEVENT")) == (7, 0)


@pytest.mark.parametrize("awards", [1, 3])
def test_asks_the_database_the_same_at_any_length(award, awards, django_assert_num_queries):
    for _ in range(awards - 1):
        builders.granted_award(award.grantee, options=5, award_date="2006-05-01")

    reader = User.objects.select_related("preferences").get(pk=award.grantee.user_id)
    # Overrides and their number, Awards, their ledgers.
    with django_assert_num_queries(4):
        calendar_feed.write(reader, with_amounts=False, now=NOW)


class TestAddress:
    def _path(self, feed) -> str:
        return calendar_feed.address(feed.pk, secret_of(feed)).removeprefix(settings.PORTAL_URL)

    def test_read_without_a_sign_in(self, award, client: Client, at):
        at("2007-04-02T11:00-04:00")
        feed = make_feed(user=award.grantee.user, with_amounts=False, now=NOW)

        response = client.get(self._path(feed))

        assert (response.status_code, response["Content-Type"]) == (200, "text/calendar; charset=utf-8")
        assert response.content.startswith(b"BEGIN:VCALENDAR\r\n")
        assert (response["X-Robots-Tag"], "no-store" in response["Cache-Control"]) == ("noindex", True)

    def test_another_secret_another_number_or_another_method_finds_nothing(self, award, client: Client, at):
        at("2007-04-02T11:00-04:00")
        feed = make_feed(user=award.grantee.user, with_amounts=False, now=NOW)
        other = make_feed(user=builders.person("other"), with_amounts=False, now=NOW)
        wrong = [
            f"/calendar/{feed.pk}/{secret_of(other)}/options.ics",
            f"/calendar/{feed.pk}/x/options.ics",
            f"/calendar/{other.pk + 1}/{secret_of(feed)}/options.ics",
            f"/calendar/{10**25}/{secret_of(feed)}/options.ics",
        ]

        assert [client.get(path).status_code for path in wrong] == [404] * 4
        assert client.post(self._path(feed)).status_code == 405

    def test_who_may_not_sign_in_any_more_has_no_calendar(self, award, client: Client, at):
        at("2007-04-02T11:00-04:00")
        feed = make_feed(user=award.grantee.user, with_amounts=False, now=NOW)
        award.grantee.user.is_active = False
        award.grantee.user.save()

        assert client.get(self._path(feed)).status_code == 404


def test_name_and_days_are_in_the_readers_language_whoever_fetches_them(award):
    reader = award.grantee.user
    Preferences.objects.create(user=reader, language="es")
    said = calendar_feed.write(User.objects.get(pk=reader.pk), with_amounts=False, now=NOW).decode()
    assert "X-WR-CALNAME:Opciones Outperform" in said
    assert "SUMMARY:Se consolidan opciones" in said
