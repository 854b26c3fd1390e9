"""Texts found by the beginnings of their words, accents and case aside: "garc mar" finds María García.

On PostgreSQL by an index on `words_of`, which a migration makes; SQLite, which serves small plans, reads the table.
"""

import re
import unicodedata
from collections.abc import Sequence
from typing import Any, TypeVar

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BooleanField, Func, QuerySet, Value
from django.db.models.functions import Coalesce

Rows = TypeVar("Rows", bound=QuerySet[Any])
# Read by Python and by PostgreSQL alike, so without classes that depend on a locale: accents, and what no word holds.
ACCENTS = r"[\u0300-\u036f]"
BETWEEN_WORDS = r"[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u007f]+"
MOST_WORDS = 8
# So few rows are compared sooner than an index of words collects those that have a common one.
FEW = 50

# tsvector holds the words as they are; to_tsvector would take j.smith for the name of a host. Finding the words of a
# row costs as much as a thousand comparisons, and PostgreSQL is told so, or it reads a table where it expects few rows
# to be enough. A function in SQL would be written out into the statement, and its cost lost.
POSTGRESQL_FUNCTION = rf"""
CREATE OR REPLACE FUNCTION words_of(given text) RETURNS tsvector
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 1000 AS $$
BEGIN
    RETURN array_to_tsvector(array_remove(regexp_split_to_array(
        lower(regexp_replace(normalize(given, NFKD), '{ACCENTS}', '', 'g')), '{BETWEEN_WORDS}'), ''));
END
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
        self.words = tuple(words)

    def as_postgresql(self, compiler: Any, connection: Any, **given: Any) -> tuple[str, list[Any]]:
        sql, params = self.as_sql(compiler, connection)
        # A word holds neither quotes nor backslashes: both stand between words.
        return f"({sql} @@ %s::tsquery)", [*params, " & ".join(f"'{word}':*" for word in self.words)]

    def as_sqlite(self, compiler: Any, connection: Any, **given: Any) -> tuple[str, tuple[Any, ...]]:
        sql, params = self.as_sql(compiler, connection)
        each = " AND ".join(f"{sql} LIKE %s" for _ in self.words)
        return f"({each})", tuple(value for word in self.words for value in (*params, f"% {word}%"))


def having_words(rows: Rows, *columns: str, words: Sequence[str]) -> Rows:
    """The rows whose columns have each of the words. The longest is asked for first: few rows have it, as a rule.

    An index of words collects every row that has a word before it compares: "bob featherstonehaugh" would collect each
    Bob there is. The longest of several words is asked for at once, the rows when they are read.
    """
    words = words[:MOST_WORDS]
    has_every = HasWords(*columns, words=words)
    if len(words) > 1:
        having_longest = rows.filter(HasWords(*columns, words=[max(words, key=len)])).order_by()
        keys = list(having_longest.values_list("pk", flat=True)[: FEW + 1])
        if len(keys) <= FEW:
            # What is coalesced is not asked of the index.
            return rows.alias(has_every=Coalesce(has_every, Value(False))).filter(pk__in=keys, has_every=True)
    return rows.filter(has_every)


def teach_sqlite(connection: BaseDatabaseWrapper, **given: Any) -> None:
    """Give a new connection to SQLite the function that PostgreSQL has from its migration."""
    if connection.vendor == "sqlite":
        connection.connection.create_function(
            "words_of", 1, lambda text: "".join(f" {word}" for word in words_of(text or "")), deterministic=True
        )
