from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awards.agreement.capital import CapitalAdjustment, between, in_force, options_after, price_on_basis
from awards.agreement.errors import InvalidAdjustment

REVERSE = CapitalAdjustment(effective_on=date(2011, 10, 20), new=1, old=15)
SPLIT = CapitalAdjustment(effective_on=date(2014, 6, 2), new=2, old=1)
BEFORE, DAY, AFTER = date(2011, 10, 19), date(2011, 10, 20), date(2011, 10, 21)


def test_ratio_is_new_shares_per_old() -> None:
    assert (REVERSE.ratio, SPLIT.ratio) == (Fraction(1, 15), Fraction(2))


@pytest.mark.parametrize(("new", "old"), [(0, 15), (1, 0), (-1, 15), (1, -15), (3, 3)])
def test_adjustment_refuses_what_is_no_split(new: int, old: int) -> None:
    with pytest.raises(InvalidAdjustment):
        CapitalAdjustment(effective_on=DAY, new=new, old=old)


@pytest.mark.parametrize(
    ("on", "expected"), [(BEFORE, ()), (DAY, (REVERSE,)), (AFTER, (REVERSE,)), (date(2014, 6, 2), (REVERSE, SPLIT))]
)
def test_in_force_is_by_date(on: date, expected: tuple) -> None:
    assert in_force([SPLIT, REVERSE], on) == expected


@pytest.mark.parametrize(("after", "expected"), [(BEFORE, (REVERSE, SPLIT)), (DAY, (SPLIT,)), (AFTER, (SPLIT,))])
def test_between_leaves_out_what_was_in_force_already(after: date, expected: tuple) -> None:
    assert between([SPLIT, REVERSE], after=after, on=date(2014, 6, 2)) == expected


@pytest.mark.parametrize(
    ("price", "set_on", "basis_on", "expected"),
    [
        ("1.55", BEFORE, BEFORE, "1.55"),
        ("1.55", BEFORE, DAY, "23.25"),
        ("1.55", BEFORE, AFTER, "23.25"),
        ("23.10", DAY, DAY, "23.10"),
        ("23.10", DAY, AFTER, "23.10"),
        ("5.18", date(2008, 4, 1), AFTER, "77.70"),
        ("5.18", date(2008, 4, 1), date(2014, 6, 1), "77.70"),
        ("5.18", date(2008, 4, 1), date(2014, 6, 2), "38.85"),
        ("1.55", BEFORE, date(2014, 6, 2), "11.625"),
    ],
)
def test_price_on_basis_divides_by_each_ratio_crossed(price: str, set_on: date, basis_on: date, expected: str) -> None:
    moved = price_on_basis(Decimal(price), set_on=set_on, basis_on=basis_on, adjustments=[SPLIT, REVERSE])
    assert moved == Decimal(expected)


def test_price_on_basis_takes_ratios_together_before_it_divides() -> None:
    there_and_back = [CapitalAdjustment(DAY, new=3, old=1), CapitalAdjustment(AFTER, new=1, old=3)]
    moved = price_on_basis(Decimal("1.55"), set_on=BEFORE, basis_on=AFTER, adjustments=there_and_back)
    assert moved == Decimal("1.55")


def test_price_on_basis_refuses_to_run_backwards() -> None:
    with pytest.raises(InvalidAdjustment, match="no basis of the earlier day 2011-10-19"):
        price_on_basis(Decimal("23.10"), set_on=DAY, basis_on=BEFORE, adjustments=[REVERSE])


@pytest.mark.parametrize(
    ("options", "adjustments", "expected", "dropped"),
    [
        (1002, (), 1002, Fraction(0)),
        (1002, (REVERSE,), 66, Fraction(4, 5)),
        (1005, (REVERSE,), 67, Fraction(0)),
        (14, (REVERSE,), 0, Fraction(14, 15)),
        (100, (SPLIT,), 200, Fraction(0)),
        # 100 → 6 → 12; unrounded 13 1/3, in OSOs of the last basis
        (100, (SPLIT, REVERSE), 12, Fraction(4, 3)),
        (0, (REVERSE,), 0, Fraction(0)),
    ],
)
def test_options_after_drops_fractions_each_time(
    options: int, adjustments: tuple, expected: int, dropped: Fraction
) -> None:
    assert options_after(options, adjustments) == (expected, dropped)


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_options_after_of_parts_never_exceed_the_whole(part: int, rest: int) -> None:
    parts = options_after(part, [REVERSE]).options + options_after(rest, [REVERSE]).options
    assert parts <= options_after(part + rest, [REVERSE]).options <= parts + 1
