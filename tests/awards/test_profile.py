"""The page on which a person's account is whole: what it says of every part, and that it is theirs alone."""

import re

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.contrib.auth.models import User
from django.test import Client

from awards.actions.calendar_feed import make_feed
from awards.actions.preferences import change_preferences
from awards.profile import browser
from tests import builders
from tests.awards.test_sessions import browser_of

pytestmark = pytest.mark.django_db
NOW = builders.instant("2007-04-02")


@pytest.fixture
def reader(client: Client, at) -> Client:
    """Ada, beside two with everything enrolled."""
    at("2007-04-02T11:00-04:00")
    for username in ("other", "third"):
        another = builders.person(username)
        enrolled(another, name="Zebra")
        make_feed(user=another, with_amounts=True, now=NOW)
    client.force_login(builders.person("ada"))
    return client


def enrolled(user: User, *, name: str) -> None:
    TOTP.activate(user, generate_totp_secret())
    RecoveryCodes.activate(user)
    Authenticator.objects.create(user=user, type=Authenticator.Type.WEBAUTHN, data={"name": name, "credential": {}})


def said(reader: Client) -> dict[str, str]:
    """What stands beside each name on the page."""
    page = reader.get("/profile/").content.decode()
    plain = [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", part)).strip() for part in re.split(r"</?d[td]>", page)[1:]]
    return dict(zip(plain[::4], plain[2::4], strict=False))


def test_without_anything_it_names_every_part_and_how_to_begin(reader):
    page = said(reader)

    assert page["Name"].startswith("ada As the Company wrote it.")
    assert page["Password"] == "Set Change the password"
    assert page["Authenticator app"] == "Off Set up an app"
    assert page["Passkeys"] == "None Add a passkey"
    assert page["Recovery codes"] == "None"
    assert page["E-mail"] == "Everything Choose the e-mail"
    assert page["Calendar"] == "No address Make an address"
    assert page["E-mail address"] == "ada@example.com Change the e-mail address"
    assert "Your password alone protects your options" in reader.get("/profile/").content.decode()


def test_with_everything_it_says_what_is_there(reader):
    user = User.objects.get(username="ada")
    enrolled(user, name="Work laptop")
    codes = Authenticator.objects.get(user=user, type="recovery_codes").wrap()
    codes.validate_code(codes.get_unused_codes()[0])
    make_feed(user=user, with_amounts=False, now=NOW)
    change_preferences(user=user, wanted={"mail_vested": False}, now=NOW)
    page = said(reader)

    assert page["Authenticator app"].startswith("On Since ")
    assert page["Passkeys"] == "Work laptop See the passkeys"
    assert page["Recovery codes"] == "9 left See the codes"
    assert page["E-mail"] == "What must be sent, and what you chose Choose the e-mail"
    assert page["Calendar"] == "An address since Mon, Apr 2, 2007, 11:00 AM EDT See the address"
    assert "Your password alone" not in reader.get("/profile/").content.decode()


def test_never_says_what_is_anothers(reader):
    assert "Zebra" not in reader.get("/profile/").content.decode()


def test_counts_where_the_reader_is_signed_in(at):
    at("2007-04-02T11:00-04:00")
    browser_of("other")
    first, _second = browser_of("ada"), browser_of("ada")

    assert said(first)["Sessions"] == "Signed in at 2 browsers See the sessions"


def test_asks_seven_times(reader, django_assert_num_queries):
    browser_of("ada")
    enrolled(User.objects.get(username="ada"), name="Work laptop")
    # Session, user, second factors, sessions noted and stored, preferences, calendar.
    with django_assert_num_queries(7):
        reader.get("/profile/")


def test_needs_a_sign_in(client):
    assert client.get("/profile/").headers["Location"] == "/accounts/login/?next=/profile/"


def test_the_menu_leads_there(reader):
    menu = reader.get("/inbox/").content.decode().split('class="user-menu"')[1]
    assert '<a href="/profile/">Profile</a>' in menu


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/131.0.0.0 Safari/537.36", "Chrome on Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/131.0.0.0 Safari/537.36 Edg/131.0", "Edge on Windows"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/18.0 Safari/605.1.15", "Safari on Mac"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1", "Safari on iPhone"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) CriOS/131.0 Mobile Safari/604.1", "Chrome on iPhone"),
        ("Mozilla/5.0 (Linux; Android 14; SM-S918B) SamsungBrowser/26.0 Chrome/122.0", "Samsung Internet on Android"),
        ("Mozilla/5.0 (Linux; Android 14; Pixel 8) Chrome/131.0.0.0 Mobile Safari/537.36", "Chrome on Android"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0", "Firefox on Linux"),
        ("curl/8.5.0", "curl"),
        ("", "Unknown browser"),
        ("<b>", "Unknown browser"),
    ],
)  # fmt: skip
def test_browsers_are_named_as_people_know_them(user_agent, name):
    assert browser(user_agent) == name
