"""How allauth signs people in here."""

from allauth.account.adapter import DefaultAccountAdapter
from django.contrib.auth.models import AbstractUser
from django.http import HttpRequest


class PortalAccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """The Company opens accounts; nobody signs up."""
        return False


def display_name(user: AbstractUser) -> str:
    """What a person is called on a page."""
    return user.get_full_name() or user.email
