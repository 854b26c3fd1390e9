"""Rows of a table that its template writes once for each shape."""

from typing import Any

import pytest
from django.utils import translation
from django.utils.safestring import SafeString

from awards.written_rows import written_row

TEMPLATE = "awards/_holding_row.html"
WORDS = {
    "award": "/awards/7/",
    "award_date": SafeString("Apr 1, 2006"),
    "the_award": "the Award of Apr 1, 2006",
    "granted": "5,000 at $5.18 ·",
    "number": "A-000007",
    "vested": "2,500",
    "unvested": "1,250",
    "exercisable": "2,400",
    "last_moment": SafeString("<time>Mon, Apr 2</time>"),
    "value": "$6,233.80",
    "value_reason": None,
    "exercise": "/exercises/7/",
}
SHAPE: dict[str, Any] = {"state": None, "badges": ()}


def row(words: dict[str, str | None] | None = None, language: str = "en", **shape: Any) -> str:
    with translation.override(language):
        return written_row(TEMPLATE, language, WORDS | (words or {}), SHAPE | shape)


def test_each_row_has_its_own_words() -> None:
    first, second = row(), row({"number": "A-000008", "vested": "3"})
    assert 'data-label="Vested">2,500</td>' in first
    assert (first.replace("A-000007", "A-000008").replace(">2,500<", ">3<")) == second


@pytest.mark.parametrize("given", ["<b>5</b> & co", "100% of 5", "%(number)s {{ x }}", 'it\'s "so"'])
def test_words_are_escaped_and_nothing_else_is_read_in_them(given: str) -> None:
    escaped = given.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    escaped = escaped.replace('"', "&quot;").replace("'", "&#x27;")
    assert f'<span class="nowrap">{escaped}</span>' in row({"number": given})


def test_markup_that_is_safe_stays_markup() -> None:
    assert '<td role="cell" data-label="Last moment to exercise"><time>Mon, Apr 2</time></td>' in row()


def test_what_is_none_is_not_there_for_the_template() -> None:
    found = row({"exercise": None, "last_moment": None, "value": None, "value_reason": "No close yet"})
    assert '<td role="cell" class="num cell-actions cell-empty"></td>' in found
    assert '<span class="muted">Nothing left</span>' in found
    assert "<span>—<small>No close yet</small></span>" in found
    assert "<b>" not in found


def test_shape_decides_what_the_template_writes() -> None:
    assert '<span class="badge" data-tone="warn">Waiting for you to accept</span>' in row(state="letter issued")
    assert "Waiting for you" not in row()


def test_each_language_has_its_own_row() -> None:
    shown = [row(language=language) for language in ("en", "es", "en")]
    assert shown[0] == shown[2]
    assert ["Vested" in found for found in shown] == [True, False, True]
