"""The employee's pages: what they say, and that nobody sees another's."""

import hashlib
import re

import pytest
from django.test import Client
from django.urls import reverse

from awards.agreement.employment import Cessation
from awards.models import AgreementAcceptance, Award, Determination, LetterOpening, Representative
from tests import builders
from tests.awards.timeline.test_moments import exercise
from tests.signing_in import sign_in

pytestmark = pytest.mark.django_db

# Two rows of somebody else's data stand beside the reader's own in every one of these tests.
CANARY = "Zebediah"
NO_CLOSE = "No close of the S&amp;P 500 is recorded for 2007-04-02, a Trading Day."


@pytest.fixture
def award() -> Award:
    """10,000 OSOs of 2006-04-01 at 5.18: half of them vested on 2007-03-31."""
    builders.closes(builders.CLOSES_2007_04_02)
    other = builders.grantee("other", name=CANARY)
    builders.granted_award(other, options=777, award_date="2006-01-01", initial_price="2.87")
    builders.granted_award(other, options=888, award_date="2006-07-01", initial_price="4.44")
    return builders.granted_award(options=10_000, award_date="2006-04-01", initial_price="5.18")


@pytest.fixture
def reader(award: Award, client: Client) -> Client:
    return sign_in(client, award.grantee.user)


def _text(response) -> str:
    assert response.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


class TestHome:
    def test_home_shows_what_is_held_and_what_it_pays(self, reader, at):
        at("2007-04-02T11:00-04:00")

        page = _text(reader.get("/"))

        # 5,000 vested of 10,000; per OSO 1.2467608036; 5,000 pay 6,233.80.
        assert "$6,233.80" in page
        assert "Apr 1, 2006" in page
        assert "5,000" in page
        assert "Closes of Mar 30, 2007: Stock $6.10, S&amp;P 500 1,420.86." in page

    def test_home_never_shows_anothers_awards(self, reader, at):
        at("2007-04-02T11:00-04:00")

        page = _text(reader.get("/"))

        assert CANARY not in page
        assert "777" not in page
        assert "888" not in page

    def test_home_the_day_before_vesting(self, reader, at):
        at("2007-03-30T11:00-04:00")

        response = reader.get("/")

        (row,) = response.context["table"].data
        assert (row.standing.vested, row.standing.unvested, row.exercisable) == (0, 10_000, 0)

    def test_home_on_the_vesting_date(self, reader, at):
        at("2007-03-31T00:00-04:00")

        (row,) = reader.get("/").context["table"].data

        assert (row.standing.vested, row.standing.unvested, row.exercisable) == (5_000, 5_000, 5_000)

    def test_home_offers_no_exercise_that_pays_nothing(self, reader, award, at):
        # At 6.20 the Adjusted Price, 10.014 % above it, is over the FMV of 6.10.
        dear = builders.granted_award(award.grantee, options=100, award_date="2006-04-01", initial_price="6.20")
        at("2007-04-02T11:00-04:00")

        page = reader.get("/").content.decode()

        assert reverse("exercises:enter", args=[award.pk]) in page
        assert reverse("exercises:enter", args=[dear.pk]) not in page

    def test_home_without_awards_says_so(self, client, at):
        at("2007-04-02T11:00-04:00")
        client.force_login(builders.person("nobody"))

        assert "No awards yet" in _text(client.get("/"))

    def test_home_needs_a_sign_in(self, client, at):
        at("2007-04-02T11:00-04:00")

        assert client.get("/").headers["Location"] == "/accounts/login/?next=/"

    def test_home_announces_a_lapse_with_value_in_it(self, reader, award, at):
        # Ceased on 2006-10-10: nothing vested. Ceased after vesting, on 2007-03-31: 180 days end on 2007-09-27.
        builders.ceased(award.grantee, "2007-03-31", recorded_on="2007-04-02")
        at("2007-04-02T11:00-04:00")

        assert reader.get("/").context["needs_me"] == []
        (row,) = reader.get("/").context["table"].data
        assert row.standing.lapse.lapses_on.isoformat() == "2007-09-27"

    def test_home_announces_a_letter(self, reader, award, at):
        builders.issued_award(award.grantee, options=50, award_date="2007-04-01", initial_price="6.10")
        at("2007-04-02T11:00-04:00")

        (need,) = reader.get("/").context["needs_me"]

        assert need.title == "An Award Letter of Apr 1, 2007 waits for you"

    @pytest.mark.parametrize("column", ["award", "vested", "unvested", "exercisable", "lapses", "value", "-value"])
    def test_home_sorts_by_every_column(self, reader, award, at, column):
        builders.granted_award(award.grantee, options=40, award_date="2007-04-01", initial_price="6.10")
        at("2007-04-02T11:00-04:00")

        rows = [row.record.award.options for row in reader.get("/", {"sort": column}).context["table"].rows]

        ascending = {"award": [10_000, 40], "unvested": [40, 10_000], "lapses": [10_000, 40], "-value": [10_000, 40]}
        assert rows == ascending.get(column, [40, 10_000])

    @pytest.mark.parametrize("awards", [1, 3])
    def test_home_asks_the_database_the_same_at_any_length(self, reader, award, at, awards, django_assert_num_queries):
        for _ in range(awards - 1):
            builders.granted_award(award.grantee, options=40, award_date="2006-04-01", initial_price="5.18")
        at("2007-04-02T11:00-04:00")
        reader.get("/")

        # Session, user, overrides, Awards, their ledgers, closes.
        with django_assert_num_queries(6):
            reader.get("/")

    def test_home_asks_for_the_adjustments_that_there_are(self, reader, at, django_assert_num_queries):
        builders.adjusted("2007-04-02", 1, 2, decided_on="2007-03-01")
        at("2007-04-02T11:00-04:00")
        reader.get("/")

        with django_assert_num_queries(7):
            page = _text(reader.get("/"))

        # 5,000 of each half are 2,500 of the new shares; at twice the price they pay the same.
        assert "2,500" in page

    @pytest.mark.parametrize("awards", [1, 3])
    def test_home_of_a_leaver_asks_for_facts_and_determinations_too(
        self, reader, award, at, awards, django_assert_num_queries
    ):
        for _ in range(awards - 1):
            builders.granted_award(award.grantee, options=40, award_date="2006-04-01", initial_price="5.18")
        builders.ceased(award.grantee, "2007-03-31", recorded_on="2007-04-02")
        builders.determined(award.grantee, Determination.Kind.RETIREMENT, "2007-03-31", decided_on="2007-04-02")
        at("2007-04-02T11:00-04:00")
        reader.get("/")

        with django_assert_num_queries(8):
            page = reader.get("/")

        assert {row.employment.cessation for row in page.context["table"].data} == {Cessation.RETIREMENT}

    def test_home_is_small_with_fifty_awards(self, reader, award, at):
        for number in range(49):
            builders.granted_award(award.grantee, options=40 + number, award_date="2006-04-01", initial_price="5.18")
        at("2007-04-02T11:00-04:00")

        assert len(reader.get("/").content) <= 30 * 1024

    def test_home_says_the_closes_that_are_there_when_the_newest_is_not(self, reader, at):
        # At 16:30 on 2007-04-02 its close is due and not there; the one before is in force.
        at("2007-04-02T16:30-04:00")

        context = reader.get("/").context

        assert (context["closes"].day.isoformat(), context["exercise_date"].isoformat()) == ("2007-03-30", "2007-04-03")
        assert context["waits"]

    @pytest.mark.parametrize(
        ("now", "told"),
        [
            # One close has not come in: the value is that of an exercise a day before.
            ("2007-04-03T16:00-04:00", "before taxes $6,233.80 Closes of Mar 30, 2007"),
            # Two have not: there is none.
            ("2007-04-03T16:00:01-04:00", f"before taxes Not known yet {NO_CLOSE} Exercisable 5,000"),
        ],
    )
    def test_home_takes_no_missing_close_for_nothing(self, reader, at, now, told):
        at(now)
        page = _text(reader.get("/"))
        assert told in page
        assert ("$0.00" in page, "that of an exercise a day before" in page) == (False, "6,233.80" in told)

    @pytest.mark.parametrize(
        ("award_date", "told"),
        [
            # Half has vested by 2007-02-28, and the close of the Period's first day is missing.
            ("2006-03-01", "before taxes Not known yet No close of the S&amp;P 500 is recorded for 2006-02-28, a"),
            # Nothing of it can be exercised: what it has no value for is no part of the sum.
            ("2006-12-01", "before taxes $6,233.80 Closes of Mar 30, 2007"),
        ],
    )
    def test_home_sums_only_what_is_known_of_all(self, reader, award, at, award_date, told):
        builders.granted_award(award.grantee, options=40, award_date=award_date, initial_price="5.00")
        at("2007-04-02T11:00-04:00")
        assert told in _text(reader.get("/"))

    @pytest.mark.parametrize(
        ("award_date", "told"),
        [
            # Half of each has vested; the terms end on Thursday 2010-04-01, that of the day before on 2010-03-31.
            ("2006-04-01", "Thu, Apr 1, 2010, 4:00 PM EDT last moment for 5,020 options of 2 Awards"),
            ("2006-03-31", "Wed, Mar 31, 2010, 4:00 PM EDT last moment for 20 options of Mar 31, 2006"),
            # 2010-04-02 is Good Friday and the day after a Saturday: they end with the Thursday before.
            ("2006-04-02", "Thu, Apr 1, 2010, 4:00 PM EDT last moment for 5,020 options of 2 Awards"),
            ("2006-04-03", "Thu, Apr 1, 2010, 4:00 PM EDT last moment for 5,020 options of 2 Awards"),
        ],
    )
    def test_home_sums_all_that_ends_first(self, reader, award, at, award_date, told):
        builders.granted_award(award.grantee, options=40, award_date=award_date, initial_price="5.18")
        # Nothing of it can be exercised: it ends before, and is no part.
        builders.issued_award(award.grantee, options=50, award_date="2006-01-03", initial_price="2.87")
        at("2007-04-02T11:00-04:00")
        assert told in _text(reader.get("/"))

    @pytest.mark.parametrize(
        ("now", "price", "told"),
        [
            # At 5.54 the Adjusted Price, 10.014 % above it, is 6.0947756; at 5.55 it is 6.105777, over the FMV of 6.10.
            ("2007-04-02T16:00-04:00", "5.54", "Exercisable 5,020 vested options you can exercise today"),
            ("2007-04-02T16:00-04:00", "5.55", "Exercisable 5,020 vested options; 20 of them would pay nothing now"),
            # What a notice after the close would pay rests on a close that has not come in.
            ("2007-04-02T16:00:01-04:00", "5.55", "Exercisable 5,020 vested options you can exercise today"),
            # Nothing of it has vested the day before.
            ("2007-03-30T16:00-04:00", "5.55", "Exercisable 0 vested options you can exercise today"),
        ],
    )
    def test_home_says_how_much_would_pay_nothing(self, reader, award, at, now, price, told):
        builders.granted_award(award.grantee, options=40, award_date="2006-04-01", initial_price=price)
        at(now)
        assert told in _text(reader.get("/"))


class TestAward:
    def test_award_shows_schedule_ledger_and_every_step(self, reader, award, at):
        at("2007-04-02T11:00-04:00")

        page = _text(reader.get(reverse("awards:award", args=[award.pk])))

        for figure in ("Mar 31, 2007", "Jun 30, 2007", "Sep 30, 2007", "Dec 31, 2007", "Mar 31, 2008"):
            assert figure in page
        for figure in ("+10.014%", "$5.6987252", "0.997 years", "+18.589%", "+10.044%", "+8.545%", "3.107×", "$6.10"):
            assert figure in page
        assert "Granted" in page

    def test_award_of_another_does_not_exist(self, reader, at):
        at("2007-04-02T11:00-04:00")

        for other in Award.objects.filter(grantee__name=CANARY):
            assert reader.get(reverse("awards:award", args=[other.pk])).status_code == 404
            assert reader.get(reverse("awards:letter", args=[other.pk])).status_code == 404

    def test_award_that_is_only_proposed_does_not_exist(self, reader, award, at):
        at("2007-04-02T11:00-04:00")
        proposed = builders.proposed_award(award.grantee, options=9, award_date="2007-04-01", initial_price="6.10")

        assert reader.get(reverse("awards:award", args=[proposed.pk])).status_code == 404

    @pytest.mark.parametrize(
        ("now", "status"),
        [
            ("2007-03-31T23:59:59-04:00", 404),
            ("2007-04-01T00:00-04:00", 200),
            ("2007-04-30T23:59:59-04:00", 200),
            ("2007-05-01T00:00-04:00", 404),
        ],
    )
    def test_award_is_seen_by_a_guardian_while_appointed(self, client, award, at, now, status):
        guardian = builders.person("guardian")
        builders.appointed(guardian, award.grantee, from_on="2007-04-01", until_on="2007-04-30")
        client.force_login(guardian)
        at(now)

        assert client.get(reverse("awards:award", args=[award.pk])).status_code == status
        for other in Award.objects.filter(grantee__name=CANARY):
            assert client.get(reverse("awards:award", args=[other.pk])).status_code == 404

    def test_award_says_why_there_is_no_value(self, reader, award, at):
        at("2007-04-12T11:00-04:00")

        page = _text(reader.get(reverse("awards:award", args=[award.pk])))

        assert "is recorded for 2007-04-" in page

    # All of it has vested by 2008; the term ends on Thursday 2010-04-01.
    @pytest.mark.parametrize(
        ("now", "said"),
        [
            (
                "2010-04-01T16:00-04:00",
                [
                    "Exercisable 10,000 vested, not exercised, not lapsed",
                    "Last moment to exercise Thu, Apr 1, 2010, 4:00 PM EDT vested options lapse on",
                    "There is no value for today",
                ],
            ),
            (
                "2010-04-01T16:00:01-04:00",
                [
                    "Exercisable 0 the last moment to exercise has passed",
                    "Last moment to exercise Thu, Apr 1, 2010, 4:00 PM EDT vested options lapse on",
                    "What an exercise now would pay The last moment to exercise has passed The last moment to exercise "
                    "was Thu, Apr 1, 2010, 4:00 PM EDT. What is left lapses at the end of Apr 1, 2010,",
                ],
            ),
            (
                "2010-04-02T00:00-04:00",
                [
                    "Exercisable 0 vested, not exercised, not lapsed",
                    "Last moment to exercise None Nothing is left of this Award",
                    "What an exercise now would pay Nothing is left of this Award 10,000 vested options that were not "
                    "exercised lapsed on Apr 1, 2010 (§4.2(a)).",
                ],
            ),
        ],
    )
    def test_award_at_its_end(self, reader, award, at, now, said):
        at(now)
        reader.force_login(award.grantee.user)
        page = _text(reader.get(reverse("awards:award", args=[award.pk])))
        assert [text for text in said if text not in page] == []

    @pytest.mark.parametrize(("options", "has_left"), [(9_999, True), (10_000, False)])
    def test_award_exercised_whole_has_no_last_moment_and_no_value(self, reader, award, at, options, has_left):
        exercise(award, options, "2008-04-01")
        at("2008-04-01T12:00-04:00")
        reader.force_login(award.grantee.user)
        pages = [_text(reader.get(reverse(f"awards:{name}", args=[award.pk]))) for name in ("award", "change")]
        export = reader.get("/awards/", {"export": "csv"}).content.decode()
        assert ["Thu, Apr 1, 2010" in page for page in (pages[0], export)] == [has_left, has_left]
        assert ["10,000 options were exercised." in page for page in pages] == [not has_left, not has_left]
        assert "if all of it were exercisable" not in pages[0]


class TestLetter:
    @pytest.fixture
    def issued(self, award: Award) -> Award:
        return builders.opened_award(award.grantee, options=50, award_date="2007-04-01", initial_price="6.10")

    def _post(self, client: Client, award: Award, **data: str):
        return client.post(reverse("awards:letter", args=[award.pk]), data, follow=True)

    def test_letter_states_the_three_facts(self, reader, issued, at):
        at("2007-04-02T11:00-04:00")

        page = _text(reader.get(reverse("awards:letter", args=[issued.pk])))

        assert "Sunday, April 1, 2007" in page
        assert "$6.10" in page
        assert "The text of Master Award Agreement of July 1, 2005." in page

    def test_letter_accepted_with_the_grantees_name(self, reader, issued, at):
        at("2007-04-02T11:00-04:00")

        page = _text(self._post(reader, issued, accept="yes", signed_name="ada", understood="on"))

        issued.refresh_from_db()
        assert (issued.state, issued.signed_name) == ("accepted", "ada")
        assert f"You accepted {issued.number}." in page
        assert AgreementAcceptance.objects.get().grantee == issued.grantee
        signature = issued.letter.signature
        assert signature.document_sha256 == hashlib.sha256(bytes(issued.letter.document)).hexdigest()
        assert (signature.signed_by, signature.address) == (issued.grantee.user, "127.0.0.1")

    def test_letter_is_accepted_only_after_it_was_opened(self, reader, award, at):
        unopened = builders.issued_award(award.grantee, options=50, award_date="2007-04-01", initial_price="6.10")
        at("2007-04-02T11:00-04:00")
        address = reverse("awards:letter", args=[unopened.pk])

        page = _text(reader.get(address))
        refused = _text(self._post(reader, unopened, accept="yes", signed_name="Ada", understood="on"))

        assert "Open the Award Letter to accept it." in page
        assert "Open the Award Letter first: your signature is to that very document." in refused
        unopened.refresh_from_db()
        assert (unopened.state, AgreementAcceptance.objects.exists()) == ("letter issued", False)

        opened = reader.post(reverse("awards:letter_document", args=[unopened.pk]))
        assert opened.content == bytes(unopened.letter.document)
        assert (opened["Content-Type"], opened["Cache-Control"]) == ("application/pdf", "private, no-store")
        self._post(reader, unopened, accept="yes", signed_name="Ada", understood="on")
        unopened.refresh_from_db()
        assert unopened.state == "accepted"

    def test_letter_is_not_opened_by_a_get(self, reader, issued, at):
        at("2007-04-02T11:00-04:00")
        assert reader.get(reverse("awards:letter_document", args=[issued.pk])).status_code == 405

    def test_letter_of_another_is_not_found(self, reader, issued, at):
        at("2007-04-02T11:00-04:00")
        for other in Award.objects.filter(grantee__name=CANARY):
            assert reader.post(reverse("awards:letter_document", args=[other.pk])).status_code == 404
        assert LetterOpening.objects.filter(opened_by=issued.grantee.user).count() == 2

    @pytest.mark.parametrize(("seconds_ago", "state"), [(301, "letter issued"), (290, "accepted")])
    def test_letter_is_accepted_by_who_signed_in_within_five_minutes(self, client, issued, at, seconds_ago, state):
        sign_in(client, issued.grantee.user, seconds_ago=seconds_ago)
        at("2007-04-02T11:00-04:00")

        answer = self._post(client, issued, accept="yes", signed_name="Ada", understood="on")

        issued.refresh_from_db()
        assert issued.state == state
        assert ("Confirm that it is you" in _text(answer)) == (state == "letter issued")

    def test_letter_goes_on_where_the_password_was_asked_for(self, client, issued, at):
        client.force_login(issued.grantee.user)
        at("2007-04-02T11:00-04:00")
        asked = self._post(client, issued, accept="yes", signed_name="Ada", understood="on")
        where = asked.redirect_chain[-1][0]

        client.post(where, {"password": "secret", "next": reverse("awards:letter", args=[issued.pk])})

        issued.refresh_from_db()
        assert issued.state == "accepted"

    def test_letter_refuses_another_name(self, reader, issued, at):
        at("2007-04-02T11:00-04:00")

        page = _text(self._post(reader, issued, accept="yes", signed_name=CANARY, understood="on"))

        issued.refresh_from_db()
        assert issued.state == "letter issued"
        assert "Type your name as it stands on the letter: Ada." in page
        assert not AgreementAcceptance.objects.exists()

    def test_letter_corrected_after_the_password_was_asked_for_is_sent_to_the_letter(self, client, issued, at):
        """The form comes back at the address that asked for the password."""
        client.force_login(issued.grantee.user)
        at("2007-04-02T11:00-04:00")
        address = reverse("awards:letter", args=[issued.pk])
        asked = self._post(client, issued, accept="yes", signed_name="Adda", understood="on")

        page = client.post(asked.redirect_chain[-1][0], {"password": "secret", "next": address}).content.decode()

        assert "Type your name as it stands on the letter: Ada." in page
        forms = {form for form in re.findall(r"<form [^>]*>", page) if "data-once" in form}
        assert [re.findall(r'action="([^"]*)"', form) for form in forms] == [[address]]

    def test_letter_declined_with_a_reason(self, reader, issued, at):
        at("2007-04-02T11:00-04:00")

        self._post(reader, issued, decline="yes", reason="I leave.")

        issued.refresh_from_db()
        assert (issued.state, issued.decline_reason, issued.outstanding) == ("declined", "I leave.", 0)

    def test_letter_answered_twice_is_refused(self, reader, issued, at):
        at("2007-04-02T11:00-04:00")
        self._post(reader, issued, accept="yes", signed_name="Ada", understood="on")

        page = _text(self._post(reader, issued, decline="yes", reason="I leave."))

        issued.refresh_from_db()
        assert issued.state == "accepted"
        assert "there is no letter to answer" in page

    def test_letter_is_not_answered_by_a_guardian(self, client, issued, at):
        guardian = builders.person("guardian")
        builders.appointed(guardian, issued.grantee, kind=Representative.Kind.GUARDIAN, from_on="2007-04-01")
        sign_in(client, guardian)
        at("2007-04-02T11:00-04:00")

        page = _text(self._post(client, issued, accept="yes", signed_name="Ada", understood="on"))

        issued.refresh_from_db()
        assert issued.state == "letter issued"
        assert "Only the Grantee answers an Award Letter." in page


class TestAgreement:
    def test_agreement_is_read_by_who_has_an_award_under_it(self, reader, award, at):
        at("2007-04-02T11:00-04:00")
        other = builders.agreement("Form of 2008", dated_on="2008-01-01")

        response = reader.get(reverse("awards:agreement", args=[award.master_agreement_id]))

        assert response.content == b"The text of Master Award Agreement of July 1, 2005."
        assert response["Content-Type"] == "text/plain; charset=utf-8"
        assert reader.get(reverse("awards:agreement", args=[other.pk])).status_code == 404
