"""Settings that make no sense stop the start, and say which one it is."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.settings import LEFT_OUT

ROOT = Path(__file__).parent.parent.parent
KEY = {"SECRET_KEY": "k" * 50}
# Read by the supervisor, by deploy/gunicorn.conf.py, by the units and by Celery itself.
ELSEWHERE = {"HOST", "PORT", "BIND", "WEB_WORKERS", "WEB_THREADS", "PROMETHEUS_MULTIPROC_DIR"}
ELSEWHERE |= {"WORKER_CONCURRENCY", "REMAP_SIGTERM"}
SHOW = """
import json
from config import settings
print(json.dumps({name: getattr(settings, name) for name in NAMES}, default=str))
"""


def names_read_by_settings() -> set[str]:
    return set(re.findall(r'\benv\.\w+\("([A-Z_0-9]+)"', (ROOT / "config" / "settings.py").read_text()))


def test_every_variable_is_documented_and_no_other() -> None:
    section = (ROOT / "docs" / "operations.md").read_text().partition("## Variables")[2].partition("## ")[0]
    rows = re.findall(r"^\| ([A-Z][A-Z_0-9, ]+) \|", section, re.MULTILINE)
    documented = {name for row in rows for name in row.split(", ")}
    assert documented == names_read_by_settings() | ELSEWHERE


def test_no_variable_of_the_person_who_tests_gets_into_the_tests() -> None:
    decided = {"SECRET_KEY", "PORTAL_PLAIN_HTTP", "PORTAL_VAR", "PORTAL_PROCESS", "LOG_FORMAT"}
    decided |= {"DATABASE_POOL", "DATABASE_URL", "REDIS_URL"}
    assert LEFT_OUT | decided == names_read_by_settings()


def load(folder: Path, environment: dict[str, str], *names: str) -> subprocess.CompletedProcess[str]:
    """Imports the settings in a Python of their own, and shows the named ones."""
    return subprocess.run(
        [sys.executable, "-c", SHOW.replace("NAMES", repr(names))],
        env={"PATH": os.defpath, "PORTAL_VAR": str(folder), "PYTHONDONTWRITEBYTECODE": "1", **environment},
        cwd=ROOT,
        capture_output=True,
        text=True,
    )


def shown(folder: Path, environment: dict[str, str], *names: str) -> dict[str, object]:
    done = load(folder, environment, *names)
    assert done.returncode == 0, done.stderr
    shown: dict[str, object] = json.loads(done.stdout)
    return shown


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({}, "SECRET_KEY is not set. Set it to 50 or more random characters (or DEBUG=1 to develop)."),
        (
            KEY | {"PORTAL_NOW": "2007-04-02T11:00-04:00"},
            "PORTAL_NOW fixes the clock. Set PORTAL_REHEARSAL=1 as well if that is meant.",
        ),
        (
            KEY | {"PORTAL_REHEARSAL": "1", "PORTAL_NOW": "2007-04-02T11:00"},
            "PORTAL_NOW='2007-04-02T11:00' names no time zone; write 2007-04-02T11:00-04:00.",
        ),
        (
            KEY | {"PORTAL_REHEARSAL": "1", "PORTAL_NOW": "yesterday"},
            "PORTAL_NOW='yesterday' is not an instant like 2007-04-02T11:00-04:00.",
        ),
        (KEY | {"PORTAL_PROCESS": "cron"}, "PORTAL_PROCESS='cron' is none of web, worker, beat, command."),
    ],
)
def test_start_refused(tmp_path: Path, environment: dict[str, str], message: str) -> None:
    done = load(tmp_path, environment)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == f"django.core.exceptions.ImproperlyConfigured: {message}"


@pytest.mark.parametrize("permission", ["PORTAL_REHEARSAL", "DEBUG"])
def test_clock_fixed_when_that_is_meant(tmp_path: Path, permission: str) -> None:
    environment = KEY | {permission: "1", "PORTAL_NOW": "2007-04-02T11:00-04:00"}
    assert shown(tmp_path, environment, "PORTAL_NOW") == {"PORTAL_NOW": "2007-04-02 11:00:00-04:00"}


def test_defaults_are_those_of_production(tmp_path: Path) -> None:
    names = ("DEBUG", "DEMO", "REHEARSAL", "PORTAL_NOW", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE")
    assert shown(tmp_path, KEY, *names, "SECURE_SSL_REDIRECT", "SECURE_HSTS_SECONDS") == {
        "DEBUG": False,
        "DEMO": False,
        "REHEARSAL": False,
        "PORTAL_NOW": None,
        "SESSION_COOKIE_SECURE": True,
        "CSRF_COOKIE_SECURE": True,
        "SECURE_SSL_REDIRECT": True,
        "SECURE_HSTS_SECONDS": 31_536_000,
    }


def test_jobs_on_redis_survive_what_they_must(tmp_path: Path) -> None:
    """Each value was found by taking Redis or a worker away; a time limit stays below the visibility time-out."""
    expected = {
        "CELERY_BROKER_URL": "redis://127.0.0.1:1/0",
        "CELERY_TIMEZONE": "America/New_York",
        "CELERY_TASK_ACKS_LATE": True,
        "CELERY_TASK_REJECT_ON_WORKER_LOST": True,
        "CELERY_WORKER_PREFETCH_MULTIPLIER": 1,
        "CELERY_TASK_IGNORE_RESULT": True,
        "CELERY_TASK_SOFT_TIME_LIMIT": 540,
        "CELERY_TASK_TIME_LIMIT": 600,
        "CELERY_VISIBILITY_TIMEOUT": 900,
        "CELERY_RESULT_BACKEND_TRANSPORT_OPTIONS": {"visibility_timeout": 900},
        "CELERY_BROKER_TRANSPORT_OPTIONS": {
            "visibility_timeout": 900,
            "socket_timeout": 5,
            "socket_connect_timeout": 5,
            "socket_keepalive": True,
            "health_check_interval": 25,
            "unacked_restore_interval": 10,
            "unacked_restore_throttle": 1,
        },
        "CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT": 30,
        "CELERY_BEAT_SYNC_EVERY": 1,
    }
    assert shown(tmp_path, KEY | {"REDIS_URL": "redis://127.0.0.1:1/0"}, *expected) == expected


def test_jobs_without_redis_go_through_files_under_var(tmp_path: Path) -> None:
    expected = {
        "CELERY_BROKER_URL": "filesystem://localhost//",
        "CELERY_WORKER_ENABLE_REMOTE_CONTROL": False,
        "CELERY_BROKER_TRANSPORT_OPTIONS": {
            "data_folder_in": f"{tmp_path}/broker/queue",
            "data_folder_out": f"{tmp_path}/broker/queue",
            "processed_folder": f"{tmp_path}/broker/processed",
            "control_folder": f"{tmp_path}/broker/control",
            "store_processed": False,
        },
    }
    assert shown(tmp_path, KEY, *expected) == expected


def test_sessions_do_not_need_redis(tmp_path: Path) -> None:
    assert shown(tmp_path, KEY | {"REDIS_URL": "redis://127.0.0.1:1/0"}, "SESSION_ENGINE", "CACHES") == {
        "SESSION_ENGINE": "config.sessions",
        "CACHES": {"default": {"BACKEND": "config.cache.KeptCache", "LOCATION": "portal_cache"}},
    }


POSTGRESQL = KEY | {"DATABASE_URL": "postgres://portal@127.0.0.1:1/portal"}


@pytest.mark.parametrize(
    ("process", "statement_ms", "idle_ms"),
    [("web", 30_000, 60_000), ("worker", 540_000, 0), ("beat", 30_000, 0), ("command", 0, 0)],
)
def test_statement_may_take_what_its_process_may(tmp_path: Path, process: str, statement_ms: int, idle_ms: int) -> None:
    options = _database(tmp_path, {"PORTAL_PROCESS": process})["OPTIONS"]
    assert options["application_name"] == f"portal-{process}"
    assert options["options"] == (
        f"-c lock_timeout=3000 -c statement_timeout={statement_ms} -c idle_in_transaction_session_timeout={idle_ms}"
    )


def test_statement_timeout_is_what_the_environment_says(tmp_path: Path) -> None:
    chosen = {"PORTAL_PROCESS": "worker", "DATABASE_STATEMENT_TIMEOUT_MS": "7", "DATABASE_LOCK_TIMEOUT_MS": "8"}
    assert _database(tmp_path, chosen)["OPTIONS"]["options"].startswith("-c lock_timeout=8 -c statement_timeout=7 ")


@pytest.mark.parametrize(
    ("environment", "pool"),
    [
        ({"PORTAL_PROCESS": "web"}, {"min_size": 1, "max_size": 8, "timeout": 5}),
        (
            {"PORTAL_PROCESS": "web", "DATABASE_POOL_MIN": "2", "DATABASE_POOL_MAX": "5"},
            {"min_size": 2, "max_size": 5, "timeout": 5},
        ),
        ({"PORTAL_PROCESS": "web", "DATABASE_POOL": "0"}, None),
        ({"PORTAL_PROCESS": "worker"}, None),
        ({}, None),
    ],
)
def test_connections_are_pooled_for_the_web_alone(
    tmp_path: Path, environment: dict[str, str], pool: dict[str, int] | None
) -> None:
    database = _database(tmp_path, environment)
    assert database["OPTIONS"].get("pool") == pool
    assert database["ENGINE"] == ("config.postgresql" if pool else "django.db.backends.postgresql")


def _database(folder: Path, environment: dict[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = shown(folder, POSTGRESQL | environment, "DATABASES")["DATABASES"]
    return found["default"]


@pytest.mark.parametrize(
    ("environment", "form"),
    [({}, "json"), ({"PORTAL_DEMO": "1"}, "line"), ({"DEBUG": "1"}, "line"), ({"LOG_FORMAT": "line"}, "line")],
)
def test_log_is_for_machines_where_people_do_not_read_it(
    tmp_path: Path, environment: dict[str, str], form: str
) -> None:
    assert shown(tmp_path, KEY | environment, "LOG_FORMAT") == {"LOG_FORMAT": form}


@pytest.mark.parametrize(("behind", "trusted"), [("0", 0), ("1", 1)])
def test_sign_ins_are_counted_by_the_address_that_a_proxy_saw(tmp_path: Path, behind: str, trusted: int) -> None:
    found = shown(tmp_path, KEY | {"BEHIND_PROXY": behind}, "ALLAUTH_TRUSTED_PROXY_COUNT")
    assert found == {"ALLAUTH_TRUSTED_PROXY_COUNT": trusted}


@pytest.mark.parametrize(
    ("environment", "sign_ins", "failed"),
    [({}, "30/m/ip", "10/m/ip"), ({"SIGN_INS_A_MINUTE": "400"}, "400/m/ip", "134/m/ip"),
     ({"SIGN_INS_A_MINUTE": "1"}, "1/m/ip", "1/m/ip")],
)  # fmt: skip
def test_an_office_behind_one_address_may_have_more_sign_ins(
    tmp_path: Path, environment: dict[str, str], sign_ins: str, failed: str
) -> None:
    found = shown(tmp_path, KEY | environment, "ACCOUNT_RATE_LIMITS")
    assert found == {"ACCOUNT_RATE_LIMITS": {"login": sign_ins, "login_failed": f"{failed},5/300s/key"}}


def test_error_reporting_is_not_even_imported_unless_asked_for(tmp_path: Path) -> None:
    program = "import sys; from config import settings; print('sentry_sdk' in sys.modules)"
    environment = {"PATH": os.defpath, "PORTAL_VAR": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1", **KEY}
    done = subprocess.run([sys.executable, "-c", program], env=environment, cwd=ROOT, capture_output=True, text=True)
    assert done.stdout == "False\n", done.stderr
