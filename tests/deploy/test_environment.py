"""deploy/portal.env.example: complete, and good for production once its key is set."""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
EXAMPLE = (ROOT / "deploy" / "portal.env.example").read_text()


def test_example_has_every_variable_that_is_documented_once() -> None:
    section = (ROOT / "docs" / "operations.md").read_text().partition("## Variables")[2].partition("## ")[0]
    rows = re.findall(r"^\| ([A-Z][A-Z_0-9, ]+) \|", section, re.MULTILINE)
    documented = sorted(name for row in rows for name in row.split(", "))
    assert sorted(re.findall(r"^#?([A-Z][A-Z_0-9]*)=", EXAMPLE, re.MULTILINE)) == documented


def test_example_starts_a_portal_that_is_fit_for_production(tmp_path: Path) -> None:
    given = dict(line.split("=", 1) for line in EXAMPLE.splitlines() if re.match(r"[A-Z]", line))
    assert given["SECRET_KEY"] == ""
    key = "0-only-for-checking-1-only-for-checking-2-only-for-checking-3"
    environment = {"PATH": os.defpath, **given, "SECRET_KEY": key, "PORTAL_VAR": str(tmp_path)}
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_example_leaves_to_the_units_what_they_set() -> None:
    """systemd lets the file go before the units: one line of it would be the same for every process."""
    units = "\n".join(file.read_text() for file in (ROOT / "deploy" / "systemd").rglob("*.*") if file.is_file())
    lines = re.findall(r"^Environment=(.*)$", units, re.MULTILINE)
    set_there = {pair.partition("=")[0] for line in lines for pair in line.split()}
    left = EXAMPLE.partition("# Leave these to the units")[2].partition("\n\n")[0]
    # Python's own are no variables of the portal, and the file is where the number of tasks at a time is chosen.
    own = {"PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE", "WORKER_CONCURRENCY"}
    assert set(re.findall(r"^#([A-Z_]+)=", left, re.MULTILINE)) == set_there - own
