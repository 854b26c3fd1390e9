"""Tables whose rows record what happened: the database itself refuses to change or remove them.

Reliability law 5. A row is corrected by another row, never by editing it.
"""

from collections.abc import Mapping
from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import RunPython
from django.db.migrations.operations.base import Operation

_POSTGRESQL_FUNCTION = """
CREATE OR REPLACE FUNCTION refuse_to_change_what_happened() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'integrity_constraint_violation';
END $$
"""
_POSTGRESQL_TRIGGER = """
CREATE TRIGGER {table}_is_append_only BEFORE UPDATE OR DELETE ON {table}
FOR EACH ROW EXECUTE FUNCTION refuse_to_change_what_happened()
"""
_SQLITE_TRIGGER = """
CREATE TRIGGER {table}_is_append_only BEFORE UPDATE ON {table}
BEGIN SELECT RAISE(ABORT, '{table} is append-only: UPDATE is refused'); END
"""
_INSTALL = {
    "postgresql": (_POSTGRESQL_FUNCTION, _POSTGRESQL_TRIGGER),
    "sqlite": (_SQLITE_TRIGGER,),
}
_REMOVE = {
    "postgresql": ("DROP TRIGGER IF EXISTS {table}_is_append_only ON {table}",),
    "sqlite": ("DROP TRIGGER IF EXISTS {table}_is_append_only",),
}


def append_only(table: str) -> RunPython:
    """A migration operation: from here on the database refuses to change rows of `table`, with an IntegrityError.

    PostgreSQL refuses UPDATE and DELETE; TRUNCATE, which only the table's owner may do, still empties it for tests.
    SQLite refuses UPDATE alone: it has no TRUNCATE, and a DELETE looks the same whether Django's `flush` or a person
    sends it. It also loses its triggers when a later migration rebuilds the table: see `append_only_through`.
    """
    _name(table)

    def install(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
        _install(schema_editor, table)

    def remove(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
        _run(schema_editor, _REMOVE, table)

    return RunPython(install, remove, elidable=False)


def append_only_through(table: str, *operations: Operation) -> list[Operation]:
    """Operations for which SQLite makes `table` anew, applied or undone, and which leave it append-only."""
    _name(table)

    def install(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
        # On PostgreSQL the table is the same, and writers would wait for nothing.
        if schema_editor.connection.vendor == "sqlite":
            _install(schema_editor, table)

    # Undone from the last to the first.
    before, after = RunPython(RunPython.noop, install), RunPython(install, RunPython.noop)
    return [before, *operations, after]


def _name(table: str) -> str:
    if not table.isidentifier():
        raise ValueError(f"{table!r} is not a table name")
    return table


def _install(schema_editor: BaseDatabaseSchemaEditor, table: str) -> None:
    _run(schema_editor, _REMOVE, table)
    _run(schema_editor, _INSTALL, table)


# Which change of a row is refused: any once the last column is filled, and before that one of another column.
_REFUSED = "OLD.{last} IS NOT NULL OR {others}"
_DIFFERS = {"postgresql": "OLD.{column} IS DISTINCT FROM NEW.{column}", "sqlite": "OLD.{column} IS NOT NEW.{column}"}
_INSTALL_ONCE = {
    "postgresql": (
        _POSTGRESQL_FUNCTION,
        """
        CREATE TRIGGER {table}_is_written_once BEFORE UPDATE ON {table}
        FOR EACH ROW WHEN ({refused}) EXECUTE FUNCTION refuse_to_change_what_happened()
        """,
        """
        CREATE TRIGGER {table}_is_kept BEFORE DELETE ON {table}
        FOR EACH ROW EXECUTE FUNCTION refuse_to_change_what_happened()
        """,
    ),
    "sqlite": (
        """
        CREATE TRIGGER {table}_is_written_once BEFORE UPDATE ON {table} WHEN {refused}
        BEGIN SELECT RAISE(ABORT, '{table} is append-only: UPDATE is refused'); END
        """,
    ),
}
_REMOVE_ONCE = {
    "postgresql": (
        "DROP TRIGGER IF EXISTS {table}_is_written_once ON {table}",
        "DROP TRIGGER IF EXISTS {table}_is_kept ON {table}",
    ),
    "sqlite": ("DROP TRIGGER IF EXISTS {table}_is_written_once",),
}


def written_once(table: str, *columns: str) -> RunPython:
    """A migration operation: a row of `table` changes once, from null in the last of `columns`, and in these alone.

    For what comes about in two steps, such as a question and its answer. All else is as with `append_only`.
    """

    def install(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
        _run(schema_editor, _REMOVE_ONCE, table)
        _run(schema_editor, _INSTALL_ONCE, table, refused=_refused(schema_editor, table, columns))

    def remove(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
        _run(schema_editor, _REMOVE_ONCE, table)

    return RunPython(install, remove, elidable=False)


def _refused(schema_editor: BaseDatabaseSchemaEditor, table: str, columns: tuple[str, ...]) -> str:
    connection = schema_editor.connection
    with connection.cursor() as cursor:
        every = [column.name for column in connection.introspection.get_table_description(cursor, table)]
    differs = _DIFFERS[connection.vendor]
    others = " OR ".join(differs.format(column=column) for column in every if column not in columns)
    return _REFUSED.format(last=columns[-1], others=others)


def _run(
    schema_editor: BaseDatabaseSchemaEditor, statements: Mapping[str, tuple[str, ...]], table: str, **given: str
) -> None:
    for statement in statements[schema_editor.connection.vendor]:
        schema_editor.execute(statement.format(table=table, **given), params=None)
