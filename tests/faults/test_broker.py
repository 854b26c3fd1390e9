"""F6: Valkey is killed, frozen or emptied, idle and in mid-task. Publishing never hangs; work goes on in seconds."""

import os
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from uuid import uuid4

import pytest
from celery import Celery
from django.test import Client
from redis import Redis

from awards.models import Award
from config.celery import app
from exercises import consistency, tasks
from exercises.models import ExerciseNotice, JobRun
from tests import builders
from tests.exercises.given import LEFT, leavers, ledger_of
from tests.faults.conftest import Process, wait_for
from tests.servers import Valkey
from tests.signing_in import sign_in

pytestmark = [pytest.mark.postgresql, pytest.mark.valkey, pytest.mark.django_db(transaction=True)]
NIGHT = "2006-08-04T00:06-04:00"
WITHIN_SECONDS = 10
Fault = Callable[[Valkey], None]


def killed(seconds: float) -> Fault:
    def act(valkey: Valkey) -> None:
        valkey.kill()
        time.sleep(seconds)
        valkey.start()

    return act


def frozen(seconds: float) -> Fault:
    def act(valkey: Valkey) -> None:
        assert valkey.process is not None
        os.kill(valkey.process.pid, signal.SIGSTOP)
        time.sleep(seconds)
        os.kill(valkey.process.pid, signal.SIGCONT)

    return act


def emptied(valkey: Valkey) -> None:
    with Redis.from_url(valkey.url) as client:
        client.flushall()


def cut_off(valkey: Valkey) -> None:
    with Redis.from_url(valkey.url) as client:
        client.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        client.execute_command("CLIENT", "KILL", "TYPE", "pubsub")


def probe(sender: Celery, log: Path, seconds: float = WITHIN_SECONDS) -> None:
    """A task is done within ten seconds."""
    done = log.with_name(str(uuid4()))
    sender.send_task("tests.touch", kwargs={"path": str(done)})
    wait_for(done.exists, log, seconds)


def through(fault: Fault, worker: Callable[..., Process], sender: Celery, valkey: Valkey, log: Path) -> None:
    """Idle, then in mid-task: the night that was being written is written, once."""
    awards = leavers(4)
    worker(now=NIGHT, seconds="1")
    probe(sender, log, 60)
    fault(valkey)
    probe(sender, log)
    sender.send_task("exercises.tick")
    wait_for(JobRun.objects.filter(state="running").exists, log)
    fault(valkey)
    wait_for(JobRun.objects.filter(state="done").exists, log)
    probe(sender, log)
    assert [ledger_of(award) for award in awards] == [LEFT] * 4
    assert list(consistency.differences()) == []


@pytest.mark.parametrize("fault", [killed(0.1), emptied], ids=["killed", "emptied"])
def test_worker_goes_on(
    fault: Fault, worker: Callable[..., Process], sender: Celery, valkey: Valkey, log: Path
) -> None:
    through(fault, worker, sender, valkey, log)


@pytest.mark.soak
@pytest.mark.parametrize(
    "fault", [killed(2), killed(15), frozen(8), cut_off], ids=["killed 2 s", "killed 15 s", "frozen 8 s", "cut off"]
)
def test_worker_goes_on_after_long(
    fault: Fault, worker: Callable[..., Process], sender: Celery, valkey: Valkey, log: Path
) -> None:
    through(fault, worker, sender, valkey, log)


FAULTS = {"killed": killed(1), "frozen": frozen(1), "emptied": emptied, "cut off": cut_off}
LONG_FAULTS = {"killed 15 s": killed(15), "frozen 8 s": frozen(8)}


@pytest.mark.parametrize(
    "fault",
    [pytest.param(fault, id=name) for name, fault in FAULTS.items()]
    + [pytest.param(fault, id=name, marks=pytest.mark.soak) for name, fault in LONG_FAULTS.items()],
)
def test_pages_and_exercises_are_served_meanwhile(
    fault: Fault, valkey: Valkey, at: Callable[[str], datetime], monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of them, by a web process whose broker this is."""
    monkeypatch.setattr(app.conf, "broker_url", valkey.url)
    monkeypatch.setattr(app.conf, "broker_write_url", valkey.url)
    at("2007-04-02T11:00-04:00")
    builders.closes(builders.CLOSES_2007_04_02)
    award = builders.granted_award(options=10_000, award_date="2006-04-01", initial_price="5.18")
    client, answers = Client(), []
    sign_in(client, award.grantee.user)
    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(fault, valkey)
        while not done.done() or len(answers) < 12:
            answers += [client.get(page).status_code for page in ("/", f"/awards/{award.pk}/", "/exercises/")]
            answers.append(exercise(client, award))
        done.result()
    assert answers == [200] * len(answers)
    assert ExerciseNotice.objects.count() == len(answers) / 4
    assert list(consistency.differences()) == []


def exercise(client: Client, award: Award) -> int:
    """From the review to the receipt."""
    review = client.get(f"/exercises/awards/{award.pk}/review/", {"options": 10}, follow=True)
    form = {**review.context["form"].initial, "understood": "on"}
    return client.post(f"/exercises/awards/{award.pk}/confirm/", form, follow=True).status_code


@pytest.mark.parametrize("is_frozen", [False, True], ids=["away", "frozen"])
def test_offering_slices_to_nobody_takes_seconds(
    is_frozen: bool, valkey: Valkey, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(app.conf, "broker_url", valkey.url)
    monkeypatch.setattr(app.conf, "broker_write_url", valkey.url)
    assert valkey.process is not None
    if is_frozen:
        os.kill(valkey.process.pid, signal.SIGSTOP)
    else:
        valkey.kill()
    started = time.monotonic()
    tasks.hand_out([1, 2, 3])
    assert time.monotonic() - started < 20
    assert "3 slices were not offered to other workers" in caplog.text
    if is_frozen:
        os.kill(valkey.process.pid, signal.SIGCONT)
