"""Why what an exercise pays changed between two days: the Stock, the index, the averaging windows, the time.

The four inputs of a Worksheet that move are separated so that each can be exchanged alone:

- `stock`: the Stock's last close, the other closes of its window moving in proportion;
- `sp500`: the index's last close, likewise;
- `averaging`: the shape of both windows, that is each close relative to the last: what left and what entered;
- `time`: the Exercise Date, and with it the Duration.

With the inputs of either day there are sixteen Worksheets, of which the first is the earlier day's own and the last the
later day's own. A part is its Shapley value: the change it makes, averaged over all orders in which the four could have
moved. No order is preferred, the parts swap their signs with the days, and one that did not move gets nothing. The
considerations are whole cents and the weights whole 24ths, so the four add up to the change without any remainder;
cents are then given to the largest remainders (`docs/decisions/0011-a-change-split-in-four.md`).
"""

from dataclasses import replace
from decimal import Decimal
from itertools import combinations
from typing import NamedTuple

from awards.agreement.errors import InvalidAward
from awards.agreement.rounding import EXACT
from awards.agreement.worksheet import Worksheet
from awards.what_if.suppose import asked_again, levelled

PARTS = ("stock", "sp500", "averaging", "time")
# |S|! (3 − |S|)! for the number of parts that moved before: in 24ths, since the four can move in 4! orders.
_WEIGHTS, _ORDERS = (6, 2, 2, 6), 24
Moved = frozenset[str]


class Split(NamedTuple):
    """The parts of a change in dollars and cents; negative where they took value away."""

    stock: Decimal
    sp500: Decimal
    averaging: Decimal
    time: Decimal

    @property
    def total(self) -> Decimal:
        """The later consideration less the earlier one, to the cent."""
        return EXACT.add(EXACT.add(self.stock, self.sp500), EXACT.add(self.averaging, self.time))


def split(earlier: Worksheet, later: Worksheet) -> Split:
    """The change of the Exercise Consideration from one day to the other, in four parts that add up to it.

    Both are of one Award, one number of OSOs, and one basis (§6). Raises InvalidAward when they are not.
    """
    if _fixed(earlier) != _fixed(later):
        raise InvalidAward("Only what the same OSOs pay on two days, on one basis, can be compared.")
    cents = {moved: _cents(_mixed(earlier, later, moved)) for moved in _subsets(PARTS)}
    shares = [_share(part, cents) for part in PARTS]
    return Split(*(EXACT.scaleb(Decimal(part), -2) for part in _whole(shares)))


def _fixed(sheet: Worksheet) -> tuple[object, ...]:
    return sheet.award_date, sheet.initial_price, sheet.options, sheet.terms, sheet.sp_start, sheet.stock_start


def _mixed(earlier: Worksheet, later: Worksheet, moved: Moved) -> Worksheet:
    """The Worksheet in which what has `moved` is of the later day, and the rest of the earlier."""

    def of(part: str) -> Worksheet:
        return later if part in moved else earlier

    shape, dated = of("averaging").closes.window, of("time")
    stock, index = of("stock").closes.window[-1].stock, of("sp500").closes.window[-1].sp500
    window = tuple(
        close._replace(day=on.day)
        for close, on in zip(levelled(shape, stock=stock, index=index), dated.closes.window, strict=True)
    )
    return asked_again(earlier, replace(earlier.closes, window=window), exercise_date=dated.exercise_date)


def _cents(sheet: Worksheet) -> int:
    return int(EXACT.scaleb(sheet.consideration, 2))


def _subsets(parts: tuple[str, ...]) -> list[Moved]:
    return [frozenset(chosen) for size in range(len(parts) + 1) for chosen in combinations(parts, size)]


def _share(part: str, cents: dict[Moved, int]) -> int:
    """What the part changed, in 24ths of a cent."""
    others = tuple(other for other in PARTS if other != part)
    return sum(_WEIGHTS[len(before)] * (cents[before | {part}] - cents[before]) for before in _subsets(others))


def _whole(shares: list[int]) -> list[int]:
    """Whole cents that add up as the shares do: each rounded down, and what is left to the largest remainders."""
    whole = [share // _ORDERS for share in shares]
    left = sum(shares) // _ORDERS - sum(whole)
    largest = sorted(range(len(shares)), key=lambda at: shares[at] % _ORDERS, reverse=True)
    for at in largest[:left]:
        whole[at] += 1
    return whole
