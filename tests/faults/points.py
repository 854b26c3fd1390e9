"""Where a process that writes a night can be killed: no warning, nothing tidied up.

python -m tests.faults.points          runs what is due, once, and dies at FAULT_POINT
celery … --include=tests.faults.points a worker whose child, or which itself, dies there once

FAULT_POINT names the point, FAULT_NOW the instant, FAULT_WHOLE whether the worker above dies as well, FAULT_ONCE a file
that is made at the death and keeps those after it alive. FAULT_SECONDS makes each slice take as long.
"""

import functools
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.faults.worker_settings")
django.setup()

from celery import shared_task  # noqa: E402

from config import clock  # noqa: E402
from exercises import jobs, slices  # noqa: E402

SLICE = 2


def die() -> None:
    once = os.environ.get("FAULT_ONCE")
    if once:
        try:
            Path(once).touch(exist_ok=False)
        except FileExistsError:
            return
    if os.environ.get("FAULT_WHOLE"):
        os.kill(os.getppid(), signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)


def at_call(act: Callable[..., Any], number: int, *, after: bool = False) -> Callable[..., Any]:
    """`act`, but the process dies at its call of that number: before it, or after it."""
    calls = iter(range(1, 10_000))

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


# Five Awards are three slices.
POINTS: dict[str, tuple[Any, str, int, bool]] = {
    "before the lock": (slices, "_open", 1, False),
    "after the lock": (jobs, "write_lapses", 1, False),
    "after a write": (jobs, "write_lapses", 1, True),
    "before the commit": (slices, "_end", 1, True),
    "between two slices": (slices, "_open", 2, False),
    "after the last commit": (jobs, "finish", 1, False),
}


def prepare() -> None:
    """Small slices, only the sweep, and the death that is asked for."""
    point = os.environ.get("FAULT_POINT")
    if point:
        module, name, number, after = POINTS[point]
        setattr(module, name, at_call(getattr(module, name), number, after=after))

    def write(*args: Any) -> dict[str, int]:
        time.sleep(float(os.environ.get("FAULT_SECONDS", "0")))
        return jobs.write_lapses(*args)

    jobs.JOBS = tuple(small(job, write) for job in jobs.JOBS if job.kind == "write lapses")


def small(job: jobs.Job, write: slices.Write) -> jobs.Job:
    assert isinstance(job.run, slices.Sliced)
    return jobs.Job(job.kind, slices.Sliced(job.run.due, write, SLICE), job.after)


@shared_task(name="tests.touch")
def touch(*, path: str) -> None:
    Path(path).touch()


@shared_task(name="tests.slow")
def slow(*, path: str, seconds: float) -> None:
    with Path(path).open("a") as file:
        file.write("begun\n")
    time.sleep(seconds)


prepare()
if __name__ == "__main__":
    jobs.run_due(clock.now())
