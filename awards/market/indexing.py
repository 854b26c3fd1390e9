"""Indexes and checks of large tables, made and dropped while people exercise: no writer waits for them on PostgreSQL.

A plain CREATE INDEX holds every writer of its table up until it has read the whole of it. A migration with these
operations is not atomic, and may be run again from its beginning wherever it was broken off.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import models, transaction
from django.db.migrations import AddConstraint, AddIndex, AlterField, RemoveConstraint, RemoveIndex
from django.db.migrations.state import ProjectState

_DROP = {"postgresql": "DROP INDEX CONCURRENTLY IF EXISTS {name}", "sqlite": "DROP INDEX IF EXISTS {name}"}
_HOW = {"postgresql": {"concurrently": True}, "sqlite": {}}


class AddIndexBesideWriters(AddIndex):
    """AddIndex; what an earlier try left behind under its name, which may be half an index, is dropped first."""

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        _make(schema_editor, to_state.apps.get_model(app_label, self.model_name), self.index)

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        _drop(schema_editor, self.index.name)


class RemoveIndexBesideWriters(RemoveIndex):
    """RemoveIndex; nothing where the index is gone already."""

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        _drop(schema_editor, self.name)

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        index = to_state.models[app_label, self.model_name_lower].get_index_by_name(self.name)
        _make(schema_editor, to_state.apps.get_model(app_label, self.model_name), index)


class AddCheckBesideWriters(AddConstraint):
    """AddConstraint of a check. PostgreSQL holds new rows to it at once, and reads the old ones while people write."""

    reads_old_rows = True

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        if schema_editor.connection.vendor != "postgresql":
            # SQLite writes the table anew: whole, or not at all.
            with transaction.atomic(schema_editor.connection.alias):
                super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        model = to_state.apps.get_model(app_label, self.model_name)
        table, name = (schema_editor.quote_name(text) for text in (model._meta.db_table, self.constraint.name))
        _drop_constraint(schema_editor, model, self.constraint.name)
        schema_editor.execute(f"{self.constraint.create_sql(model, schema_editor)} NOT VALID", params=None)
        if self.reads_old_rows:
            with _patiently(schema_editor):
                schema_editor.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}")


class AddCheckOfNewRows(AddCheckBesideWriters):
    """AddConstraint of a check to what is append-only: rows that are there may be as they are, new ones may not.

    PostgreSQL keeps it NOT VALID, because nobody could change an old row for it. SQLite reads every row.
    """

    reads_old_rows = False


class AddUniqueBesideWriters(AddConstraint):
    """AddConstraint of a UniqueConstraint with a condition, which both databases keep as an index.

    A row that is there twice stops the release.
    """

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        _make_unique(schema_editor, self.constraint.name, str(self.constraint.create_sql(model, schema_editor)))

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        _drop(schema_editor, self.constraint.name)


class RemoveUniqueBesideWriters(RemoveConstraint):
    """RemoveConstraint of a UniqueConstraint of fields alone; backwards its index is made beside writers."""

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        if schema_editor.connection.vendor == "postgresql":
            _drop_constraint(schema_editor, to_state.apps.get_model(app_label, self.model_name), self.name)
            return
        with transaction.atomic(schema_editor.connection.alias):
            super().database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        if schema_editor.connection.vendor == "postgresql":
            model = to_state.apps.get_model(app_label, self.model_name)
            fields = to_state.models[app_label, self.model_name_lower].get_constraint_by_name(self.name).fields
            self._make(schema_editor, model, [model._meta.get_field(field).column for field in fields])
            return
        with transaction.atomic(schema_editor.connection.alias):
            super().database_backwards(app_label, schema_editor, from_state, to_state)

    def _make(self, schema_editor: Any, model: type[models.Model], of: Iterable[str]) -> None:
        table, name, *columns = map(schema_editor.quote_name, (model._meta.db_table, self.name, *of))
        _drop_constraint(schema_editor, model, self.name)
        _make_unique(schema_editor, self.name, f"CREATE UNIQUE INDEX {name} ON {table} ({', '.join(columns)})")
        schema_editor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} UNIQUE USING INDEX {name}")


class DropIndexOfField(AlterField):
    """AlterField that takes away a field's own index and nothing else: no row is read or written on PostgreSQL.

    Django's would take away a foreign key with its index and add it again, which reads the whole table to check it.
    """

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        if schema_editor.connection.vendor != "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        model = from_state.apps.get_model(app_label, self.model_name)
        for name in _own_indexes(schema_editor, model, model._meta.get_field(self.name)):
            _drop(schema_editor, name)

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        if schema_editor.connection.vendor != "postgresql":
            super().database_backwards(app_label, schema_editor, from_state, to_state)
            return
        model = to_state.apps.get_model(app_label, self.model_name)
        field = model._meta.get_field(self.name)
        for name in _own_indexes(schema_editor, model, field):
            _drop(schema_editor, name)
        with _patiently(schema_editor):
            schema_editor.execute(schema_editor._create_index_sql(model, fields=[field], concurrently=True))

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        before = state.models[app_label, self.model_name_lower].fields[self.name]
        if _without_index(before) != _without_index(self.field):
            raise ValueError(f"{self.model_name}.{self.name} would change by more than its index")
        super().state_forwards(app_label, state)


def _own_indexes(schema_editor: Any, model: type[models.Model], field: Any) -> list[str]:
    """The indexes of a field's column alone, but for those that its model names."""
    named = {index.name for index in model._meta.indexes}
    found: list[str] = schema_editor._constraint_names(
        model, [field.column], index=True, unique=False, primary_key=False, type_=models.Index.suffix, exclude=named
    )
    return found


def _without_index(field: Any) -> Any:
    _, path, positional, named = field.deconstruct()
    return path, positional, {name: value for name, value in named.items() if name != "db_index"}


def make_beside_writers(schema_editor: Any, name: str, columns: str) -> None:
    """An index that Django has no words for, on PostgreSQL: `columns` is the table and what of it is indexed."""
    drop_beside_writers(schema_editor, name)
    with _patiently(schema_editor):
        schema_editor.execute(f"CREATE INDEX CONCURRENTLY {name} ON {columns}")


def drop_beside_writers(schema_editor: Any, name: str) -> None:
    """Drop an index where it is there."""
    _drop(schema_editor, name)


def _make(schema_editor: Any, model: type[models.Model], index: models.Index) -> None:
    _drop(schema_editor, index.name)
    with _patiently(schema_editor):
        schema_editor.add_index(model, index, **_HOW[schema_editor.connection.vendor])


def _make_unique(schema_editor: Any, name: str, statement: str) -> None:
    """`statement` is Django's, or reads like it: it makes a unique index."""
    _drop(schema_editor, name)
    if schema_editor.connection.vendor == "postgresql":
        statement = statement.replace("CREATE UNIQUE INDEX ", "CREATE UNIQUE INDEX CONCURRENTLY ", 1)
    with _patiently(schema_editor):
        schema_editor.execute(statement, params=None)


def _drop_constraint(schema_editor: Any, model: type[models.Model], name: str) -> None:
    table, named = (schema_editor.quote_name(text) for text in (model._meta.db_table, name))
    schema_editor.execute(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {named}")


def _drop(schema_editor: Any, name: str) -> None:
    with _patiently(schema_editor):
        schema_editor.execute(_DROP[schema_editor.connection.vendor].format(name=schema_editor.quote_name(name)))


@contextmanager
def _patiently(schema_editor: Any) -> Iterator[None]:
    """It waits for every transaction that has written to the table, a sweep's among them, and nobody waits for it."""
    is_postgresql = schema_editor.connection.vendor == "postgresql"
    if is_postgresql:
        schema_editor.execute("SET lock_timeout = 0")
    yield
    if is_postgresql:
        schema_editor.execute("RESET lock_timeout")
