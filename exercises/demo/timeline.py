"""Stories that are told together, in the order of their instants."""

from collections.abc import Callable, Generator, Iterable
from datetime import datetime
from heapq import heappop, heappush
from itertools import count
from typing import TypeVar

Told = TypeVar("Told")
# A story yields the instant it waits for, gets it back when it has come, and goes on. It may return what came of it.
Story = Generator[datetime, datetime, Told]


def play(stories: Iterable[Story[object]], *, until: datetime, before: Callable[[datetime], None]) -> None:
    """Tell the stories as if their instants passed one after another; `before` is called ahead of each.

    Audit chains and seals need every record in the order of its instant. What a story waits for after `until` has not
    happened. Raises ValueError for a story that goes back in time.
    """
    waiting: list[tuple[datetime, int, Story[object]]] = []
    numbers = count()

    def go_on(story: Story[object], at: datetime | None) -> None:
        try:
            # The first time a generator takes nothing but None.
            wakes = next(story) if at is None else story.send(at)
        except StopIteration:
            return
        if at is not None and wakes < at:
            raise ValueError(f"a story goes back from {at} to {wakes}")
        heappush(waiting, (wakes, next(numbers), story))

    for story in stories:
        go_on(story, None)
    while waiting and waiting[0][0] <= until:
        at, _, story = heappop(waiting)
        before(at)
        go_on(story, at)
