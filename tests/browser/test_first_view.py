"""The first view and the time of an Award in a browser: closed and opened again, and that no words touch each other."""

from itertools import combinations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from awards.models import Award, Preferences
from tests import builders
from tests.awards.timeline.test_moments import exercise
from tests.browser.test_exercise import _sign_in
from tests.browser.test_what_if import WCAG

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# The words of the drawing that is shown, each with its box.
WORDS = """() => [...document.querySelectorAll('.life text')]
    .map(each => [each.textContent, each.getBoundingClientRect()])
    .filter(([, box]) => box.width).map(([words, box]) => [words, box.left, box.top, box.right, box.bottom])"""


@pytest.fixture
def award(at) -> Award:
    """Its exercises lie days and weeks apart."""
    builders.closes(builders.CLOSES_2007_04_02)
    found = builders.granted_award(options=10_000, award_date="2006-04-01", initial_price="5.18")
    for notice, on in enumerate(("2007-04-02", "2007-04-03", "2007-04-20", "2007-07-02"), start=1):
        exercise(found, 100, on, notice=notice)
    at("2007-04-02T11:00-04:00")
    return found


def _touching(page: Page) -> list[tuple[str, str]]:
    words = page.evaluate(WORDS)
    assert len(words) > 8
    return [
        (one[0], other[0])
        for one, other in combinations(words, 2)
        if one[1] < other[3] and other[1] < one[3] and one[2] + 1 < other[4] and other[2] + 1 < one[4]
    ]


@pytest.mark.parametrize("language", ["English", "Español"])
def test_no_words_of_the_drawing_touch_at_any_width(page, live_server, award, language):
    _sign_in(page, live_server, "ada")
    if language != "English":
        page.get_by_role("button", name=language).click()
    page.goto(f"{live_server.url}/awards/{award.pk}/")
    for width in (320, 375, 640, 641, 768, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        assert _touching(page) == [], width
        right = max(box[3] for box in page.evaluate(WORDS))
        assert right <= width, width


def test_closed_and_opened_again_without_javascript(plain_page, live_server, award):
    page = plain_page
    _sign_in(page, live_server, "ada")
    expect(page.get_by_role("heading", name="How the Award of Apr 1, 2006 works")).to_be_visible()

    page.get_by_role("button", name="Got it").click()

    expect(page.get_by_role("heading", name="How the Award of Apr 1, 2006 works")).to_have_count(0)
    assert Preferences.objects.get().hides_first_view
    page.get_by_role("link", name="How it works").click()
    expect(page.get_by_text("An exercise cannot be taken back.")).to_be_visible()
    page.get_by_role("button", name="Show it on my first page again").click()
    expect(page.get_by_role("heading", name="How the Award of Apr 1, 2006 works")).to_be_visible()


def test_the_keyboard_closes_it(page, live_server, award, complaints):
    _sign_in(page, live_server, "ada")
    page.get_by_role("button", name="Got it").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("You find it again under")).to_be_visible()
    assert complaints == []


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 375, 1280])
def test_axe_finds_nothing_and_no_page_scrolls_sideways(page, live_server, award, width, colours, complaints):
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=colours)
    _sign_in(page, live_server, "ada")
    for path in ("/", "/welcome/", f"/awards/{award.pk}/", f"/awards/{award.pk}/welcome/"):
        page.goto(f"{live_server.url}{path}")
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path
        found = Axe().run(page, options=WCAG)
        assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found.response["violations"]] == []
    assert complaints == []
