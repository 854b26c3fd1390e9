"""The audit trail shows a changed, a missing and an added event, before its day is sealed and after."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from awards.actions import audit
from awards.models import AuditEvent, AuditSeal, Grantee
from tests import builders as given

pytestmark = pytest.mark.django_db
DAY = date(2006, 1, 3)


@contextmanager
def tampering(*tables: str) -> Iterator[None]:
    """As somebody could who owns the database: with the triggers out of the way."""
    postgresql = connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        kept = []
        # A table whose foreign keys wait to be checked cannot be altered.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE" if postgresql else "SELECT 1")
        for table in tables:
            trigger = f"{table}_is_append_only"
            if postgresql:
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}")
            else:
                cursor.execute("SELECT sql FROM sqlite_master WHERE name = %s", [trigger])
                kept += cursor.fetchone()
                cursor.execute(f"DROP TRIGGER {trigger}")
        yield
        for table in tables if postgresql else ():
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER {table}_is_append_only")
        for sql in kept:
            cursor.execute(sql)


@pytest.fixture
def ada() -> Grantee:
    """Three events of Ada's on one day, and one of Eve's."""
    holder = given.grantee()
    for at in ("09:00", "10:00", "11:00"):
        record(holder, at)
    record(given.grantee("eve"), "12:00")
    return holder


def record(holder: Grantee, at: str, on: str = "2006-01-03") -> AuditEvent:
    return audit.record(
        actor=given.proposer(), action="noted", subject=holder, at=given.instant(on, at), after={"at": at}, reason="r"
    )


def sealed(day: date = DAY) -> AuditSeal:
    return audit.seal_day(day=day, now=given.instant(day, "23:59"))


def found() -> list[str]:
    return list(audit.differences())


def test_chains_and_seals_are_whole(ada: Grantee) -> None:
    assert sealed().events == 4
    assert found() == []
    chain = AuditEvent.objects.filter(subject=f"grantee:{ada.pk}").order_by("sequence")
    assert [event.sequence for event in chain] == [1, 2, 3]
    assert [event.previous_hash for event in chain] == ["", chain[0].hash, chain[1].hash]


@pytest.mark.parametrize(
    "changed",
    [
        {"action": "denied"},
        {"actor": None},
        {"before": {"x": 1}},
        {"after": {"at": "later"}},
        {"reason": ""},
        {"at": given.instant("2006-01-03", "10:00:01")},
    ],
    ids=str,
)
def test_changed_event_shows(ada: Grantee, changed: dict[str, object]) -> None:
    with tampering("awards_auditevent"):
        AuditEvent.objects.filter(subject=f"grantee:{ada.pk}", sequence=2).update(**changed)
    assert found() == [f"grantee:{ada.pk}: event 2 has been changed"]


def test_changed_event_with_a_new_hash_shows(ada: Grantee) -> None:
    event = AuditEvent.objects.get(subject=f"grantee:{ada.pk}", sequence=2)
    event.reason = "another"
    with tampering("awards_auditevent"):
        AuditEvent.objects.filter(pk=event.pk).update(reason="another", hash=audit.hash_of(event))
    assert found() == [f"grantee:{ada.pk}: event 3 does not follow from the one before it"]


def test_deleted_event_shows(ada: Grantee) -> None:
    with tampering("awards_auditevent"):
        AuditEvent.objects.filter(subject=f"grantee:{ada.pk}", sequence=2).delete()
    assert found() == [f"grantee:{ada.pk}: event 2 is missing"]


def test_deleted_last_event_shows_once_its_day_is_sealed(ada: Grantee) -> None:
    sealed()
    with tampering("awards_auditevent"):
        AuditEvent.objects.filter(subject=f"grantee:{ada.pk}", sequence=3).delete()
    assert found() == ["seal of 2006-01-03: 4 events were sealed, 3 are there"]


def test_rewritten_chain_shows_once_its_day_is_sealed(ada: Grantee) -> None:
    sealed()
    event = AuditEvent.objects.get(subject=f"grantee:{ada.pk}", sequence=3)
    event.reason = "another"
    with tampering("awards_auditevent"):
        AuditEvent.objects.filter(pk=event.pk).update(reason="another", hash=audit.hash_of(event))
    assert found() == ["seal of 2006-01-03: its events are not the ones that were sealed"]


@pytest.mark.usefixtures("ada")
def test_changed_seal_shows() -> None:
    sealed()
    sealed(date(2006, 1, 4))
    with tampering("awards_auditseal"):
        AuditSeal.objects.filter(day=DAY).update(hash="0" * 64)
    assert found() == [
        "seal of 2006-01-03: its events are not the ones that were sealed",
        "seal of 2006-01-04: 0 events were sealed, 0 are there",
    ]


@pytest.mark.usefixtures("ada")
def test_deleted_seal_shows() -> None:
    sealed()
    sealed(date(2006, 1, 4))
    with tampering("awards_auditseal"):
        AuditSeal.objects.filter(day=DAY).delete()
    assert found() == ["seal of 2006-01-04: 0 events were sealed, 4 are there"]


def test_sealed_day_stays_as_it_is(ada: Grantee) -> None:
    first = sealed()
    record(ada, "23:58")
    assert (sealed().pk, sealed().events) == (first.pk, 4)
    # What came after the seal is under the next one.
    assert sealed(date(2006, 1, 4)).events == 1
    assert found() == []


def test_day_ends_at_midnight_in_new_york(ada: Grantee) -> None:
    record(ada, "23:59:59")
    record(ada, "00:00", on="2006-01-04")
    assert [sealed().events, sealed(date(2006, 1, 4)).events] == [5, 1]


def test_job_that_ran_past_midnight_is_no_tampering(ada: Grantee) -> None:
    record(ada, "00:00:01", on="2006-01-04")
    record(given.grantee("eve"), "23:59:58")
    assert [sealed().events, sealed(date(2006, 1, 4)).events] == [6, 0]
    assert found() == []


class TestVerifyAudit:
    @pytest.mark.usefixtures("ada")
    def test_whole(self) -> None:
        sealed()
        out = StringIO()
        call_command("verify_audit", stdout=out)
        assert out.getvalue() == "4 events and 1 seals are whole.\n"

    def test_differences_fail(self, ada: Grantee) -> None:
        with tampering("awards_auditevent"):
            AuditEvent.objects.filter(subject=f"grantee:{ada.pk}", sequence__lt=3).update(reason="")
        err = StringIO()
        with pytest.raises(CommandError, match=r"^2 differences\.$") as failure:
            call_command("verify_audit", stderr=err)
        assert failure.value.returncode == 1
        assert err.getvalue().splitlines() == [f"grantee:{ada.pk}: event {n} has been changed" for n in (1, 2)]
