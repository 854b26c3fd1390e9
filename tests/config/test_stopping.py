"""Processes told to stop: a task ends or is handed to another worker, a page that was asked for is answered."""

import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from celery import Celery
from django.conf import settings

from tests.servers import free_port

ROOT = Path(__file__).parent.parent.parent
PATIENCE_SECONDS = 40
Worker = subprocess.Popen[bytes]


def wait_for(what: Callable[[], bool], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not what():
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.05)


@pytest.fixture
def broker() -> str:
    """A database of the real Valkey that no other test reads."""
    return settings.REDIS_URL.rpartition("/")[0] + "/10"


@pytest.fixture
def sender(broker: str) -> Iterator[Celery]:
    sender = Celery(broker=broker, set_as_current=False)
    yield sender
    sender.close()


@pytest.fixture
def start(broker: str, tmp_path: Path) -> Iterator[Callable[[str], Worker]]:
    """Starts a worker as the unit of deploy/systemd does, with children of its own."""
    started: list[Worker] = []

    def start(name: str) -> Worker:
        environment = os.environ | {
            "REDIS_URL": broker,
            "DJANGO_SETTINGS_MODULE": "tests.config.stopping_settings",
            "REMAP_SIGTERM": "SIGQUIT",
        }
        command = [sys.executable, "-m", "celery", "--app=config", "worker", "--concurrency=1"]
        command += ["--include=tests.config.slow_probe", f"--hostname={name}@test"]
        with (tmp_path / "log").open("ab") as log:
            started.append(subprocess.Popen(command, env=environment, cwd=ROOT, stdout=log, stderr=log))
        return started[-1]

    yield start
    for worker in started:
        if worker.poll() is None:
            worker.terminate()
            worker.wait(PATIENCE_SECONDS)


def lines(file: Path) -> list[str]:
    return file.read_text().split() if file.exists() else []


@pytest.mark.valkey
@pytest.mark.parametrize(("seconds", "workers"), [(1, 1), (8, 2)], ids=["ends", "is handed back"])
def test_task_that_runs_when_its_worker_is_stopped(
    sender: Celery, start: Callable[[str], Worker], tmp_path: Path, seconds: int, workers: int
) -> None:
    """Two seconds are given: a task of one ends, a task of eight is done by another worker from the start."""
    first = start("first")
    sender.send_task("tests.slow_probe", kwargs={"folder": str(tmp_path), "seconds": seconds})
    wait_for(lambda: lines(tmp_path / "begun") == [str(first.pid)], tmp_path / "log")
    first.send_signal(signal.SIGTERM)
    assert first.wait(PATIENCE_SECONDS) == 0, (tmp_path / "log").read_text()
    expected = [str(first.pid)]
    if workers == 2:
        assert lines(tmp_path / "done") == []
        second = start("second")
        expected = [str(second.pid)]
    wait_for(lambda: lines(tmp_path / "done") == expected, tmp_path / "log")
    assert lines(tmp_path / "begun") == [str(first.pid), *(expected if workers == 2 else [])]


SLOW_PAGE = """
import os
import time
import django
django.setup()
from config import metrics
def application(environ, start_response):
    if environ["PATH_INFO"] == "/slow":
        time.sleep(2)
    metrics.answered("GET", "test", 200, 0.01)
    start_response("200 OK", [("Content-Type", "text/plain")])
    if environ["PATH_INFO"] == "/figures":
        from prometheus_client import CollectorRegistry, generate_latest
        from prometheus_client.multiprocess import MultiProcessCollector
        registry = CollectorRegistry()
        MultiProcessCollector(registry)
        return [generate_latest(registry)]
    return [str(os.getpid()).encode()]
"""


@pytest.fixture
def web(tmp_path: Path) -> Iterator[tuple[Worker, str]]:
    """gunicorn with the file of deploy, before a page that takes its time."""
    (tmp_path / "page.py").write_text(SLOW_PAGE)
    port = free_port()
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "BIND": f"127.0.0.1:{port}",
        "WEB_WORKERS": "2",
        "PYTHONPATH": f"{ROOT}:{tmp_path}",
        "PROMETHEUS_MULTIPROC_DIR": str(tmp_path / "counts"),
    }
    command = [sys.executable, "-m", "gunicorn", "--config", "deploy/gunicorn.conf.py", "page:application"]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}"
    wait_for(lambda: answers(address), tmp_path / "log")
    yield process, address
    if process.poll() is None:
        process.terminate()
        process.wait(PATIENCE_SECONDS)


def get(address: str) -> str:
    with urllib.request.urlopen(address, timeout=PATIENCE_SECONDS) as answer:
        return str(answer.read().decode())


def answers(address: str) -> bool:
    try:
        get(address)
    except OSError:
        return False
    return True


def test_page_that_was_asked_for_is_answered_although_the_web_is_stopped(
    web: tuple[Worker, str], tmp_path: Path
) -> None:
    process, address = web
    with ThreadPoolExecutor() as threads:
        asked = threads.submit(get, f"{address}/slow")
        time.sleep(0.5)
        process.terminate()
        assert asked.result().isdecimal()
    assert process.wait(PATIENCE_SECONDS) == 0, (tmp_path / "log").read_text()
    assert not answers(address)


def test_requests_of_all_web_processes_are_counted_together(web: tuple[Worker, str], tmp_path: Path) -> None:
    _, address = web
    with ThreadPoolExecutor(8) as threads:
        seen = set(threads.map(get, [f"{address}/slow"] * 8))
    assert len(seen) == 2, (tmp_path / "log").read_text()
    (number,) = re.findall(r'portal_http_requests_total\{method="GET",status="200"\} (\S+)', get(f"{address}/figures"))
    assert float(number) >= 10
