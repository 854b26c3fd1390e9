"""F8: beat is killed after sending, two beats run, nothing runs for three nights, the clock is set back an hour."""

import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from exercises import consistency, jobs, tasks
from exercises.models import JobRun
from tests.exercises.given import LEFT, leavers, ledger_of, moment
from tests.faults.conftest import Process, Start, wait_for

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


def dates() -> list[str]:
    """The business dates of the sweep in the order in which they were begun."""
    return [f"{run.business_date} {run.state}" for run in JobRun.objects.filter(kind="write lapses").order_by("pk")]


def test_every_business_date_once_and_in_order(at: Callable[[str], object]) -> None:
    """A tick twice, three nights without any, and the ticks of an hour that comes again."""
    awards = leavers(3)
    for instant in (
        "2006-08-03T00:06-04:00", "2006-08-03T00:06-04:00",
        "2006-08-06T09:00-04:00", "2006-08-06T09:00-04:00",
        "2006-08-07T00:10-04:00", "2006-08-06T23:10-04:00", "2006-08-07T00:10-04:00",
    ):  # fmt: skip
        at(instant)
        tasks.tick()

    assert dates() == [f"2006-08-0{day} done" for day in (2, 3, 4, 5, 6)]
    assert set(JobRun.objects.filter(kind="write lapses").values_list("attempts", flat=True)) == {1}
    assert [ledger_of(award) for award in awards] == [LEFT] * 3
    assert list(consistency.differences()) == []


@pytest.mark.valkey
def test_beats_that_are_killed_and_doubled(start: Start, worker: Callable[..., Process], log: Path) -> None:
    """One beat sends and is killed; the same one again, and a second beside it, with ticks every second."""
    awards = leavers(3)
    jobs.run_due(moment("2006-08-01 00:06"))
    worker(now="2006-08-04T09:00-04:00")

    def beat(name: str) -> Process:
        schedule = log.with_name(f"schedule-{name}")
        return start("--app=tests.faults.beats", "beat", f"--schedule={schedule}", now="2006-08-04T09:00-04:00")

    def sent() -> int:
        return log.read_text(errors="replace").count("Sending due task tick")

    first = beat("first")
    wait_for(lambda: sent() >= 1, log)
    first.send_signal(signal.SIGKILL)
    first.wait(10)
    before = sent()
    beat("first")
    beat("second")
    wait_for(lambda: sent() >= before + 4 and len(dates()) == 4, log)
    wait_for(lambda: not JobRun.objects.filter(kind="write lapses").exclude(state="done").exists(), log)

    assert dates() == [f"{day} done" for day in ("2006-07-31", "2006-08-01", "2006-08-02", "2006-08-03")]
    assert [ledger_of(award) for award in awards] == [LEFT] * 3
    assert list(consistency.differences()) == []


@pytest.mark.valkey
def test_worker_that_ticks_by_itself(start: Start, log: Path) -> None:
    """As `make run` has it: one process sends the ticks, does what is due, and ends when it is told to."""
    awards = leavers(3)
    jobs.run_due(moment("2006-08-01 00:06"))
    schedule = log.with_name("schedule-ticking")
    options = ("--ticking", "--pool=solo", "--loglevel=INFO", f"--schedule={schedule}")
    worker = start("--app=tests.faults.beats", "worker", *options, now="2006-08-04T09:00-04:00")
    ended = [f"{day} done" for day in ("2006-07-31", "2006-08-01", "2006-08-02", "2006-08-03")]
    wait_for(lambda: dates() == ended, log)

    worker.send_signal(signal.SIGTERM)

    assert worker.wait(20) == 0
    assert [ledger_of(award) for award in awards] == [LEFT] * 3
    assert list(consistency.differences()) == []
