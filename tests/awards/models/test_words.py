"""The same words on PostgreSQL, on SQLite and in Python, and Grantees found by the beginnings of theirs."""

from importlib import import_module

import pytest
from django.db import connection

from awards.models import Grantee
from awards.models.words import ACCENTS, BETWEEN_WORDS, HasWords, words_of
from tests import builders

pytestmark = pytest.mark.django_db

WORDS = [
    ("María José García", ["maria", "jose", "garcia"]),
    ("O'Brien-Smith, J.R.", ["o", "brien", "smith", "j", "r"]),
    ("  two\tspaces\u00a0more ", ["two", "spaces", "more"]),
    ("EMP-0042/b_7", ["emp", "0042", "b", "7"]),
    ("Øyvind STRAßE", ["øyvind", "straße"]),
    ("Ångström ﬁnal", ["angstrom", "final"]),
    ("Нина 李四", ["нина", "李四"]),
    ("% _ \\ '", []),
    ("", []),
]


@pytest.mark.parametrize(("text", "words"), WORDS)
def test_words_are_the_same_everywhere(text: str, words: list[str]) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT tsvector_to_array(words_of(%s))", [text])
            by_database = cursor.fetchone()[0]
        else:
            cursor.execute("SELECT words_of(%s)", [text])
            by_database = cursor.fetchone()[0].split()
    assert words_of(text) == words
    assert sorted(by_database) == sorted(words)


FOUND = [
    ("mar", ["María José García"]),
    ("GARCÍA", ["María José García"]),
    ("gar mar", ["María José García"]),
    ("jo", ["María José García", "Joan O'Brien"]),
    ("joan mar", []),
    ("brien", ["Joan O'Brien"]),
    ("rien", []),
    ("emp-7", ["Joan O'Brien"]),
    ("emp-07", []),
    ("0042", ["María José García"]),
    ("", []),
    ("%", []),
    ("'", []),
    ("' | 'j", ["María José García", "Joan O'Brien"]),
]


@pytest.mark.parametrize("few", [0, 1, 50])
@pytest.mark.parametrize(("text", "names"), FOUND)
def test_grantees_are_found_by_the_beginnings_of_words(
    text: str, names: list[str], few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("awards.models.words.FEW", few)
    builders.grantee("maria", name="María José García", employee_number="EMP-0042")
    builders.grantee("joan", name="Joan O'Brien", employee_number="EMP-7")
    assert sorted(Grantee.objects.named(text).values_list("name", flat=True)) == sorted(names)


def test_more_words_than_are_looked_for_are_left_out() -> None:
    builders.grantee("ada", name="a b c d e f g h")
    assert Grantee.objects.named("a b c d e f g h zzyzx").count() == 1
    assert Grantee.objects.named("a b c d e f g zzyzx").count() == 0


@pytest.mark.postgresql
def test_table_is_not_read_for_a_word_however_soon_one_is_expected() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO awards_grantee (employee_number, name, hired_on, jurisdiction)"
            " SELECT 'E' || n, 'Person ' || n, DATE '2005-01-03', '' FROM generate_series(1, 10000) AS n"
        )
        cursor.execute("ANALYZE awards_grantee")
    # PostgreSQL takes one in fifty to have a word that it knows nothing of, and the first to come soon.
    plan = Grantee.objects.filter(HasWords("name", "employee_number", words=["zzyzx"])).order_by()[:1].explain()
    assert "grantee_words" in plan
    assert "Seq Scan" not in plan


# As migration 0006 made it before: PostgreSQL writes it out into every statement and index.
WRITTEN_OUT = rf"""
CREATE OR REPLACE FUNCTION words_of(given text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT array_to_tsvector(array_remove(regexp_split_to_array(
        lower(regexp_replace(normalize(given, NFKD), '{ACCENTS}', '', 'g')), '{BETWEEN_WORDS}'), ''))
$$
"""


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_connection_that_was_open_when_the_function_changed_still_finds_its_index() -> None:
    named = Grantee.objects.filter(HasWords("name", "employee_number", words=["ada"])).order_by()
    migrating = connection.copy()
    try:
        with migrating.cursor() as cursor:
            cursor.execute(WRITTEN_OUT)
        connection.close()
        with connection.cursor() as cursor:
            cursor.execute("SET enable_seqscan = off")
        assert "grantee_words" in named.explain()
    finally:
        with migrating.schema_editor() as editor:
            import_module("awards.migrations.0019_words_at_their_cost").replace(None, editor)
        migrating.close()
    plan = named.explain()
    connection.close()
    assert "grantee_words" in plan
    assert "words_of" in plan
