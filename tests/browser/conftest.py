"""What the walks through a browser share."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page


@pytest.fixture
def complaints(page: Page) -> list[str]:
    """What the browser complained of: scripts that failed, anything the Content-Security-Policy stopped."""
    found: list[str] = []
    page.on("console", lambda message: found.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: found.append(str(error)))
    return found


@pytest.fixture
def plain_page(browser: Browser) -> Iterator[Page]:
    """A page of a browser in which JavaScript is switched off."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-US", java_script_enabled=False)
    context.set_default_timeout(10_000)
    yield context.new_page()
    context.close()
