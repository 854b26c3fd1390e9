"""The web as production runs it, with its pool, while its servers restart, hang and go."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.servers import PostgreSQL, Valkey, free_port

ROOT = Path(__file__).parent.parent.parent
PATIENCE_SECONDS = 40

pytestmark = [pytest.mark.postgresql, pytest.mark.valkey]


class Web:
    def __init__(self, folder: Path, postgresql: PostgreSQL, valkey: Valkey) -> None:
        self.port, self.log = free_port(), folder / "log"
        self.environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "DATABASE_URL": postgresql.url,
            "REDIS_URL": valkey.url,
            "DATABASE_POOL": "1",
            "PORTAL_PROCESS": "web",
            "PORTAL_VAR": str(folder),
            "BIND": f"127.0.0.1:{self.port}",
            "WEB_WORKERS": "1",
            "LOG_FORMAT": "json",
            "PYTHONPATH": str(ROOT),
            "PROMETHEUS_MULTIPROC_DIR": str(folder / "counts"),
        }

    def manage(self, *command: str) -> None:
        done = subprocess.run(
            [sys.executable, "manage.py", *command], env=self.environment, cwd=ROOT, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr

    def start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "gunicorn", "--config", "deploy/gunicorn.conf.py", "config.wsgi:application"]
        with self.log.open("wb") as log:
            process = subprocess.Popen(command, env=self.environment, cwd=ROOT, stdout=log, stderr=log)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self.status("/healthz") != 200:
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.1)
        return process

    def get(self, path: str) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=PATIENCE_SECONDS) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read().decode()

    def status(self, path: str) -> int:
        try:
            return self.get(path)[0]
        except OSError:
            return 0

    def checks(self) -> dict[str, bool]:
        found = json.loads(self.get("/readyz")[1])["checks"]
        return {name: found[name]["ok"] for name in ("database", "migrations", "broker")}


@pytest.fixture(scope="module")
def postgresql() -> Iterator[PostgreSQL]:
    with PostgreSQL() as server:
        yield server


@pytest.fixture(scope="module")
def valkey() -> Iterator[Valkey]:
    with Valkey() as server:
        yield server


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory, postgresql: PostgreSQL, valkey: Valkey) -> Iterator[Web]:
    web = Web(tmp_path_factory.mktemp("web"), postgresql, valkey)
    web.manage("migrate", "--verbosity=0")
    web.manage("createcachetable", "--verbosity=0")
    web.manage("collectstatic", "--no-input", "--verbosity=0")
    process = web.start()
    yield web
    process.terminate()
    process.wait(PATIENCE_SECONDS)


def test_database_sees_a_pool_of_the_web_with_its_limits(web: Web, postgresql: PostgreSQL) -> None:
    assert web.status("/readyz") == 200
    with psycopg.connect(postgresql.url) as connection:
        (number,) = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'portal-web'"
        ).fetchone() or (0,)
    assert 1 <= number <= 8


def test_page_after_a_restart_of_the_database_is_served(web: Web, postgresql: PostgreSQL) -> None:
    assert web.status("/accounts/login/") == 200
    postgresql.stop()
    assert web.checks() == {"database": False, "migrations": False, "broker": True}
    assert web.status("/readyz") == 503
    assert web.status("/healthz") == 200
    postgresql.start()
    assert web.status("/readyz") == 200
    assert web.status("/accounts/login/") == 200


def test_page_is_served_without_the_broker(web: Web, valkey: Valkey) -> None:
    valkey.kill()
    assert web.checks() == {"database": True, "migrations": True, "broker": False}
    assert (web.status("/readyz"), web.status("/readyz?strict"), web.status("/accounts/login/")) == (200, 503, 200)
    valkey.start()
    assert web.checks()["broker"]


def test_hung_database_is_told_within_three_seconds(web: Web, postgresql: PostgreSQL) -> None:
    assert web.status("/readyz") == 200
    processes = family(postgresql)
    for process in processes:
        os.kill(process, signal.SIGSTOP)
    try:
        started = time.monotonic()
        assert web.checks() == {"database": False, "migrations": False, "broker": True}
        assert time.monotonic() - started < 3
        assert web.status("/healthz") == 200
    finally:
        for process in processes:
            os.kill(process, signal.SIGCONT)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while web.status("/readyz") != 200:
        assert time.monotonic() < deadline, web.log.read_text()
        time.sleep(0.1)


def family(server: PostgreSQL) -> list[int]:
    """The server and its children, each of which has a session of its own."""
    assert server.process is not None
    parent = server.process.pid
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return [parent, *map(int, children)]
