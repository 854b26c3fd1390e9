"""How allauth signs people in here, and with what they confirm that it is still they."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter, get_adapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import AbstractUser, User
from django.db.models import Count, OuterRef, Subquery, Value
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from awards.models import Message


class PortalAccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """The Company opens accounts; nobody signs up."""
        return False

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """The second factor where one is enrolled, a passkey first; else the password."""
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        for method in methods:
            method["description"] = _REAUTHENTICATE_BY[method["id"]]
        factors = [method for method in methods if method["id"] != "reauthenticate"]
        return sorted(factors, key=lambda method: method["id"] != "mfa_reauthenticate:webauthn") or methods


_REAUTHENTICATE_BY = {
    "reauthenticate": gettext_lazy("Use your password"),
    "mfa_reauthenticate": gettext_lazy("Use a code"),
    "mfa_reauthenticate:webauthn": gettext_lazy("Use a passkey"),
}


class PortalMFAAdapter(DefaultMFAAdapter):
    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """What a device shows when it is asked for a passkey; its id is the name under which the portal was reached."""
        return {**super().get_public_key_credential_rp_entity(), "name": settings.MFA_TOTP_ISSUER}

    def generate_authenticator_name(self, user: Any, type: Authenticator.Type) -> str:
        number = Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1
        return _("Passkey %(number)d") % {"number": number}


def display_name(user: AbstractUser) -> str:
    """What a person is called on a page."""
    return user.get_full_name() or user.email


def client_address(request: HttpRequest) -> str | None:
    """Where a request came from, as the nearest proxy that the settings trust saw it."""
    address: str | None = get_adapter().get_client_ip(request)
    return address


class CountsUnread:
    """Loads the signed-in person with what every page needs: their language, the number of their unread messages, and
    whether they have closed the first view.

    One query, as without it; no page asks for them again.
    """

    user_can_authenticate: Any

    def get_user(self, user_id: int) -> User | None:
        mine = Message.objects.unread().filter(recipient=OuterRef("pk")).order_by().values("recipient")
        counted = mine.annotate(unread=Count("pk")).values("unread")
        user = (
            User.objects.annotate(
                unread=Coalesce(Subquery(counted), 0),
                language=Coalesce("preferences__language", Value("")),
                hides_first_view=Coalesce("preferences__hides_first_view", Value(False)),
            )
            .filter(pk=user_id)
            .first()
        )
        return user if user is not None and self.user_can_authenticate(user) else None


class PortalBackend(CountsUnread, ModelBackend):
    pass


class PortalEmailBackend(CountsUnread, AuthenticationBackend):
    pass
