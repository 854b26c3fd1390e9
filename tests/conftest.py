"""Fixtures every test may use, and which tests this machine can run."""

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import datetime

import hypothesis
import pytest
from django.conf import settings as portal_settings
from django.db import connection
from django.utils import translation
from playwright.sync_api import Browser, Page, sync_playwright
from pytest_django import Settings

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
NO_CHROMIUM = "browser tests left out: no Chromium here. Get it with: apt-get install chromium"

# The machines that run the tests differ in speed by more than any deadline for one example would allow.
hypothesis.settings.register_profile("portal", deadline=None, print_blob=True)
hypothesis.settings.load_profile("portal")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if CHROMIUM is None and "not browser" not in config.option.markexpr:
        terminalreporter.write_line(NO_CHROMIUM)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if CHROMIUM is None:
        _leave_out_browser_tests(config, items)
    for item in items:
        _skip_without_its_server(item)
    # Last, because Playwright leaves an event loop running in its thread, in which Django refuses the database.
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


def _leave_out_browser_tests(config: pytest.Config, items: list[pytest.Item]) -> None:
    left_out = [item for item in items if item.get_closest_marker("browser")]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if not item.get_closest_marker("browser")]


def _skip_without_its_server(item: pytest.Item) -> None:
    if item.get_closest_marker("postgresql") and connection.vendor != "postgresql":
        item.add_marker(pytest.mark.skip(reason="needs PostgreSQL: make test"))
    if item.get_closest_marker("valkey") and not portal_settings.REDIS_URL:
        item.add_marker(pytest.mark.skip(reason="needs Valkey: make test"))


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    """A test before may have written equal numbers with other zeros, 5.18 and 5.180000, as no one database does."""
    from awards import valuation  # the settings are not read yet when this file is

    valuation._of_one.cache_clear()


@pytest.fixture(autouse=True)
def english_again() -> Iterator[None]:
    """A request leaves its thread in the language of its reader, and the next test may ask for words without one."""
    yield
    translation.deactivate()


@pytest.fixture
def at(settings: Settings) -> Callable[[str], datetime]:
    """Fixes the portal's clock: `at("2007-04-02T11:00-04:00")`. May be called again to move on."""

    def fix(instant: str) -> datetime:
        fixed = datetime.fromisoformat(instant)
        if fixed.tzinfo is None:
            raise ValueError(f"{instant!r} names no time zone")
        settings.PORTAL_NOW = fixed
        return fixed

    return fix


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The Chromium that is installed, started once."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=CHROMIUM_ARGUMENTS)
        yield launched
        launched.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page 1280 by 900 in a browser context of its own: no cookies from the test before."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-US")
    context.set_default_timeout(10_000)
    yield context.new_page()
    context.close()
