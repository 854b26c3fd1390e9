"""Until when a notice gets which Exercise Date, as pages say it (§2.5, I6, I7)."""

import re
from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from awards.market.calendar import NewYorkCalendar
from awards.market.models import TradingDayOverride
from awards.models import Award
from exercises.cut_off import CutOff, cut_off_at, in_words
from exercises.models import ExerciseNotice
from tests import builders
from tests.exercises.given import moment
from tests.signing_in import sign_in

FAR = moment("2010-04-01 16:00")


def _cut_off(now: str, *, last_moment: datetime = FAR) -> CutOff:
    found = cut_off_at(moment(now), last_moment=last_moment, calendar=NewYorkCalendar())
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("now", "at", "on", "after", "left"),
    [
        ("2007-04-02 11:00:30", "2007-04-02 16:00", "2007-04-02", "2007-04-03", "4 hours and 59 minutes"),
        ("2007-04-02 15:59:59", "2007-04-02 16:00", "2007-04-02", "2007-04-03", "less than a minute"),
        ("2007-04-02 16:00:00", "2007-04-02 16:00", "2007-04-02", "2007-04-03", "less than a minute"),
        ("2007-04-02 16:00:01", "2007-04-03 16:00", "2007-04-03", "2007-04-04", "23 hours and 59 minutes"),
        ("2007-04-02 20:00:00", "2007-04-03 16:00", "2007-04-03", "2007-04-04", "20 hours"),
        # a half day, and Independence Day after it
        ("2006-07-03 12:59:59", "2006-07-03 13:00", "2006-07-03", "2006-07-05", "less than a minute"),
        ("2006-07-03 13:00:00", "2006-07-03 13:00", "2006-07-03", "2006-07-05", "less than a minute"),
        ("2006-07-03 13:00:01", "2006-07-05 16:00", "2006-07-05", "2006-07-06", "2 days and 2 hours"),
        # Good Friday, the Saturday and the Sunday after it
        ("2007-04-06 10:00", "2007-04-09 16:00", "2007-04-09", "2007-04-10", "3 days and 6 hours"),
        ("2007-04-07 15:30", "2007-04-09 16:00", "2007-04-09", "2007-04-10", "2 days and 30 minutes"),
        ("2007-04-08 16:00", "2007-04-09 16:00", "2007-04-09", "2007-04-10", "1 day"),
        # the clocks go forward on 2007-03-11 and back on 2006-10-29: an hour less, an hour more
        ("2007-03-09 17:00", "2007-03-12 16:00", "2007-03-12", "2007-03-13", "2 days and 22 hours"),
        ("2006-10-27 17:00", "2006-10-30 16:00", "2006-10-30", "2006-10-31", "3 days"),
    ],
)
def test_cut_off(now: str, at: str, on: str, after: str, left: str) -> None:
    found = _cut_off(now)

    assert found.at == moment(at)
    assert (str(found.exercise_date), str(found.exercise_date_after)) == (on, after)
    assert (found.left_in_words, found.is_last_moment) == (left, False)


@pytest.mark.parametrize(
    ("now", "is_today", "closes_early", "traded_until"),
    [
        ("2007-04-02 16:00:00", True, False, "2007-04-02 16:00"),
        ("2007-04-02 16:00:01", False, False, "2007-04-02 16:00"),
        ("2006-07-03 13:00:00", True, True, "2006-07-03 13:00"),
        ("2006-07-03 13:00:01", False, True, "2006-07-03 13:00"),
        ("2007-04-06 10:00", False, False, None),
        ("2007-04-07 10:00", False, False, None),
    ],
)
def test_what_day_it_is(now: str, is_today: bool, closes_early: bool, traded_until: str | None) -> None:
    found = _cut_off(now)
    assert (found.is_today, found.closes_early) == (is_today, closes_early)
    assert found.traded_until == (moment(traded_until) if traded_until else None)


def test_the_awards_last_moment_is_the_limit_where_it_comes_first() -> None:
    last = moment("2007-04-02 16:00")

    assert _cut_off("2007-03-30 16:00", last_moment=last).exercise_date_after == date(2007, 4, 2)
    eve = _cut_off("2007-03-30 16:00:01", last_moment=last)
    assert (eve.at, eve.exercise_date, eve.exercise_date_after) == (last, date(2007, 4, 2), None)
    assert _cut_off("2007-04-02 16:00", last_moment=last).is_last_moment
    assert cut_off_at(moment("2007-04-02 16:00:00.000001"), last_moment=last, calendar=NewYorkCalendar()) is None


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (timedelta(0), "less than a minute"),
        (timedelta(seconds=59.999), "less than a minute"),
        (timedelta(minutes=1), "1 minute"),
        (timedelta(hours=1, seconds=59), "1 hour"),
        (timedelta(hours=2, minutes=1), "2 hours and 1 minute"),
        (timedelta(days=1, hours=1, minutes=59), "1 day and 1 hour"),
        (timedelta(days=4), "4 days"),
    ],
)
def test_in_words(left: timedelta, words: str) -> None:
    assert in_words(left) == words


def test_milliseconds_never_round_up() -> None:
    now = datetime(2007, 4, 2, 19, 59, 59, 999_999, tzinfo=UTC)
    found = cut_off_at(now, last_moment=FAR, calendar=NewYorkCalendar())
    assert found is not None
    assert found.milliseconds_left == 0


@pytest.mark.django_db
class TestPages:
    @pytest.fixture
    def holder(self, award: Award, client: Client) -> Client:
        return sign_in(client, award.grantee.user)

    def _said(self, client: Client, award: Award, page: str) -> str:
        response = client.get(reverse(f"exercises:{page}", args=[award.pk]), {"options": 5_000}, follow=True)
        found = re.search(r'<section class="notice cut-off".*?</section>', response.content.decode(), re.DOTALL)
        assert found, response.content.decode()
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found[0]))

    @pytest.mark.parametrize("page", ["enter", "review"])
    @pytest.mark.parametrize(
        ("now", "words"),
        [
            (
                "2007-04-02T15:59:59-04:00",
                [
                    "Trading closes today at 4:00 PM EDT",
                    "Confirmed by Mon, Apr 2, 2007, 4:00 PM EDT, the Exercise Date is Monday, April 2, 2007.",
                    "After that it is Tuesday, April 3, 2007, and the closes are a day later.",
                    "Time left less than a minute",
                ],
            ),
            ("2007-04-02T16:00:00-04:00", ["the Exercise Date is Monday, April 2, 2007."]),
            (
                "2007-04-02T16:00:01-04:00",
                [
                    "Trading closed for today at 4:00 PM EDT",
                    "Confirmed by Tue, Apr 3, 2007, 4:00 PM EDT, the Exercise Date is Tuesday, April 3, 2007.",
                    "After that it is Wednesday, April 4, 2007",
                    "Time left 23 hours and 59 minutes",
                ],
            ),
            (
                "2007-04-01T10:00:00-04:00",
                [
                    "There is no trading today, Sun, Apr 1, 2007",
                    "Confirmed by Mon, Apr 2, 2007, 4:00 PM EDT, the Exercise Date is Monday, April 2, 2007.",
                    "Time left 1 day and 6 hours",
                ],
            ),
            (
                "2007-07-03T12:59:59-04:00",
                [
                    "Trading closes early today, at 1:00 PM EDT",
                    "Confirmed by Tue, Jul 3, 2007, 1:00 PM EDT, the Exercise Date is Tuesday, July 3, 2007.",
                    "After that it is Thursday, July 5, 2007",
                ],
            ),
            ("2007-07-03T13:00:01-04:00", ["Trading closed early today, at 1:00 PM EDT"]),
            (
                "2010-04-01T15:00:00-04:00",
                [
                    "Confirmed by Thu, Apr 1, 2010, 4:00 PM EDT, the Exercise Date is Thursday, April 1, 2010.",
                    "That is the last moment of this Award",
                    "Time left 1 hour",
                ],
            ),
        ],
    )
    def test_says_which_exercise_date_results(self, holder, award, at, page, now, words):
        at(now)
        said = self._said(holder, award, page)
        assert [each for each in words if each not in said] == []

    def test_follows_what_the_exchange_did_otherwise(self, holder, award, at):
        at("2007-04-02T14:00-04:00")
        TradingDayOverride.objects.create(
            day=date(2007, 4, 2),
            kind=TradingDayOverride.Kind.EARLY_CLOSE,
            closes_at=time(15),
            reason="A day of mourning",
            recorded_by=builders.person("staff"),
            recorded_at=moment("2007-04-01"),
        )
        said = self._said(holder, award, "enter")
        assert "Trading closes early today, at 3:00 PM EDT" in said
        assert "Time left 1 hour What" in said

    def test_after_the_last_moment_there_is_nothing_to_enter(self, holder, award, at):
        at("2010-04-01T16:00:01-04:00")
        page = holder.get(reverse("exercises:enter", args=[award.pk])).content.decode()
        assert "Nothing can be exercised now" in page
        assert "The last moment to exercise was Thu, Apr 1, 2010, 4:00 PM EDT." in page
        assert "data-cut-off" not in page

    def test_last_moment_that_passes_between_review_and_confirm_is_named(self, holder, award, at):
        at("2010-04-01T15:59:59-04:00")
        review = holder.get(reverse("exercises:review", args=[award.pk]), {"options": 5_000}, follow=True)
        at("2010-04-01T16:00:01-04:00")

        form = {**review.context["form"].initial, "understood": "on"}
        answer = holder.post(reverse("exercises:confirm", args=[award.pk]), form, follow=True)

        assert "the last moment to exercise was 2010-04-01 16:00 New York time." in answer.content.decode()
        assert not ExerciseNotice.objects.exists()
