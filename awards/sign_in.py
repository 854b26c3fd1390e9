"""How allauth signs people in here, and with what they confirm that it is still they."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter, get_adapter
from django.contrib.auth.models import AbstractUser
from django.http import HttpRequest


class PortalAccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """The Company opens accounts; nobody signs up."""
        return False

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """The second factor where one is enrolled; else the password."""
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        factors = [method for method in methods if method["id"] != "reauthenticate"]
        return factors or methods


def display_name(user: AbstractUser) -> str:
    """What a person is called on a page."""
    return user.get_full_name() or user.email


def client_address(request: HttpRequest) -> str | None:
    """Where a request came from, as the nearest proxy that the settings trust saw it."""
    address: str | None = get_adapter().get_client_ip(request)
    return address
