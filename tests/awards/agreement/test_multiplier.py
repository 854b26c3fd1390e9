from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awards.agreement.multiplier import (
    annualized_percentage,
    multiplier,
    multiplier_unrounded,
    outperform_percentage,
    stock_end_for,
)
from awards.agreement.rounding import percent
from awards.agreement.terms import Terms


@pytest.mark.parametrize(
    ("start", "end", "duration", "expected"),
    [
        ("100", "185", "4.000", "21.250"),
        ("1300", "1950", "4.000", "12.500"),
        ("2.03", "4.071", "1.000", "100.542"),
        ("1191.33", "1250.138", "1.000", "4.936"),
        ("10", "10", "2.000", "0.000"),
        # (10.0001 − 10) × 100 ÷ (10 × 2) = 0.0005, and its like below zero
        ("10", "10.0001", "2.000", "0.001"),
        ("10", "9.9999", "2.000", "-0.001"),
        ("10", "9.99991", "2.000", "0.000"),
        ("10", "5", "0.500", "-100.000"),
    ],
)
def test_annualized_percentage_is_simple(start: str, end: str, duration: str, expected: str) -> None:
    assert str(percent(annualized_percentage(Decimal(start), Decimal(end), Decimal(duration)))) == expected


@pytest.mark.parametrize(
    ("stock", "sp", "expected"),
    [("21.250", "12.500", "8.750"), ("-3.000", "-8.000", "5.000"), ("3.656", "3.677", "-0.021")],
)
def test_outperform_percentage_is_the_difference(stock: str, sp: str, expected: str) -> None:
    assert str(outperform_percentage(Decimal(stock), Decimal(sp))) == expected


@pytest.mark.parametrize(
    ("outperform", "expected"),
    [
        ("-50.000", "0.000"),
        ("-0.001", "0.000"),
        ("0.000", "0.000"),
        ("0.001", "0.000"),
        ("0.002", "0.001"),
        ("0.011", "0.004"),
        ("2.750", "1.000"),
        ("5.000", "1.818"),
        ("8.545", "3.107"),
        ("8.750", "3.182"),
        ("10.998", "3.999"),
        ("10.999", "4.000"),
        ("11.000", "4.000"),
        ("11.001", "4.000"),
        ("95.606", "4.000"),
    ],
)
def test_multiplier(outperform: str, expected: str) -> None:
    assert str(multiplier(Decimal(outperform))) == expected


def test_multiplier_before_rounding_stays_below_the_top_until_the_cap() -> None:
    assert multiplier_unrounded(Decimal("10.999")) < 4
    assert multiplier_unrounded(Decimal("11.000")) == 4


@pytest.mark.parametrize(
    ("outperform", "expected"),
    [("0.000", "0.000"), ("0.001", "0.001"), ("4.001", "2.001"), ("7.999", "4.000"), ("8", "4.000"), ("9", "4.000")],
)
def test_multiplier_follows_other_terms(outperform: str, expected: str) -> None:
    eighths = Terms(name="later form", outperform_cap=Decimal(8))
    assert str(multiplier(Decimal(outperform), eighths)) == expected


@given(st.decimals("-200", "200", places=3), st.decimals("0", "50", places=3))
def test_multiplier_stays_within_its_bounds_and_never_falls(outperform: Decimal, more: Decimal) -> None:
    assert 0 <= multiplier(outperform) <= multiplier(outperform + more) <= 4


@pytest.mark.parametrize(
    ("outperform", "sp_end", "duration", "expected"),
    [
        ("0", "1300", "4.000", "100"),
        ("0", "1950", "4.000", "150"),
        ("11", "1950", "4.000", "194"),
        ("8.750", "1950", "4.000", "185"),  # the constructed exercise of 111.37
        ("11", "1300", "1.000", "111"),
        ("0", "650", "1.000", "50"),
    ],
)
def test_stock_end_for_an_outperform_percentage(outperform: str, sp_end: str, duration: str, expected: str) -> None:
    found = stock_end_for(
        Decimal(outperform),
        stock_start=Decimal(100),
        sp_start=Decimal(1300),
        sp_end=Decimal(sp_end),
        duration=Decimal(duration),
    )
    assert found == Decimal(expected)
