"""The split of a change: by hand where one or two things moved, and to the cent whatever moved."""

import os
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awards.agreement.errors import InvalidAward
from awards.agreement.worksheet import Worksheet
from awards.what_if.change import PARTS, Split, _whole, split
from awards.what_if.suppose import asked_again
from tests.awards.what_if.made import CALENDAR, ONE_YEAR, TWO_YEARS, flat, made_up, pairs, recorded

MARKET_FILES = os.environ.get("MARKET_FILES", "")


def parts(*amounts: str) -> Split:
    return Split(*map(Decimal, amounts))


class TestByHand:
    def test_only_the_stock_moved(self) -> None:
        # At its top of 4.000 after two years too, of 12 % a year: (130 − 100) × 4 = 120 against (124 − 100) × 4 = 96.
        assert split(flat("124", "1000"), flat("130", "1000", on=TWO_YEARS)) == parts("24", "0", "0", "0")

    def test_only_the_index_moved(self) -> None:
        # 80 against an Adjusted Price of 105, and 20 − 5 = 15 % still capped: (120 − 105) × 4 = 60.
        assert split(flat("120", "1000"), flat("120", "1050")) == parts("0", "-20", "0", "0")

    def test_only_the_averaging_moved(self) -> None:
        # Nine closes of 100 and one of 120: an average of 102, 2.000 %, 0.727; 20 × 0.727 = 14.54 against 80.
        assert split(flat("120", "1000"), flat("100", "1000", last_stock="120")) == parts("0", "0", "-65.46", "0")

    def test_only_time_passed(self) -> None:
        # 5.5 % a year is 2.000 and pays 11; 2.75 % a year is 1.000 and pays 5.50.
        assert split(flat("105.5", "1000"), flat("105.5", "1000", on=TWO_YEARS)) == parts("0", "0", "0", "-5.5")

    def test_stock_and_time_share_what_they_do_together(self) -> None:
        # 11 then, 22 now. With the Stock alone 11 % a year, 4.000 × 11 = 44; with time alone 5.50.
        # Stock: ((44 − 11) + (22 − 5.5)) / 2 = 24.75. Time: ((5.5 − 11) + (22 − 44)) / 2 = −13.75.
        moved = split(flat("105.5", "1000"), flat("111", "1000", on=TWO_YEARS))
        assert moved == parts("24.75", "0", "0", "-13.75")
        assert moved.total == Decimal("11.00")

    def test_nothing_moved(self) -> None:
        assert split(flat("120", "1000"), flat("120", "1000")) == parts("0", "0", "0", "0")


class TestRefused:
    @pytest.mark.parametrize(
        "other", [{"options": 2}, {"initial_price": Decimal(99)}], ids=["another number", "another basis"]
    )
    def test_what_cannot_be_compared(self, other: dict) -> None:
        with pytest.raises(InvalidAward):
            split(flat("120", "1000"), replace(flat("130", "1000"), **other))


@pytest.mark.parametrize(
    ("shares", "cents"),
    [
        ([24, 0, 0, 0], [1, 0, 0, 0]),
        ([12, 12, 0, 0], [1, 0, 0, 0]),
        ([0, 11, 13, 0], [0, 0, 1, 0]),
        ([-12, -12, 0, 0], [0, -1, 0, 0]),
        ([36, -12, 0, 0], [2, -1, 0, 0]),
        ([8, 8, 8, 24], [1, 0, 0, 1]),
    ],
)
def test_cents_go_to_the_largest_remainders(shares: list[int], cents: list[int]) -> None:
    assert _whole(shares) == cents


def check(earlier: Worksheet, later: Worksheet) -> None:
    """To the cent, and within a cent of its mirror image: remainders are not given the same way round."""
    there, back = split(earlier, later), split(later, earlier)
    assert there.total == later.consideration - earlier.consideration
    assert all(part == part.quantize(Decimal("0.01")) for part in there)
    assert all(abs(out + home) <= Decimal("0.01") for out, home in zip(there, back, strict=True))


prices = st.lists(st.integers(50, 40_000), min_size=10, max_size=10)


@given(st.data())
def test_parts_add_up_whatever_the_closes(data: st.DataObject) -> None:
    sheets = []
    for on in (ONE_YEAR, data.draw(st.sampled_from([ONE_YEAR, TWO_YEARS]))):
        stocks, indexes = data.draw(prices), data.draw(prices)
        base = flat("100", "1000", on=on, options=12_345)
        window = tuple(
            close._replace(stock=Decimal(stock).scaleb(-2), sp500=Decimal(index).scaleb(-1))
            for close, stock, index in zip(base.closes.window, stocks, indexes, strict=True)
        )
        sheets.append(asked_again(base, replace(base.closes, window=window)))
    check(*sheets)


def test_parts_add_up_for_300_pairs_of_days() -> None:
    chance = Random(20050701)
    found = list(pairs(made_up(chance, date(2001, 1, 2), date(2009, 12, 31)), chance, 300))
    for earlier, later in found:
        check(earlier, later)
    # The walk is no idle one: many pairs pay on both days, and each part moves.
    assert sum(1 for earlier, later in found if earlier.consideration and later.consideration) > 60
    assert all(any(getattr(split(*pair), part) for pair in found) for part in PARTS)


@pytest.mark.soak
def test_parts_add_up_for_10_000_pairs_of_days_made_up() -> None:
    chance = Random(4)
    for earlier, later in pairs(made_up(chance, date(1995, 1, 3), date(2017, 12, 29)), chance, 10_000):
        check(earlier, later)


@pytest.mark.soak
@pytest.mark.skipif(not MARKET_FILES, reason="needs recorded closes: MARKET_FILES=/folder make soak")
def test_parts_add_up_for_10_000_pairs_of_days_on_recorded_closes() -> None:
    chance = Random(2017)
    paid = 0
    for earlier, later in pairs(recorded(Path(MARKET_FILES)), chance, 10_000):
        check(earlier, later)
        paid += bool(earlier.consideration or later.consideration)
    assert paid > 3_000


def test_calendar_has_the_exercise_dates_the_examples_name() -> None:
    assert [flat("1", "1", on=on).duration for on in (ONE_YEAR, TWO_YEARS)] == [Decimal("1.000"), Decimal("2.000")]
    assert all(CALENDAR.is_trading_day(on) for on in (ONE_YEAR, TWO_YEARS))
