"""Rows of models read by statements that are made once, for the few paths that must be short.

What the ORM would read, less the making of its SQL, which costs more than the database's own work. Which columns there
are, and how their values come in, is the models' to say here too. `awards.market.writing` is the other half.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache, lru_cache
from itertools import accumulate, count
from typing import Any, NamedTuple, TypeVar

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.backends.postgresql.base import CursorMixin
from psycopg import adapters
from psycopg.pq import Format

Kind = TypeVar("Kind", bound=NamedTuple)
Answered = TypeVar("Answered")
# Waits for what was asked, and gives it.
Answer = Callable[[], Answered]
Converter = tuple[int, Any, Callable[[Any, Any, Any], Any]]
_AN_INSTANT: Any = adapters.get_loader(adapters.types["timestamptz"].oid, Format.TEXT)


class Part(NamedTuple):
    """The columns of a statement that make one row of `model`; fields left out are read when they are asked for."""

    model: type[models.Model]
    left_out: tuple[str, ...] = ()


class _Prepared(CursorMixin, psycopg.RawCursor[Any]):
    """A cursor that numbers the places of a statement once and not each time it is run."""

    def __init__(self, connection: Any) -> None:
        super().__init__(connection)
        # Django's own reads an instant by a regular expression, at ten times the cost; Django has the session in UTC.
        self.adapters.register_loader("timestamptz", _AN_INSTANT)

    def execute(self, query: Any, params: Any = None, **how: Any) -> Any:
        return super().execute(query if params is None else _numbered(query), params, **how)


@lru_cache(maxsize=500)
def _numbered(statement: str) -> str:
    """The statement as PostgreSQL itself takes it: $1, $2 for each %s, and % for %%."""
    numbers = count(1)
    return re.sub(r"%[s%]", lambda place: f"${next(numbers)}" if place[0] == "%s" else "%", statement)


def cursor() -> Any:
    """A cursor whose statements PostgreSQL keeps ready from the third time on, instead of planning each anew.

    Django offers that for all of a connection or for nothing. As with any cursor of its own, statements are logged and
    errors are Django's.
    """
    database: Any = connections[DEFAULT_DB_ALIAS]
    if database.vendor != "postgresql":
        return database.cursor()
    database.ensure_connection()
    return database._prepare_cursor(_Prepared(database.connection))


@contextmanager
def without_waiting() -> Iterator[None]:
    """What is asked inside goes to PostgreSQL in its order, and is answered when the first answer is waited for.

    Each statement still sees what was committed when it began: one behind a lock sees what the lock waited for.
    """
    database = connections[DEFAULT_DB_ALIAS]
    if database.vendor != "postgresql":
        yield
        return
    database.ensure_connection()
    with database.wrap_database_errors, database.connection.pipeline():
        yield


def ask(statement: str, given: Sequence[Any]) -> Answer[list[Any]]:
    """The rows of a statement that is sent now and may be answered later."""
    asked = cursor()
    asked.execute(statement, given)

    def answer() -> list[Any]:
        with asked:
            found: list[Any] = asked.fetchall()
        return found

    return answer


def read(parts: Sequence[Part], rest: str, given: Sequence[Any]) -> Answer[list[tuple[Any, ...]]]:
    """The rows of `SELECT (the parts' columns) rest`, each with an instance for each part.

    A row of the database that is found twice is one instance. What `rest` selects beside them, from its comma on,
    follows as it is.
    """
    columns = [_columns(part.model, _names(part), vendor()) for part in parts]
    answer = _asked(columns, rest, given)
    return lambda: _instances(parts, columns, answer())


def read_as(kind: type[Kind], model: type[models.Model], rest: str, given: Sequence[Any]) -> Answer[list[Kind]]:
    """The rows of `SELECT (the fields of the kind) rest`, for those who need no instances of the model."""
    columns = _columns(model, kind._fields, vendor())
    answer = _asked([columns], rest, given)
    return lambda: [kind._make(_converted(row, columns.converters)) for row in answer()]


def vendor() -> str:
    return str(connections[DEFAULT_DB_ALIAS].vendor)


class _Columns(NamedTuple):
    names: tuple[str, ...]
    sql: str
    # Of the columns that the database gives otherwise than the model has them: which, and how they are made so.
    converters: tuple[Converter, ...]


@cache
def _names(part: Part) -> tuple[str, ...]:
    return tuple(field.name for field in part.model._meta.concrete_fields if field.name not in part.left_out)


@cache
def _columns(model: type[models.Model], names: Sequence[str], vendor: str) -> _Columns:
    database: Any = connections[DEFAULT_DB_ALIAS]
    every = model._meta.concrete_fields
    by_name: dict[str, Any] = {name: field for field in every for name in (field.name, field.attname)}
    by_name["pk"] = model._meta.pk
    fields = [by_name[name] for name in names]
    expressions = [field.get_col(model._meta.db_table) for field in fields]
    return _Columns(
        tuple(field.attname for field in fields),
        ", ".join(f"{model._meta.db_table}.{field.column}" for field in fields),
        tuple(
            (at, expression, convert)
            for at, expression in enumerate(expressions)
            for convert in (*database.ops.get_db_converters(expression), *expression.get_db_converters(database))
        ),
    )


def _asked(columns: Sequence[_Columns], rest: str, given: Sequence[Any]) -> Answer[list[Any]]:
    return ask(f"SELECT {', '.join(part.sql for part in columns)} {rest}", given)


def _converted(row: Sequence[Any], converters: Sequence[Converter]) -> Sequence[Any]:
    if not converters:
        return row
    values = list(row)
    for at, expression, convert in converters:
        values[at] = convert(values[at], expression, connections[DEFAULT_DB_ALIAS])
    return values


def _instances(
    parts: Sequence[Part], columns: Sequence[_Columns], found: Sequence[Sequence[Any]]
) -> list[tuple[Any, ...]]:
    ends = list(accumulate(len(part.names) for part in columns))
    makers = [
        _maker(part.model, part_columns, slice(end - len(part_columns.names), end))
        for part, part_columns, end in zip(parts, columns, ends, strict=True)
    ]
    return [(*(make(row) for make in makers), *row[ends[-1] :]) for row in found]


def _maker(model: type[models.Model], columns: _Columns, place: slice) -> Callable[[Sequence[Any]], models.Model]:
    known: dict[Any, models.Model] = {}
    at_key = place.start + columns.names.index(model._meta.pk.attname)
    # Django looks up every field of the model among them.
    names: Any = frozenset(columns.names)

    def make(row: Sequence[Any]) -> models.Model:
        made = known.get(row[at_key])
        if made is None:
            values = _converted(row[place], columns.converters)
            made = known[row[at_key]] = model.from_db(DEFAULT_DB_ALIAS, names, values)
        return made

    return make
