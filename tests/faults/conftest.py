"""Servers and workers to kill: a PostgreSQL and a Valkey of their own, and workers on this test's database."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from celery import Celery
from django.core.management import call_command
from django.db import connection

from tests.servers import PostgreSQL, Valkey

ROOT = Path(__file__).parent.parent.parent
PATIENCE_SECONDS = 60
Process = subprocess.Popen[bytes]
Start = Callable[..., Process]


def database_url() -> str:
    at = connection.settings_dict
    return f"postgres://{at['USER']}@{at['HOST']}:{at['PORT']}/{at['NAME']}"


def wait_for(what: Callable[[], object], log: Path | None = None, seconds: int = PATIENCE_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, log.read_text()[-5000:] if log else f"not within {seconds} seconds"
        time.sleep(0.05)


@pytest.fixture(scope="module")
def own_server() -> Iterator[PostgreSQL]:
    with PostgreSQL() as server:
        yield server


@pytest.fixture
def portal_elsewhere(own_server: PostgreSQL, transactional_db: None) -> Iterator[PostgreSQL]:
    """The portal on a server that may die or be migrated: every new connection is to an empty database there."""
    with elsewhere(own_server):
        yield own_server


@contextmanager
def elsewhere(server: PostgreSQL, tablespace: str = "pg_default") -> Iterator[None]:
    name = f"portal_{uuid4().hex[:8]}"
    before = {key: connection.settings_dict[key] for key in ("HOST", "PORT", "NAME")}
    _migrated(server)
    with psycopg.connect(server.url, autocommit=True) as other:
        other.execute(f"CREATE DATABASE {name} TEMPLATE portal_migrated TABLESPACE {tablespace}")
    _connect_to(HOST="127.0.0.1", PORT=server.port, NAME=name)
    try:
        yield
    finally:
        _connect_to(**before)


def _connect_to(**address: Any) -> None:
    connection.close()
    connection.settings_dict.update(address)


def _migrated(server: PostgreSQL) -> None:
    """The first time the tables are made; after that they are copied."""
    with psycopg.connect(server.url, autocommit=True) as other:
        if other.execute("SELECT 1 FROM pg_database WHERE datname = 'portal_migrated'").fetchone():
            return
        other.execute("CREATE DATABASE portal_migrated")
    before = dict(connection.settings_dict)
    _connect_to(HOST="127.0.0.1", PORT=server.port, NAME="portal_migrated")
    try:
        call_command("migrate", verbosity=0)
    finally:
        _connect_to(**before)


@pytest.fixture
def valkey() -> Iterator[Valkey]:
    with Valkey() as server:
        yield server


@pytest.fixture
def broker(valkey: Valkey) -> str:
    return valkey.url


@pytest.fixture
def sender(broker: str) -> Iterator[Celery]:
    sender = Celery(broker=broker, set_as_current=False)
    yield sender
    sender.close()


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log"


@pytest.fixture
def start(transactional_db: None, broker: str, log: Path) -> Iterator[Start]:
    """Starts `celery` with these arguments and FAULT_… variables, in a session of its own; kills all at the end."""
    started: list[Process] = []

    def start(*arguments: str, **faults: str) -> Process:
        environment = os.environ | {
            "DATABASE_URL": database_url(),
            "REDIS_URL": broker,
            "DJANGO_SETTINGS_MODULE": "tests.faults.worker_settings",
            **{f"FAULT_{name.upper()}": value for name, value in faults.items()},
        }
        command = [sys.executable, "-m", "celery", *arguments]
        with log.open("ab") as file:
            own = {"env": environment, "cwd": ROOT, "stdout": file, "stderr": file, "start_new_session": True}
            started.append(subprocess.Popen(command, **own))
        return started[-1]

    yield start
    for process in started:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
        process.wait(PATIENCE_SECONDS)


@pytest.fixture
def worker(start: Start) -> Callable[..., Process]:
    def worker(name: str = "first", **faults: str) -> Process:
        return start(
            "--app=config", "worker", "--concurrency=1", "--include=tests.faults.points", f"--hostname={name}@test",
            "--without-gossip", "--without-mingle", **faults,
        )  # fmt: skip

    return worker
