"""What is for demonstrations and rehearsals does not get through the release step, and nothing else is kept from it."""

import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core import checks

ROOT = Path(__file__).parent.parent.parent
PRODUCTION = {
    "SECRET_KEY": "0-only-for-checking-1-only-for-checking-2-only-for-checking-3",
    "ALLOWED_HOSTS": "portal.example.com",
    # Nobody listens there: the release step looks at the settings before it asks for the database.
    "DATABASE_URL": "postgres://portal@127.0.0.1:1/portal",
    "REDIS_URL": "redis://127.0.0.1:1/0",
}
UNFIT = {
    "PORTAL_REHEARSAL": "1",
    "PORTAL_DEMO": "1",
    "ALLOWED_HOSTS": "*",
    "REDIS_URL": "",
    "DATABASE_URL": "sqlite:////nowhere/portal.sqlite3",
}


def release_check(folder: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        env={"PATH": os.defpath, "PORTAL_VAR": str(folder), "PYTHONDONTWRITEBYTECODE": "1", **environment},
        cwd=ROOT,
        capture_output=True,
        text=True,
    )


@pytest.fixture
def fit(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    settings.PORTAL_NOW, settings.REHEARSAL, settings.DEMO = None, False, False
    settings.ALLOWED_HOSTS, settings.REDIS_URL = ["portal.example.com"], "redis://127.0.0.1:1/0"
    monkeypatch.setitem(settings.DATABASES["default"], "ENGINE", "django.db.backends.postgresql")
    return settings


def found(*, deploy: bool = True) -> list[str | None]:
    every = checks.run_checks(include_deployment_checks=deploy, tags=[checks.Tags.security])
    return [each.id for each in every if str(each.id).startswith("portal.")]


def test_production_is_let_through(fit: Any) -> None:
    assert found() == []


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("PORTAL_NOW", datetime(2007, 4, 2, 15, tzinfo=UTC), "portal.E001"),
        ("REHEARSAL", True, "portal.E001"),
        ("DEMO", True, "portal.E002"),
        ("ALLOWED_HOSTS", ["portal.example.com", "*"], "portal.E003"),
        ("REDIS_URL", "", "portal.E004"),
    ],
)
def test_what_is_not_for_production_is_refused(fit: Any, name: str, value: object, expected: str) -> None:
    setattr(fit, name, value)
    assert found() == [expected]
    assert found(deploy=False) == []


def test_sqlite_is_refused(fit: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(fit.DATABASES["default"], "ENGINE", "django.db.backends.sqlite3")
    assert found() == ["portal.E005"]


def test_release_step_ends_with_all_that_is_wrong(tmp_path: Path) -> None:
    done = release_check(tmp_path, PRODUCTION | UNFIT)
    assert done.returncode == 1
    told = re.findall(r"\((portal\.E\d+)\)", done.stderr)
    assert told == ["portal.E001", "portal.E002", "portal.E003", "portal.E004", "portal.E005"]


def test_release_step_goes_on_without_asking_a_server(tmp_path: Path) -> None:
    done = release_check(tmp_path, PRODUCTION)
    assert (done.returncode, done.stderr) == (0, "")
