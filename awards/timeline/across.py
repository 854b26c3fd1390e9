"""The time of an Award across a page: per cent of whatever width there is, and pixels down.

Words are kept apart by the room that they need where the page is narrowest, so that they never touch.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from awards.agreement.months import anniversary
from awards.templatetags.figures import options as written
from awards.timeline.moments import HAPPENED, Moment
from awards.timeline.shapes import LINE, LINED, MOST_NAMED, WHOLE, At, Band, of, per_cent

# The least width at which it is shown, what it may reach beyond its edge, and the room of a character, in pixels.
NARROWEST, _MARGIN, _CHARACTER = 540, 16, 7
_LANE, _PLOT, _TICKS = 19, 176, 20
_DAY = 13 * _CHARACTER


class Place(NamedTuple):
    """A moment's words or mark, and on which side of it the words stand."""

    moment: Moment
    x: str
    y: int
    anchor: str
    words: str = ""


class Tick(NamedTuple):
    on: date
    x: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Across:
    """`steps` are named at their corners, `lines` in lanes above, `marks` in lanes below the ticks of the years."""

    height: int
    top: int
    bottom: int
    marked_at: int
    bands: tuple[Band, ...]
    steps: tuple[Place, ...]
    lines: tuple[Place, ...]
    ticks: tuple[Tick, ...]
    marks: tuple[Place, ...]


def across(moments: Sequence[Moment], at: At, *, first: date, last: date, options: int) -> Across:
    lines = [_beside(row, at, _LANE * (lane + 1) - 5, _line_words(row)) for lane, row in enumerate(_lined(moments))]
    top = _LANE * len(lines) + LINE + 4
    bottom = top + _PLOT
    marked_at = bottom + _TICKS + LINE
    marks = _marks(of(moments, *HAPPENED), at, marked_at)
    return Across(
        height=max([mark.y for mark in marks], default=bottom + _TICKS) + LINE // 2,
        top=top,
        bottom=bottom,
        marked_at=marked_at,
        bands=tuple(_bands(moments, at, bottom, options)),
        steps=tuple(_steps(moments, at, bottom, options)),
        lines=tuple(lines),
        ticks=tuple(_ticks(first, last, at)),
        marks=tuple(marks),
    )


def _lined(moments: Sequence[Moment]) -> list[Moment]:
    """Each has a lane for its words, the latest on top: no line then runs through the words of a later one."""
    return sorted(of(moments, *LINED), key=lambda moment: moment.on, reverse=True)


def _line_words(moment: Moment) -> str:
    words = f"{moment.said} · {moment.when}"
    return f"{words}, {moment.more}" if moment.kind == "last" else words


def _beside(moment: Moment, at: At, y: int, words: str) -> Place:
    place = at(moment.on)
    return Place(moment, per_cent(place), y, "end" if place > WHOLE // 2 else "start", words)


def _height(reached: int, bottom: int, options: int) -> int:
    return bottom - reached * _PLOT // options


def _bands(moments: Sequence[Moment], at: At, bottom: int, options: int) -> Iterator[Band]:
    for row in of(moments, "vested", "vests"):
        high, low = (_height(reached, bottom, options) for reached in (row.so_far, row.so_far - row.options))
        yield Band(row.kind, per_cent(at(row.on)), str(high), per_cent(WHOLE - at(row.on)), str(low - high))


def _steps(moments: Sequence[Moment], at: At, bottom: int, options: int) -> Iterator[Place]:
    """The words stand on the left of a corner, where nothing is drawn; or over the top step, above which nothing is.

    Without room, or too near to those of the step below, there are none.
    """
    free, steps = bottom, of(moments, "vested", "vests")
    for row in steps:
        y = _height(row.so_far, bottom, options)
        words = f"{row.when} · {written(row.so_far)}"
        has_room = _room(words) < _pixels(at(row.on)) + _MARGIN
        if y <= free and (has_room or row is steps[-1]):
            yield Place(row, per_cent(at(row.on)), y - 5, "end" if has_room else "start", words)
            free = y - LINE


def _ticks(first: date, last: date, at: At) -> Iterator[Tick]:
    """The Award Date and its anniversaries, no more than have room for their words."""
    years = [anniversary(first, number) for number in range((last - first).days // 365 + 1)]
    within = [on for on in years if on <= last]
    most = max(NARROWEST // _DAY, 1)
    for on in within[:: -(-len(within) // most)]:
        x = _pixels(at(on))
        anchor = "start" if x < _DAY // 2 else "end" if x > NARROWEST - _DAY // 2 else "middle"
        yield Tick(on, per_cent(at(on)), anchor)


def _marks(happened: Sequence[Moment], at: At, y: int) -> list[Place]:
    """Each has its words in the first lane in which they touch no others."""
    if len(happened) > MOST_NAMED:
        return [_beside(row, at, y, "") for row in happened]
    lanes: list[list[tuple[int, int]]] = []
    found = []
    for row in happened:
        mark = _beside(row, at, y, f"{row.when} · {row.said}")
        found.append(mark._replace(y=y + _LANE * (1 + _free_lane(lanes, _extent(mark, _pixels(at(row.on)))))))
    return found


def _extent(mark: Place, x: int) -> tuple[int, int]:
    needs = _room(mark.words) + LINE
    return (x - needs, x + LINE) if mark.anchor == "end" else (x - LINE, x + needs)


def _free_lane(lanes: list[list[tuple[int, int]]], wanted: tuple[int, int]) -> int:
    """The number of the lane that has room; it is taken."""
    start, end = wanted
    for number, taken in enumerate(lanes):
        if all(end <= left or right <= start for left, right in taken):
            taken.append(wanted)
            return number
    lanes.append([wanted])
    return len(lanes) - 1


def _pixels(place: int) -> int:
    return place * NARROWEST // WHOLE


def _room(text: str) -> int:
    return len(text) * _CHARACTER
