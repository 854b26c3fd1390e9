from decimal import Decimal, DivisionByZero, InvalidOperation

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awards.agreement.rounding import EXACT, cents, percent, round_half_up


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("0.0004", "0.000"),
        ("0.0005", "0.001"),
        ("0.0015", "0.002"),
        ("0.0025", "0.003"),
        ("-0.0004", "0.000"),
        ("-0.0005", "-0.001"),
        ("-0.0025", "-0.003"),
        ("1.8181818", "1.818"),
        ("10.9995", "11.000"),
        ("10.9994999999999999999999999999", "10.999"),
        ("5", "5.000"),
        ("1E+3", "1000.000"),
    ],
)
def test_percent_is_half_up_away_from_zero_at_three_places(value: str, expected: str) -> None:
    assert str(percent(Decimal(value))) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [("6233.804", "6233.80"), ("6233.805", "6233.81"), ("0.004999", "0.00"), ("0.005", "0.01"), ("0", "0.00")],
)
def test_cents_is_half_up_at_two_places(value: str, expected: str) -> None:
    assert str(cents(Decimal(value))) == expected


def test_rounding_forgets_the_end_of_a_division_that_does_not_come_out() -> None:
    thirds = EXACT.multiply(EXACT.divide(Decimal(1), Decimal(3)), Decimal(3))
    tie = EXACT.subtract(thirds, Decimal("0.995"))
    assert tie < Decimal("0.005")
    assert cents(tie) == Decimal("0.01")


def test_rounding_keeps_amounts_of_any_size() -> None:
    assert round_half_up(Decimal("12345678901234567890123456789012345678901234567890.125"), 2) == Decimal(
        "12345678901234567890123456789012345678901234567890.13"
    )


def test_exact_refuses_what_has_no_value() -> None:
    with pytest.raises(DivisionByZero):
        EXACT.divide(Decimal(1), Decimal(0))
    with pytest.raises(InvalidOperation):
        EXACT.add(Decimal("sNaN"), Decimal(1))


@given(st.integers(-(10**9), 10**9), st.integers(0, 4))
def test_half_a_unit_always_rounds_away_from_zero(units: int, places: int) -> None:
    tie = Decimal(2 * units + (1 if units >= 0 else -1)).scaleb(-places) / 2
    assert round_half_up(tie, places) == Decimal(units + (1 if units >= 0 else -1)).scaleb(-places)
