"""F2, F3, F9: sweeps beside sweeps, beside people, beside themselves. Real threads on PostgreSQL."""

import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Event
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client

from awards.models import Award
from exercises import consistency, jobs, slices, tasks
from exercises.actions.notice import AwardBusy
from exercises.models import ExerciseNotice, JobRun, JobSlice
from tests import builders
from tests.exercises.given import LEFT, give, leavers, ledger_of, moment
from tests.faults.conftest import Process, wait_for

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
NIGHT = "2006-08-04T00:06-04:00"


@pytest.fixture
def small_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two Awards a slice, and no job but the sweep."""
    (sweep,) = (job for job in jobs.JOBS if job.kind == "write lapses")
    sliced = slices.Sliced(sweep.run.due, lambda *given: jobs.write_lapses(*given), 2)
    monkeypatch.setattr(jobs, "JOBS", (jobs.Job(sweep.kind, sliced, sweep.after),))


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    def one(act: Callable[[], Any]) -> Any:
        try:
            return act()
        except Exception as error:  # noqa: BLE001 - whatever it was is what the test looks at
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(one, acts))


def press_the_button() -> int:
    client = Client()
    client.force_login(builders.User.objects.get(username="root"))
    return client.post("/admin/exercises/jobrun/run-due/", {"confirm": "1"}).status_code


@pytest.mark.parametrize("round_", [0, 1, *(pytest.param(n, marks=pytest.mark.soak) for n in range(2, 50))])
def test_two_sweeps_command_and_button(round_: int, small_slices: None, at: Callable[[str], datetime]) -> None:
    awards = leavers(9)
    builders.User.objects.create_superuser("root", "root@example.com", "secret")
    at(NIGHT)

    answers = at_once(tasks.tick, tasks.tick, lambda: call_command("run_due"), press_the_button)

    assert [answer for answer in answers if isinstance(answer, Exception)] == []
    assert answers[3] in (200, 302)
    (run,) = JobRun.objects.all()
    assert (run.state, run.due, run.done, run.did["entries"]) == ("done", 9, 9, 9)
    assert [ledger_of(award) for award in awards] == [LEFT] * 9
    assert list(consistency.differences()) == []


def test_message_delivered_five_times_has_one_effect(small_slices: None, monkeypatch: pytest.MonkeyPatch) -> None:
    awards, keys = leavers(4), []
    monkeypatch.setattr(slices, "write_open", lambda *given: None)
    jobs.run_due(moment("2006-08-04 00:06"), keys.extend)
    assert (len(keys), JobRun.objects.get().state) == (2, "running")

    now = moment("2006-08-04 00:07")
    at_once(*(lambda: jobs.run_slice(keys[0], now) for _ in range(5)))
    assert (JobRun.objects.get().state, JobRun.objects.get().done) == ("running", 2)
    at_once(*(lambda: jobs.run_slice(keys[1], now) for _ in range(5)))

    run = JobRun.objects.get()
    assert (run.state, run.done, run.did) == ("done", 4, {"due": 4, "awards": 4, "entries": 4})
    assert [ledger_of(award) for award in awards] == [LEFT] * 4
    assert list(consistency.differences()) == []


def test_slice_that_another_holds_is_left_to_it(small_slices: None, monkeypatch: pytest.MonkeyPatch) -> None:
    leavers(2)
    is_writing, may_go = Event(), Event()
    write = jobs.write_lapses

    def slowly(*given: Any) -> dict[str, int]:
        is_writing.set()
        may_go.wait(30)
        return write(*given)

    monkeypatch.setattr(jobs, "write_lapses", slowly)

    def second() -> list[JobRun]:
        is_writing.wait(30)
        try:
            return jobs.run_due(moment("2006-08-04 00:08"))
        finally:
            may_go.set()

    first, joined = at_once(lambda: jobs.run_due(moment("2006-08-04 00:06")), second)

    assert [run.state for run in joined] == ["running"]
    assert [run.state for run in first] == ["done"]
    assert JobSlice.objects.get().did == {"due": 2, "awards": 2, "entries": 2}


def exercise(award: Award, number: int) -> tuple[float, Any]:
    """How long the notice took, and what came of it."""
    started = time.monotonic()
    try:
        found: Any = give(Award.objects.get(pk=award.pk), 7, f"2007-04-02 11:00:00.{number:06}")
    except AwardBusy as error:
        found = error
    return time.monotonic() - started, found


def deadlocks() -> int:
    """A sweep would be tried again after one, and nobody hear of it. Connections that have ended are counted."""
    connection.close()
    with connection.cursor() as cursor:
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return cursor.fetchone()[0]


def sweep_against_exercises(seed: int, seconds: float) -> None:
    """Holders of Awards that the sweep writes at the same time exercise others of theirs, and the same."""
    chosen = random.Random(seed)
    builders.closes(builders.CLOSES_2007_04_02)
    awards = []
    for number in range(6):
        holder = builders.grantee(f"holder{number}")
        given = {"options": 10_000, "award_date": "2006-04-01", "initial_price": "5.18"}
        awards.append(builders.granted_award(holder, **given))
        if chosen.random() < 0.5:
            builders.ceased(holder, "2007-04-01", recorded_on="2007-04-01")
    ends_at = time.monotonic() + seconds

    def clicks(thread: int) -> list[tuple[float, Any]]:
        found, mine = [], random.Random(seed * 100 + thread)
        while time.monotonic() < ends_at or not found:
            found.append(exercise(mine.choice(awards), len(found) * 10 + thread))
        return found

    def sweeps() -> None:
        day = 0
        while time.monotonic() < ends_at or not day:
            jobs.run_due(moment("2007-04-02 00:06") + timedelta(days=day))
            day = min(day + 1, 100)  # the leavers' 180 days do not end

    before = deadlocks()
    answers = at_once(*(lambda thread=thread: clicks(thread) for thread in range(3)), sweeps, sweeps)

    assert deadlocks() == before
    assert [answer for answer in answers if isinstance(answer, Exception)] == []
    notices = [notice for thread in answers[:3] for notice in thread]
    assert max(took for took, _ in notices) < 3
    assert {type(found) for _, found in notices} <= {ExerciseNotice, AwardBusy}
    given_notices = [found for _, found in notices if isinstance(found, ExerciseNotice)]
    assert ExerciseNotice.objects.count() == len(given_notices)
    assert list(consistency.differences()) == []


@pytest.mark.parametrize("seed", range(20))
def test_sweep_against_exercises(seed: int, small_slices: None) -> None:
    sweep_against_exercises(seed, 0.3)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(20))
def test_sweep_against_exercises_for_long(seed: int, small_slices: None) -> None:
    sweep_against_exercises(seed, 10)


@pytest.mark.valkey
def test_task_that_outlives_its_visibility_time_out_has_one_effect(
    worker: Callable[..., Process], sender: Any, log: Any
) -> None:
    """A slice takes three seconds, and its message is given to the next worker after one."""
    awards = leavers(2)
    for name in ("first", "second"):
        worker(name, now=NIGHT, visibility="1", seconds="3")
    sender.send_task("exercises.tick")
    wait_for(lambda: JobRun.objects.filter(state="done").exists(), log)
    (run,) = JobRun.objects.all()
    assert run.did == {"due": 2, "awards": 2, "entries": 2}
    assert [ledger_of(award) for award in awards] == [LEFT] * 2
    assert list(consistency.differences()) == []
