"""A number of OSOs as a person types it: plain digits or nothing."""

import pytest
from django import forms
from django.core.exceptions import ValidationError

from awards.options_field import MOST_OPTIONS, OptionsField

DIGITS_ALONE = ["Enter a whole number, without a comma or a point."]


@pytest.mark.parametrize(
    ("typed", "means"),
    [("1", 1), ("5000", 5000), (" 5000\t", 5000), ("007", 7), (5000, 5000), ("2000000000", 2_000_000_000)],
)
def test_plain_digits_are_taken(typed, means):
    assert OptionsField(max_value=MOST_OPTIONS).clean(typed) == means


@pytest.mark.parametrize(
    "typed",
    [
        "1.000", "1.000,00", "1,000", "1,000.00", "1.0", "1.", "5,", "1.5", "1 000", "1\N{NO-BREAK SPACE}000", "1'000",
        "1_000", "1e3", "+5", "0x10", "²", "１２", "\N{ARABIC-INDIC DIGIT FIVE}", "- 5", "\N{MINUS SIGN}5", "five", "-",
        " ", "9" * 5000,
    ],
)  # fmt: skip
def test_anything_else_is_refused_and_not_guessed(typed):
    with pytest.raises(ValidationError) as refused:
        OptionsField().clean(typed)
    assert refused.value.messages == DIGITS_ALONE


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("0", "Enter a number from 1 up."),
        ("-5", "Enter a number from 1 up."),
        ("2000000001", "No Award has so many options."),
        ("", "This field is required."),
        (None, "This field is required."),
    ],
)
def test_number_that_no_award_has_is_refused(typed, said):
    with pytest.raises(ValidationError) as refused:
        OptionsField(max_value=MOST_OPTIONS).clean(typed)
    assert refused.value.messages == [said]


@pytest.mark.parametrize("typed", ["0", "-5", "501", "9" * 30])
def test_beyond_its_limits_is_told_them(typed):
    field = OptionsField()
    field.limit_to(500, "From 1 to 500.")

    with pytest.raises(ValidationError) as refused:
        field.clean(typed)

    assert refused.value.messages == ["From 1 to 500."]
    assert field.clean("500") == 500


def test_limits_of_one_form_are_not_anothers():
    class Asks(forms.Form):
        options = OptionsField()

    first, second = Asks({"options": "501"}), Asks({"options": "501"})
    first.fields["options"].limit_to(500, "From 1 to 500.")

    assert first.errors == {"options": ["From 1 to 500."]}
    assert second.errors == {}


def test_browser_sends_it_as_it_was_typed():
    class Asks(forms.Form):
        options = OptionsField()

    assert str(Asks({"options": "1.000"})["options"]).startswith('<input type="text" name="options" value="1.000"')
    assert 'inputmode="numeric"' in str(Asks()["options"])
