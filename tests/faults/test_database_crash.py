"""F7: PostgreSQL dies or is stopped at once, in mid-exercise and mid-sweep. What was acknowledged is there, once."""

import random
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import InterfaceError, OperationalError, connection

from awards.models import Award, OptionEntry
from exercises import consistency, jobs
from exercises.actions.notice import AwardBusy
from exercises.models import ExerciseNotice, JobRun
from tests import builders
from tests.exercises.given import LEFT, give, leavers, ledger_of, moment
from tests.faults.conftest import wait_for
from tests.faults.test_two_at_once import at_once, small_slices  # noqa: F401
from tests.servers import PostgreSQL

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
ROUNDS = [0, 1, *(pytest.param(number, marks=pytest.mark.soak) for number in range(2, 20))]
LOST = (OperationalError, InterfaceError, AwardBusy)
Given = dict[UUID, int]


@pytest.fixture
def writing(monkeypatch: pytest.MonkeyPatch, small_slices: None) -> threading.Event:  # noqa: F811
    """Set once a slice has been written and is not yet committed; each takes a while."""
    is_written, write = threading.Event(), jobs.write_lapses

    def slowly(*given: object) -> dict[str, int]:
        did = write(*given)
        is_written.set()
        time.sleep(0.15)
        return did

    monkeypatch.setattr(jobs, "write_lapses", slowly)
    return is_written


def clicks(award: Award, is_over: threading.Event, acknowledged: Given) -> None:
    """Somebody who exercises one OSO after another, and presses again where no answer came."""
    while not is_over.is_set():
        key = uuid4()
        wait_for(lambda key=key: answered(award, key, acknowledged))


def answered(award: Award, key: UUID, acknowledged: Given) -> bool:
    try:
        acknowledged[key] = give(Award.objects.get(pk=award.pk), 1, "2007-04-02 11:00", key=key).pk
    except LOST:
        connection.close()
    return key in acknowledged


def ticks() -> None:
    """A worker every two minutes, whose task may fail as a whole."""
    now = moment("2006-08-04 00:06")
    for _ in range(30):
        with suppress(*LOST):
            jobs.run_due(now)
            if JobRun.objects.filter(state="done").exists():
                return
        connection.close()
        now += timedelta(minutes=2)
        time.sleep(0.05)


def dies(server: PostgreSQL, chance: random.Random) -> None:
    """By the kernel, or by an administrator in a hurry: an immediate stop writes nothing down either."""
    time.sleep(chance.random() * 0.4)
    if chance.random() < 0.5:
        server.kill()
    else:
        server.stop(signal.SIGQUIT)
    time.sleep(chance.random() * 0.5)
    server.start()


@pytest.mark.parametrize("round_", ROUNDS)
def test_what_was_acknowledged_is_there_after_the_server_died(
    round_: int, portal_elsewhere: PostgreSQL, writing: threading.Event
) -> None:
    swept, awards = leavers(8), exercisable(3)
    given: list[Given] = [{} for _ in awards]
    is_over, chance = threading.Event(), random.Random(round_)

    def crash() -> None:
        wait_for(lambda: writing.is_set() and all(len(each) >= 2 for each in given))
        dies(portal_elsewhere, chance)
        before = [len(each) for each in given]
        wait_for(lambda: all(len(each) > many for each, many in zip(given, before, strict=True)))

    def crash_and_end() -> None:
        try:
            crash()
        finally:
            is_over.set()

    acts: list[Callable[[], None]] = [ticks, crash_and_end]
    acts += [lambda n=n: clicks(awards[n], is_over, given[n]) for n in range(len(awards))]
    connection.close()
    assert at_once(*acts) == [None] * len(acts)

    acknowledged = {key: pk for each in given for key, pk in each.items()}
    assert dict(ExerciseNotice.objects.values_list("form_key", "pk")) == acknowledged
    assert OptionEntry.objects.filter(kind="exercised").count() == len(acknowledged)
    run = JobRun.objects.get()
    assert (run.state, run.done, run.did) == ("done", 8, {"due": 8, "awards": 8, "entries": 8})
    assert [ledger_of(award) for award in swept] == [LEFT] * 8
    assert list(consistency.differences()) == []


def exercisable(count: int) -> list[Award]:
    builders.closes(builders.CLOSES_2007_04_02)
    given = {"options": 100_000, "award_date": "2006-04-01", "initial_price": "5.18"}
    return [builders.granted_award(builders.grantee(f"holder{n}"), **given) for n in range(count)]
