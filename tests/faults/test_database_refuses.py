"""F10: the disk is full, the database is read-only or has no time: all of it is rolled back, and said kindly."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from django.db import Error, InternalError, OperationalError, connection, transaction
from django.test import Client

from awards.models import Award
from exercises import consistency, jobs, retries
from exercises.models import ExerciseNotice, JobRun
from tests import builders
from tests.exercises.given import LEFT, give, leavers, ledger_of, moment
from tests.faults.conftest import database_url, elsewhere
from tests.faults.test_two_at_once import small_slices  # noqa: F401
from tests.servers import PostgreSQL
from tests.signing_in import sign_in

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


def exercisable() -> Award:
    builders.closes(builders.CLOSES_2007_04_02)
    return builders.granted_award(options=10_000, award_date="2006-04-01", initial_price="5.18")


@transaction.atomic
def cease_and_write(award: Award) -> None:
    for _ in range(200):
        builders.ceased(award.grantee, "2006-09-01")
        jobs.write_lapses(1, award.pk, builders.day("2006-08-03"), moment("2006-08-04 00:06"))


@pytest.mark.parametrize(
    ("setting", "refused"),
    [("statement_timeout = '1ms'", OperationalError), ("default_transaction_read_only = on", InternalError)],
    ids=["statement time-out", "read-only"],
)
def test_database_that_refuses_leaves_nothing_behind(setting: str, refused: type[Error]) -> None:
    (award,) = leavers(1)
    before = ledger_of(award)
    connection.close()
    with connection.cursor() as cursor:
        cursor.execute(f"SET {setting}")
    with pytest.raises(refused):
        cease_and_write(award)
    connection.close()
    assert ledger_of(award) == before
    assert list(consistency.differences()) == []


@contextmanager
def full_disk() -> Iterator[None]:
    """The ledger cannot grow: its entries are refused as PostgreSQL refuses them when it finds no room for a page."""
    with psycopg.connect(database_url(), autocommit=True) as other:
        other.execute(
            "CREATE FUNCTION find_no_room() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'No space left on device' USING ERRCODE = 'disk_full'; END $$;"
            " CREATE TRIGGER disk_is_full AFTER INSERT ON awards_optionentry EXECUTE FUNCTION find_no_room()"
        )
        try:
            yield
        finally:
            other.execute("DROP FUNCTION find_no_room CASCADE")


@contextmanager
def read_only() -> Iterator[None]:
    """As a standby is, or what an administrator does who sees the disk fill: for every connection from now on."""
    name = connection.settings_dict["NAME"]
    with psycopg.connect(database_url(), autocommit=True) as other:
        other.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        connection.close()
        try:
            yield
        finally:
            connection.close()
            other.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")


def confirm(client: Client, award: Award, key: UUID) -> Any:
    form = {"form_key": key, "options": 100, "exercise_date": "2007-04-02", "consideration": "124.68"}
    return client.post(f"/exercises/awards/{award.pk}/confirm/", {**form, "understood": "on"})


@pytest.mark.parametrize("refusing", [full_disk, read_only])
def test_exercise_that_cannot_be_written_is_rolled_back_and_said_kindly(
    refusing: Callable[[], Any], at: Callable[[str], datetime]
) -> None:
    at("2007-04-02T11:00-04:00")
    award, key, client = exercisable(), uuid4(), Client(raise_request_exception=False)
    sign_in(client, award.grantee.user)
    with refusing():
        answer = confirm(client, award, key)
        assert answer.status_code == 500
        assert "What you sent was either done completely or not at all." in answer.content.decode()
        assert (ExerciseNotice.objects.count(), ledger_of(award)) == (0, [("granted", 10_000, "2006-04-01")])

    answer = confirm(client, award, key)

    assert answer.headers["Location"] == f"/exercises/{ExerciseNotice.objects.get().pk}/?new=1"
    assert list(consistency.differences()) == []


@pytest.mark.parametrize("refusing", [full_disk, read_only])
def test_night_that_cannot_be_written_is_written_by_the_next_tick_that_can(
    refusing: Callable[[], Any], small_slices: None, monkeypatch: pytest.MonkeyPatch  # noqa: F811
) -> None:  # fmt: skip
    monkeypatch.setattr(retries, "PAUSES", (0.01,))
    awards = leavers(3)
    with refusing(), pytest.raises((OperationalError, InternalError)):
        jobs.run_due(moment("2006-08-04 00:06"))
    assert [ledger_of(award) for award in awards] == [LEFT[:1]] * 3

    jobs.run_due(moment("2006-08-04 00:08"))

    assert JobRun.objects.get().state == "done"
    assert [ledger_of(award) for award in awards] == [LEFT] * 3
    assert list(consistency.differences()) == []


@pytest.fixture
def small_disk(transactional_db: None) -> Iterator[None]:
    """The portal's database on a server of its own and a disk of its own, of 64 MB."""
    with PostgreSQL() as server:
        folder = server.folder / "small"
        folder.mkdir()
        owner = f",uid={server.user.pw_uid},gid={server.user.pw_gid}" if server.user else ""
        mount = ["mount", "-t", "tmpfs", "-o", f"size=64m,mode=0700{owner}", "tmpfs", str(folder)]
        if shutil.which("mount") is None or subprocess.run(mount, capture_output=True, check=False).returncode != 0:
            pytest.skip("a disk to fill needs the right to mount one: run as root")
        try:
            with psycopg.connect(server.url, autocommit=True) as other:
                other.execute(f"CREATE TABLESPACE small LOCATION '{folder}'")
            with elsewhere(server, "small"):
                yield
        finally:
            server.kill()
            subprocess.run(["umount", str(folder)], check=True)


def fill() -> None:
    with psycopg.connect(database_url(), autocommit=True) as other:
        other.execute("CREATE TABLE filling (stuff text STORAGE PLAIN)")
        for rows in (500, 50, 1):
            try_until_full(lambda rows=rows: other.execute(FILLING, [rows]))


FILLING = "INSERT INTO filling SELECT repeat('x', 7900) FROM generate_series(1, %s)"


def try_until_full(act: Callable[[], Any]) -> None:
    for _ in range(20_000):
        try:
            act()
        except (psycopg.errors.DiskFull, OperationalError) as full:
            assert "No space left on device" in str(full)  # noqa: PT017 - how often it goes well is not known
            return
    raise AssertionError("the disk does not fill")


def test_exercises_until_the_disk_is_full_and_after_there_is_room_again(small_disk: None) -> None:
    award, tried, given = exercisable(), [], []
    fill()

    def exercise() -> None:
        tried.append(uuid4())
        given.append(give(Award.objects.get(pk=award.pk), 1, "2007-04-02 11:00", key=tried[-1]).pk)

    try_until_full(exercise)
    connection.close()
    assert list(ExerciseNotice.objects.order_by("pk").values_list("pk", flat=True)) == given
    assert len(ledger_of(award)) == 1 + len(given) == len(tried)

    with psycopg.connect(database_url(), autocommit=True) as other:
        other.execute("DROP TABLE filling")
    given.append(give(Award.objects.get(pk=award.pk), 1, "2007-04-02 11:00", key=tried[-1]).pk)

    assert list(ExerciseNotice.objects.order_by("pk").values_list("pk", flat=True)) == given
    assert list(consistency.differences()) == []
