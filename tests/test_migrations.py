"""F11: what a release does to the tables of a large company does not hold up those who exercise meanwhile; and what is
append-only stays so, whichever way migrations are gone."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import migrations
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation

from awards.market.indexing import (
    AddCheckBesideWriters,
    AddIndexBesideWriters,
    AddUniqueBesideWriters,
    DropIndexOfField,
    RemoveIndexBesideWriters,
    RemoveUniqueBesideWriters,
)

APPS = ("market", "awards", "exercises")
# These grow with Awards, days and what people do; the others have a row a person, a decision or a night.
LARGE = {
    "closingprice", "grantee", "employmentfact", "award", "optionentry", "auditevent", "outboxmessage", "message",
    "question", "exercisenotice", "pricing", "pinnedclose", "settlement", "withholdingline", "jobslice",
}  # fmt: skip
BESIDE_WRITERS = (
    AddCheckBesideWriters, AddIndexBesideWriters, RemoveIndexBesideWriters, DropIndexOfField, AddUniqueBesideWriters,
    RemoveUniqueBesideWriters,
)  # fmt: skip
# Of no cost to those who read and write, or of a table that was empty when its migration first ran.
HARMLESS = (migrations.AlterModelOptions, migrations.CreateModel, *BESIDE_WRITERS)


def holds_up(operation: Operation) -> bool:
    """Whether it may keep the lock of a large table for as long as it takes to read or write all of it."""
    if getattr(operation, "model_name", "").lower() not in LARGE or isinstance(operation, HARMLESS):
        return False
    if isinstance(operation, migrations.AddField):
        # A constant default is kept with the table's description: PostgreSQL writes no row for it.
        is_free = operation.field.null or isinstance(operation.field.db_default, bool | str)
        return not is_free or operation.field.db_index or operation.field.remote_field is not None
    return True


def later_migrations() -> Iterator[migrations.Migration]:
    disk = MigrationLoader(None).disk_migrations
    return (migration for (app, name), migration in sorted(disk.items()) if app in APPS and name != "0001_initial")


def test_no_migration_holds_up_writers_of_a_large_table() -> None:
    found = [(str(migration), str(step)) for migration in later_migrations() for step in migration.operations]
    assert found
    assert [
        (str(migration), str(step))
        for migration in later_migrations()
        for step in migration.operations
        if holds_up(step)
    ] == []


def test_index_beside_writers_is_outside_a_transaction() -> None:
    """PostgreSQL refuses it inside one."""
    beside = [each for each in later_migrations() if any(isinstance(step, BESIDE_WRITERS) for step in each.operations)]
    assert beside
    assert [str(migration) for migration in beside if migration.atomic] == []


# SQLite makes a table anew to change it, and drops its triggers with the old one.
UNDO = """
import django
django.setup()
from django.core.management import call_command
from django.db import connection
call_command("migrate", verbosity=0)
call_command("migrate", *{target!r}, verbosity=0)
with connection.cursor() as cursor:
    cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
    print(*(name for (name,) in cursor.fetchall()))
"""


@pytest.mark.parametrize(
    ("target", "table"),
    [
        (("awards", "0016"), "awards_optionentry"),
        (("awards", "0011"), "awards_optionentry"),
        (("exercises", "0005"), "exercises_withholdingrate"),
    ],
)
def test_what_is_undone_on_sqlite_stays_append_only(tmp_path: Path, target: tuple[str, str], table: str) -> None:
    settings = {"DATABASE_URL": f"sqlite:///{tmp_path / 'undone.sqlite3'}", "DJANGO_SETTINGS_MODULE": "tests.settings"}
    done = subprocess.run(
        [sys.executable, "-c", UNDO.format(target=target)],
        env=os.environ | settings, cwd=Path(__file__).parents[1], capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert f"{table}_is_append_only" in done.stdout.split()
