"""What both drawings of an Award's time are made of."""

from collections.abc import Callable, Iterable
from datetime import date
from typing import NamedTuple

from awards.timeline.moments import Moment

# A day's place from the Award Date, 0, to the lapse.
WHOLE = 1000
At = Callable[[date], int]
# The height of a line of words, in pixels, and how many marks are named; a list beside the drawing names them all.
LINE, MOST_NAMED = 16, 8
# What is a line through the whole drawing; what happened is a mark beside it.
LINED = ("last", "lapse", "ended", "today")


class Band(NamedTuple):
    """A vesting from its day to the lapse, on top of those before it, as attributes of a rectangle."""

    kind: str
    x: str
    y: str
    width: str
    height: str


def scale(first: date, last: date) -> At:
    """Where a day lies; one before or after all of it, at the edge."""
    days = max((last - first).days, 1)
    return lambda on: min(max((on - first).days * WHOLE // days, 0), WHOLE)


def of(moments: Iterable[Moment], *kinds: str) -> list[Moment]:
    return [moment for moment in moments if moment.kind in kinds]


def per_cent(place: int) -> str:
    return f"{place // 10}.{place % 10}%"
