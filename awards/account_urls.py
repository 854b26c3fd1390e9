from django.urls import path

from awards import passkeys

urlpatterns = [
    path("2fa/webauthn/reauthenticate/", passkeys.reauthenticate_by_passkey, name="mfa_reauthenticate_webauthn"),
]
