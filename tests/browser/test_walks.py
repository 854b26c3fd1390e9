"""Whole walks: from the first sign-in to a verified statement, what is refused, and one who acts for another."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from time import sleep
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from awards.models import Award, Preferences, Question
from awards.what_if import views as what_if
from exercises.models import ExerciseNotice, Statement
from tests import builders
from tests.browser.hands import HANDS, Finger, Hand, Keys, Plain, give_password_again, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

MORNING = "2007-04-02T11:00-04:00"
Hands = Callable[..., Hand]


@pytest.fixture
def hands(browser: Browser, live_server) -> Iterator[Hands]:
    """`hands(Keys, "es")`: a hand at a browser of its own. What a browser complains of fails the test."""
    made: list[Hand] = []

    def make(kind: type[Hand], language: str = "en") -> Hand:
        made.append(kind(browser, live_server.url, language))
        return made[-1]

    yield make
    complaints = [said for hand in made for said in hand.complaints]
    for hand in made:
        hand.context.close()
    assert complaints == []


@pytest.fixture
def closes(at) -> None:
    at(MORNING)
    builders.closes(builders.CLOSES_2007_04_02)


def accept_the_letter(hand: Hand, award: Award) -> None:
    hand.press(hand.link("Read the letter"))
    with hand.context.expect_page() as tab:
        hand.press(hand.button("Open the Award Letter (PDF)"))
    tab.value.close()
    hand.press(hand.page.locator("main p a[href$='/letter/']"))
    hand.write("Your full name", "Ada")
    hand.tick("I have read the Award Letter and the Master Agreement, and I accept both.")
    hand.press(hand.button("Accept the Award"))
    give_password_again(hand)
    hand.sees("You accepted %(number)s.", number=award.number)


def suppose(hand: Hand, award: Award) -> None:
    """At 6.50 on each of the ten days the Stock is 25.6 % a year ahead of its start, the index 10.0 %: 4.000 times."""
    hand.press(hand.link("What if"))
    hand.write("Stock price", "6.50")
    if hand.button("Calculate").is_visible():
        hand.press(hand.button("Calculate"))
    # (6.50 − 5.6987252) × 4.000 × 5,000 = 16,025.496
    said = "16,025.50" if hand.language == "en" else "16\N{NO-BREAK SPACE}025,50"
    expect(hand.page.locator("#result .tile-lead")).to_contain_text(said)
    # The answer to all that was written: one who types slowly is answered on the way, and "6.5" says the same.
    expect(hand.page).to_have_url(re.compile("=6.50(&|$)"))
    hand.press(hand.page.get_by_role("link", name=award.number))


def exercise(hand: Hand, options: str, pays: str) -> ExerciseNotice:
    hand.press(hand.link("Exercise"))
    hand.write("How many options", options)
    hand.press(hand.button("Review what it pays"))
    expect(hand.page.locator("main")).to_contain_text(pays)
    hand.tick("I understand that this notice cannot be taken back.")
    hand.press(hand.button("Confirm the exercise"))
    return _received(hand)


def _received(hand: Hand) -> ExerciseNotice:
    asked = hand.page.get_by_role("heading", name=hand.named("Confirm that it is you"))
    expect(asked.or_(hand.page.get_by_role("heading", name=hand.named("Receipt of exercise")))).to_be_visible()
    if asked.is_visible():
        give_password_again(hand)
    hand.sees_heading("Receipt of exercise")
    return ExerciseNotice.objects.latest("pk")


def make_and_verify_a_statement(hand: Hand, folder: Path) -> None:
    hand.press(hand.link("All exercises"))
    hand.press(hand.link("Statements"))
    hand.press(hand.button("Make the statement"))
    expect(hand.page.get_by_role("link", name="JSON")).to_be_visible()
    statement = Statement.objects.get()
    with hand.page.expect_download() as download:
        hand.press(hand.link("JSON of %(number)s", number=statement.number))
    file = folder / "statement.json"
    download.value.save_as(file)
    hand.press(hand.link("Verify a statement"))
    hand.choose_file(hand.field("The statement's file"), file)
    hand.press(hand.button("Verify"))
    hand.sees("Match: every number comes out as the file says")


@pytest.mark.parametrize(("kind", "language"), [*((kind, "en") for kind in HANDS), (Keys, "es")])
def test_from_the_first_sign_in_to_a_verified_statement(hands, closes, tmp_path, kind, language):
    award = builders.issued_award(options=10_000, award_date="2006-04-01", initial_price="5.18")
    hand = hands(kind, language)
    pays = "6,233.80" if language == "en" else "6\N{NO-BREAK SPACE}233,80"

    sign_in(hand, "ada")
    accept_the_letter(hand, award)
    hand.press(hand.page.get_by_role("navigation").get_by_role("link", name=hand.named("My awards")).first)
    hand.press(hand.page.get_by_role("link", name="2006", exact=False).first)
    expect(hand.page.locator("main")).to_contain_text(pays)
    suppose(hand, award)
    notice = exercise(hand, "5000", pays)
    expect(hand.page.locator(".receipt")).to_contain_text(pays)
    expect(hand.page.locator(".receipt")).to_contain_text(notice.number)
    make_and_verify_a_statement(hand, tmp_path)

    award.refresh_from_db()
    assert (award.signed_name, award.outstanding) == ("Ada", 5_000)
    assert ExerciseNotice.objects.get().options == 5_000


def test_question_that_is_overtaken_by_another_is_no_fault(hands, closes, monkeypatch):
    """Who types slowly asks for the amount on the way: that is given up for what is typed next."""
    award = builders.granted_award(options=10_000, award_date="2006-04-01", initial_price="5.18")
    hand = hands(Hand)
    sign_in(hand, "ada", f"/awards/{award.pk}/what-if/")
    answers = what_if.render

    def slowly(*given: Any, **named: Any) -> Any:
        sleep(2)
        return answers(*given, **named)

    monkeypatch.setattr(what_if, "render", slowly)
    with hand.page.expect_request("**/what-if/?*"):
        hand.write("Stock price", "6.5")
    hand.write("Stock price", "6.50")

    expect(hand.page).to_have_url(re.compile("=6.50(&|$)"))
    expect(hand.page.locator("#result .tile-lead")).to_contain_text("16,025.50")
    assert hand.complaints == []


@pytest.mark.parametrize("kind", [Finger, Keys, Plain])
def test_what_cannot_be_exercised_is_refused_with_its_reason(hands, closes, kind):
    accepted = builders.granted_award(options=10_000, award_date="2006-04-01", initial_price="5.18")
    waiting = builders.issued_award(accepted.grantee, options=50, award_date="2006-04-01", initial_price="5.18")
    worthless = builders.granted_award(accepted.grantee, options=40, award_date="2006-04-01", initial_price="9.00")
    hand = hands(kind)

    sign_in(hand, "ada", f"/exercises/awards/{accepted.pk}/")
    hand.write("How many options", "1.000")
    hand.press(hand.button("Review what it pays"))
    hand.sees("Enter a whole number, without a comma or a point.")
    expect(hand.field("How many options")).to_have_value("1.000")
    hand.write("How many options", "5001")
    hand.press(hand.button("Review what it pays"))
    hand.sees("Please check what you entered")
    hand.sees("has 5,000 options that can be exercised; enter a number from 1 to 5,000.")
    # The browser's own about the two answers that were refusals.
    hand.complaints.clear()

    hand.open(f"/exercises/awards/{waiting.pk}/")
    hand.sees("Accept the Award Letter first")
    hand.open(f"/exercises/awards/{worthless.pk}/review/?options=20")
    hand.sees("This exercise cannot be confirmed")
    expect(hand.button("Confirm the exercise")).to_have_count(0)
    assert not ExerciseNotice.objects.exists()


@pytest.mark.parametrize("kind", HANDS)
def test_one_who_acts_for_another_does_so_for_as_long_as_they_may(hands, closes, at, kind):
    award = builders.granted_award(options=10_000, award_date="2006-04-01", initial_price="5.18")
    theirs = builders.granted_award(
        builders.grantee("other", name="Zebediah"), options=777, award_date="2006-04-01", initial_price="5.18"
    )
    guardian = builders.person("guardian")
    builders.appointed(guardian, award.grantee, from_on="2007-01-01", until_on="2007-04-02")
    hand, ada = hands(kind), hands(Plain)

    sign_in(hand, "guardian")
    hand.press(hand.page.get_by_role("link", name="Apr 1, 2006", exact=True))
    notice = exercise(hand, "100", "124.68")
    assert (notice.award, notice.capacity, notice.recorded_by) == (award, "guardian", guardian)
    # Whose the Award is sees it, and that another acts.
    sign_in(ada, "ada", f"/exercises/awards/{award.pk}/")
    ada.sees("You can see this Award, and another person acts for it now (§2.5, §5).")
    # Nobody else's is there, and none is when the time is over.
    assert hand.page.goto(f"{hand.address}/awards/{theirs.pk}/").status == 404
    at("2007-04-03T11:00-04:00")
    assert hand.page.goto(f"{hand.address}/awards/{award.pk}/").status == 404
    hand.complaints.clear()


@pytest.mark.parametrize("kind", [Keys, Plain])
def test_what_else_there_is_to_do(hands, closes, kind):
    """A letter declined, a number questioned, a list searched, a choice of mail, a calendar, another language."""
    award = builders.granted_award(options=10_000, award_date="2006-04-01", initial_price="5.18")
    unwanted = builders.issued_award(award.grantee, options=50, award_date="2007-01-01", initial_price="6.10")
    hand = hands(kind)

    sign_in(hand, "ada", f"/awards/{unwanted.pk}/letter/")
    hand.press(hand.page.locator("summary", has_text="Decline instead"))
    hand.write("Why you decline", "I would rather not.")
    hand.press(hand.button("Decline the Award"))
    hand.sees("You declined %(number)s.", number=unwanted.number)

    hand.open(f"/awards/{award.pk}/")
    hand.press(hand.link("Question this number: %(line)s", line="Multiplier"))
    hand.write("Your question", "Why is it not 4.000?")
    hand.press(hand.button("Send the question"))
    hand.sees("Your question reached the staff. The answer will stand here.")
    assert Question.objects.get().line == "Multiplier"

    hand.open("/")
    hand.press(hand.link("Search, filter, export"))
    hand.write("Search", award.number)
    hand.press(hand.page.locator("main").get_by_role("button", name="Show", exact=True))
    expect(hand.page.locator("tbody tr")).to_have_count(1)

    hand.open("/preferences/")
    assert hand.field("Options vested").is_checked()
    if kind is Keys:
        hand.reach(hand.field("Options vested"))
        hand.page.keyboard.press("Space")
    else:
        hand.field("Options vested").uncheck()
    hand.press(hand.button("Keep"))
    hand.sees("Your choice is kept.")
    assert not Preferences.objects.get().mail_vested
    hand.press(hand.button("Make the address"))
    hand.sees("Your calendar has a new address. Keep it to yourself.")
    hand.press(hand.button("Revoke the address"))
    hand.sees("The calendar's address is revoked: nothing can be read at it any more.")

    hand.press(hand.page.get_by_role("contentinfo").get_by_role("button", name="Español"))
    expect(hand.page.locator("html")).to_have_attribute("lang", "es")
