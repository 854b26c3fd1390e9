from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awards.agreement.adjusted_price import adjusted_price, adjusted_price_before_floor, aggregate_percentage
from awards.agreement.rounding import percent
from awards.agreement.terms import Terms

NO_FLOOR = Terms(name="later form", adjusted_price_has_floor=False)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("1191.33", "1250.138", "4.936"),
        ("1294.87", "1424.542", "10.014"),
        ("1300", "1950", "50.000"),
        ("1000", "1000", "0.000"),
        ("1000", "999.995", "-0.001"),
        ("1000", "1000.005", "0.001"),
        ("1000", "900", "-10.000"),
    ],
)
def test_aggregate_percentage(start: str, end: str, expected: str) -> None:
    assert str(percent(aggregate_percentage(Decimal(start), Decimal(end)))) == expected


@pytest.mark.parametrize(
    ("initial", "aggregate", "before_floor", "adjusted"),
    [
        ("2.03", "4.936", "2.1302008", "2.1302008"),
        ("5.18", "10.014", "5.6987252", "5.6987252"),
        ("100", "50.000", "150", "150"),
        ("2.03", "0.000", "2.03", "2.03"),
        ("2.03", "-0.001", "2.0299797", "2.03"),
        ("2.03", "-10.000", "1.827", "2.03"),
    ],
)
def test_adjusted_price_is_exact_and_has_a_floor(
    initial: str, aggregate: str, before_floor: str, adjusted: str
) -> None:
    before = adjusted_price_before_floor(Decimal(initial), Decimal(aggregate))
    assert before == Decimal(before_floor)
    assert adjusted_price(Decimal(initial), before) == Decimal(adjusted)
    assert adjusted_price(Decimal(initial), before, NO_FLOOR) == Decimal(before_floor)


@given(st.decimals("0.01", "9999.99", places=2), st.decimals("-99.999", "999.999", places=3))
def test_adjusted_price_is_never_below_the_initial_price(initial: Decimal, aggregate: Decimal) -> None:
    assert adjusted_price(initial, adjusted_price_before_floor(initial, aggregate)) >= initial
