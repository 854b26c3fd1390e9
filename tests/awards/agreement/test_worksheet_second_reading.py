"""An independent reading of §5's table in exact fractions, against the Worksheet, to the last digit.

Written from the agreement, with nothing taken from the modules but what they answer.
"""

import random
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from awards.agreement.capital import CapitalAdjustment, price_on_basis
from awards.agreement.terms import Terms
from awards.agreement.worksheet import Closes, WindowClose, Worksheet, worksheet


def half_up(value: Fraction, places: int) -> Fraction:
    scaled = abs(value) * 10**places
    whole = scaled.numerator // scaled.denominator
    if scaled - whole >= Fraction(1, 2):
        whole += 1
    return Fraction(whole if value >= 0 else -whole, 10**places)


def is_tie(value: Fraction, places: int) -> bool:
    return (abs(value) * 10**places) % 1 == Fraction(1, 2)


def same_day(first: date, year: int) -> date:
    try:
        return first.replace(year=year)
    except ValueError:
        return date(year, 2, 28)


def years_between(first: date, last: date) -> Fraction:
    year = first.year
    while same_day(first, year + 1) <= last:
        year += 1
    reached, following = same_day(first, year), same_day(first, year + 1)
    return (year - first.year) + Fraction((last - reached).days, (following - reached).days)


class Reading:
    """§2.1, §2.6 and §2.7 line by line; `ties` lists the roundings that were exactly half way."""

    def __init__(self, initial, start, index, stock, options, cap=11, top=4):
        (first, last), (sp_start, *sp_window), (stock_start, *stock_window) = start, index, stock
        self.ties = []
        self.duration = self.rounded("duration", years_between(first, last), 3)
        self.sp_end = sum(sp_window) / len(sp_window)
        self.stock_end = sum(stock_window) / len(stock_window)
        self.aggregate_sp = self.rounded("aggregate_sp", (self.sp_end - sp_start) / sp_start * 100, 3)
        self.adjusted_price = max(initial, initial * (1 + self.aggregate_sp / 100))
        self.annualized_sp = self.rounded("annualized_sp", (self.sp_end - sp_start) / sp_start * 100 / self.duration, 3)
        self.annualized_stock = self.rounded(
            "annualized_stock", (self.stock_end - stock_start) / stock_start * 100 / self.duration, 3
        )
        self.outperform = self.annualized_stock - self.annualized_sp
        if self.outperform <= 0:
            self.multiplier = Fraction(0)
        elif self.outperform >= cap:
            self.multiplier = Fraction(top)
        else:
            self.multiplier = self.rounded("multiplier", self.outperform * Fraction(top, cap), 3)
        self.gain = stock_window[-1] - self.adjusted_price
        self.per_option = max(Fraction(0), self.gain * self.multiplier)
        self.consideration = self.rounded("consideration", self.per_option * options, 2)

    def rounded(self, name: str, value: Fraction, places: int) -> Fraction:
        if is_tie(value, places):
            self.ties.append(name)
        return half_up(value, places)


ROUNDED = ("duration", "aggregate_sp", "annualized_sp", "annualized_stock", "outperform", "multiplier", "consideration")
EXACT_STEPS = ("sp_end", "stock_end", "adjusted_price", "gain", "per_option")
LAST = date(2009, 6, 30)


def both(first: date, initial: Decimal, index: list[Decimal], stock: list[Decimal], options: int, **terms):
    """The Worksheet and the second reading of one case; the window ends on LAST."""
    days = [LAST - timedelta(days=back) for back in range(len(index) - 2, -1, -1)]
    window = tuple(WindowClose(*row) for row in zip(days, index[1:], stock[1:], strict=True))
    worked = worksheet(
        award_date=first + timedelta(days=1),
        initial_price=initial,
        options=options,
        exercise_date=LAST + timedelta(days=1),
        closes=Closes(first, index[0], stock[0], window),
        terms=Terms(name="second reading", averaging_days=len(window), **terms),
    )
    cap, top = terms.get("outperform_cap", Decimal(11)), terms.get("multiplier_cap", Decimal(4))
    fractions = [Fraction(initial), [Fraction(c) for c in index], [Fraction(c) for c in stock]]
    reading = Reading(fractions[0], (first, LAST), *fractions[1:], options, int(cap), int(top))
    return worked, reading


def assert_equal(worked: Worksheet, reading: Reading, steps: tuple[str, ...] = ROUNDED + EXACT_STEPS) -> None:
    assert {name: Fraction(getattr(worked, name)) for name in steps} == {name: getattr(reading, name) for name in steps}


def cents_between(chance: random.Random, low: int, high: int) -> Decimal:
    return Decimal(chance.randint(low, high)).scaleb(-2)


def many(few: int, soak: int) -> pytest.MarkDecorator:
    """So many cases every time, and so many in a soak, with another seed."""
    return pytest.mark.parametrize(("cases", "seed"), [(few, 0), pytest.param(soak, 1, marks=pytest.mark.soak)])


@many(4000, 1_000_000)
def test_worksheet_equals_the_second_reading_on_random_closes(cases: int, seed: int) -> None:
    chance = random.Random(20050701 + seed)
    multipliers = set()
    for _ in range(cases):
        first = LAST - timedelta(days=chance.randint(1, 1500))
        index = [cents_between(chance, 60000, 160000) for _ in range(11)]
        level = chance.randint(50, 3000)
        stock = [cents_between(chance, level, 2 * level) for _ in range(11)]
        worked, reading = both(first, stock[0], index, stock, chance.randint(1, 100_000))
        assert_equal(worked, reading)
        multipliers.add(reading.multiplier)
    assert {Fraction(0), Fraction(4)} < multipliers


def near(chance: random.Random, average: Decimal, places: int) -> list[Decimal]:
    """Ten closes around `average` that average exactly to it."""
    shifts = [Decimal(chance.randint(0, 99)).scaleb(-places) for _ in range(5)]
    return [average + shift for shift in shifts] + [average - shift for shift in shifts]


@many(1500, 12_000)
def test_worksheet_equals_the_second_reading_on_ties_of_percentages(cases: int, seed: int) -> None:
    """From 1000.00 and 10.00 over exactly two years, odd last digits of the averages fall half way, up and down."""
    chance = random.Random(20070701 + seed)
    found = dict.fromkeys(("aggregate_sp", "annualized_sp", "annualized_stock"), 0)
    for case in range(cases):
        rise = Decimal(2 * chance.randint(-20000, 20000) + 1)
        sp_end = 1000 + (rise.scaleb(-2) if case % 2 else rise.scaleb(-3) * 5)
        stock_end = 10 + Decimal(2 * chance.randint(-20000, 40000) + 1).scaleb(-4)
        index = [Decimal("1000.00"), *near(chance, sp_end, 2)]
        stock = [Decimal("10.00"), *near(chance, stock_end, 3)]
        worked, reading = both(date(2007, 6, 30), Decimal("10.00"), index, stock, chance.randint(1, 1000))
        assert_equal(worked, reading)
        for name in set(reading.ties) & set(found):
            found[name] += 1
    assert min(found.values()) >= cases * 0.4


@many(1000, 8000)
def test_worksheet_equals_the_second_reading_on_ties_of_the_multiplier(cases: int, seed: int) -> None:
    """4/11 of three decimals never falls half way; under a form with 4/8 every odd thousandth does."""
    chance = random.Random(8 + seed)
    found = 0
    for _ in range(cases):
        stock_end = 10 + Decimal(2 * chance.randint(1, 7999)).scaleb(-4)
        stock = [Decimal(10), *near(chance, stock_end, 3)]
        index = [Decimal(1000)] * 11
        worked, reading = both(date(2007, 6, 30), Decimal(10), index, stock, 1, outperform_cap=Decimal(8))
        assert_equal(worked, reading)
        found += "multiplier" in reading.ties
    assert found >= cases * 0.45


@many(4000, 40_000)
def test_worksheet_equals_the_second_reading_on_ties_of_a_cent(cases: int, seed: int) -> None:
    """A gain of an odd number of cents, times an odd thousandth, times an odd hundred of OSOs, ends in half a cent."""
    chance = random.Random(1995 + seed)
    found = 0
    for _ in range(cases):
        first = LAST - timedelta(days=chance.randint(400, 1460))
        index = [Decimal(1000)] * 6 + [Decimal(chance.randint(990, 1000))] * 5
        odd_cents = Decimal(2 * chance.randint(100, 110) + 1).scaleb(-2)
        stock = [Decimal(2), *(cents_between(chance, 200, 220) for _ in range(9)), odd_cents]
        worked, reading = both(first, Decimal(2), index, stock, 100 * (2 * chance.randint(0, 50) + 1))
        assert_equal(worked, reading)
        found += "consideration" in reading.ties
    assert found >= cases * 0.25


@many(2000, 16_000)
def test_rounded_steps_equal_the_second_reading_where_divisions_do_not_come_out(cases: int, seed: int) -> None:
    """A 3-for-1 split and an average of seven closes: unrounded steps end at fifty digits, rounded ones must not."""
    chance = random.Random(3 + seed)
    split = CapitalAdjustment(effective_on=LAST, new=3, old=1)
    found = 0
    for _ in range(cases):
        traded = [cents_between(chance, 600, 700) for _ in range(8)]
        stock = [
            price_on_basis(close, set_on=date(2007, 6, 30), basis_on=LAST, adjustments=[split]) for close in traded
        ]
        index = [Decimal(1000)] * 8
        options = 1500 * (2 * chance.randint(0, 50) + 1)
        worked, _ = both(date(2007, 6, 30), stock[0], index, stock, options)
        thirds = [Fraction(close) / 3 for close in traded]
        reading = Reading(thirds[0], (date(2007, 6, 30), LAST), [Fraction(1000)] * 8, thirds, options)
        assert_equal(worked, reading, ROUNDED)
        found += "consideration" in reading.ties
    assert found >= cases * 0.1
