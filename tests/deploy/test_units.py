"""The systemd units: read as systemd reads them where it is installed, and by their text everywhere."""

import configparser
import os
import re
import runpy
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import get_commands

ROOT = Path(__file__).parent.parent.parent
UNITS = ROOT / "deploy" / "systemd"
SERVICES = ("portal-web.service", "portal-worker@1.service", "portal-beat.service", "portal-migrate.service")
ALL = ("portal.target", "portal-web.socket", *SERVICES)
# systemd's own measure, ten times its exposure: 0 is nothing, 100 everything.
MOST_EXPOSED = 15
with_systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")


def unit(name: str) -> configparser.ConfigParser:
    parsed = configparser.ConfigParser(strict=False, interpolation=None, allow_no_value=True)
    parsed.optionxform = str  # type: ignore[assignment]
    parsed.read_string((UNITS / name).read_text())
    return parsed


def environment_of(name: str) -> dict[str, str]:
    return dict(pair.split("=", 1) for pair in unit(name)["Service"]["Environment"].split())


@pytest.fixture
def installed(tmp_path: Path) -> dict[str, str]:
    """The units where systemd looks for them, and a program for what is installed on the portal's machine only."""
    shutil.copytree(UNITS, tmp_path / "units")
    for file in (tmp_path / "units").glob("*.service"):
        file.write_text(re.sub(r"/opt/portal/current/venv/bin/\S+", "/bin/true", file.read_text()))
    return os.environ | {"SYSTEMD_UNIT_PATH": f"{tmp_path}/units:"}


@with_systemd
def test_systemd_finds_nothing_wrong(installed: dict[str, str]) -> None:
    command = ["systemd-analyze", "verify", "--man=no", *ALL]
    done = subprocess.run(command, env=installed, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


@with_systemd
@pytest.mark.parametrize("name", SERVICES)
def test_service_is_hardened(installed: dict[str, str], name: str) -> None:
    command = ["systemd-analyze", "security", "--offline=true", f"--threshold={MOST_EXPOSED}", "--no-pager", name]
    done = subprocess.run(command, env=installed, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_release_step_holds_nobody_up_for_longer_than_a_second() -> None:
    """Behind a migration that waits for a table's lock waits everybody who comes after it."""
    assert environment_of("portal-migrate.service")["DATABASE_LOCK_TIMEOUT_MS"] == "1000"


def test_every_unit_is_checked() -> None:
    assert {file.name for file in UNITS.iterdir() if file.is_file()} == {name.replace("@1", "@") for name in ALL}


@pytest.mark.parametrize(
    ("name", "process"),
    [
        ("portal-web.service", "web"),
        ("portal-worker@.service", "worker"),
        ("portal-beat.service", "beat"),
        ("portal-migrate.service", "command"),
    ],
)
def test_service_says_which_process_it_is(name: str, process: str) -> None:
    assert environment_of(name)["PORTAL_PROCESS"] == process


def test_services_are_nobody_in_particular() -> None:
    common = unit("portal-.service.d/common.conf")["Service"]
    assert (common["User"], common["Group"], common["NoNewPrivileges"]) == ("portal", "portal", "yes")


def test_owner_is_read_after_the_application() -> None:
    """systemd reads drop-ins in the order of their names, and the last file has the last word on DATABASE_URL."""
    assert sorted(file.name for file in UNITS.glob("*.d/*.conf")) == ["common.conf", "owner.conf"]


def gunicorn_settings(environment: pytest.MonkeyPatch) -> dict[str, Any]:
    """What its file says. The file names in the environment where processes count, which is undone after the test."""
    environment.setenv("PROMETHEUS_MULTIPROC_DIR", "/nowhere")
    return runpy.run_path(str(ROOT / "deploy" / "gunicorn.conf.py"))


def test_processes_are_given_the_time_to_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    gunicorn = gunicorn_settings(monkeypatch)
    web, worker = unit("portal-web.service")["Service"], unit("portal-worker@.service")["Service"]
    assert int(web["TimeoutStopSec"]) > gunicorn["graceful_timeout"]
    assert int(worker["TimeoutStopSec"]) > settings.CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT
    assert environment_of("portal-worker@.service")["REMAP_SIGTERM"] == "SIGQUIT"
    assert (web["KillMode"], worker["KillMode"]) == ("mixed", "mixed")


def test_release_step_runs_what_there_is() -> None:
    text = (UNITS / "portal-migrate.service").read_text()
    commands = re.findall(r"manage\.py (\w+)", text)
    assert commands == ["check", "migrate", "createcachetable", "setup_roles", "collectstatic"]
    assert set(commands) <= set(get_commands())
    assert [file for file in re.findall(r"deploy/\S+", text) if not (ROOT / file).exists()] == []
