"""A person who supposes: with sliders, with the keyboard, without JavaScript; and what axe says of each page."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from awards.models import Award
from tests import builders
from tests.browser.test_exercise import _sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}


@pytest.fixture
def award(at) -> Award:
    """10,000 OSOs; on 2007-04-03, 5,000 of them pay 5,279.96."""
    builders.closes({**builders.CLOSES_2007_04_02, **builders.CLOSE_OF_2007_04_02})
    at("2007-04-03T11:00-04:00")
    return builders.granted_award(options=10_000, award_date="2006-04-01", initial_price="5.18")


def _answer(page: Page):
    return page.locator("#result .tile-lead .tile-figure")


def test_a_slider_and_its_field_move_together_and_the_rules_answer(page, live_server, award, complaints):
    _sign_in(page, live_server, "ada")
    page.goto(f"{live_server.url}/awards/{award.pk}/what-if/")
    expect(_answer(page)).to_have_text("$5,279.96")

    page.get_by_label("Stock price", exact=True).fill("6.50")

    # 18 hundredths over the Adjusted Price of 5.7077384 more than four times: (6.50 − 5.7077384) × 4.000 × 5,000.
    expect(_answer(page)).to_have_text("$15,845.23")
    expect(page.get_by_label("Stock price, slider")).to_have_value("6.5")
    expect(page.get_by_role("status")).to_contain_text("This would pay $15,845.23 (+$10,565.27).")
    assert "stock=6.50" in page.url
    page.reload()
    expect(_answer(page)).to_have_text("$15,845.23")
    assert complaints == []


def test_the_keyboard_is_enough(page, live_server, award, complaints):
    _sign_in(page, live_server, "ada")
    page.goto(f"{live_server.url}/awards/{award.pk}/what-if/")

    page.get_by_label("Number of options, slider").focus()
    page.keyboard.press("Home")

    # 5,279.96 / 5,000, to the cent: one option pays 1.06.
    expect(page.get_by_label("Number of options", exact=True)).to_have_value("1")
    expect(_answer(page)).to_have_text("$1.06")
    page.get_by_label("Exercise on, slider").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_label("Exercise on", exact=True)).to_have_value("2007-04-04")
    expect(page.locator("#result .tile-lead .tile-foot")).to_have_text("1 option, Exercise Date Apr 4, 2007")
    assert complaints == []


def test_what_cannot_be_is_said_beside_the_sliders(page, live_server, award):
    _sign_in(page, live_server, "ada")
    page.goto(f"{live_server.url}/awards/{award.pk}/what-if/")

    page.get_by_label("Number of options", exact=True).fill("10001")

    expect(page.locator("#result")).to_contain_text("10,000 options of this Award are not exercised and not lapsed;")
    page.get_by_label("Number of options", exact=True).fill("5000")
    expect(_answer(page)).to_have_text("$5,279.96")


def test_a_session_that_ended_leads_to_the_sign_in(page, live_server, award):
    _sign_in(page, live_server, "ada")
    page.goto(f"{live_server.url}/awards/{award.pk}/what-if/")
    page.context.clear_cookies()

    page.get_by_label("Stock price", exact=True).fill("6.50")

    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    expect(page.locator("#result")).to_have_count(0)


def test_without_javascript_the_forms_do_it_all(plain_page, live_server, award):
    page = plain_page
    _sign_in(page, live_server, "ada")
    page.get_by_role("link", name="Apr 1, 2006", exact=True).click()
    page.get_by_role("link", name="What if").click()
    expect(page.locator("input[type=range]").first).to_be_hidden()
    page.get_by_label("Stock price", exact=True).fill("6.50")
    page.get_by_role("button", name="Calculate").click()
    expect(_answer(page)).to_have_text("$15,845.23")

    page.get_by_role("link", name="What moved it").click()
    page.get_by_label("From").fill("2007-04-02")
    page.get_by_role("button", name="Compare").click()
    expect(page.locator(".tile-lead .tile-figure")).to_have_text("−$953.84")

    page.get_by_role("link", name="Today or later").click()
    page.get_by_label("Wait until").fill("2007-06-01")
    page.get_by_role("button", name="Compare").click()
    expect(page.locator("main")).to_contain_text("If nothing moves, on Jun 1, 2007")

    page.get_by_role("link", name="If I leave").click()
    page.get_by_label("The last day of employment").fill("2007-07-01")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("main")).to_contain_text("Fri, Dec 28, 2007, 4:00 PM EST")


def _paths(award: Award) -> list[str]:
    one = f"/awards/{award.pk}"
    return [
        f"{one}/what-if/?stock=6.50&amount=1000",
        f"{one}/what-if/?stock=-1&options=0",
        f"{one}/what-if/?stock=0.01&index=999999999&amount=1000",
        f"{one}/change/?earlier=2007-04-02",
        f"{one}/change/?earlier=2007-04-04",
        f"{one}/wait/",
        f"{one}/leave/",
        "/leave/?reason=death",
        "/leave/?day=1999-01-01",
    ]


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 375, 1280])
def test_axe_finds_nothing_and_no_page_scrolls_sideways(page, live_server, award, width, colours):
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=colours)
    _sign_in(page, live_server, "ada")
    for path in _paths(award):
        page.goto(f"{live_server.url}{path}")
        page.evaluate("for (const each of document.querySelectorAll('details.more')) each.open = true")
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path
        found = Axe().run(page, options=WCAG)
        assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found.response["violations"]] == []


def test_targets_are_24_pixels_at_least(page, live_server, award):
    page.set_viewport_size({"width": 320, "height": 800})
    _sign_in(page, live_server, "ada")
    for path in _paths(award):
        page.goto(f"{live_server.url}{path}")
        controls = page.locator("main :is(button, input, select, .tabs a, summary):visible").all()
        boxes = [control.bounding_box() for control in controls]
        assert boxes
        assert all(box["height"] >= 24 and box["width"] >= 24 for box in boxes if box), path


def test_scripts_stay_under_80_kilobytes(page, live_server, award):
    _sign_in(page, live_server, "ada")
    sizes: list[int] = []
    page.on("response", lambda got: sizes.append(len(got.body())) if got.url.endswith(".js") else None)
    page.goto(f"{live_server.url}/awards/{award.pk}/what-if/", wait_until="networkidle")
    assert sizes
    assert sum(sizes) < 80 * 1024
