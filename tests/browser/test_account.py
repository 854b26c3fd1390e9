"""A person and their account: passkeys from the first day on, the other browser signed out, every page looked at."""

import json
import re
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.auth.models import User
from playwright.sync_api import Browser, Page, expect

from awards.models import Award
from exercises.models import ExerciseNotice
from tests import builders
from tests.browser.test_accessible import look_at
from tests.browser.test_exercise import _review, _sign_in
from tests.passkeys import Device

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
PAGES = [
    "/profile/",
    "/preferences/",
    "/accounts/sessions/",
    "/accounts/email/",
    "/accounts/password/change/",
    "/accounts/logout/",
    "/accounts/2fa/",
    "/accounts/2fa/webauthn/",
    "/accounts/2fa/reauthenticate/",
    "/accounts/2fa/webauthn/reauthenticate/",
]
# Each asks first that it be confirmed again.
GUARDED = [
    "/accounts/2fa/webauthn/add/",
    "/accounts/2fa/webauthn/keys/{key}/edit/",
    "/accounts/2fa/webauthn/keys/{key}/remove/",
    "/accounts/2fa/totp/deactivate/",
    "/accounts/2fa/recovery-codes/",
    "/accounts/2fa/recovery-codes/generate/",
]
ENTRANCE = [
    "/accounts/login/",
    "/accounts/password/reset/",
    "/accounts/password/reset/done/",
    "/accounts/password/reset/key/1-none/",
    "/accounts/password/reset/key/done/",
    "/accounts/confirm-email/",
    "/accounts/confirm-email/none/",
    "/accounts/inactive/",
]


class Authenticators:
    """The device of a page's browser, that keeps passkeys and knows its owner until told otherwise."""

    def __init__(self, page: Page) -> None:
        self.session = page.context.new_cdp_session(page)
        self.session.send("WebAuthn.enable")
        made: Any = self.session.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
        self.id = made["authenticatorId"]

    def knows_its_owner(self, does: bool) -> None:
        self.session.send("WebAuthn.setUserVerified", {"authenticatorId": self.id, "isUserVerified": does})


@pytest.fixture
def device(page: Page) -> Authenticators:
    return Authenticators(page)


@pytest.fixture
def award(at) -> Award:
    at("2007-04-02T11:00-04:00")
    builders.closes(builders.CLOSES_2007_04_02)
    return builders.granted_award(options=10_000, award_date="2006-04-01", initial_price="5.18")


def _add_passkey(page: Page, live_server) -> None:
    page.goto(f"{live_server.url}/accounts/2fa/webauthn/add/")
    page.get_by_label("Password").fill("secret")
    page.get_by_role("button", name="Confirm").click()
    page.get_by_label("Name").fill("Work laptop")
    page.get_by_role("button", name="Add the passkey").click()
    expect(page.get_by_text("The passkey is added.")).to_be_visible()


def _sign_out(page: Page, live_server) -> None:
    page.goto(f"{live_server.url}/accounts/logout/")
    page.locator("main").get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def _give_password(page: Page) -> None:
    page.get_by_label("Email").fill("ada@example.com")
    page.get_by_label("Password").fill("secret")
    page.get_by_role("button", name="Sign in", exact=True).click()


def test_a_passkey_is_added_signs_in_and_confirms_an_exercise(page, live_server, award, device, complaints):
    _sign_in(page, live_server, "ada")
    _add_passkey(page, live_server)
    expect(page.get_by_text("10 codes of 10 are left.")).to_be_visible()
    _sign_out(page, live_server)

    _give_password(page)
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("heading", name="My awards")).to_be_visible()

    _review(page, "5000")
    page.get_by_label(re.compile("I understand")).check()
    page.get_by_role("button", name="Confirm the exercise").click()
    expect(page.get_by_role("heading", name="Confirm that it is you")).to_be_visible()
    assert not ExerciseNotice.objects.exists()
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("heading", name="Receipt of exercise")).to_be_visible()

    assert ExerciseNotice.objects.get().options == 5_000
    assert complaints == []


def test_a_passkey_alone_signs_in(page, live_server, award, device, complaints):
    _sign_in(page, live_server, "ada")
    _add_passkey(page, live_server)
    _sign_out(page, live_server)

    page.goto(f"{live_server.url}/inbox/")
    page.get_by_role("button", name="Use a passkey").click()

    expect(page.get_by_role("heading", name="Inbox")).to_be_visible()
    assert complaints == []


def test_a_passkey_that_was_not_used_is_said_and_asked_for_again(page, live_server, award, device, complaints):
    _sign_in(page, live_server, "ada")
    _add_passkey(page, live_server)
    _sign_out(page, live_server)
    _give_password(page)
    device.knows_its_owner(False)
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("The passkey was not used")
    expect(page.get_by_role("alert")).to_be_focused()

    device.knows_its_owner(True)
    page.get_by_role("button", name="Use a passkey").click()

    expect(page.get_by_role("heading", name="My awards")).to_be_visible()
    assert complaints == []


def test_a_passkey_is_added_renamed_and_removed_by_keyboard_alone(page, live_server, award, device, complaints):
    _sign_in(page, live_server, "ada")
    page.goto(f"{live_server.url}/accounts/2fa/webauthn/add/")
    _tab_to(page, page.get_by_label("Password"))
    page.keyboard.type("secret")
    page.keyboard.press("Enter")
    _tab_to(page, page.get_by_label("Name"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("The passkey is added.")).to_be_visible()

    page.goto(f"{live_server.url}/accounts/2fa/webauthn/")
    _press(page, page.get_by_role("link", name="Rename"))
    _tab_to(page, page.get_by_label("Name"))
    page.keyboard.press("Control+a")
    page.keyboard.type("Phone")
    page.keyboard.press("Enter")
    expect(page.get_by_role("rowheader", name="Phone")).to_be_visible()

    _press(page, page.get_by_role("link", name="Remove"))
    _press(page, page.get_by_role("button", name="Remove the passkey"))
    expect(page.get_by_text("The passkey is removed.")).to_be_visible()
    assert not Authenticator.objects.exists()
    assert complaints == []


def _tab_to(page: Page, control) -> None:
    expect(control).to_be_visible()
    for _ in range(40):
        if control.evaluate("each => each === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError("the control is not reached by the Tab key")


def _press(page: Page, control) -> None:
    _tab_to(page, control)
    page.keyboard.press("Enter")


def test_the_other_browser_is_signed_out(page, live_server, award, browser: Browser):
    _sign_in(page, live_server, "ada")
    context = browser.new_context(locale="en-US", user_agent="Mozilla/5.0 (iPhone) Version/18.0 Safari/604.1")
    phone = context.new_page()
    _sign_in(phone, live_server, "ada")
    page.goto(f"{live_server.url}/accounts/sessions/")
    expect(page.get_by_role("rowheader", name="Safari on iPhone")).to_be_visible()

    page.get_by_role("button", name="End the other session").click()

    expect(page.get_by_text("1 session was ended.")).to_be_visible()
    expect(page.get_by_role("rowheader", name="Safari on iPhone")).to_be_hidden()
    phone.reload()
    expect(phone.get_by_role("heading", name="Sign in")).to_be_visible()
    context.close()


@pytest.fixture
def enrolled(award: Award, page: Page, live_server, device) -> Award:
    """Ada has a passkey, an app and recovery codes, and has just confirmed that it is she."""
    _sign_in(page, live_server, "ada")
    _add_passkey(page, live_server)
    TOTP.activate(award.grantee.user, "JBSWY3DPEHPK3PXP" * 2)
    return award


def test_every_page_of_the_account_is_for_everybody(page, live_server, enrolled, complaints):
    key = Authenticator.objects.get(type="webauthn").pk
    for path in [*PAGES, *(guarded.format(key=key) for guarded in GUARDED)]:
        _look_at(page, f"{live_server.url}{path}")
        assert page.url == f"{live_server.url}{path}"
    Authenticator.objects.filter(type="totp").delete()
    _look_at(page, f"{live_server.url}/accounts/2fa/totp/activate/")
    assert complaints == []


def test_every_page_before_the_sign_in_is_for_everybody(page, live_server, enrolled, complaints):
    _sign_out(page, live_server)
    for path in ENTRANCE:
        _look_at(page, f"{live_server.url}{path}")
    page.goto(f"{live_server.url}/accounts/login/")
    _give_password(page)
    expect(page.get_by_role("heading", name="Second factor")).to_be_visible()
    _look_at(page, page.url)
    assert complaints == []


def _look_at(page: Page, url: str) -> None:
    look_at(page, url)
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    expect(page).to_have_title(re.compile(r"^\S.* · Example Communications, Inc\.$"))


def test_scripts_of_a_passkeys_page_stay_under_80_kilobytes(page, live_server, enrolled):
    sizes: list[int] = []
    page.on("response", lambda got: sizes.append(len(got.body())) if got.url.endswith(".js") else None)
    page.goto(f"{live_server.url}/accounts/2fa/webauthn/add/", wait_until="networkidle")
    assert len(sizes) == 5
    assert sum(sizes) < 80_000


class TestWithoutJavaScript:
    """Whoever has a passkey alone signs in and confirms by a recovery code, and is told why."""

    @pytest.fixture
    def ada(self, award: Award) -> User:
        ada = award.grantee.user
        asked = {"publicKey": {"challenge": "AA", "user": {"id": "MQ"}}}
        data = {"name": "Work laptop", "credential": json.loads(Device().create(asked))}
        Authenticator.objects.create(user=ada, type="webauthn", data=data)
        return ada

    def test_the_page_for_a_passkey_says_so_and_offers_the_app(self, plain_page, live_server, award):
        _sign_in(plain_page, live_server, "ada")
        plain_page.goto(f"{live_server.url}/accounts/2fa/webauthn/add/")
        plain_page.get_by_label("Password").fill("secret")
        plain_page.get_by_role("button", name="Confirm").click()

        expect(plain_page.locator("main")).to_contain_text("A passkey needs JavaScript")
        expect(plain_page.get_by_role("button", name="Add the passkey")).to_be_hidden()
        plain_page.get_by_role("link", name="Set up an app").click()
        expect(plain_page.get_by_role("heading", name="Set up an authenticator app")).to_be_visible()

    def test_a_recovery_code_signs_in_and_confirms(self, plain_page, live_server, award, ada):
        codes = RecoveryCodes.activate(ada).get_unused_codes()
        plain_page.goto(f"{live_server.url}/")
        expect(plain_page.get_by_role("button", name="Use a passkey")).to_be_hidden()
        _give_password(plain_page)
        expect(plain_page.locator("main")).to_contain_text("A passkey needs JavaScript")
        plain_page.get_by_label("Code").fill(codes[0])
        plain_page.get_by_role("button", name="Sign in").click()

        _review(plain_page, "5000")
        plain_page.get_by_label(re.compile("I understand")).check()
        plain_page.get_by_role("button", name="Confirm the exercise").click()
        expect(plain_page.locator("main")).to_contain_text("A passkey needs JavaScript")
        plain_page.get_by_role("link", name="Use a code").click()
        plain_page.get_by_label("Code").fill(codes[1])
        plain_page.get_by_role("button", name="Confirm").click()

        expect(plain_page.get_by_role("heading", name="Receipt of exercise")).to_be_visible()
