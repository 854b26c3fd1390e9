from django.urls import path

from awards import passkeys, profile_views

urlpatterns = [
    path("2fa/webauthn/reauthenticate/", passkeys.reauthenticate_by_passkey, name="mfa_reauthenticate_webauthn"),
    path("sessions/", profile_views.sessions, name="usersessions_list"),
]
