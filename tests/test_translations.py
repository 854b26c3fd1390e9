"""Everything an employee may read is there in every language, whole and compiled."""

import re
from collections.abc import Iterable

import pytest
from babel.messages import Message
from django.conf import settings

from tests import catalogues

TAG = re.compile(r"</?\w+[^>]*>|&\w+;")
CLAUSE = re.compile(r"§[\d.]+(?:\(\w\))*|\bI\d+\b")
PLACE = re.compile(r"%\(\w+\)[sd]")


def texts(of: Message) -> tuple[list[str], list[str]]:
    """What it says, and what the language says for it, one for each number."""
    said = list(of.id) if isinstance(of.id, tuple | list) else [of.id]
    told = list(of.string) if isinstance(of.string, tuple | list) else [of.string]
    return said, told


def messages(language: str) -> list[Message]:
    return [message for message in catalogues.catalogue_of(language) if message.id]


def named(found: Iterable[object]) -> str:
    return "\n".join(map(str, found))


@pytest.fixture(params=catalogues.languages())
def language(request) -> str:
    return request.param


def test_every_language_of_the_settings_but_the_sources_own_has_a_catalogue():
    assert [code for code, _ in settings.LANGUAGES if code != settings.LANGUAGE_CODE] == catalogues.languages()


def test_what_is_looked_for_is_found():
    """The finder itself: one of each way to say something."""
    found = {(text, context) for _, text, context in catalogues.said_in_sources()}
    assert {
        ("Number of options", None),
        ("Adjusted Price", None),
        ("This page was made on <span class=\"nowrap\">%(at)s</span>.", None),
        ("Brought forward", "ledger"),
        (("%(number)s unread message", "%(number)s unread messages"), None),
        ("no exercisable options are running out", None),
    } <= found  # fmt: skip


def test_nothing_that_is_said_is_missing(language):
    catalogue = catalogues.catalogue_of(language)
    missing = [
        (where, text) for where, text, context in catalogues.said_in_sources() if not catalogue.get(text, context)
    ]
    assert not missing, named(missing)


def test_nothing_is_untranslated_or_fuzzy(language):
    empty = [message.id for message in messages(language) if message.fuzzy or not all(texts(message)[1])]
    assert not empty, named(empty)


def test_nothing_is_kept_that_nobody_says(language):
    said = {(text, context) for _, text, context in catalogues.said_in_sources()}
    stale = [message.id for message in messages(language) if (catalogues.key_of(message), message.context) not in said]
    assert not stale, named(stale)


@pytest.mark.parametrize("form", [PLACE, TAG, CLAUSE])
def test_places_marks_and_clauses_are_those_of_the_source(language, form):
    wrong = []
    for message in messages(language):
        said, told = texts(message)
        for text in told:
            # The singular may say "one" where the plural has a number, and the other way round.
            allowed = [sorted(form.findall(each)) for each in said]
            if sorted(form.findall(text)) not in allowed:
                wrong.append((said[0], text))
    assert not wrong, named(wrong)


def test_catalogue_is_compiled(language):
    assert catalogues.compiled_file(language) == catalogues.compiled(catalogues.catalogue_of(language)), (
        "run python -m tests.catalogues"
    )
