from decimal import Decimal

import pytest

from awards.agreement.consideration import consideration_per_option, exercise_consideration, fewest_options, gain
from awards.agreement.rounding import cents


@pytest.mark.parametrize(
    ("fmv", "adjusted", "multiplier", "options", "per_option", "consideration"),
    [
        ("4.44", "2.1302008", "4.000", 1, "9.2391968", "9.24"),
        ("6.10", "5.6987252", "3.107", 5000, "1.2467608036", "6233.80"),
        ("185", "150", "3.182", 1, "111.37", "111.37"),
        ("2.14", "2.2958691", "2.385", 1000, "0", "0.00"),
        ("2.30", "2.30", "4.000", 1000, "0", "0.00"),
        ("3.44", "3.0902438", "0.000", 1000, "0", "0.00"),
        ("2.04", "2.03", "1.235", 100, "0.01235", "1.24"),
        ("2.04", "2.03", "1.235", 1, "0.01235", "0.01"),
    ],
)
def test_consideration(
    fmv: str, adjusted: str, multiplier: str, options: int, per_option: str, consideration: str
) -> None:
    each = consideration_per_option(gain(Decimal(fmv), Decimal(adjusted)), Decimal(multiplier))
    assert each == Decimal(per_option)
    assert str(cents(exercise_consideration(each, options))) == consideration


def test_gain_may_be_negative_and_the_consideration_is_a_plain_zero() -> None:
    assert gain(Decimal("2.14"), Decimal("2.2958691")) == Decimal("-0.1558691")
    assert str(consideration_per_option(Decimal("-0.1558691"), Decimal("2.385"))) == "0"
    assert str(consideration_per_option(Decimal("0.3497562"), Decimal("0.000"))) == "0"


@pytest.mark.parametrize(
    ("per_option", "amount", "most", "expected"),
    [
        ("1.2467608036", "999.90", 5000, 802),  # 802 pay 999.9021645…
        ("1.2467608036", "999.91", 5000, 803),
        ("1.2467608036", "6233.80", 5000, 5000),
        ("1.2467608036", "6233.81", 5000, None),
        ("1.2467608036", "0.01", 5000, 1),
        ("0.01235", "0.02", 5000, 2),  # 0.0247 rounds to 0.02
        ("0.005", "0.01", 5000, 1),  # half a cent rounds up
        ("0", "0.01", 5000, None),
        ("9.24", "9.24", 1, 1),
        ("9.24", "9.25", 1, None),
    ],
)
def test_fewest_options_that_reach_an_amount(per_option: str, amount: str, most: int, expected: int | None) -> None:
    assert fewest_options(Decimal(per_option), amount=Decimal(amount), most=most) == expected
