"""The pages of suppositions: what they say and refuse, and that nobody sees another's Award on them.

10,000 OSOs of 2006-04-01 at 5.18; on 2007-04-02 5,000 are vested and pay 6,233.80. The last day to exercise is
2010-04-01.
"""

import re
from decimal import Decimal
from itertools import pairwise

import pytest
from django.test import Client
from django.urls import reverse

from awards.models import Award, Determination, Representative
from tests import builders

pytestmark = pytest.mark.django_db

CANARY = "Zebediah"
PAGES = ["what_if", "change", "wait", "leave"]
TOO_HIGH = "Ensure this value is less than or equal to 1000000000."
FROM_1_TO_10_000 = "10,000 options of this Award are not exercised and not lapsed; enter a number from 1 to 10,000."
TOO_LOW = "Ensure this value is greater than or equal to 0.01."
NO_NUMBER = "Enter a number."
DAYS_AHEAD = "Choose a day from Apr 2, 2007 to Apr 1, 2010."


@pytest.fixture
def award() -> Award:
    """Beside it two Awards of somebody else."""
    builders.closes(builders.CLOSES_2007_04_02)
    other = builders.grantee("other", name=CANARY)
    builders.granted_award(other, options=777, award_date="2006-01-01", initial_price="2.87")
    builders.granted_award(other, options=888, award_date="2006-07-01", initial_price="4.44")
    return builders.granted_award(options=10_000, award_date="2006-04-01", initial_price="5.18")


@pytest.fixture
def reader(award: Award, client: Client, at) -> Client:
    at("2007-04-02T11:00-04:00")
    client.force_login(award.grantee.user)
    return client


def _page(name: str, award: Award) -> str:
    return reverse(f"awards:{name}", args=[award.pk])


def _words(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def _text(response) -> str:
    assert response.status_code == 200
    return _words(response)


class TestVisibility:
    @pytest.mark.parametrize("name", PAGES)
    def test_award_of_another_does_not_exist(self, reader, award, name):
        for other in Award.objects.filter(grantee__name=CANARY):
            assert reader.get(_page(name, other)).status_code == 404
        assert CANARY not in _text(reader.get(_page(name, award)))

    @pytest.mark.parametrize("name", PAGES)
    def test_pages_need_a_sign_in(self, client, award, at, name):
        at("2007-04-02T11:00-04:00")
        assert client.get(_page(name, award)).headers["Location"].startswith("/accounts/login/?next=")

    def test_leaving_with_all_awards_shows_ones_own(self, reader):
        page = _text(reader.get("/leave/"))
        assert "Apr 1, 2006" in page
        assert CANARY not in page
        assert not re.search(r"\b(777|888)\b", page)

    @pytest.mark.parametrize("name", PAGES)
    def test_pages_are_read_only(self, reader, award, name):
        assert reader.post(_page(name, award)).status_code == 405

    @pytest.mark.parametrize("name", PAGES)
    def test_pages_are_linked_with_each_other_and_the_agreement_governs(self, reader, award, name):
        html = reader.get(_page(name, award)).content.decode()
        assert all(f'href="{_page(other, award)}"' in html for other in PAGES)
        assert "The Master Award Agreement governs (§9.6)." in html

    def test_award_and_home_link_to_them(self, reader, award):
        page = reader.get(reverse("awards:award", args=[award.pk])).content.decode()
        assert _page("what_if", award) in page
        assert _page("leave", award) in page
        assert 'href="/leave/"' in reader.get("/").content.decode()


class TestQueries:
    @pytest.mark.parametrize(
        # Session, user, overrides, Award, ledger, closes; the change reads the closes of two more days.
        ("name", "queries"),
        [("what_if", 6), ("change", 7), ("wait", 6), ("leave", 6)],
    )
    def test_pages_ask_the_database_little(self, reader, award, name, queries, django_assert_num_queries):
        builders.closes({"2007-03-02": ("1387.17", "6.27")})
        reader.get(_page(name, award))
        with django_assert_num_queries(queries):
            reader.get(_page(name, award))

    @pytest.mark.parametrize("awards", [1, 3])
    def test_leaving_with_all_asks_the_same_at_any_length(self, reader, award, awards, django_assert_num_queries):
        for _ in range(awards - 1):
            builders.granted_award(award.grantee, options=40, award_date="2006-04-01", initial_price="5.18")
        reader.get("/leave/")
        # Session, user, overrides, Awards, ledgers.
        with django_assert_num_queries(5):
            page = reader.get("/leave/")
        assert len(page.context["consequences"]) == awards


class TestWhatIf:
    def test_nothing_changed_pays_what_an_exercise_now_does(self, reader, award):
        page = _text(reader.get(_page("what_if", award)))
        assert "This would pay, before taxes $6,233.80 5,000 options, Exercise Date Apr 2, 2007" in page
        assert "Difference $0.00" in page
        assert "Stock: the closes on record" in page

    def test_a_stock_price(self, reader, award):
        page = _text(reader.get(_page("what_if", award), {"stock": "6.50"}))
        assert "This would pay, before taxes $16,025.50" in page
        assert "On the closes on record $6,233.80" in page
        assert "Difference +$9,791.70" in page
        assert "$6.50 on each Trading Day from Mar 19, 2007 to Mar 30, 2007" in page
        assert "The Multiplier is at its top of 4.000×" in page

    def test_an_index_level(self, reader, award):
        page = _text(reader.get(_page("what_if", award), {"index": "1500"}))
        assert "This would pay, before taxes $487.98" in page
        assert "Difference −$5,745.82" in page

    def test_a_later_day(self, reader, award):
        page = _text(reader.get(_page("what_if", award), {"day": "2007-04-03"}))
        assert "This would pay, before taxes $5,800.14 5,000 options, Exercise Date Apr 3, 2007" in page
        assert "the closes on record, and $6.10 on the day to come" in page

    @pytest.mark.parametrize(
        ("day", "exercised"), [("2007-04-05", "Apr 5"), ("2007-04-06", "Apr 9"), ("2007-04-07", "Apr 9")]
    )
    def test_a_day_without_trading_is_the_next_trading_day(self, reader, award, day, exercised):
        page = _text(reader.get(_page("what_if", award), {"day": day}))
        assert f"5,000 options, Exercise Date {exercised}, 2007" in page

    @pytest.mark.parametrize(
        ("options", "day", "warned"),
        [
            ("5000", "2007-04-02", ""),
            ("5001", "2007-04-02", "On Apr 2, 2007 only 5,000 of them can be exercised"),
            ("6250", "2007-06-29", "On Jun 29, 2007 only 5,000 of them can be exercised"),
            ("6250", "2007-07-02", ""),
        ],
    )
    def test_more_than_will_have_vested_is_said(self, reader, award, options, day, warned):
        page = _text(reader.get(_page("what_if", award), {"options": options, "day": day}))
        assert warned in page
        assert ("of them can be exercised" in page) == bool(warned)

    @pytest.mark.parametrize(
        ("amount", "answer"),
        [
            ("999.90", "802 options reach $999.90 At these closes they pay $999.90"),
            ("999.91", "803 options reach $999.91 At these closes they pay $1,001.15"),
            ("1", "1 option reaches $1.00 At these closes they pay $1.25"),
            ("12467.61", "10,000 options reach $12,467.61"),
            (
                "12467.62",
                "$12,467.62 cannot be reached At these closes all 10,000 options that are left pay $12,467.61.",
            ),
        ],
    )
    def test_how_many_for_an_amount(self, reader, award, amount, answer):
        assert answer in _text(reader.get(_page("what_if", award), {"amount": amount}))

    @pytest.mark.parametrize(
        ("given", "told"),
        [
            ({"stock": "NaN"}, NO_NUMBER),
            ({"stock": "Infinity"}, NO_NUMBER),
            ({"stock": "-1"}, TOO_LOW),
            ({"stock": "0"}, TOO_LOW),
            ({"stock": "0.009"}, TOO_LOW),
            ({"stock": "1e400"}, TOO_HIGH),
            ({"stock": "9" * 400}, TOO_HIGH),
            ({"stock": "1000000000.01"}, TOO_HIGH),
            ({"stock": "6.1234567"}, "Ensure that there are no more than 6 decimal places."),
            ({"stock": ""}, "This field is required."),
            ({"stock": "<script>"}, NO_NUMBER),
            ({"index": "nan"}, NO_NUMBER),
            ({"index": "-0.01"}, TOO_LOW),
            ({"index": "1e30"}, TOO_HIGH),
            ({"options": "0"}, FROM_1_TO_10_000),
            ({"options": "10001"}, FROM_1_TO_10_000),
            ({"options": "1.000"}, "Enter a whole number, without a comma or a point."),
            ({"options": "1.5"}, "Enter a whole number, without a comma or a point."),
            ({"options": "9" * 5000}, "Enter a whole number, without a comma or a point."),
            ({"options": "9" * 30}, FROM_1_TO_10_000),
            ({"day": "2007-04-01"}, DAYS_AHEAD),
            ({"day": "2006-03-31"}, DAYS_AHEAD),
            ({"day": "0001-01-01"}, DAYS_AHEAD),
            ({"day": "2010-04-02"}, DAYS_AHEAD),
            ({"day": "9999-12-31"}, DAYS_AHEAD),
            ({"day": "2007-02-30"}, "Enter a valid date."),
            ({"amount": "0"}, TOO_LOW),
            ({"amount": "inf"}, NO_NUMBER),
            ({"amount": "1e20"}, "Ensure this value is less than or equal to 999999999999.99."),
        ],
    )
    @pytest.mark.parametrize("htmx", [False, True], ids=["page", "fragment"])
    def test_what_cannot_be_supposed_is_refused_kindly(self, reader, award, given, told, htmx):
        response = reader.get(_page("what_if", award), given, headers={"HX-Request": "true"} if htmx else {})
        assert response.status_code == 422
        assert told in _words(response)
        assert "This would pay" not in _words(response)

    @pytest.mark.parametrize(
        "given",
        [
            {"stock": "0.01", "index": "0.01"},
            {"stock": "999999999.999999", "index": "0.01", "options": "10000"},
            {"stock": "0.01", "index": "1000000000", "day": "2010-04-01"},
        ],
    )
    def test_far_fetched_levels_are_answered(self, reader, award, given):
        assert "This would pay" in _text(reader.get(_page("what_if", award), given))

    def test_fragment_is_the_answer_alone(self, reader, award):
        response = reader.get(_page("what_if", award), {"stock": "6.50"}, headers={"HX-Request": "true"})
        html = response.content.decode()
        assert "<html" not in html
        assert "<form" not in html
        assert re.search(r'hx-swap-oob="innerHTML">\s*This would pay \$16,025\.50 \(\+\$9,791\.70\)\.\s*</p>', html)
        assert "HX-Request" in response["Vary"]
        assert "no-store" in response["Cache-Control"]

    def test_drawing_has_a_title_a_description_and_a_table(self, reader, award):
        html = reader.get(_page("what_if", award)).content.decode()
        assert '<title id="surface-title">What an exercise pays, over the level of the S&amp;P 500' in html
        assert "above 0 from a Stock price of $5.684010… on and at its top of 4.000× from $6.252101… on." in html
        assert "The same as a table" in html

    def test_nothing_inline(self, reader, award):
        html = reader.get(_page("what_if", award), {"stock": "6.50"}).content.decode()
        assert " style=" not in html
        assert "<script>" not in html
        assert not re.search(r"\son[a-z]+=", html)

    def test_without_a_value_it_says_why(self, reader, award, at):
        at("2007-04-12T11:00-04:00")
        for name in ("what_if", "change", "wait"):
            page = _text(reader.get(_page(name, award)))
            assert "There is no value to start from" in page
            assert "is recorded for 2007-04-" in page

    def test_after_the_last_moment_nothing_is_left(self, reader, award, at):
        builders.ceased(award.grantee, "2007-03-31", recorded_on="2007-04-02")
        builders.determined(award.grantee, Determination.Kind.CAUSE, "2007-03-31", decided_on="2007-04-02")
        for name in ("what_if", "wait"):
            assert "Nothing is left of this Award" in _text(reader.get(_page(name, award)))
        assert "Nothing is left of this Award" in _text(reader.get(_page("leave", award)))


class TestChange:
    @pytest.fixture
    def award(self, award: Award) -> Award:
        """With the closes of the day after too: 5,279.96 on 2007-04-03."""
        builders.closes(builders.CLOSE_OF_2007_04_02)
        return award

    @pytest.fixture
    def reader(self, reader, at) -> Client:
        at("2007-04-03T11:00-04:00")
        return reader

    def test_change_between_two_days_in_four_parts(self, reader, award):
        response = reader.get(_page("change", award), {"earlier": "2007-04-02", "later": "2007-04-03"})
        page = _text(response)
        assert "Apr 2, 2007 $6,233.80 Stock $6.10, Multiplier 3.107×" in page
        assert "Apr 3, 2007 $5,279.96 Stock $6.07, Multiplier 2.915×" in page
        assert "Change −$953.84" in page
        assert "Last close from $6.10 to $6.07" in page
        assert "Last close from 1,420.86 to 1,424.55" in page
        assert "Duration from 0.997 to 1.005 years" in page
        assert sum(response.context["split"]) == response.context["split"].total
        assert [bar.name for bar in response.context["bars"]] == [
            "earlier", "stock", "sp500", "averaging", "time", "later",
        ]  # fmt: skip

    def test_chart_has_a_title_a_description_and_its_table(self, reader, award):
        page = reader.get(_page("change", award), {"earlier": "2007-04-02", "later": "2007-04-03"}).content.decode()
        assert 'role="img" aria-labelledby="split-title split-description"' in page
        assert '<title id="split-title">What moved the value between Apr 2, 2007 and Apr 3, 2007</title>' in page
        (described,) = re.findall(r'<desc id="split-description">(.*?)</desc>', page)
        assert described.startswith("From $6,233.80 to $5,279.96: the Stock −$")
        assert page.count("split-way") == 5
        assert page.count('role="rowheader"') == 6

    def test_bars_begin_where_the_one_before_ends(self, reader, award):
        bars = reader.get(_page("change", award), {"earlier": "2007-04-02", "later": "2007-04-03"}).context["bars"]
        # From the most, 6,233.80, down to the least, 5,279.96: what took value away lies on the left of its end before.
        assert (bars[0].ends, bars[-1].start) == ("99.0%", bars[-2].ends)
        for before, bar in pairwise(bars[:-1]):
            from_left = Decimal(bar.start.rstrip("%"))
            reached = from_left + Decimal(bar.length.rstrip("%")) if bar.amount < 0 else from_left
            assert reached == Decimal(before.ends.rstrip("%"))

    def test_a_day_whose_closes_are_missing_is_named(self, reader, award):
        page = _text(reader.get(_page("change", award)))
        assert "One of the days has no value" in page
        assert "is recorded for 2007-0" in page

    @pytest.mark.parametrize(
        ("given", "told"),
        [
            ({"earlier": "2007-04-03"}, "Choose a later day than the first."),
            ({"earlier": "2006-04-03"}, "Choose a day from Apr 4, 2006 to Apr 3, 2007."),
            ({"later": "2007-04-04"}, "Choose a day from Apr 4, 2006 to Apr 3, 2007."),
            ({"earlier": "x"}, "Enter a valid date."),
            ({"later": "0001-01-01"}, "Choose a day from Apr 4, 2006 to Apr 3, 2007."),
            # Saturday and Sunday are both the Monday after.
            ({"earlier": "2007-03-31", "later": "2007-04-01"}, "Choose a later day than the first."),
        ],
    )
    def test_days_that_cannot_be_compared(self, reader, award, given, told):
        response = reader.get(_page("change", award), given)
        assert response.status_code == 422
        assert told in _words(response)

    def test_an_award_of_today_has_no_two_days(self, reader, award):
        new = builders.granted_award(award.grantee, options=40, award_date="2007-04-02", initial_price="6.10")
        page = _text(reader.get(_page("change", new)))
        assert "There are no two days to compare yet" in page


class TestWait:
    def test_what_a_month_costs_and_what_makes_up_for_it(self, reader, award):
        page = _text(reader.get(_page("wait", award)))
        assert "Exercised on Apr 2, 2007 $6,233.80 5,000 options, on the closes on record" in page
        assert "If nothing moves, on May 2, 2007 $5,728.20" in page
        assert "What the wait alone does −$505.60" in page
        assert "$6.12 +0.328% is the lowest last close of the Stock" in page
        assert "Exercisable on May 2, 2007 5,000" in page

    def test_what_leaves_and_enters_tomorrow(self, reader, award):
        page = _text(reader.get(_page("wait", award)))
        assert "Mar 19, 2007 leaves $6.22 1,402.06" in page
        assert "Apr 2, 2007 enters not known yet" in page
        assert "Average if the last closes come again 6.128 1,426.422" in page
        assert "It would then pay $5,800.14" in page

    @pytest.mark.parametrize(
        ("until", "told"),
        [
            ("2007-04-02", "Choose a day from Apr 3, 2007 to Apr 1, 2010."),
            ("2010-04-02", "Choose a day from Apr 3, 2007 to Apr 1, 2010."),
            ("", "This field is required."),
            ("soon", "Enter a valid date."),
        ],
    )
    def test_days_that_are_no_wait(self, reader, award, until, told):
        response = reader.get(_page("wait", award), {"until": until})
        assert response.status_code == 422
        assert told in _words(response)

    @pytest.mark.parametrize(
        ("left", "told"), [("2006-10-04", "There is no later Exercise Date"), ("2006-10-05", "If nothing moves")]
    )
    def test_on_the_last_day_there_is_no_later_one(self, reader, award, left, told):
        # 180 days from 2006-10-04 end on 2007-04-02, from the day after on 2007-04-03; disability vests everything.
        builders.determined(award.grantee, Determination.Kind.DISABILITY, left, decided_on=left)
        builders.ceased(award.grantee, left)
        assert told in _text(reader.get(_page("wait", award)))


class TestLeave:
    def test_each_reason_on_a_day(self, reader, award):
        page = _text(reader.get(_page("leave", award), {"day": "2007-07-01"}))
        assert "Resignation, or any other reason 0 3,750 6,250 Fri, Dec 28, 2007, 4:00 PM EST" in page
        assert "lapses on Dec 28, 2007 (§4.2(d))" in page
        assert "Retirement Benefit 3,750 0 10,000 Fri, Dec 28, 2007, 4:00 PM EST" in page
        assert "Permanent Total Disability 3,750 0 10,000 Tue, Jul 1, 2008, 4:00 PM EDT" in page
        assert "Death 3,750 0 10,000 Tue, Jul 1, 2008, 4:00 PM EDT" in page
        assert "Termination for Cause 0 10,000 0 Nothing from that day on" in page
        assert "last moment before it: Fri, Jun 29, 2007, 4:00 PM EDT (§4.2(c))" in page

    @pytest.mark.parametrize(
        ("day", "told"),
        [
            ("2007-04-01", "Choose a day from Apr 2, 2007 to Apr 1, 2010."),
            ("2010-04-02", "Choose a day from Apr 2, 2007 to Apr 1, 2010."),
            ("9999-12-31", "Choose a day from Apr 2, 2007 to Apr 1, 2010."),
            ("", "This field is required."),
        ],
    )
    def test_days_outside_the_award(self, reader, award, day, told):
        for path in (_page("leave", award), "/leave/"):
            response = reader.get(path, {"day": day})
            assert response.status_code == 422
            assert told in _words(response)

    @pytest.mark.parametrize("day", ["2007-04-02", "2010-04-01"])
    def test_first_and_last_day(self, reader, award, day):
        assert "Resignation, or any other reason" in _text(reader.get(_page("leave", award), {"day": day}))

    def test_an_employment_that_has_ended_leaves_nothing_to_suppose(self, reader, award, at):
        builders.ceased(award.grantee, "2007-03-31", recorded_on="2007-04-02")
        page = _text(reader.get(_page("leave", award)))
        assert "Employment ended on Mar 31, 2007" in page
        assert "What has vested can be exercised until Thu, Sep 27, 2007, 4:00 PM EDT" in page
        page = _text(reader.get("/leave/"))
        assert f"{award.number} Mar 31, 2007 5,000 Thu, Sep 27, 2007, 4:00 PM EDT lapses on Sep 27, 2007 (§4.2" in page
        assert "No Award here has options" not in page

    # The 180th day is 2007-09-27, a Thursday; what lapses on it is there to its end.
    @pytest.mark.parametrize(
        ("now", "every", "one"),
        [
            ("2007-09-27T16:00-04:00", "Mar 31, 2007 5,000 Thu, Sep 27", "can be exercised until Thu, Sep 27, 2007"),
            (
                "2007-09-27T16:00:01-04:00",
                "Mar 31, 2007 0 Thu, Sep 27",
                "What is left lapses at the end of Sep 27, 2007, ",
            ),
            ("2007-09-28T00:00-04:00", "No Award here has options that could still", "Nothing is left of this Award"),
        ],
    )
    def test_what_a_leaver_can_exercise_is_said_to_the_end(self, reader, award, at, now, every, one):
        builders.ceased(award.grantee, "2007-03-31", recorded_on="2007-04-02")
        at(now)
        reader.force_login(award.grantee.user)
        assert every in _text(reader.get("/leave/"))
        assert one in _text(reader.get(_page("leave", award)))

    def test_what_the_estate_can_exercise_beside_the_representatives_own(self, reader, award, at):
        builders.died(award.grantee, "2007-03-31", recorded_on="2007-04-02")
        own = builders.granted_award(builders.grantee("eve"), options=40, award_date="2007-04-01", initial_price="6.10")
        kind = Representative.Kind.ESTATE
        builders.appointed(own.grantee.user, award.grantee, kind=kind, from_on="2007-04-02")
        reader.force_login(own.grantee.user)
        page = _text(reader.get("/leave/", {"reason": "death"}))
        # Death vested the whole Award; a year after it is Monday, 2008-03-31.
        assert f"{award.number} Mar 31, 2007 10,000 Mon, Mar 31, 2008, 4:00 PM EDT" in page
        assert "Together 40 0 40" in page

    def test_all_awards_by_one_reason(self, reader, award):
        builders.granted_award(award.grantee, options=40, award_date="2007-04-01", initial_price="6.10")
        response = reader.get("/leave/", {"reason": "death", "day": "2007-07-01"})
        page = _text(response)
        assert "Apr 1, 2006 A-" in page
        assert "3,750 0 10,000 Tue, Jul 1, 2008, 4:00 PM EDT" in page
        assert "40 0 40 Tue, Jul 1, 2008, 4:00 PM EDT" in page
        assert "Together 3,790 0 10,040" in page

    def test_an_unknown_reason_is_refused(self, reader):
        response = reader.get("/leave/", {"reason": "whim"})
        assert response.status_code == 422
        assert "Select a valid choice." in _words(response)
