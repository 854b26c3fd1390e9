"""A person at a browser: signs in, looks, exercises, keeps the receipt."""

import re

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import Page, expect

from awards.models import Award
from exercises.actions.pricing import price_waiting
from exercises.models import ExerciseNotice
from tests import builders

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def award() -> Award:
    builders.closes(builders.CLOSES_2007_04_02)
    return builders.granted_award(options=10_000, award_date="2006-04-01", initial_price="5.18")


def _sign_in(page: Page, live_server, username: str) -> None:
    page.goto(f"{live_server.url}/")
    page.get_by_label("Email").fill(f"{username}@example.com")
    page.get_by_label("Password").fill("secret")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="My awards")).to_be_visible()


def _review(page: Page, options: str) -> None:
    page.get_by_role("link", name=re.compile("Exercise the Award")).click()
    page.get_by_label("How many options").fill(options)
    page.get_by_role("button", name="Review what it pays").click()
    expect(page.get_by_role("heading", name="Review the exercise")).to_be_visible()


def _confirm(page: Page) -> None:
    page.get_by_label(re.compile("I understand")).check()
    page.get_by_role("button", name="Confirm the exercise").click()
    _give_password_again(page)
    expect(page.get_by_role("heading", name="Receipt of exercise")).to_be_visible()


def _give_password_again(page: Page) -> None:
    expect(page.get_by_role("heading", name="Confirm that it is you")).to_be_visible()
    page.get_by_label("Password").fill("secret")
    page.get_by_role("button", name="Confirm").click()


def test_exercise_before_the_close_pays_6233_80(page, live_server, award, at, complaints):
    at("2007-04-02T11:00-04:00")
    _sign_in(page, live_server, "ada")
    _review(page, "5000")
    expect(page.get_by_role("listitem").filter(has_text="Exercise Consideration")).to_contain_text("$6,233.80")

    _confirm(page)

    notice = ExerciseNotice.objects.get()
    expect(page.locator(".receipt")).to_contain_text(notice.number)
    expect(page.locator(".receipt")).to_contain_text("$6,233.80")
    expect(page.locator(".receipt")).to_contain_text("Apr 2, 2007, 11:00:00 AM EDT")
    assert complaints == []


def test_exercise_after_the_close_waits_and_is_priced_for_the_next_day(page, live_server, award, at):
    at("2007-04-02T17:00-04:00")
    _sign_in(page, live_server, "ada")
    _review(page, "5000")
    expect(page.locator("main")).to_contain_text("Priced after the close of Monday, April 2, 2007")
    _confirm(page)
    expect(page.locator(".receipt")).to_contain_text("Apr 3, 2007")

    builders.closes(builders.CLOSE_OF_2007_04_02)
    price_waiting(now=builders.instant("2007-04-02", "18:30"))
    page.reload()

    # The window moves on a day: averages 1,426.791 and 6.125; the Period has 1 + 2/366 years, 1.005; FMV 6.07.
    # Aggregate 131.921 / 1294.87 = 10.188 %, Adjusted 5.18 × 1.10188 = 5.7077384.
    # Annualized 10.137 % and 18.152 %, outperformance 8.015 %, Multiplier 2.915.
    # (6.07 − 5.7077384) × 2.915 × 5,000 = 5,279.96.
    expect(page.locator(".receipt-total")).to_contain_text("$5,279.96")


def test_a_double_click_makes_one_exercise(page, live_server, award, at):
    at("2007-04-02T11:00-04:00")
    _sign_in(page, live_server, "ada")
    _review(page, "100")
    page.get_by_label(re.compile("I understand")).check()

    page.get_by_role("button", name="Confirm the exercise").dblclick()
    _give_password_again(page)
    expect(page.get_by_role("heading", name="Receipt of exercise")).to_be_visible()
    assert ExerciseNotice.objects.get().options == 100


def test_back_after_confirming_shows_the_receipt(page, live_server, award, at):
    at("2007-04-02T11:00-04:00")
    _sign_in(page, live_server, "ada")
    _review(page, "100")
    _confirm(page)

    page.go_back()
    expect(page.get_by_role("heading", name="Confirm that it is you")).to_be_visible()
    page.go_back()

    # The review's address carries the form's key: it leads to the receipt, and there is nothing to confirm again.
    expect(page.get_by_role("heading", name="Receipt of exercise")).to_be_visible()
    expect(page.locator("main")).to_contain_text("already. Start again for another exercise.")
    assert ExerciseNotice.objects.count() == 1


def test_draft_survives_a_session_that_ended(page, live_server, award, at):
    at("2007-04-02T11:00-04:00")
    _sign_in(page, live_server, "ada")
    _review(page, "1234")
    Session.objects.all().delete()

    page.get_by_label(re.compile("I understand")).check()
    page.get_by_role("button", name="Confirm the exercise").click()
    page.get_by_label("Email").fill("ada@example.com")
    page.get_by_label("Password").fill("secret")
    page.get_by_role("button", name="Sign in").click()

    expect(page.get_by_role("heading", name="Review the exercise")).to_be_visible()
    expect(page.locator(".facts").first).to_contain_text("1,234")
    _confirm(page)
    assert ExerciseNotice.objects.get().options == 1_234


def test_two_tabs_cannot_exercise_more_than_there_is(page, live_server, award, at):
    at("2007-04-02T11:00-04:00")
    _sign_in(page, live_server, "ada")
    other = page.context.new_page()
    other.goto(f"{live_server.url}/")
    for tab in (page, other):
        _review(tab, "3000")
    _confirm(page)

    other.get_by_label(re.compile("I understand")).check()
    other.get_by_role("button", name="Confirm the exercise").click()

    expect(other.locator("main")).to_contain_text("has 2,000 OSOs that can be exercised; 3,000 cannot be.")
    expect(other.get_by_label("How many options")).to_have_value("2000")
    other.get_by_role("button", name="Review what it pays").click()
    other.get_by_label(re.compile("I understand")).check()
    other.get_by_role("button", name="Confirm the exercise").click()
    expect(other.get_by_role("heading", name="Receipt of exercise")).to_be_visible()
    assert sorted(ExerciseNotice.objects.values_list("options", flat=True)) == [2_000, 3_000]


def test_cut_off_that_passes_while_the_page_is_open(page, live_server, award, at, complaints):
    at("2007-04-02T15:59:58-04:00")
    _sign_in(page, live_server, "ada")
    _review(page, "5000")
    clock = page.locator("[data-cut-off]")
    expect(clock).to_contain_text("Trading closes today at 4:00 PM EDT")

    again = clock.get_by_role("link", name="Load the page again")
    expect(again).to_be_visible()
    expect(clock).to_contain_text("a notice given now has the Exercise Date Tuesday, April 3, 2007.")
    expect(clock.get_by_text("Time left", exact=True)).to_be_hidden()
    expect(clock.get_by_role("status")).to_contain_text("The cut-off has passed while this page was open.")

    at("2007-04-02T16:00:01-04:00")
    again.click()
    expect(clock).to_contain_text("Trading closed for today at 4:00 PM EDT")
    expect(page.locator(".facts").first).to_contain_text("5,000")
    expect(page.locator("main")).to_contain_text("Priced after the close of Monday, April 2, 2007")
    assert complaints == []


@pytest.mark.parametrize(("motion", "in_steps_of"), [("no-preference", "second"), ("reduce", "minute")])
def test_cut_off_counts_down_and_tells_a_screen_reader_rarely(page, live_server, award, at, motion, in_steps_of):
    at("2007-04-02T15:49:00-04:00")
    page.emulate_media(reduced_motion=motion)
    _sign_in(page, live_server, "ada")
    page.clock.install()
    page.goto(f"{live_server.url}/exercises/awards/{award.pk}/")
    left, status = page.locator("[data-left]"), page.locator("[data-said]")
    expect(left).to_contain_text("minutes")
    told = set()

    for _ in range(30):
        page.clock.run_for(10_000)
        told.add(status.inner_text())
    assert (in_steps_of in left.inner_text()) is True
    assert told == {"", "Time left until the cut-off: 10 minutes"}

    for _ in range(60):
        page.clock.run_for(10_000)
        told.add(status.inner_text())
    assert {said for said in told if "cut-off: " in said} == {
        f"Time left until the cut-off: {said}" for said in ("10 minutes", "5 minutes", "1 minute")
    }
    expect(page.get_by_role("link", name="Load the page again")).to_be_visible()
