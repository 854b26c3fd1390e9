"""The states that people misread: which a worksheet is in, and in what words."""

from decimal import Decimal

import pytest
from django.utils import translation

from awards.agreement.worksheet import Worksheet
from awards.worksheet_states import Badge, State, badges, states
from tests.awards.what_if.made import TWO_YEARS, flat


def named(sheet: Worksheet) -> list[tuple[str, str, str]]:
    return [(state.badge, state.tone, state.kind) for state in states(sheet)]


MORE = ("Multiplier 0: the index rose more", "warn", "warning")
ZERO = ("Multiplier 0", "warn", "warning")
FLOORED = ("Floored at the Initial Price", "info", "info")
CAPPED = ("Capped at 4.000×", "good", "success")


# From 100 and 1,000, two years on.
@pytest.mark.parametrize(
    ("stock", "index", "expected"),
    [
        ("110", "1200", [MORE]),
        ("120", "1200", [MORE]),
        ("121", "1200", []),
        ("100", "1000", [ZERO]),
        ("90", "1000", [ZERO]),
        ("85", "900", [ZERO, FLOORED]),
        ("100", "900", [("Multiplier, but no gain", "warn", "warning"), FLOORED]),
        ("105", "900", [FLOORED]),
        ("112", "900", [FLOORED, CAPPED]),
        ("141.99", "1200", []),
        ("142", "1200", [CAPPED]),
    ],
)
def test_states_of_a_worksheet(stock, index, expected):
    assert named(flat(stock, index, on=TWO_YEARS)) == expected


@pytest.mark.parametrize(("stock", "index"), [("110", "1200"), ("85", "900"), ("112", "900"), ("121", "1200")])
def test_badges_are_those_of_the_states(stock, index):
    sheet = flat(stock, index, on=TWO_YEARS)
    said = [(state.badge, state.tone) for state in states(sheet)]
    assert [*badges(sheet, sheet.consideration, "en")] == said


def test_badges_are_in_the_language_of_their_reader():
    sheet = flat("142", "1200", on=TWO_YEARS)
    shown = []
    for language in ("en", "es", "en"):
        with translation.override(language):
            shown += badges(sheet, sheet.consideration, language)
    assert shown == [
        Badge("Capped at 4.000×", "good"),
        Badge("En su máximo de 4,000×", "good"),
        Badge("Capped at 4.000×", "good"),
    ]


def test_badges_of_many_that_pay_say_nothing_of_one_that_rounds_to_zero():
    # A gain of 0.001 at 3.636 each: one rounds to zero, two pay a cent.
    one = flat("110", "1000", last_stock="100.001")
    assert [badge.text for badge in badges(one, one.consideration, "en")] == ["Rounds to zero"]
    assert badges(one, Decimal("0.01"), "en") == ()


def test_index_that_rose_more_is_told_with_both_percentages():
    (state,) = states(flat("110", "1200", on=TWO_YEARS))
    assert state == State(
        *MORE,
        "The Multiplier is 0, although the Stock is up",
        "The index rose as much as the Stock or more: +10.000% a year against +5.000%. "
        "An exercise pays only when the Stock outperforms the index (§2.7).",
    )


def test_cap_is_told_with_the_outperformance():
    (state,) = states(flat("142", "1200", on=TWO_YEARS))
    assert (state.title, state.text) == (
        "The Multiplier is at its top of 4.000×",
        "The Stock outperformed the index by +11.000% a year; from 11% on, the Multiplier rises no further (§2.7).",
    )


def test_floor_is_told_with_the_initial_price():
    sheet = flat("105", "900", on=TWO_YEARS)
    (state,) = states(sheet)
    assert sheet.adjusted_price == sheet.initial_price == Decimal(100)
    assert "never goes below the Initial Price of $100.00" in state.text
