"""Passkeys: the forms that take what a device signed, and the page that asks for one once more."""

from collections.abc import Callable
from typing import Any

from allauth.account.utils import passthrough_next_redirect_url
from allauth.mfa.webauthn import forms as allauth_forms
from allauth.mfa.webauthn.views import ReauthenticateWebAuthnView
from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

# What can be wrong with an answer that no device gave: allauth expects fewer.
MALFORMED = (AttributeError, LookupError, TypeError, ValueError)


def _kindly(check: Callable[[], Any]) -> Any:
    """What the check answers; where a passkey is not accepted, a ValidationError that says so in words for a reader."""
    refused = ValidationError(_("This passkey was not accepted. Try again, or choose another way."), code="passkey")
    try:
        return check()
    except MALFORMED as error:
        raise refused from error
    except ValidationError as error:
        if error.code != "incorrect_code":
            raise
        raise refused from error


class AddPasskeyForm(allauth_forms.AddWebAuthnForm):
    name = forms.CharField(
        label=gettext_lazy("Name"),
        required=False,
        max_length=60,
        help_text=gettext_lazy("By which you will know it again, such as the device it is on."),
    )
    passwordless = forms.BooleanField(
        label=gettext_lazy("Sign in with this passkey alone"),
        required=False,
        initial=True,
        help_text=gettext_lazy("Without e-mail address and password. Not every older security key can do that."),
    )

    def clean(self) -> Any:
        return _kindly(super().clean)


class AuthenticateByPasskeyForm(allauth_forms.AuthenticateWebAuthnForm):
    def clean_credential(self) -> Any:
        return _kindly(super().clean_credential)


class SignInByPasskeyForm(allauth_forms.LoginWebAuthnForm):
    def clean_credential(self) -> Any:
        return _kindly(super().clean_credential)


class ReauthenticateByPasskeyForm(allauth_forms.ReauthenticateWebAuthnForm):
    def clean_credential(self) -> Any:
        return _kindly(super().clean_credential)


class ReauthenticateByPasskeyView(ReauthenticateWebAuthnView):
    def form_invalid(self, form: forms.Form) -> HttpResponse:
        """Ask again, for what waits behind the question; allauth would go to the first page and forget it."""
        for error in form.errors.get("credential", []):
            messages.error(self.request, str(error))
        return redirect(passthrough_next_redirect_url(self.request, reverse("mfa_reauthenticate_webauthn"), "next"))


reauthenticate_by_passkey = ReauthenticateByPasskeyView.as_view()
