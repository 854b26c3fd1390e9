"""Each group has exactly its permissions, and no one person's group decides alone."""

from io import StringIO

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command

from awards import roles

pytestmark = pytest.mark.django_db


def held(group: str) -> set[str]:
    rows = Group.objects.get(name=group).permissions.select_related("content_type")
    return {f"{row.content_type.app_label}.{row.codename}" for row in rows}


def test_set_up_twice_gives_exactly_what_is_written() -> None:
    out = StringIO()
    call_command("setup_roles", stdout=out)
    Group.objects.get(name=roles.AUDITOR).permissions.set(Group.objects.get(name=roles.COMMITTEE).permissions.all())
    call_command("setup_roles", stdout=out)
    assert {name: held(name) for name in roles.PERMISSIONS} == {
        name: set(permissions) for name, permissions in roles.PERMISSIONS.items()
    }
    assert out.getvalue() == "Roles: Committee, Plan administrator, Payroll, Auditor.\n" * 2


def test_auditor_reads_everything_and_writes_nothing() -> None:
    assert {name.split(".")[1].split("_")[0] for name in roles.PERMISSIONS[roles.AUDITOR]} == {"view"}


@pytest.mark.parametrize("role", [roles.PLAN_ADMINISTRATOR, roles.PAYROLL, roles.AUDITOR])
def test_only_the_committee_approves(role: str) -> None:
    assert [name for name in roles.PERMISSIONS[role] if ".approve_" in name] == []


def test_nobody_deletes_and_nobody_changes_what_actions_write() -> None:
    everything = {name for permissions in roles.PERMISSIONS.values() for name in permissions}
    assert {name for name in everything if ".delete_" in name or ".change_" in name} == {"awards.change_grantee"}


def test_unknown_permission_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(roles.PERMISSIONS, roles.AUDITOR, ("awards.view_nothing",))
    with pytest.raises(LookupError, match=r"^there is no permission awards\.view_nothing$"):
        roles.set_up_roles()
