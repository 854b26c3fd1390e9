"""Texts found by the beginnings of their words, accents and case aside: "garc mar" finds María García.

On PostgreSQL by an index on `words_of`, which a migration makes; SQLite, which serves small plans, reads the table.
"""

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BooleanField, Func

# Read by Python and by PostgreSQL alike, so without classes that depend on a locale: accents, and what no word holds.
ACCENTS = r"[\u0300-\u036f]"
BETWEEN_WORDS = r"[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u007f]+"
MOST_WORDS = 8

# tsvector holds the words as they are; to_tsvector would take j.smith for the name of a host.
POSTGRESQL_FUNCTION = rf"""
CREATE OR REPLACE FUNCTION words_of(given text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT array_to_tsvector(array_remove(regexp_split_to_array(
        lower(regexp_replace(normalize(given, NFKD), '{ACCENTS}', '', 'g')), '{BETWEEN_WORDS}'), ''))
$$
"""


def words_of(text: str) -> list[str]:
    plain = re.sub(ACCENTS, "", unicodedata.normalize("NFKD", text)).lower()
    return [word for word in re.split(BETWEEN_WORDS, plain.replace("\x00", "")) if word]


class HasWords(Func):
    """Whether the columns, taken together, have for each of `words` a word that begins with it."""

    function = "words_of"
    arg_joiner = " || ' ' || "
    output_field = BooleanField()

    def __init__(self, *columns: Any, words: Sequence[str]) -> None:
        super().__init__(*columns)
        self.words = tuple(words)[:MOST_WORDS]

    def as_postgresql(self, compiler: Any, connection: Any, **given: Any) -> tuple[str, list[Any]]:
        sql, params = self.as_sql(compiler, connection)
        # A word holds neither quotes nor backslashes: both stand between words.
        return f"({sql} @@ %s::tsquery)", [*params, " & ".join(f"'{word}':*" for word in self.words)]

    def as_sqlite(self, compiler: Any, connection: Any, **given: Any) -> tuple[str, tuple[Any, ...]]:
        sql, params = self.as_sql(compiler, connection)
        each = " AND ".join(f"{sql} LIKE %s" for _ in self.words)
        return f"({each})", tuple(value for word in self.words for value in (*params, f"% {word}%"))


def teach_sqlite(connection: BaseDatabaseWrapper, **given: Any) -> None:
    """Give a new connection to SQLite the function that PostgreSQL has from its migration."""
    if connection.vendor == "sqlite":
        connection.connection.create_function(
            "words_of", 1, lambda text: "".join(f" {word}" for word in words_of(text or "")), deterministic=True
        )
