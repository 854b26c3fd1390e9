from typing import Any

from allauth.usersessions.models import UserSession
from django.contrib.sessions.management.commands import clearsessions
from django.contrib.sessions.models import Session


class Command(clearsessions.Command):
    help = "Delete the sessions that have run out, and what was noted of those that are gone."

    def handle(self, **options: Any) -> None:
        super().handle(**options)
        UserSession.objects.exclude(session_key__in=Session.objects.values("session_key")).delete()
