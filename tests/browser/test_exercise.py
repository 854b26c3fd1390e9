"""A person at a browser: signs in, looks, exercises, keeps the receipt."""

import re

import pytest
from playwright.sync_api import Page, expect

from awards.models import Award
from exercises.actions.pricing import price_waiting
from exercises.models import ExerciseNotice
from tests import builders

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

STATEMENTS = ("/exercises/statements/", "/exercises/statements/verify/")


@pytest.fixture
def award() -> Award:
    builders.closes(builders.CLOSES_2007_04_02)
    return builders.granted_award(options=10_000, award_date="2006-04-01", initial_price="5.18")


@pytest.fixture
def complaints(page: Page) -> list[str]:
    """What the browser complained of: scripts that failed, anything the Content-Security-Policy stopped."""
    found: list[str] = []
    page.on("console", lambda message: found.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: found.append(str(error)))
    return found


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


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 375, 1280])
def test_no_page_scrolls_sideways(page, live_server, award, at, width, colours):
    at("2007-04-02T11:00-04:00")
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=colours)
    _sign_in(page, live_server, "ada")
    paths = ["/", f"/awards/{award.pk}/", f"/awards/{award.pk}/letter/", f"/exercises/awards/{award.pk}/"]

    for path in [
        *paths,
        f"/exercises/awards/{award.pk}/review/?options=5000",
        "/exercises/",
        "/inbox/",
        "/preferences/",
        "/accounts/2fa/",
    ]:
        page.goto(f"{live_server.url}{path}")
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path
