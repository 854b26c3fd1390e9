import pytest
from django.contrib.auth import get_user_model
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer


@pytest.mark.browser
def test_browser_shows_a_page_and_leaves_the_database_to_the_test(live_server: LiveServer, page: Page) -> None:
    get_user_model().objects.create_user("grantee", "grantee@example.com", "a long enough password")
    answer = page.goto(f"{live_server.url}/accounts/login/")
    assert answer is not None
    assert answer.status == 200
    assert page.viewport_size == {"width": 1280, "height": 900}
    page.get_by_label("Email").fill("grantee@example.com")
    page.get_by_label("Password").fill("a wrong password")
    page.locator("form").get_by_role("button").first.click()
    page.wait_for_load_state()
    assert page.url == f"{live_server.url}/accounts/login/"
    assert page.context.cookies()[0]["name"] == "csrftoken"


@pytest.mark.browser
def test_browser_starts_each_test_without_cookies(live_server: LiveServer, page: Page) -> None:
    assert page.context.cookies() == []
