"""Runs the jobs that are due at an instant, and is killed at one point of the sweep: no warning, nothing tidied up.

python -m tests.faults.killed POINT INSTANT
"""

import functools
import os
import signal
import sys
from collections.abc import Callable
from datetime import datetime
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

from awards.actions import lapses, ledger  # noqa: E402
from exercises import jobs  # noqa: E402


def die(*args: Any, **given: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def at_call(number: int, act: Callable[..., Any], *, after: bool = False) -> Callable[..., Any]:
    """`act`, but the process dies at its call of that number: before it, or after it."""
    calls = iter(range(1, 1000))

    @functools.wraps(act)
    def acting(*args: Any, **given: Any) -> Any:
        is_last = next(calls) == number
        if is_last and not after:
            die()
        answer = act(*args, **given)
        if is_last:
            die()
        return answer

    return acting


# Awards are written two a batch, each with one entry.
POINTS = {
    "before the lock": (lapses, "_locked_for_sweep", {"number": 1}),
    "after the lock": (lapses, "bring_up_to_date", {"number": 1}),
    "after a write": (ledger, "append", {"number": 1, "after": True}),
    "before the commit": (lapses, "bring_up_to_date", {"number": 2, "after": True}),
    "between two batches": (lapses, "_locked_for_sweep", {"number": 2}),
    "after the last commit": (jobs, "_end", {"number": 1}),
}


def main(point: str, instant: str) -> None:
    module, name, when = POINTS[point]
    setattr(module, name, at_call(act=getattr(module, name), **when))
    jobs.write_lapses = functools.partial(lapses.write_lapses, batch=2)
    jobs.JOBS = tuple(job for job in jobs.JOBS if job.kind == "write lapses")
    jobs.run_due(datetime.fromisoformat(instant))


if __name__ == "__main__":
    main(*sys.argv[1:])
