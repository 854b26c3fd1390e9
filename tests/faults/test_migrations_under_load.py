"""F11: a release migrates the tables of a large company while people exercise and a sweep is under way."""

import threading
import time

import psycopg
import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from awards.market import indexing
from awards.models import Award
from exercises import consistency
from exercises.models import ExerciseNotice
from exercises.scale.loading import load
from tests import builders
from tests.exercises.given import give, moment
from tests.faults.conftest import database_url, wait_for
from tests.faults.test_two_at_once import at_once
from tests.servers import PostgreSQL

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
LONGEST_SECONDS = 1
# Longer than a release waits for a lock: it must wait for this one all the same.
SWEEP_SECONDS = 1.5
# Indexes alone: with them undone, the rest of the portal is as the code of today needs it.
RELEASE = ("0003_award_by_terms", "0004_grantee_in_order")
HOLDING_UP = """
SELECT 1 FROM pg_locks JOIN pg_class ON relation = pg_class.oid
WHERE relkind = 'r' AND relname ~ '^(awards|exercises|market)_' AND granted
AND mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
"""
WAITING = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query !~ 'INDEX'"
MIGRATING = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query ~ 'INDEX'"


class Watch:
    """How long, at the longest, a table was locked against writers, and somebody waited for a lock."""

    def __init__(self) -> None:
        self.longest = {HOLDING_UP: 0.0, WAITING: 0.0}
        self.is_over = threading.Event()

    def __call__(self) -> None:
        began: dict[str, float] = {}
        with psycopg.connect(database_url(), autocommit=True) as other:
            while not self.is_over.wait(0.002):
                for what in self.longest:
                    is_so = other.execute(what).fetchone()
                    now = time.monotonic()
                    since = began.setdefault(what, now) if is_so else began.pop(what, now)
                    self.longest[what] = max(self.longest[what], now - since)


def company(awards: int) -> list[Award]:
    """So many Awards of others, and three whose holders exercise."""
    now = moment("2026-07-01 11:00")
    load(grantees=max(1, awards // 5), awards=awards, seed=7, now=now)
    builders.closes(builders.CLOSES_2007_04_02)
    given = {"options": 100_000, "award_date": "2006-04-01", "initial_price": "5.18"}
    return [builders.granted_award(builders.grantee(f"holder{n}"), **given) for n in range(3)]


def release() -> None:
    loader = MigrationLoader(connection)
    for name in RELEASE:
        migration, before = loader.get_migration("awards", name), loader.project_state(("awards", name), at_end=False)
        with connection.schema_editor(atomic=migration.atomic) as editor:
            migration.apply(before, editor)


def undo_release() -> None:
    loader = MigrationLoader(connection)
    for name in reversed(RELEASE):
        migration, before = loader.get_migration("awards", name), loader.project_state(("awards", name), at_end=False)
        with connection.schema_editor(atomic=migration.atomic) as editor:
            migration.unapply(before, editor)


def migrate_under_load(awards: list[Award]) -> tuple[Watch, float, int]:
    """The watch, the longest exercise in seconds, and how many there were."""
    watch, took, is_clicking, is_swept = Watch(), [0.0], threading.Event(), threading.Event()
    undo_release()

    def clicks(award: Award) -> None:
        while not watch.is_over.is_set():
            started = time.monotonic()
            give(Award.objects.get(pk=award.pk), 1, "2007-04-02 11:00")
            took.append(time.monotonic() - started)
            is_clicking.set()

    def sweep() -> None:
        """It has written when the migration comes, and takes its time."""
        with psycopg.connect(database_url()) as other, psycopg.connect(database_url(), autocommit=True) as looking:
            other.execute("UPDATE awards_award SET next_lapse_on = next_lapse_on WHERE id = 1")
            is_swept.set()
            wait_for(lambda: looking.execute(MIGRATING).fetchone())
            time.sleep(SWEEP_SECONDS)

    def migrate() -> None:
        is_clicking.wait(60)
        is_swept.wait(60)
        with connection.cursor() as cursor:
            cursor.execute(f"SET lock_timeout = '{LONGEST_SECONDS}s'")
        try:
            release()
        finally:
            watch.is_over.set()

    acts = [watch, sweep, migrate, *(lambda award=award: clicks(award) for award in awards)]
    assert at_once(*acts) == [None] * len(acts)
    return watch, max(took), len(took) - 1


@pytest.mark.parametrize("size", [1_000, pytest.param(200_000, marks=pytest.mark.soak)])
def test_indexes_are_made_beside_exercises(size: int, portal_elsewhere: PostgreSQL) -> None:
    awards = company(size)

    watch, longest, many = migrate_under_load(awards)

    print(f"{size} Awards, {many} exercises: the longest {longest:.2f} s, locks {sorted(watch.longest.values())} s")
    assert max(watch.longest.values()) < LONGEST_SECONDS
    assert ExerciseNotice.objects.filter(award__in=awards).count() == many > 0
    assert {"award_in_order", "award_by_terms", "grantee_in_order"} <= indexes()
    assert "award_by_award_date" not in indexes()
    assert list(consistency.differences()) == []


def test_control_plain_statements_wait_for_the_sweep_and_everybody_for_them(
    portal_elsewhere: PostgreSQL, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexing, "_DROP", {"postgresql": "DROP INDEX IF EXISTS {name}"})
    monkeypatch.setattr(indexing, "_HOW", {"postgresql": {}})
    watch, _, _ = migrate_under_load(company(1_000))
    assert watch.longest[WAITING] > LONGEST_SECONDS


def indexes() -> set[str]:
    """Those that are whole."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexrelid::regclass::text FROM pg_index WHERE indisvalid")
        return {name for (name,) in cursor.fetchall()}
