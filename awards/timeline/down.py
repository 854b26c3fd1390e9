"""The time of an Award down a telephone, in pixels: each moment's words are pushed below those before."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from awards.timeline.moments import HAPPENED, Moment
from awards.timeline.shapes import LINE, LINED, MOST_NAMED, WHOLE, At, Band, of

# How long the time is and where it begins, how wide the vested area, and how far two moments' words are apart.
_LENGTH, _TOP, _AREA, _APART = 460, 12, 48, 8
# A line of more characters would reach over the edge of the narrowest telephone.
_LONGEST = 24


class Words(NamedTuple):
    """A moment at its height `y`, and beside `elbow` the lines that say it, each with its own height."""

    moment: Moment
    y: int
    elbow: int
    lines: tuple[tuple[int, str], ...]

    @property
    def is_line(self) -> bool:
        return self.moment.kind in LINED


@dataclass(frozen=True, slots=True)
class Down:
    height: int
    top: int
    bottom: int
    bands: tuple[Band, ...]
    words: tuple[Words, ...]


def down(moments: Sequence[Moment], at: At, *, options: int) -> Down:
    words = list(_pushed(moments, at))
    bottom = _TOP + _LENGTH
    lowest = max(row.elbow + LINE * len(row.lines) for row in words)
    bands = tuple(_bands(moments, at, bottom, options))
    return Down(max(bottom, lowest) + _TOP, _TOP, bottom, bands, tuple(words))


def _y(moment: Moment, at: At) -> int:
    return _TOP + at(moment.on) * _LENGTH // WHOLE


def _bands(moments: Sequence[Moment], at: At, bottom: int, options: int) -> Iterator[Band]:
    for row in of(moments, "vested", "vests"):
        left, right = (reached * _AREA // options for reached in (row.so_far - row.options, row.so_far))
        y = _y(row, at)
        yield Band(row.kind, str(left), str(y), str(right - left), str(bottom - y))


def _pushed(moments: Sequence[Moment], at: At) -> Iterator[Words]:
    is_many = len(of(moments, *HAPPENED)) > MOST_NAMED
    free = 0
    for row in moments:
        texts = () if is_many and row.kind in HAPPENED else _texts(row)
        elbow = max(_y(row, at), free) if texts else _y(row, at)
        yield Words(
            row, _y(row, at), elbow, tuple((elbow + 4 + LINE * number, text) for number, text in enumerate(texts))
        )
        if texts:
            free = elbow + LINE * len(texts) + _APART


def _texts(moment: Moment) -> tuple[str, ...]:
    """The day and what it is; the last moment has its time between the two."""
    if moment.kind == "last":
        return moment.when, moment.more, moment.said
    is_long = len(moment.said) > _LONGEST
    return (moment.when, moment.what, moment.figure) if is_long and moment.figure else (moment.when, moment.said)
