"""F1: whoever writes the night is killed in the middle. Another finishes it, once, and no page was wrong meanwhile."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from celery import Celery

from awards.market.calendar import trading_calendar
from awards.models import Award
from awards.queries import holdings
from exercises import consistency, jobs
from exercises.models import JobRun
from tests.exercises.given import LEFT, leavers, ledger_of, moment
from tests.faults.conftest import Process, database_url, wait_for

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
NIGHT = moment("2006-08-04 00:06")
POINTS = (
    "before the lock", "after the lock", "after a write", "before the commit", "between two slices",
    "after the last commit",
)  # fmt: skip


def killed_at(point: str) -> int:
    """The exit code of a process that runs into that point, on this test's database."""
    faults = {"FAULT_POINT": point, "FAULT_NOW": NIGHT.isoformat(), "DATABASE_URL": database_url()}
    environment = os.environ | faults | {"DJANGO_SETTINGS_MODULE": "tests.faults.worker_settings"}
    command = [sys.executable, "-m", "tests.faults.points"]
    return subprocess.run(command, env=environment, timeout=60, check=False).returncode


@pytest.mark.parametrize("point", POINTS)
def test_killed_sweep_is_finished_by_the_next_tick(point: str) -> None:
    awards = leavers(5)

    assert killed_at(point) == -signal.SIGKILL

    assert JobRun.objects.get(kind="write lapses").state == "running"
    assert _exercisable() == [500] * 5
    assert list(consistency.differences()) == []

    jobs.run_due(moment("2006-08-04 00:08"))

    assert_night_is_written(awards)


def assert_night_is_written(awards: list[Award]) -> None:
    run = JobRun.objects.get(kind="write lapses")
    assert (run.state, run.due, run.done, run.refused) == ("done", 5, 5, 0)
    assert run.did == {"due": 5, "awards": 5, "entries": 5}
    assert [ledger_of(award) for award in awards] == [LEFT] * 5
    assert list(consistency.differences()) == []


def _exercisable() -> list[int]:
    found = holdings(Award.objects.order_by("pk"), on=date(2006, 8, 4), calendar=trading_calendar())
    return [holding.standing.exercisable for holding in found]


def is_done() -> bool:
    return JobRun.objects.filter(kind="write lapses", state="done").exists()


def kill_child(worker: Callable[..., Process], sender: Celery, log: Path, point: str) -> None:
    """The worker's child dies; its worker gives the message back and the next child goes on."""
    awards, once = leavers(5), log.with_name("died")
    worker(point=point, now=NIGHT.isoformat(), once=str(once))
    sender.send_task("exercises.tick")
    wait_for(is_done, log)
    assert once.exists()
    assert_night_is_written(awards)


def kill_worker(worker: Callable[..., Process], sender: Celery, log: Path, point: str) -> None:
    """The whole worker dies; another does it with the next tick, though the first message is not given back yet."""
    awards, once = leavers(5), log.with_name("died")
    first = worker(point=point, now=NIGHT.isoformat(), once=str(once), whole="1")
    sender.send_task("exercises.tick")
    assert first.wait(60) == -signal.SIGKILL
    worker("second", now=NIGHT.isoformat())
    sender.send_task("exercises.tick")
    wait_for(is_done, log)
    assert_night_is_written(awards)


KILLS = [pytest.param(kill_child, id="child"), pytest.param(kill_worker, id="whole worker")]


@pytest.mark.valkey
@pytest.mark.parametrize(("kill", "point"), [(kill_child, "before the commit"), (kill_worker, "after a write")])
def test_killed_celery_worker(
    kill: Callable[..., None], point: str, worker: Callable[..., Process], sender: Celery, log: Path
) -> None:
    kill(worker, sender, log, point)


@pytest.mark.valkey
@pytest.mark.soak
@pytest.mark.parametrize("round_", range(10))
@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("kill", KILLS)
def test_killed_celery_worker_in_ten_rounds(
    kill: Callable[..., None], point: str, round_: int, worker: Callable[..., Process], sender: Celery, log: Path
) -> None:
    kill(worker, sender, log, point)
