"""The schedule, and a worker on a real Valkey."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
import time_machine
from celery import Celery
from celery.schedules import crontab
from django.conf import settings

from config.celery import app
from config.clock import NEW_YORK

ROOT = Path(__file__).parent.parent.parent
WORKER = [
    "-m",
    "celery",
    "--app=config",
    "worker",
    "--pool=solo",
    "--include=tests.config.probe",
    "--hostname=probe@test",
]
START_SECONDS = 40
ANSWER_SECONDS = 20


@pytest.mark.parametrize("name", list(app.conf.beat_schedule))
def test_schedule_leaves_out_the_hours_that_a_clock_change_skips_or_repeats(name: str) -> None:
    schedule = app.conf.beat_schedule[name]["schedule"]
    assert isinstance(schedule, crontab)
    assert schedule.hour & {1, 2} == set()


def test_schedule_is_read_in_new_york() -> None:
    assert str(app.timezone) == "America/New_York"


def test_tick_comes_every_two_minutes() -> None:
    assert list(app.conf.beat_schedule) == ["tick"]
    assert app.conf.beat_schedule["tick"]["task"] == "exercises.tick"
    schedule = app.conf.beat_schedule["tick"]["schedule"]
    assert schedule.minute == set(range(0, 60, 2))
    assert schedule.hour == {0, *range(3, 24)}


@pytest.mark.parametrize(
    ("last", "next_tick"),
    [
        (datetime(2007, 4, 2, 9, 0, tzinfo=NEW_YORK), datetime(2007, 4, 2, 9, 2, tzinfo=NEW_YORK)),
        (datetime(2007, 4, 2, 0, 58, tzinfo=NEW_YORK), datetime(2007, 4, 2, 3, 0, tzinfo=NEW_YORK)),
        # The clock goes forward at 02:00 and back at 02:00.
        (datetime(2007, 3, 11, 0, 58, tzinfo=NEW_YORK), datetime(2007, 3, 11, 3, 0, tzinfo=NEW_YORK)),
        (datetime(2007, 11, 4, 0, 58, tzinfo=NEW_YORK), datetime(2007, 11, 4, 3, 0, tzinfo=NEW_YORK)),
    ],
)
def test_next_tick(last: datetime, next_tick: datetime) -> None:
    with time_machine.travel(last, tick=False):
        start, delta, _ = app.conf.beat_schedule["tick"]["schedule"].remaining_delta(last, tz=NEW_YORK)
    assert start + delta == next_tick


@pytest.fixture
def broker() -> str:
    """A database of the real Valkey that no other test reads."""
    return settings.REDIS_URL.rpartition("/")[0] + "/9"


@pytest.fixture
def sender(broker: str) -> Iterator[Celery]:
    sender = Celery(broker=broker, set_as_current=False)
    yield sender
    sender.close()


@pytest.fixture
def worker(broker: str, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    environment = os.environ | {"REDIS_URL": broker, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    with (tmp_path / "worker.log").open("wb") as log:
        process = subprocess.Popen([sys.executable, *WORKER], env=environment, cwd=ROOT, stdout=log, stderr=log)
        yield process
        process.terminate()
        assert process.wait(ANSWER_SECONDS) == 0


@pytest.mark.valkey
def test_worker_answers_and_works_on_real_valkey(
    sender: Celery, worker: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not (answer := sender.control.ping(timeout=0.5)):
        assert worker.poll() is None, (tmp_path / "worker.log").read_text()
        assert time.monotonic() < deadline, (tmp_path / "worker.log").read_text()
    assert answer == [{"probe@test": {"ok": "pong"}}]

    done = tmp_path / "done"
    sender.send_task("tests.probe", kwargs={"path": str(done)})
    deadline = time.monotonic() + ANSWER_SECONDS
    while not done.exists():
        assert time.monotonic() < deadline, (tmp_path / "worker.log").read_text()
        time.sleep(0.05)
