"""The image and the compose file, without a container: what they say, and whether it is there."""

import fnmatch
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parent.parent.parent
DEPLOY = ROOT / "deploy"
DOCKERFILE = (DEPLOY / "Dockerfile").read_text()


def instructions(name: str) -> list[str]:
    joined = DOCKERFILE.replace("\\\n", " ")
    return re.findall(rf"^{name} +(.*)$", joined, re.MULTILINE)


def services() -> dict[str, Any]:
    found: dict[str, Any] = YAML(typ="safe").load(DEPLOY / "compose.yaml")["services"]
    return found


def test_image_starts_from_a_named_version_alone() -> None:
    assert instructions("FROM") == ["${PYTHON} AS build", "${PYTHON}"]
    (base,) = instructions("ARG")
    assert re.fullmatch(r"PYTHON=docker\.io/library/python:3\.\d+-slim-\w+", base)


def test_image_runs_as_nobody_in_particular() -> None:
    after_the_last_stage = DOCKERFILE.rpartition("\nFROM ")[2]
    assert re.findall(r"^USER (.*)$", after_the_last_stage, re.MULTILINE) == ["10001:10001"]


def test_image_installs_the_lock_by_its_hashes() -> None:
    (install,) = [line for line in instructions("RUN") if "pip install" in line]
    assert "--require-hashes" in install
    assert install.endswith("--requirement requirements.lock")


def test_image_copies_what_is_there_and_let_through() -> None:
    copied = [path for line in instructions("COPY") if not line.startswith("--from") for path in line.split()[:-1]]
    assert [path for path in copied if not (ROOT / path).exists()] == []
    ignore = (ROOT / ".dockerignore").read_text().split()
    let_through = [pattern[1:] for pattern in ignore if pattern.startswith("!")]
    assert ignore[0] == "*"
    assert {path.partition("/")[0] for path in copied} == set(let_through)
    # Whatever a running portal reads, its other languages too.
    assert {"awards", "config", "exercises", "locale", "static", "templates"} <= set(copied)
    assert any(fnmatch.fnmatch("deploy/portal.env", pattern.removeprefix("**/")) for pattern in ignore[1:])


def test_compose_file_keeps_to_the_specification() -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    done = subprocess.run([*command, str(DEPLOY / "compose.yaml")], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_head_of_the_compose_file_makes_every_file_that_it_reads() -> None:
    file = YAML(typ="safe").load(DEPLOY / "compose.yaml")
    read = {name for service in file["services"].values() for name in service.get("env_file", [])}
    read |= {secret["file"].removeprefix("./") for secret in file["secrets"].values()}
    head = (DEPLOY / "compose.yaml").read_text().partition("\nname:")[0]
    assert read == {"portal.env", "owner.env", "postgres-password"}
    assert [name for name in sorted(read) if f"deploy/{name} " not in head] == []
    kept_out = (ROOT / ".dockerignore").read_text().split()
    assert [name for name in read if not any(fnmatch.fnmatch(f"deploy/{name}", each) for each in kept_out[1:])] == []


def test_compose_file_has_every_process() -> None:
    found = services()
    assert set(found) == {"web", "worker", "beat", "release", "postgres", "redis"}
    portal = {name: found[name]["environment"]["PORTAL_PROCESS"] for name in ("web", "worker", "beat", "release")}
    assert portal == {"web": "web", "worker": "worker", "beat": "beat", "release": "command"}
    assert {found[name]["image"] for name in portal} == {"outperform-portal:1.0.0"}
    assert [name for name in portal if not found[name]["read_only"]] == []


@pytest.mark.parametrize("name", ["web", "worker", "postgres", "redis"])
def test_service_has_a_health_check(name: str) -> None:
    assert services()[name]["healthcheck"]["test"]


def test_images_have_a_version() -> None:
    tags = [service["image"].rpartition(":")[2] for service in services().values()]
    assert [tag for tag in tags if not re.match(r"\d+\.\d+", tag)] == []


def test_broker_keeps_what_it_is_given() -> None:
    assert services()["redis"]["command"] == [
        "valkey-server", "--appendonly", "yes", "--maxmemory-policy", "noeviction",
    ]  # fmt: skip


def test_processes_are_given_the_time_to_stop() -> None:
    found = services()
    assert (found["web"]["stop_grace_period"], found["worker"]["stop_grace_period"]) == ("45s", "60s")
    assert found["worker"]["environment"]["REMAP_SIGTERM"] == "SIGQUIT"


def test_nothing_is_reached_but_through_the_proxy() -> None:
    ports = {name: service["ports"] for name, service in services().items() if "ports" in service}
    assert ports == {"web": ["127.0.0.1:8000:8000"]}
