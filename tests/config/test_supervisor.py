import os
import signal
import socket
import stat
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from config import supervisor
from config.supervisor import CannotRun, Child

ROOT = Path(__file__).parent.parent.parent
START_SECONDS = 90


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


@pytest.fixture
def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def test_address(free_port: int) -> None:
    assert supervisor.address({"PORT": str(free_port)}) == ("127.0.0.1", free_port)
    assert supervisor.address({"PORT": str(free_port), "HOST": "0.0.0.0"}) == ("0.0.0.0", free_port)


def test_address_with_port_in_use(taken_port: int) -> None:
    with pytest.raises(CannotRun) as refused:
        supervisor.address({"PORT": str(taken_port)})
    assert str(refused.value) == (
        f"Cannot listen on 127.0.0.1:{taken_port}: Address already in use. Choose another port: PORT=8123 make run"
    )


@pytest.mark.parametrize("text", ["http", "80.5", "65536", "-1"])
def test_address_with_no_port(text: str) -> None:
    with pytest.raises(CannotRun) as refused:
        supervisor.address({"PORT": text})
    assert str(refused.value) == f"PORT={text} is not a port number."


def test_environment_of_a_first_start(tmp_path: Path) -> None:
    folder = tmp_path / "var"
    assert supervisor.portal_environment({"PORTAL_VAR": str(folder)}) == {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "SECRET_KEY": (folder / "secret-key").read_text(),
        "DEBUG": "0",
        "PORTAL_DEMO": "1",
        "PORTAL_REHEARSAL": "1",
        "PORTAL_PLAIN_HTTP": "1",
        "PORTAL_URL": "http://127.0.0.1:8000",
        "PORTAL_VAR": str(folder),
        "TMPDIR": str(folder / "tmp"),
        "PYTHONPYCACHEPREFIX": str(folder / "cache" / "python"),
        "PYTHONUNBUFFERED": "1",
    }


def test_secret_key_is_made_once_and_is_nobody_elses(tmp_path: Path) -> None:
    key = supervisor.stored_secret_key(tmp_path)
    assert len(key) >= 50
    assert stat.S_IMODE((tmp_path / "secret-key").stat().st_mode) == 0o600
    assert supervisor.stored_secret_key(tmp_path) == key


def test_environment_keeps_what_is_set(tmp_path: Path) -> None:
    chosen = {"SECRET_KEY": "mine", "PORTAL_DEMO": "0", "DATABASE_URL": "postgres://x", "PORTAL_PLAIN_HTTP": "0"}
    environment = supervisor.portal_environment({"PORTAL_VAR": str(tmp_path), **chosen})
    assert {name: environment[name] for name in chosen} == chosen
    assert not (tmp_path / "secret-key").exists()


@pytest.mark.parametrize(("text", "demo"), [("1", True), ("True", True), ("0", False), ("", False)])
def test_demo_is_loaded_in_a_demo_only(text: str, demo: bool) -> None:
    assert supervisor.is_demo({"PORTAL_DEMO": text}) == demo
    assert supervisor.is_wanted("migrate", {"PORTAL_DEMO": text})
    assert supervisor.is_wanted("load_demo", {"PORTAL_DEMO": "0"}) is False


def ending(code: int) -> Child:
    return Child("worker", [sys.executable, "-c", f"raise SystemExit({code})"], dict(os.environ))


def test_child_that_ends_is_started_again_after_a_pause(capsys: pytest.CaptureFixture[str]) -> None:
    child = ending(3)
    child.start()
    assert child.process is not None
    child.process.wait()
    child.tend()
    assert child.process is None
    assert capsys.readouterr().out == "The worker ended with code 3. Starting it again in 1 s.\n"
    assert 0 < child.start_at - time.monotonic() <= 1
    child.start_at = time.monotonic()
    child.tend()
    assert child.process is not None
    child.kill_group()


def end_once(child: Child) -> None:
    child.start_at = 0
    child.tend()
    assert child.process is not None
    child.process.wait()
    child.tend()


def test_child_that_keeps_ending_is_given_up(capsys: pytest.CaptureFixture[str]) -> None:
    child = ending(3)
    for _ in range(5):
        end_once(child)
    child.start()
    assert child.process is not None
    child.process.wait()
    with pytest.raises(CannotRun, match="The worker ended 6 times in a row; the messages above say why"):
        child.tend()
    pauses = [line.rpartition(" in ")[2] for line in capsys.readouterr().out.splitlines()]
    assert pauses == ["1 s.", "2 s.", "4 s.", "8 s.", "16 s."]
    child.kill_group()


def test_long_life_is_no_death_in_a_row() -> None:
    child = ending(3)
    child.start()
    assert child.process is not None
    child.process.wait()
    child.deaths, child.started_at = 5, child.started_at - supervisor.LONG_LIFE_SECONDS
    child.tend()
    assert child.deaths == 1


def processes_with(text: str) -> list[str]:
    """The command lines of the processes whose environment holds a text."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if text.encode() in (folder / "environ").read_bytes():
                found.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue  # ended meanwhile, or another person's
    return found


def wait_for_page(url: str, process: subprocess.Popen[bytes], log: Path) -> bytes:
    deadline = time.monotonic() + START_SECONDS
    while True:
        assert process.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                assert answer.status == 200
                return bytes(answer.read())
        except urllib.error.HTTPError as error:
            error.close()
            raise AssertionError(log.read_text()) from error
        except (urllib.error.URLError, TimeoutError):
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.2)


@pytest.fixture
def run(tmp_path: Path, free_port: int) -> Iterator[subprocess.Popen[bytes]]:
    """`make run` in a folder of its own, without what the tests' own environment says."""
    environment = {"PATH": os.environ["PATH"], "PORTAL_VAR": str(tmp_path / "var"), "PORT": str(free_port)}
    environment["PYTHONDONTWRITEBYTECODE"] = "1"
    command = [sys.executable, "-P", "config/supervisor.py"]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=log, stderr=log)
    yield process
    process.terminate()
    process.wait(supervisor.STOP_SECONDS + 5)


def stop_with(sent: signal.Signals, process: subprocess.Popen[bytes], folder: Path) -> None:
    process.send_signal(sent)
    code = process.wait(supervisor.STOP_SECONDS + 5)
    log = (folder / "log").read_text()
    assert processes_with(str(folder / "var")) == []
    assert (code, "Traceback" in log) == (0, False), log


needs_proc = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="reads /proc")


def are_just(commands: list[str], names: tuple[str, ...]) -> bool:
    return len(commands) == len(names) and all(
        sum(f" {name} " in f"{command} " for command in commands) == names.count(name) for name in names
    )


def test_supervisor_loads_nothing_that_has_to_be_installed() -> None:
    """It stays as long as the portal does, and Celery, which the package loads, takes 22 MB."""
    report = "import sys; before = {*sys.modules}; sys.path[0] = 'config'; import supervisor"
    report += "; print(*{name.partition('.')[0] for name in {*sys.modules} - before})"
    said = subprocess.run([sys.executable, "-c", report], cwd=ROOT, check=True, capture_output=True, text=True)
    assert {*said.stdout.split()} - sys.stdlib_module_names == {"supervisor"}


@needs_proc
def test_portal_starts_and_stops_whole(run: subprocess.Popen[bytes], tmp_path: Path, free_port: int) -> None:
    page = wait_for_page(f"http://127.0.0.1:{free_port}/accounts/login/", run, tmp_path / "log")
    assert b"<form" in page
    # The supervisor; the web server and its one process; the worker, which ticks in a thread.
    kept = ("config/supervisor.py", "-m gunicorn", "-m gunicorn", "-m celery")
    deadline = time.monotonic() + START_SECONDS
    while not are_just(processes_with(str(tmp_path / "var")), kept):
        assert time.monotonic() < deadline, (tmp_path / "log").read_text()
        time.sleep(0.1)
    stop_with(signal.SIGINT, run, tmp_path)


@needs_proc
def test_portal_stops_while_it_is_being_prepared(run: subprocess.Popen[bytes], tmp_path: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while "Preparing the portal" not in (tmp_path / "log").read_text():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    stop_with(signal.SIGTERM, run, tmp_path)
    assert (tmp_path / "log").read_text() == "Preparing the portal\n"
