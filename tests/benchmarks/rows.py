"""One line of the benchmark's table: a piece of work held against something measured beside it in the same run."""

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from time import perf_counter


@dataclass(frozen=True, slots=True)
class Row:
    """`measured` and `limit` are ratios unless `unit` says otherwise; `at_least` turns the comparison round."""

    work: str
    against: str
    measured: float
    limit: float
    unit: str = "×"
    at_least: bool = False
    detail: str = ""

    @property
    def is_met(self) -> bool:
        return self.measured >= self.limit if self.at_least else self.measured <= self.limit


def seconds(work: Callable[[], object], *, repeat: int = 5, before: Callable[[], object] | None = None) -> float:
    """The median of at least five timings; `before` prepares each one and is not timed."""
    taken = []
    for _ in range(repeat):
        if before is not None:
            before()
        started = perf_counter()
        work()
        taken.append(perf_counter() - started)
    return median(taken)
