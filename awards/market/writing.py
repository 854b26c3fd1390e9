# ruff: noqa: S608 - put together from the models' own names; every value is a parameter
"""New rows of several models written as one: for the few paths that must be short, and otherwise as the ORM would.

What is written is said once, as instances of the models; only how it is sent differs from database to database.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import cache
from itertools import groupby
from typing import Any, NamedTuple

from django.db import DEFAULT_DB_ALIAS, connections, models, transaction

from awards.market import rows

Statement = tuple[str, list[Any]]


class Alike(NamedTuple):
    """New rows of `model` that are alike but for one column. Nobody is told their keys."""

    model: type[models.Model]
    same: dict[str, Any]
    differing: str
    values: Sequence[Any]

    def instances(self) -> list[models.Model]:
        return [self.model(**self.same, **{self.differing: value}) for value in self.values]


class Change(NamedTuple):
    """Those fields of a row that is there already, as they are in hand."""

    row: models.Model
    fields: tuple[str, ...]


New = models.Model | Alike
# Up to so many rows of a model are named one by one, which the driver takes faster than a list for each field.
FEW = 4


def next_keys(*wanted: type[models.Model]) -> rows.Answer[tuple[int, ...]]:
    """The keys that the next new rows of these models are to have, so that others can name them before. Of each model
    the caller inserts one, in the same transaction.

    A key whose row is not inserted after all is left out for good on PostgreSQL, as by any insert that fails.
    """
    key = _NEXT[rows.vendor()]
    answer = rows.ask(f"SELECT {', '.join([key] * len(wanted))}", [model._meta.db_table for model in wanted])
    return lambda: answer()[0]


_NEXT = {
    "postgresql": "nextval(pg_get_serial_sequence(%s, 'id'))",
    # Nobody else can insert meanwhile: a transaction that writes holds the whole database.
    "sqlite": "1 + COALESCE((SELECT seq FROM sqlite_sequence WHERE name = %s), 0)",
}


def write(*new: New, changes: Sequence[Change] = ()) -> None:
    """Insert new rows of any models, give each its key, and make the changes: all of it or nothing.

    PostgreSQL is sent one statement. Its foreign keys are checked at the commit, so that rows may name each other.
    Raises IntegrityError.
    """
    with transaction.atomic(savepoint=False):
        if rows.vendor() == "postgresql":
            _at_once(new, changes)()
        else:
            one_by_one(new, changes)


def add(row: models.Model) -> bool:
    """Insert one new row by one statement, in no transaction of its own; whether it is not there already.

    Where its key, or what else is unique of it, is taken, nothing is written. It is not told the key it is given.
    """
    fields, statement = _into(type(row), row.pk is not None, 1)
    database = connections[DEFAULT_DB_ALIAS]
    with rows.cursor() as cursor:
        values = [field.get_db_prep_save(field.pre_save(row, True), database) for field in fields]
        cursor.execute(f"{statement} ON CONFLICT DO NOTHING", values)
        return bool(cursor.rowcount)


class Sending:
    """A transaction of which PostgreSQL is sent what is asked in one go, and what is written last with the COMMIT.

    Only `rows` and `writing` may be used in it until `wait`: the ORM wants an answer to every UPDATE.
    """

    def __init__(self, pipeline: ExitStack, *, is_outermost: bool) -> None:
        self._pipeline, self._is_outermost = pipeline, is_outermost
        self._written: rows.Answer[None] | None = None
        self._pipeline.enter_context(rows.without_waiting())

    def wait(self) -> None:
        """From now on every statement is answered before the next, and anything may be used."""
        self._pipeline.close()

    def write_last(self, *new: New, changes: Sequence[Change] = ()) -> None:
        """What `write` does, as the last of the transaction. What the database refuses is raised at its end."""
        if self._is_outermost and rows.vendor() == "postgresql":
            self._written = _at_once(new, changes)
        else:
            self.wait()
            write(*new, changes=changes)

    def tell(self) -> None:
        """Give the rows written last their keys, once it is committed."""
        if self._written:
            self._written()


@contextmanager
def sending() -> Iterator[Sending]:
    """Begin such a transaction. Inside another one what is written last is answered as anything else."""
    is_outermost = not transaction.get_connection().in_atomic_block
    with ExitStack() as until_committed:
        with transaction.atomic():
            sent = Sending(until_committed, is_outermost=is_outermost)
            try:
                yield sent
            except BaseException as error:
                # What is left unanswered would be in the way of the ROLLBACK.
                until_committed.pop_all().__exit__(type(error), error, error.__traceback__)
                raise
            if not is_outermost:
                sent.wait()
        sent.tell()


def one_by_one(new: Sequence[New], changes: Sequence[Change]) -> None:
    """The same by the ORM."""
    for row in new:
        if isinstance(row, Alike):
            row.model._base_manager.bulk_create(row.instances())
        else:
            row.save(force_insert=True)
    for changed, fields in changes:
        changed.save(update_fields=fields)


def _at_once(new: Sequence[New], changes: Sequence[Change]) -> rows.Answer[None]:
    groups = [list(alike) for _, alike in groupby(new, type)]
    statements = [*map(_insertion, groups), *map(_update, changes)]
    parts = ", ".join(f"part_{at} AS ({sql} RETURNING id)" for at, (sql, _) in enumerate(statements))
    keys = ", ".join(f"ARRAY(SELECT id FROM part_{at})" for at in range(len(groups)))
    answer = rows.ask(f"WITH {parts} SELECT {keys}", [value for _, values in statements for value in values])

    def told() -> None:
        for group, found in zip(groups, answer()[0], strict=True):
            if not isinstance(group[0], Alike):
                _told(group, found)

    return told


def _told(group: Sequence[Any], keys: Sequence[int]) -> None:
    for row, key in zip(group, keys, strict=True):
        row.pk, row._state.adding, row._state.db = key, False, DEFAULT_DB_ALIAS


def _insertion(group: Sequence[Any]) -> Statement:
    """INSERT of rows of one model, of which all have a key or none."""
    first, database = group[0], connections[DEFAULT_DB_ALIAS]
    if isinstance(first, Alike):
        return _into_alike(first.model, (*first.same, first.differing)), [*first.same.values(), list(first.values)]
    model: type[models.Model] = type(first)
    fields, statement = _into(model, first.pk is not None, len(group) if len(group) <= FEW else None)
    values = [[field.get_db_prep_save(field.pre_save(row, True), database) for field in fields] for row in group]
    by_row = [value for row in values for value in row]
    return statement, by_row if len(group) <= FEW else list(map(list, zip(*values, strict=True)))


@cache
def _into(model: type[models.Model], has_key: bool, count: int | None) -> tuple[list[Any], str]:
    """The fields that an INSERT names, and the statement: of so many rows, or of a list for each field."""
    fields: list[Any] = [field for field in model._meta.concrete_fields if has_key or not field.primary_key]
    if count is None:
        source = f"SELECT * FROM unnest({', '.join(f'%s::{_type(field)}[]' for field in fields)})"
    else:
        source = "VALUES " + ", ".join([f"({', '.join(['%s'] * len(fields))})"] * count)
    return fields, f"INSERT INTO {model._meta.db_table} ({', '.join(field.column for field in fields)}) {source}"


@cache
def _into_alike(model: type[models.Model], names: tuple[str, ...]) -> str:
    by_name: dict[str, Any] = {field.attname: field for field in model._meta.concrete_fields}
    *same, differing = fields = [by_name[name] for name in names]
    places = "".join(f"%s::{_type(field)}, " for field in same) + f"unnest(%s::{_type(differing)}[])"
    return f"INSERT INTO {model._meta.db_table} ({', '.join(field.column for field in fields)}) SELECT {places}"


def _type(field: Any) -> str:
    # Without its length, so that what is too long is refused and not cut off.
    return str(field.db_type(connections[DEFAULT_DB_ALIAS])).partition("(")[0]


def _update(change: Change) -> Statement:
    database, options = connections[DEFAULT_DB_ALIAS], change.row._meta
    fields: list[Any] = [options.get_field(name) for name in change.fields]
    values = [field.get_db_prep_save(field.pre_save(change.row, False), database) for field in fields]
    places = ", ".join(f"{field.column} = %s" for field in fields)
    return f"UPDATE {options.db_table} SET {places} WHERE id = %s", [*values, change.row.pk]
