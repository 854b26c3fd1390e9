"""Second factors: enrolled by their owner, asked for instead of the password, and refused kindly whatever is sent."""

import hashlib
import hmac
import json
import re
import struct
import time
from base64 import b32decode
from uuid import uuid4

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from fido2.utils import websafe_encode

from awards.models import Award
from awards.sign_in import PortalAccountAdapter, PortalMFAAdapter
from exercises.models import ExerciseNotice
from tests import builders
from tests.passkeys import Device
from tests.signing_in import sign_in

pytestmark = pytest.mark.django_db
SECRET = "JBSWY3DPEHPK3PXP" * 2


def code_of(secret: str, *, steps: int = 0) -> str:
    """RFC 6238: what an authenticator app with this secret shows now, or so many half minutes from now."""
    counter = struct.pack(">Q", int(time.time()) // 30 + steps)
    digest = hmac.new(b32decode(secret), counter, hashlib.sha1).digest()
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at : at + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"


def text(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


@pytest.fixture
def award(at) -> Award:
    at("2007-04-02T11:00-04:00")
    builders.closes(builders.CLOSES_2007_04_02)
    return builders.granted_award(options=10_000, award_date="2006-04-01", initial_price="5.18")


@pytest.fixture
def holder(award: Award, client: Client) -> Client:
    return sign_in(client, award.grantee.user)


def passkey_of(user, name: str = "Work laptop") -> Authenticator:
    data = {"name": name, "credential": {}}
    return Authenticator.objects.create(user=user, type=Authenticator.Type.WEBAUTHN, data=data)


class TestAuthenticatorApp:
    def test_is_switched_on_with_the_code_it_shows(self, holder, award):
        page = holder.get("/accounts/2fa/totp/activate/")
        secret = page.context["form"].secret

        answer = holder.post("/accounts/2fa/totp/activate/", {"code": code_of(secret)}, follow=True)

        assert Authenticator.objects.filter(user=award.grantee.user, type="totp").exists()
        assert "10 codes of 10 are left." in text(answer)

    def test_is_not_switched_on_with_another_code(self, holder, award):
        secret = holder.get("/accounts/2fa/totp/activate/").context["form"].secret

        answer = holder.post("/accounts/2fa/totp/activate/", {"code": code_of(secret, steps=3)})

        assert "Incorrect code." in text(answer)
        assert not Authenticator.objects.exists()

    def test_is_not_asked_of_whoever_found_the_browser_open(self, award, client):
        client.force_login(award.grantee.user)

        asked = client.get("/accounts/2fa/totp/activate/")

        assert asked.headers["Location"].startswith("/accounts/reauthenticate/?next=")

    def test_is_asked_for_beside_the_password(self, award, client):
        TOTP.activate(award.grantee.user, SECRET)
        credentials = {"login": "ada@example.com", "password": "secret"}

        asked = client.post("/accounts/login/", credentials, follow=True)
        assert asked.redirect_chain[-1][0] == "/accounts/2fa/authenticate/"
        assert client.get("/inbox/").status_code == 302
        assert not UserSession.objects.exists()
        client.post("/accounts/2fa/authenticate/", {"code": code_of(SECRET)})

        assert client.get("/inbox/").status_code == 200
        assert UserSession.objects.get().session_key == client.session.session_key

    def test_confirms_an_exercise_and_the_password_no_longer_does(self, award, client):
        TOTP.activate(award.grantee.user, SECRET)
        sign_in(client, award.grantee.user, seconds_ago=301)
        asked = _confirm(client, award)
        assert asked.redirect_chain[-1][0].startswith("/accounts/2fa/reauthenticate/?next=")

        by_password = client.post("/accounts/reauthenticate/", {"password": "secret"})
        assert by_password.headers["Location"] == "/accounts/2fa/reauthenticate/"
        assert not ExerciseNotice.objects.exists()

        target = reverse("exercises:confirm", args=[award.pk])
        answered = client.post("/accounts/2fa/reauthenticate/", {"code": code_of(SECRET), "next": target}, follow=True)
        assert ExerciseNotice.objects.get().number in text(answered)

    def test_wrong_code_confirms_nothing(self, award, client):
        TOTP.activate(award.grantee.user, SECRET)
        sign_in(client, award.grantee.user, seconds_ago=301)
        asked = _confirm(client, award)

        answered = client.post(asked.redirect_chain[-1][0], {"code": code_of(SECRET, steps=3)})

        assert "Incorrect code." in text(answered)
        assert not ExerciseNotice.objects.exists()


def _confirm(client: Client, award: Award):
    asked = {"options": 5_000, "form_key": uuid4()}
    review = client.get(reverse("exercises:review", args=[award.pk]), asked)
    form = {**review.context["form"].initial, "understood": "on"}
    return client.post(reverse("exercises:confirm", args=[award.pk]), form, follow=True)


class TestAskedAgain:
    def test_without_a_second_factor_by_the_password(self, award):
        assert self._ways(award) == ["Use your password"]

    def test_with_a_passkey_by_it_first_then_by_a_recovery_code(self, award):
        RecoveryCodes.activate(award.grantee.user)
        passkey_of(award.grantee.user)

        assert self._ways(award) == ["Use a passkey", "Use a code"]

    def test_with_an_app_by_its_code(self, award):
        TOTP.activate(award.grantee.user, SECRET)

        assert self._ways(award) == ["Use a code"]

    def _ways(self, award: Award) -> list[str]:
        return [
            str(way["description"]) for way in PortalAccountAdapter().get_reauthentication_methods(award.grantee.user)
        ]


# What no device answers: each is refused, and none is a fault of the portal's.
MALFORMED = [
    "", "{", "1", "null", "[]", '"x"', "{}", '{"id": 1}', '{"response": 1}', '{"response": null}',
    '{"id": "AA", "rawId": "AA", "type": "public-key", "response": {"userHandle": 1}}',
    json.dumps({
        "id": "AA", "rawId": "AA", "type": "public-key",
        "response": {"clientDataJSON": "e30", "authenticatorData": "AAAA", "signature": "AA", "userHandle": "MQ"},
    }),
    json.dumps({
        "id": "AA", "rawId": "AA", "type": "public-key",
        "response": {"clientDataJSON": websafe_encode(b'{"type": "webauthn.get", "challenge": "AA", "origin": "http://x"}'),
                     "authenticatorData": "A" * 60, "signature": "AA", "userHandle": "MQ"},
    }),
    json.dumps({
        "id": "AA", "rawId": "AA", "type": "public-key",
        "response": {"clientDataJSON": "e30", "attestationObject": "AA"},
    }),
]  # fmt: skip


def with_passkey(client: Client, award: Award) -> Device:
    """The holder adds a passkey; then five minutes pass."""
    device = Device()
    sign_in(client, award.grantee.user)
    options = client.get("/accounts/2fa/webauthn/add/").context["js_data"]["creation_options"]
    added = client.post("/accounts/2fa/webauthn/add/", {"name": "", "credential": device.create(options)}, follow=True)
    assert "The passkey is added." in text(added)
    sign_in(client, award.grantee.user, seconds_ago=301)
    return device


class TestPasskeys:
    def test_signs_in_alone(self, award, client):
        device = with_passkey(client, award)
        client.logout()

        self._sign_in(client, device)

        assert client.get("/inbox/").status_code == 200
        assert str(Authenticator.objects.get(type="webauthn")) == "Passkey 1"

    def _sign_in(self, client: Client, device: Device) -> None:
        asked = client.get("/accounts/2fa/webauthn/login/", headers={"X-Requested-With": "XMLHttpRequest"}).json()
        client.post("/accounts/2fa/webauthn/login/", {"credential": device.get(asked["request_options"])})

    def test_of_a_closed_account_signs_nobody_in(self, award, client):
        device = with_passkey(client, award)
        client.logout()
        User.objects.filter(username="ada").update(is_active=False)

        self._sign_in(client, device)

        assert client.get("/inbox/").status_code == 302

    def test_that_does_not_know_its_owner_signs_nobody_in(self, award, client):
        device = with_passkey(client, award)
        client.logout()
        device.verifies = False

        self._sign_in(client, device)

        assert client.get("/inbox/").status_code == 302

    @pytest.mark.parametrize(("verifies", "notices"), [(True, 1), (False, 0)])
    def test_confirms_an_exercise_where_it_knows_its_owner(self, award, client, verifies, notices):
        device = with_passkey(client, award)
        asked = _confirm(client, award)
        device.verifies = verifies

        answer = device.get(asked.context["js_data"]["request_options"])
        client.post(asked.redirect_chain[-1][0], {"credential": answer}, follow=True)

        assert ExerciseNotice.objects.count() == notices

    @pytest.mark.parametrize("whose", ["other", "third"])
    def test_of_another_confirms_nothing(self, award, client, whose):
        device = with_passkey(client, award)
        stranger = Device()
        stranger.owner = device.owner if whose == "other" else ""
        asked = _confirm(client, award)

        answer = stranger.get(asked.context["js_data"]["request_options"])
        client.post(asked.redirect_chain[-1][0], {"credential": answer}, follow=True)

        assert ExerciseNotice.objects.count() == 0

    def test_made_for_another_address_is_not_added(self, holder):
        options = holder.get("/accounts/2fa/webauthn/add/").context["js_data"]["creation_options"]

        holder.post("/accounts/2fa/webauthn/add/", {"credential": Device(host="elsewhere.example").create(options)})

        assert not Authenticator.objects.exists()

    def test_accepts_a_letter(self, award, client):
        device = with_passkey(client, award)
        opened = builders.opened_award(award.grantee, options=12, award_date="2007-03-01")
        accepted = {"accept": "yes", "signed_name": "Ada", "understood": "on"}
        asked = client.post(f"/awards/{opened.pk}/letter/", accepted, follow=True)

        answer = device.get(asked.context["js_data"]["request_options"])
        client.post(asked.redirect_chain[-1][0], {"credential": answer}, follow=True)

        opened.refresh_from_db()
        assert opened.is_accepted

    @pytest.mark.parametrize("answer", MALFORMED)
    def test_sign_in_refuses_what_is_none(self, award, client, answer):
        client.get("/accounts/2fa/webauthn/login/", headers={"Accept": "application/json"})

        refused = client.post("/accounts/2fa/webauthn/login/", {"credential": answer}, follow=True)

        assert refused.redirect_chain[-1][0] == "/accounts/login/"
        assert client.get("/inbox/").status_code == 302

    @pytest.mark.parametrize("answer", MALFORMED)
    def test_none_is_added_of_what_is_none(self, holder, answer):
        holder.get("/accounts/2fa/webauthn/add/")

        refused = holder.post("/accounts/2fa/webauthn/add/", {"name": "x", "credential": answer})

        assert refused.status_code == 200
        assert not Authenticator.objects.exists()

    def test_refusal_is_kind(self, award, client):
        client.get("/accounts/2fa/webauthn/login/", headers={"Accept": "application/json"})

        refused = client.post("/accounts/2fa/webauthn/login/", {"credential": MALFORMED[11]}, follow=True)

        assert "This passkey was not accepted. Try again, or choose another way." in text(refused)

    def test_refused_in_the_middle_of_something_it_is_asked_for_again(self, award, client):
        with_passkey(client, award)
        asked = _confirm(client, award)
        where = f"/accounts/2fa/webauthn/reauthenticate/?next=%2Fexercises%2Fawards%2F{award.pk}%2Fconfirm%2F"
        assert asked.redirect_chain[-1][0] == where

        refused = client.post(where, {"credential": MALFORMED[11]}, follow=True)

        assert refused.redirect_chain == [(where, 302)]
        assert "This passkey was not accepted." in text(refused)
        assert not ExerciseNotice.objects.exists()

    def test_asks_for_finger_face_or_pin(self, holder):
        options = holder.get("/accounts/2fa/webauthn/add/").context["js_data"]["creation_options"]["publicKey"]

        assert options["authenticatorSelection"]["userVerification"] == "required"
        assert options["rp"] == {"id": "testserver", "name": "Outperform Stock Options"}

    def test_of_another_is_neither_renamed_nor_removed(self, holder):
        keys = [passkey_of(builders.person(username)).pk for username in ("other", "third")]

        for pk in keys:
            assert holder.get(f"/accounts/2fa/webauthn/keys/{pk}/edit/").status_code == 404
            assert holder.post(f"/accounts/2fa/webauthn/keys/{pk}/remove/").status_code == 404
        assert "Work laptop" not in text(holder.get("/accounts/2fa/webauthn/"))
        assert Authenticator.objects.count() == 2

    def test_is_named_by_its_number_where_its_owner_gives_none(self, award):
        passkey_of(builders.person("other"))
        passkey_of(award.grantee.user)

        name = PortalMFAAdapter().generate_authenticator_name(award.grantee.user, Authenticator.Type.WEBAUTHN)

        assert name == "Passkey 2"

    def test_too_many_attempts_are_told_in_the_portals_own_page(self, client):
        for _ in range(10):
            client.post("/accounts/2fa/webauthn/login/", {"credential": "{}"})

        refused = client.post("/accounts/2fa/webauthn/login/", {"credential": "{}"})

        assert refused.status_code == 429
        assert "Too many attempts" in text(refused)


def test_whoever_found_the_browser_open_adds_no_address_to_send_a_new_password_to(award, client):
    client.force_login(award.grantee.user)

    asked = client.post("/accounts/email/", {"action_add": "yes", "email": "mine@example.com"})

    assert asked.headers["Location"].startswith("/accounts/reauthenticate/?next=")
    assert not award.grantee.user.emailaddress_set.filter(email="mine@example.com").exists()


def test_scripts_come_from_the_portal_alone():
    assert settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]["script-src"] == ["'self'"]
