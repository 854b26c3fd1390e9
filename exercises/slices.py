"""A run in slices, so that workers share it: key ranges of Awards, each written and marked done in one commit.

Whoever writes a slice holds its row's lock. So a killed worker's slice is free at once, a doubled message finds it
taken or done, and a lost one is made up for by whoever looks for open slices next.
"""

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from celery.exceptions import SoftTimeLimitExceeded
from django.db import transaction
from django.db.models import QuerySet

from awards.models import Award
from exercises.models import JobRun, JobSlice
from exercises.retries import PASSING, until_it_passes

logger = logging.getLogger(__name__)
State = JobSlice.State
Write = Callable[[int, int, date, datetime], dict[str, int]]
# Beyond so many, what refuses is not an Award here and there, and halving only costs time.
MOST_REFUSED = 20


@dataclass(frozen=True, slots=True)
class Sliced:
    """The Awards that are due for a date, how many of them make a slice, and how those from key to key are written."""

    due: Callable[[date], "QuerySet[Award]"]
    write: Write
    size: int | Callable[[date], int]


def plan(run: JobRun, sliced: Sliced) -> list[int]:
    """Cut the run once; the keys of its slices, or nothing where it is cut already or being cut by another."""
    with transaction.atomic():
        mine = JobRun.objects.select_for_update(skip_locked=True).filter(pk=run.pk, due=None, state="running")
        if not mine:
            return []
        keys = list(sliced.due(run.business_date).order_by("pk").values_list("pk", flat=True))
        size = sliced.size if isinstance(sliced.size, int) else sliced.size(run.business_date)
        parts = [keys[start : start + size] for start in range(0, len(keys), size)]
        rows = [JobSlice(run=run, first=part[0], last=part[-1], due=len(part)) for part in parts]
        made = JobSlice.objects.bulk_create(rows, batch_size=1000)
        JobRun.objects.filter(pk=run.pk).update(due=len(keys), done=0, refused=0)
    return [row.pk for row in made]


def reopen(run: JobRun) -> None:
    """Try again what was refused."""
    run.slices.filter(state=State.REFUSED).update(state=State.OPEN, finished_at=None, problem="")


def write_open(run: JobRun, sliced: Sliced, now: datetime) -> None:
    """Write every slice of the run that is open and that nobody else is at."""
    while until_it_passes(lambda: _write(run.slices.all(), sliced, now)):
        pass


def write_one(key: int, sliced: Sliced, now: datetime) -> bool:
    """Write one slice; False where it is done, or another is at it."""
    return until_it_passes(lambda: _write(JobSlice.objects.filter(pk=key), sliced, now))


def _write(rows: "QuerySet[JobSlice]", sliced: Sliced, now: datetime) -> bool:
    taken: JobSlice | None = None
    try:
        with transaction.atomic():
            taken = _open(rows).first()
            if taken is not None:
                taken.did = sliced.write(taken.first, taken.last, taken.run.business_date, now)
                _end(taken, State.DONE, now)
    except (SoftTimeLimitExceeded, *PASSING):
        raise
    except Exception as error:
        if taken is None:
            raise
        logger.exception("%s, keys %s, failed", taken.run, taken)
        _refuse(taken.pk, sliced, error, now)
    return taken is not None


def _open(rows: "QuerySet[JobSlice]") -> "QuerySet[JobSlice]":
    locked = rows.select_for_update(skip_locked=True, of=("self",)).select_related("run")
    return locked.filter(state=State.OPEN).order_by("first")


def _refuse(key: int, sliced: Sliced, error: Exception, now: datetime) -> None:
    """Halve a slice that cannot be written, until what is to blame stands alone and holds up nothing else."""
    with transaction.atomic():
        row = _open(JobSlice.objects.filter(pk=key)).first()
        if row is None:
            return
        due = sliced.due(row.run.business_date).filter(pk__gte=row.first, pk__lte=row.last)
        keys = list(due.order_by("pk").values_list("pk", flat=True))
        if len(keys) > 1 and row.run.slices.filter(state=State.REFUSED).count() < MOST_REFUSED:
            _halve(row, keys)
        else:
            row.problem = f"{_named(keys)}: {type(error).__name__}: {error}"
            _end(row, State.REFUSED, now)


def _named(keys: Sequence[int]) -> str:
    if len(keys) == 1:
        return Award.objects.get(pk=keys[0]).number
    return f"{len(keys)} Awards"


def _halve(row: JobSlice, keys: Sequence[int]) -> None:
    middle = len(keys) // 2
    JobSlice.objects.create(run=row.run, first=keys[middle], last=row.last, due=len(keys) - middle)
    row.last, row.due = keys[middle] - 1, middle
    row.save(update_fields=["last", "due"])


def _end(row: JobSlice, state: State, now: datetime) -> None:
    row.state, row.finished_at = state, now
    row.save(update_fields=["state", "finished_at", "did", "problem"])


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a run in slices stands: Awards by what became of their slices, and what these did and refused."""

    open: int
    done: int
    refused: int
    did: dict[str, int]
    problems: list[str]


def progress(run: JobRun) -> Progress:
    by_state, did = Counter[str](), Counter(due=0, awards=0, entries=0)
    problems = []
    for state, due, what, problem in run.slices.values_list("state", "due", "did", "problem"):
        by_state[state] += due
        did.update(what)
        problems += [problem] if problem else []
    return Progress(by_state[State.OPEN], by_state[State.DONE], by_state[State.REFUSED], dict(did), problems)
