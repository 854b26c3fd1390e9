"""What an exercise pays over the Stock and the index, as bands, two lines and a table, for a template to write out.

Each value is a Worksheet on which both closed at the same levels on all days of the window. For one level of the index
the value never falls as the Stock rises, so a band begins where its column first reaches it; between two values asked
of the rules the edge is drawn straight.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import NamedTuple

from awards.agreement.multiplier import stock_end_for
from awards.agreement.rounding import ZERO, round_half_up
from awards.agreement.worksheet import Worksheet
from awards.market.chart import scale
from awards.what_if.suppose import steady

# The drawing's own units; the page stretches it, and places what must not be stretched by per cent and by pixel.
SIDE, HEIGHT = 1000, 380
_COLUMNS, _ROWS = 17, 11
_CENT = Decimal("0.01")
_LABEL_GAP = 20


class Node(NamedTuple):
    stock: Decimal
    value: Decimal


@dataclass(frozen=True, slots=True)
class Band:
    """Where the value is at least `amount`: closed path data, and the height at which its edge begins, in pixels, where
    there is room to name the amount."""

    amount: Decimal
    path: str
    label_y: int | None


@dataclass(frozen=True, slots=True)
class Mark:
    """A point: across in per cent, down in pixels, and whether its words stand better on its left."""

    x: str
    y: int
    is_right: bool
    stock: Decimal
    index: Decimal


@dataclass(frozen=True, slots=True)
class Surface:
    """`zero_at` and `top_at` are the Stock's levels, at the last close of the index, where the lines run."""

    sheet: Worksheet
    bands: tuple[Band, ...]
    zero_line: str
    top_line: str
    stock_ticks: tuple[tuple[int, Decimal], ...]
    index_ticks: tuple[tuple[str, Decimal], ...]
    marks: tuple[Mark, ...]
    table: tuple[tuple[Decimal, tuple[Decimal, ...]], ...]
    zero_at: Decimal
    top_at: Decimal


@dataclass(frozen=True, slots=True)
class _Plane:
    """The part of the plane that is drawn, in levels."""

    index_low: Decimal
    index_high: Decimal
    index_step: Decimal
    stock_low: Decimal
    stock_high: Decimal
    stock_step: Decimal

    def x(self, index: Decimal) -> int:
        return int((index - self.index_low) * SIDE / (self.index_high - self.index_low))

    def y(self, stock: Decimal) -> int:
        return SIDE - int((stock - self.stock_low) * SIDE / (self.stock_high - self.stock_low))

    def inside(self, stock: Decimal) -> Decimal:
        return min(max(stock, self.stock_low), self.stock_high)

    def index_levels(self, count: int) -> list[Decimal]:
        return _levels(self.index_low, self.index_high, count)

    def stock_levels(self, count: int) -> list[Decimal]:
        return _levels(self.stock_low, self.stock_high, count)


def surface(sheet: Worksheet, *, points: Sequence[tuple[Decimal, Decimal]]) -> Surface:
    """The surface for the Exercise Date and the OSOs of `sheet`, with those points (Stock, index) marked on it.

    The first point is today's: the lines are on the drawing where the index stands now.
    """
    index_now = points[0][1]
    zero_at, top_at = zero_multiplier(sheet, index_now), top_multiplier(sheet, index_now)
    plane = _plane(points, zero_at, top_at)
    columns = [_column(sheet, plane, index) for index in plane.index_levels(_COLUMNS)]
    stock_ticks = _ticks(plane.stock_low, plane.stock_high, plane.stock_step)
    index_ticks = _ticks(plane.index_low, plane.index_high, plane.index_step)
    return Surface(
        sheet=sheet,
        bands=tuple(_bands(plane, columns)),
        zero_line=_line(plane, *(zero_multiplier(sheet, index) for index in (plane.index_low, plane.index_high))),
        top_line=_line(plane, *(top_multiplier(sheet, index) for index in (plane.index_low, plane.index_high))),
        stock_ticks=tuple((plane.y(stock) * HEIGHT // SIDE, stock) for stock in stock_ticks),
        index_ticks=tuple((_per_cent(plane.x(index)), index) for index in index_ticks),
        marks=tuple(_mark(plane, stock, index) for stock, index in points),
        table=tuple(
            (stock, tuple(steady(sheet, stock=stock, index=index).consideration for index in index_ticks))
            for stock in reversed(stock_ticks)
        ),
        zero_at=zero_at,
        top_at=top_at,
    )


def zero_multiplier(sheet: Worksheet, index: Decimal) -> Decimal:
    """The Stock's level above which the Multiplier is more than 0 (§2.7)."""
    return _stock_end(sheet, index, ZERO)


def top_multiplier(sheet: Worksheet, index: Decimal) -> Decimal:
    """The Stock's level from which the Multiplier is at its top (§2.7)."""
    return _stock_end(sheet, index, sheet.terms.outperform_cap)


def _stock_end(sheet: Worksheet, index: Decimal, outperform: Decimal) -> Decimal:
    return stock_end_for(
        outperform,
        stock_start=sheet.stock_start,
        sp_start=sheet.sp_start,
        sp_end=index,
        duration=sheet.duration,
    )


def _plane(points: Sequence[tuple[Decimal, Decimal]], zero_at: Decimal, top_at: Decimal) -> _Plane:
    """Around the points, and far enough for both lines at today's index."""
    stocks, indexes = [stock for stock, _ in points], [index for _, index in points]
    stock_step, stock_low, stock_high = scale(
        min(*stocks, zero_at) * Decimal("0.7"), max(*stocks, top_at) * Decimal("1.15")
    )
    index_step, index_low, index_high = scale(min(indexes) * Decimal("0.75"), max(indexes) * Decimal("1.25"))
    return _Plane(max(index_low, _CENT), index_high, index_step, max(stock_low, _CENT), stock_high, stock_step)


def _levels(low: Decimal, high: Decimal, count: int) -> list[Decimal]:
    return [max(round_half_up(low + (high - low) * at / (count - 1), 2), _CENT) for at in range(count)]


def _ticks(low: Decimal, high: Decimal, step: Decimal) -> list[Decimal]:
    first = int(low / step) * step
    return [level for level in (first + step * at for at in range(12)) if low <= level <= high]


def _column(sheet: Worksheet, plane: _Plane, index: Decimal) -> list[Node]:
    """What it pays at that level of the index, from the edge of nothing up: each a Worksheet."""
    edge = steady(sheet, stock=plane.stock_high, index=index).adjusted_price
    edge = plane.inside(round_half_up(max(edge, zero_multiplier(sheet, index)), 6))
    top = max(plane.inside(round_half_up(top_multiplier(sheet, index), 6)), edge)
    # Between the two lines Multiplier and gain grow together and the edges bend: more of the rules' own values there.
    bend = {edge + (top - edge) * part / 4 for part in range(5)}
    stocks = {*plane.stock_levels(_ROWS), *bend}
    return [
        Node(stock, steady(sheet, stock=stock, index=index).consideration) for stock in sorted(stocks) if stock >= edge
    ]


def _bands(plane: _Plane, columns: Sequence[Sequence[Node]]) -> Iterable[Band]:
    amounts = _amounts(max(column[-1].value for column in columns))
    edges = [[_reaches(column, amount, plane.stock_high) for column in columns] for amount in amounts]
    top = [plane.stock_high] * len(columns)
    taken: list[int] = []
    for amount, edge, above in zip(amounts, edges, [*edges[1:], top], strict=True):
        y = plane.y(edge[0]) * HEIGHT // SIDE
        is_free = amount > 0 and all(abs(y - other) >= _LABEL_GAP for other in (0, *taken))
        taken += [y] if is_free else []
        yield Band(amount, _area(plane, edge, above), y if is_free else None)


def _amounts(most: Decimal) -> list[Decimal]:
    """Zero, and up to eight round amounts below `most`."""
    if not most:
        return [ZERO]
    half = scale(ZERO, most)[0] / 2
    return [half * at for at in range(9) if half * at < most]


def _reaches(column: Sequence[Node], amount: Decimal, high: Decimal) -> Decimal:
    """The Stock's level at which the column reaches the amount, by a straight line between the two nodes around it."""
    if not amount or column[0].value >= amount:
        return column[0].stock
    for before, after in pairwise(column):
        if after.value >= amount:
            part = (amount - before.value) / (after.value - before.value)
            return before.stock + (after.stock - before.stock) * part
    return high


def _area(plane: _Plane, below: Sequence[Decimal], above: Sequence[Decimal]) -> str:
    xs = [plane.x(index) for index in plane.index_levels(len(below))]
    there = [f"{x} {plane.y(stock)}" for x, stock in zip(xs, below, strict=True)]
    back = [f"{x} {plane.y(stock)}" for x, stock in zip(xs, above, strict=True)]
    return "M" + "L".join([*there, *reversed(back)]) + "Z"


def _line(plane: _Plane, at_low: Decimal, at_high: Decimal) -> str:
    """The straight line between the Stock's levels at either end of the index, cut to the drawing; empty outside it.

    A browser would otherwise dash it for as long as it is.
    """
    rise = at_high - at_low
    low, high = ((edge - at_low) / rise for edge in (plane.stock_low, plane.stock_high))
    start, end = max(low, ZERO), min(high, Decimal(1))
    if start >= end:
        return ""
    places = [f"{int(SIDE * part)} {plane.y(at_low + rise * part)}" for part in (start, end)]
    return "M" + "L".join(places)


def _mark(plane: _Plane, stock: Decimal, index: Decimal) -> Mark:
    across = plane.x(index)
    return Mark(_per_cent(across), plane.y(stock) * HEIGHT // SIDE, across > SIDE * 6 // 10, stock, index)


def _per_cent(across: int) -> str:
    return f"{across // 10}.{across % 10}%"
