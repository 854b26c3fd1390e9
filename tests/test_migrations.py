"""F11: what a release does to the tables of a large company does not hold up those who exercise meanwhile."""

from collections.abc import Iterator

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
