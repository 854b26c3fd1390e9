"""allauth's list of who is signed in where, kept by the portal's own receiver."""

import allauth.usersessions.apps
from allauth.account.signals import user_logged_in


class UserSessionsConfig(allauth.usersessions.apps.UserSessionsConfig):
    def ready(self) -> None:
        """Not allauth's receivers: at each sign-in they load every session that the person has had."""
        from awards.sessions import expect_note

        user_logged_in.connect(expect_note)
