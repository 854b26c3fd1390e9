"""Who comes to the desk, and what becomes of a decision that each of them takes."""

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import Group, User
from django.db import transaction
from django.test import Client

from awards.models import AuditEvent
from awards.roles import AUDITOR, COMMITTEE, PAYROLL, PLAN_ADMINISTRATOR, set_up_roles
from tests import builders

GROUPS = {
    "maker": COMMITTEE,
    "other": COMMITTEE,
    "plan": PLAN_ADMINISTRATOR,
    "payroll": PAYROLL,
    "auditor": AUDITOR,
    "staff": None,
}
EVERYBODY = (*GROUPS, "anonymous")


def at_the_desk() -> dict[str, User]:
    """One person of each role. The maker is a Committee member who proposed everything `builders` makes."""
    set_up_roles()
    people = {}
    for name, group in GROUPS.items():
        user = builders.proposer() if name == "maker" else builders.person(name)
        user.is_staff = True
        user.save()
        if group:
            user.groups.add(Group.objects.get(name=group))
        people[name] = user
    return people


def superuser() -> User:
    return User.objects.create_superuser("root", "root@example.com", "secret")


def signed_in(user: User | None) -> Client:
    client = Client()
    if user is not None:
        client.force_login(user)
    return client


def fate(client: Client, address: str, data: dict[str, Any]) -> str:
    """What becomes of a decision: done, refused on its page, forbidden, or sent to sign in. Nothing of it is kept."""
    with transaction.atomic():
        events = AuditEvent.objects.count()
        looked, sent = client.get(address), client.post(address, {**data, "_confirm": "yes"})
        written = AuditEvent.objects.count() > events
        transaction.set_rollback(True)
    if sent.status_code == 200:
        said = sent.content.decode()
        assert "errorlist nonfield" in said, said
        assert "Nothing was written." in said
    answers = {
        (200, 302, True): "done",
        (200, 200, False): "refused",
        (403, 403, False): "forbidden",
        (302, 302, False): "sign in",
    }
    return answers[looked.status_code, sent.status_code, written]


def fates(people: dict[str, User], address: str, data: dict[str, Any]) -> dict[str, str]:
    return {name: fate(signed_in(people.get(name)), address, data) for name in EVERYBODY}


def expected(done: Iterable[str], refused: Iterable[str] = ()) -> dict[str, str]:
    """The row of the matrix: who it is done for, who is refused, and everybody else turned away."""
    row = dict.fromkeys(EVERYBODY, "forbidden") | {"anonymous": "sign in"}
    return row | dict.fromkeys(done, "done") | dict.fromkeys(refused, "refused")
