"""Every page an employee reaches, in each state it has: what axe says of it, that it fits, that nothing is too small.

Each is opened once and looked at as a telephone, a narrow and a large window show it, by day, by night, and in letters
of twice the size.
"""

from collections.abc import Callable
from uuid import uuid4

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from awards.models import Award, Grantee
from exercises.actions.statement import make_statement
from exercises.models import ExerciseNotice
from tests import builders
from tests.awards.actions.test_question import answer, ask
from tests.browser.hands import Hand, sign_in
from tests.exercises import given

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

MORNING, EVENING = "2007-04-02T11:00-04:00", "2007-04-02T17:00-04:00"
WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
# By night only the colours are others.
RULES = {"light": WCAG, "dark": {"runOnly": {"type": "rule", "values": ["color-contrast"]}}}
# Between them lie tablets and half of a large window.
WIDTHS = (320, 375, 1280)
BETWEEN = (640, 768, 928, 960)
COLOURS = ("light", "dark")
LONG = "María José Fernández de la Vega y Featherstonehaugh-Cholmondeley-Montenegro"
# Links inside a sentence, and what is only for who hears the page, may be smaller.
CONTROLS = "main :is(button, input:not([type=hidden]), select, textarea, summary, .button):visible"


def look_at(page: Page, path: str) -> None:
    """Fail on anything that somebody could not see, reach or read."""
    assert page.goto(path).status in (200, 404, 422), path
    page.evaluate("for (const each of document.querySelectorAll('details.more')) each.open = true")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        assert fits(page), (path, width)
        assert clipped(page) == [], (path, width)
        for colours in COLOURS:
            page.emulate_media(color_scheme=colours, reduced_motion="reduce")
            found = Axe().run(page, options=RULES[colours]).response["violations"]
            assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found] == [], (
                path,
                width,
                colours,
            )
    for width in BETWEEN:
        page.set_viewport_size({"width": width, "height": 800})
        assert (fits(page), clipped(page)) == (True, []), (path, width)
    page.set_viewport_size({"width": 320, "height": 800})
    boxes = [(each, each.bounding_box()) for each in page.locator(CONTROLS).all()]
    small = [str(each) for each, box in boxes if box and min(box["width"], box["height"]) < 24 and not is_a_box(each)]
    assert small == [], path
    page.set_viewport_size({"width": 1280, "height": 800})
    sizes = page.context.new_cdp_session(page)
    sizes.send("Page.setFontSizes", {"fontSizes": {"standard": 32, "fixed": 26}})
    assert fits(page), (path, "letters of twice the size")
    assert clipped(page) == [], (path, "letters of twice the size")
    sizes.send("Page.setFontSizes", {"fontSizes": {"standard": 16, "fixed": 13}})


def clipped(page: Page) -> list[str]:
    """What stands outside the window and cannot be scrolled to."""
    return page.evaluate("""() => [...document.querySelectorAll("main *")]
        .filter(each => each.getBoundingClientRect().right > innerWidth + 1 && each.innerText
            && !each.closest(".scrolls, .visually-hidden, svg"))
        .map(each => each.outerHTML.slice(0, 80))""")


def fits(page: Page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def is_a_box(control) -> bool:
    """A box to tick is pressed by its label too."""
    return control.get_attribute("type") in ("checkbox", "radio")


@pytest.fixture
def look(browser: Browser, live_server) -> Callable[..., None]:
    """`look("ada", "/", "/inbox/")`: the pages as that person sees them, in one browser."""
    hands: list[Hand] = []

    def at_pages(username: str | None, *paths: str) -> None:
        hand = Hand(browser, live_server.url)
        hands.append(hand)
        # Colours that are still changing are no colours to measure.
        hand.page.emulate_media(reduced_motion="reduce")
        if username:
            sign_in(hand, username)
        for path in paths:
            look_at(hand.page, f"{live_server.url}{path}")
        unexpected = [said for said in hand.complaints if "404" not in said and "422" not in said]
        assert unexpected == []

    yield at_pages
    for hand in hands:
        hand.context.close()


@pytest.fixture
def ada(at) -> Grantee:
    at(MORNING)
    builders.closes(builders.CLOSES_2007_04_02)
    return builders.grantee("ada")


def granted(holder: Grantee, **changed: object) -> Award:
    terms = {"options": 10_000, "award_date": "2006-04-01", "initial_price": "5.18", **changed}
    return builders.granted_award(holder, **terms)


def reviewed(award: Award, options: int = 100) -> str:
    return f"/exercises/awards/{award.pk}/review/?options={options}&form_key={uuid4()}"


def pages_of(award: Award) -> list[str]:
    return [f"/awards/{award.pk}/", f"/awards/{award.pk}/letter/", f"/exercises/awards/{award.pk}/"]


def test_before_the_sign_in(look, db):
    look(None, "/accounts/login/", "/accounts/password/reset/", "/accounts/signup/", "/no-such-page/")


def test_with_nothing(look, ada):
    look("ada", "/", "/awards/", "/exercises/", "/exercises/statements/", "/exercises/statements/verify/", "/leave/")
    look("ada", "/inbox/", "/preferences/", "/accounts/password/change/", "/accounts/email/", "/accounts/2fa/")


def test_an_award_that_pays(look, ada):
    award = granted(ada)
    notice = given.give(award, 100)
    look(
        "ada",
        "/",
        "/awards/?q=nothing",
        "/awards/?show=x",
        *pages_of(award),
        reviewed(award),
        reviewed(award, 9_999),
    )
    look("ada", f"/exercises/{notice.pk}/", f"/exercises/{notice.pk}/?new=1", "/exercises/", "/inbox/")


def test_questions_open_and_answered(look, ada):
    award = granted(ada)
    notice = given.give(award, 100)
    answered, _ = ask(award, text=f"Why not 4? {'x' * 90}"), ask(award, "entry/1", LONG * 3)
    answer(answered, "So.\n\nAnd so.")
    ask_at = f"/awards/{award.pk}/question/?line="
    look(
        "ada", f"/awards/{award.pk}/", f"/awards/{award.pk}/questions/", f"/awards/{award.pk}/questions/{answered.pk}/"
    )
    look("ada", f"{ask_at}step/Multiplier", f"{ask_at}close/2007-03-30", f"{ask_at}entry/1")
    look("ada", f"/exercises/{notice.pk}/question/?line=receipt/Received", "/inbox/")


def test_an_exercise_that_waits(look, ada, at):
    award = granted(ada)
    at(EVENING)
    notice = given.give(award, 100, "2007-04-02 17:00")
    assert not ExerciseNotice.objects.get(pk=notice.pk).is_priced
    look("ada", "/", f"/exercises/awards/{award.pk}/", reviewed(award), f"/exercises/{notice.pk}/")


def test_awards_that_pay_nothing_or_wait_for_their_letter(look, ada):
    worthless = granted(ada, initial_price="9.00", options=100_000_000)
    waiting = builders.issued_award(ada, options=50, award_date="2007-04-01", initial_price="6.10")
    opened = builders.opened_award(ada, options=50, award_date="2007-04-01", initial_price="6.10")
    look("ada", "/", *pages_of(worthless), reviewed(worthless), *pages_of(waiting), f"/awards/{opened.pk}/letter/")


def test_everything_lapsed(look, ada, at):
    award = granted(ada)
    builders.ceased(ada, "2006-06-01")
    at("2010-07-01T11:00-04:00")
    look("ada", "/", *pages_of(award), "/leave/")


def test_thirty_awards_of_somebody_with_a_long_name(look, ada):
    Grantee.objects.filter(pk=ada.pk).update(name=LONG)
    type(ada.user).objects.filter(pk=ada.user_id).update(first_name=LONG[:100], last_name="")
    for year in range(30):
        granted(ada, award_date=f"2006-{year % 9 + 4:02}-01", options=98_765_432)
    look("ada", "/", "/?page=2&sort=award", "/awards/")


def test_a_statement_that_matches_and_one_that_does_not(look, ada, browser, live_server, tmp_path):
    award = granted(ada)
    given.give(award, 100)
    now = builders.instant("2007-04-02")
    made = make_statement(
        reader=ada.user, from_on=builders.day("2006-01-01"), to_on=builders.day("2007-04-02"), now=now
    )
    look("ada", "/exercises/statements/")
    hand = Hand(browser, live_server.url)
    sign_in(hand, "ada")
    for name, content in {"whole": made.bundle, "changed": made.bundle.replace("124.68", "124.69")}.items():
        file = tmp_path / f"{name}.json"
        file.write_text(content)
        hand.open("/exercises/statements/verify/")
        hand.field("The statement's file").set_input_files(file)
        hand.press(hand.button("Verify"))
        hand.sees("Match" if name == "whole" else "The file is not as it was made.")
        found = Axe().run(hand.page, options=WCAG).response["violations"]
        assert [each["id"] for each in found] == [], name
    hand.context.close()
