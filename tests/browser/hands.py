"""Ways in which a person uses a page: with a mouse, with a finger, with the keyboard alone, and without JavaScript.

A walk written for a `Hand` is walked by each of them, in each language: what is on a page is named in English, and
looked for in the language that the hand's browser asks for.
"""

import re
from pathlib import Path
from typing import Any

from django.utils import translation
from django.utils.translation import gettext
from playwright.sync_api import Browser, Locator, Page, expect

# More stops than any page has.
MOST_STOPS = 200


class Hand:
    """With a mouse."""

    script = True
    window: dict[str, Any] = {"viewport": {"width": 1280, "height": 900}}

    def __init__(self, browser: Browser, address: str, language: str = "en") -> None:
        self.language, self.address = language, address
        self.context = browser.new_context(locale=language, java_script_enabled=self.script, **self.window)
        self.context.set_default_timeout(10_000)
        self.page = self.context.new_page()
        self.complaints: list[str] = []
        self.listen(self.page)

    def listen(self, page: Page) -> None:
        """Keep what the browser complains of: scripts that failed, what the Content-Security-Policy stopped."""
        page.on("console", lambda said: self._keep(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: self._keep(str(error)))

    def _keep(self, said: str) -> None:
        if said.startswith("htmx:sendAbort"):
            # A question given up for the next one is no fault. htmx calls it one twice, first as the request's end.
            self.complaints.remove(said.replace("sendAbort", "afterRequest", 1))
        else:
            self.complaints.append(said)

    def named(self, text: str, **values: object) -> str:
        with translation.override(self.language):
            said = gettext(text)
        return said % values if values else said

    def open(self, path: str) -> None:
        self.page.goto(self.address + path)

    def link(self, text: str, **values: object) -> Locator:
        return self.page.get_by_role("link", name=self.named(text, **values), exact=True)

    def button(self, text: str, **values: object) -> Locator:
        return self.page.get_by_role("button", name=self.named(text, **values), exact=True)

    def field(self, text: str) -> Locator:
        return self.page.get_by_label(self.named(text), exact=True)

    def press(self, target: Locator) -> None:
        target.click()

    def write(self, text: str, value: str) -> None:
        self.field(text).fill(value)

    def tick(self, text: str) -> None:
        self.field(text).check()

    def choose_file(self, field: Locator, file: Path) -> None:
        with self.page.expect_file_chooser() as chosen:
            self.press(field)
        chosen.value.set_files(file)

    def sees(self, text: str, **values: object) -> None:
        expect(self.page.locator("main")).to_contain_text(self.named(text, **values))

    def sees_heading(self, text: str, **values: object) -> None:
        expect(self.page.get_by_role("heading", name=self.named(text, **values)).first).to_be_visible()


class Finger(Hand):
    """On a phone."""

    window = {"viewport": {"width": 375, "height": 812}, "has_touch": True, "is_mobile": True}

    def press(self, target: Locator) -> None:
        target.tap()


class Keys(Hand):
    """With nothing but Tab, Enter, Space and letters; what has the focus must show it."""

    def reach(self, target: Locator) -> None:
        expect(target).to_be_visible()
        for _ in range(MOST_STOPS):
            if target.evaluate("node => node === document.activeElement"):
                shown = target.evaluate("node => getComputedStyle(node).outlineStyle")
                assert shown != "none", f"the focus does not show on {target}"
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"{target} is not reached by Tab")

    def press(self, target: Locator) -> None:
        self.reach(target)
        self.page.keyboard.press("Enter")

    def write(self, text: str, value: str) -> None:
        self.reach(self.field(text))
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(value)

    def tick(self, text: str) -> None:
        self.reach(self.field(text))
        self.page.keyboard.press("Space")
        expect(self.field(text)).to_be_checked()


class Plain(Hand):
    """Without JavaScript."""

    script = False

    def choose_file(self, field: Locator, file: Path) -> None:
        field.set_input_files(file)


HANDS = (Hand, Finger, Keys, Plain)


def sign_in(hand: Hand, username: str, path: str = "/") -> None:
    hand.open(path)
    hand.write("Email", f"{username}@example.com")
    hand.write("Password", "secret")
    hand.press(hand.button("Sign in"))
    expect(hand.page).not_to_have_url(re.compile("/accounts/login/"))


def give_password_again(hand: Hand) -> None:
    hand.sees_heading("Confirm that it is you")
    hand.write("Password", "secret")
    hand.press(hand.button("Confirm"))
