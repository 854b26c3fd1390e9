"""The surface: where its lines run by the rules, and that its bands and its table say what the rules say."""

import re
from decimal import Decimal

import pytest

from awards.agreement.worksheet import Worksheet
from awards.what_if.suppose import steady
from awards.what_if.surface import HEIGHT, SIDE, Surface, surface, top_multiplier, zero_multiplier
from tests import builders as given
from tests.awards.valued import market, sheet
from tests.awards.what_if.made import TWO_YEARS, flat

TINY = Decimal("0.01")


@pytest.fixture
def real() -> Worksheet:
    return sheet(market(given.CLOSES_2007_04_02))


@pytest.fixture
def drawn(real: Worksheet) -> Surface:
    return surface(real, points=[(Decimal("6.10"), Decimal("1420.86")), (Decimal("7"), Decimal("1300"))])


class TestLines:
    # From 100 and 1000: the index at 1200 is 20 % up; eleven per cent a year more, for two years, are 42 %.
    @pytest.mark.parametrize(
        ("index", "zero", "top"), [("1000", "100", "122"), ("1200", "120", "142"), ("900", "90", "112")]
    )
    def test_lines_after_two_years(self, index: str, zero: str, top: str) -> None:
        found = flat("100", "1000", on=TWO_YEARS)
        lines = zero_multiplier(found, Decimal(index)), top_multiplier(found, Decimal(index))
        assert lines == (Decimal(zero), Decimal(top))

    @pytest.mark.parametrize("index", ["1000", "1420.86", "1800"])
    def test_the_multiplier_changes_at_the_lines(self, real: Worksheet, index: str) -> None:
        level = Decimal(index)
        zero, top = zero_multiplier(real, level), top_multiplier(real, level)
        assert steady(real, stock=zero - TINY, index=level).multiplier == 0
        assert 0 < steady(real, stock=zero + TINY, index=level).multiplier < Decimal("0.1")
        assert Decimal("3.9") < steady(real, stock=top - TINY, index=level).multiplier < 4
        assert steady(real, stock=top + TINY, index=level).multiplier == 4

    def test_levels_named_at_the_last_close_of_the_index(self, drawn: Surface) -> None:
        # 5.18 × 1420.86 / 1294.87 = 5.684…, and 5.18 × 0.11 × 0.997 = 0.568… more.
        assert (round(drawn.zero_at, 3), round(drawn.top_at, 3)) == (Decimal("5.684"), Decimal("6.252"))


class TestDrawing:
    def test_table_asks_the_rules(self, real: Worksheet, drawn: Surface) -> None:
        levels = [index for _, index in drawn.index_ticks]
        assert len(drawn.table) == len(drawn.stock_ticks)
        for stock, amounts in drawn.table:
            assert list(amounts) == [steady(real, stock=stock, index=level).consideration for level in levels]

    def test_points_are_where_they_belong(self, drawn: Surface) -> None:
        # The index from 800 to 1800 or wider, the Stock likewise: a higher price is further up, a higher level right.
        today, asked = drawn.marks
        assert asked.y < today.y <= HEIGHT
        assert Decimal(asked.x.rstrip("%")) < Decimal(today.x.rstrip("%"))

    def test_bands_are_whole_numbers_inside_the_drawing(self, drawn: Surface) -> None:
        assert drawn.bands[0].amount == 0
        for band in drawn.bands:
            places = [tuple(map(int, place.split())) for place in re.split("[MLZ]", band.path) if place]
            assert all(0 <= across <= SIDE and 0 <= down <= SIDE for across, down in places)

    def test_bands_begin_where_the_rules_reach_their_amount(self, real: Worksheet, drawn: Surface) -> None:
        # On the left edge the column is asked there: within a percent of the drawing's height of what the band says.
        left = drawn.index_ticks[0][1]
        top, bottom = drawn.stock_ticks[-1][1], drawn.stock_ticks[0][1]
        for band in drawn.bands[1:]:
            down = int(band.path[1:].split("L")[0].split()[1])
            stock = top - (top - bottom) * down / SIDE
            nearby = [steady(real, stock=stock + step, index=left).consideration for step in (-5 * TINY, 5 * TINY)]
            assert nearby[0] <= band.amount <= nearby[1]

    @pytest.mark.parametrize(
        ("stock", "index"), [("0.01", "0.01"), ("999999999", "0.01"), ("0.01", "999999999"), ("6.1", "1420.86")]
    )
    def test_far_points_are_drawn_all_the_same(self, real: Worksheet, stock: str, index: str) -> None:
        found = surface(real, points=[(Decimal("6.10"), Decimal("1420.86")), (Decimal(stock), Decimal(index))])
        assert len(found.marks) == 2
        assert all(0 <= mark.y <= HEIGHT for mark in found.marks)
        # A browser draws a line as long as it is told to, dash by dash.
        for line in (found.zero_line, found.top_line):
            assert all(0 <= int(place) <= SIDE for place in re.findall(r"-?\d+", line))

    def test_lines_run_from_edge_to_edge(self, drawn: Surface) -> None:
        # 5.18 × 500 / 1294.87 = 2.0002 and 5.18 × 2000 / 1294.87 = 8.0008; the top runs 5.18 × 0.11 × 0.997 higher.
        assert [index for _, index in drawn.index_ticks] == [500, 1000, 1500, 2000]
        assert [stock for _, stock in drawn.stock_ticks] == [2, 4, 6, 8, 10]
        assert (drawn.zero_line, drawn.top_line) == ("M0 1000L1000 250", "M0 929L1000 179")

    def test_bands_of_nothing(self, real: Worksheet) -> None:
        found = surface(
            sheet(market(given.CLOSES_2007_04_02), initial_price="900"), points=[(Decimal("6.10"), Decimal("1420.86"))]
        )
        assert [band.amount for band in found.bands] == [0]
