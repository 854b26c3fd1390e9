"""Runs the whole portal on one machine: prepares it, then keeps the web server and the worker with its beat going.

    python -P config/supervisor.py     (`make run` after the installation)

Ctrl-C or SIGTERM stops all that it started. For demonstrations and small plans; `docs/operations.md` has the shape for
production, where each process belongs to the machine's own service manager.
"""

import contextlib
import os
import secrets
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

BASE_DIR = Path(__file__).resolve().parent.parent
STOP_SECONDS = 25
LONG_LIFE_SECONDS = 60
LONGEST_PAUSE_SECONDS = 30
DEATHS_IN_A_ROW = 6

PREPARATION: tuple[tuple[str, ...], ...] = (
    ("migrate", "--verbosity=0"),
    ("createcachetable", "--verbosity=0"),
    ("setup_roles",),
    ("load_demo", "--if-empty"),
    ("collectstatic", "--no-input", "--verbosity=0"),
)
SIGN_INS = ("load_demo", "--print-sign-ins")


class CannotRun(Exception):
    """Why the portal cannot be started or kept going, in words for the person at the terminal."""


class Signals:
    """Waits for whatever comes first: a request to stop, a child's end, or the time given."""

    def __init__(self) -> None:
        self.stop_requested = False
        self._read, write = os.pipe()
        os.set_blocking(self._read, False)
        os.set_blocking(write, False)
        signal.set_wakeup_fd(write, warn_on_full_buffer=False)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._stop)
        if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # nohup asks to outlive the terminal
            signal.signal(signal.SIGHUP, self._stop)
        signal.signal(signal.SIGCHLD, self._wake)

    def wait(self, seconds: float | None) -> None:
        if not self.stop_requested and select.select([self._read], [], [], seconds)[0]:
            os.read(self._read, 1024)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self.stop_requested = True

    def _wake(self, number: int, frame: FrameType | None) -> None:
        """The byte in the pipe is all that is needed."""


@dataclass
class Child:
    """A process and all that it starts in its turn."""

    name: str
    command: Sequence[str]
    environment: dict[str, str]
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0
    start_at: float = 0
    deaths: int = 0

    def start(self) -> None:
        # A session of its own: the terminal's Ctrl-C reaches the supervisor alone, which then stops the rest in order.
        self.process = subprocess.Popen(
            self.command, env=self.environment, cwd=BASE_DIR, stdin=subprocess.DEVNULL, start_new_session=True
        )
        self.started_at = time.monotonic()

    def run_to_end(self, signals: Signals) -> None:
        """Starts and waits, until a request to stop. A CannotRun when it fails."""
        self.start()
        try:
            while not self.has_ended() and not signals.stop_requested:
                signals.wait(None)
            if self.process is not None and self.process.returncode:
                raise CannotRun(f"The {self.name} failed; the messages above say why.")
        finally:
            stop([self])

    def tend(self) -> None:
        """Notices an end, and starts again after a pause that doubles with each short life."""
        if self.process is not None and self.has_ended():
            self._record_death(self.process.returncode)
        if self.process is None and time.monotonic() >= self.start_at:
            self.start()

    def _record_death(self, code: int) -> None:
        lived = time.monotonic() - self.started_at
        self.deaths = 1 if lived >= LONG_LIFE_SECONDS else self.deaths + 1
        if self.deaths >= DEATHS_IN_A_ROW:
            raise CannotRun(f"The {self.name} ended {self.deaths} times in a row; the messages above say why.")
        pause = min(2 ** (self.deaths - 1), LONGEST_PAUSE_SECONDS)
        say(f"The {self.name} ended with code {code}. Starting it again in {pause} s.")
        self.kill_group()
        self.start_at = time.monotonic() + pause

    def has_ended(self) -> bool:
        return self.process is None or self.process.poll() is not None

    def ask_to_stop(self) -> None:
        if self.process is not None and not self.has_ended():
            self.process.terminate()

    def finish(self, deadline: float) -> None:
        """Waits for the end until the deadline, and leaves nothing of the process group behind."""
        if self.process is None:
            return
        try:
            self.process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            say(f"The {self.name} did not stop in time and was ended.")
        self.kill_group()

    def kill_group(self) -> None:
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):  # as it should be: the whole group has gone
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.process = None


def say(text: str) -> None:
    with contextlib.suppress(OSError):  # a terminal that was closed must not keep the children from being stopped
        print(text, flush=True)


def main() -> int:
    signals = Signals()
    try:
        host, port = address(os.environ)
        environment = portal_environment(os.environ)
        prepare(environment, signals)
        if not signals.stop_requested:
            serve(environment, host, port, signals)
    except CannotRun as error:
        say(str(error))
        return 1
    return 0


def address(environment: Mapping[str, str]) -> tuple[str, int]:
    """HOST and PORT, when a server can listen there."""
    host, text = environment.get("HOST") or "127.0.0.1", environment.get("PORT") or "8000"
    if not (text.isdecimal() and 0 < int(text) < 65536):
        raise CannotRun(f"PORT={text} is not a port number.")
    try:
        socket.create_server((host, int(text))).close()
    except OSError as error:
        reason = str(error.strerror).partition(" (while")[0]
        raise CannotRun(f"Cannot listen on {host}:{text}: {reason}. Choose another port: PORT=8123 make run") from error
    return host, int(text)


def portal_environment(outside: Mapping[str, str]) -> dict[str, str]:
    """What every process of the portal gets: the environment as it is, and what it leaves open."""
    folder = Path(outside.get("PORTAL_VAR") or BASE_DIR / "var").resolve()
    temporary = folder / "tmp"
    temporary.mkdir(parents=True, exist_ok=True)
    defaults = {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "SECRET_KEY": outside.get("SECRET_KEY") or stored_secret_key(folder),
        "DEBUG": "0",
        "PORTAL_DEMO": "1",
        "PORTAL_REHEARSAL": "1",
        "PORTAL_PLAIN_HTTP": "1",
        "PORTAL_URL": f"http://{outside.get('HOST') or '127.0.0.1'}:{outside.get('PORT') or '8000'}",
        "PYTHONPYCACHEPREFIX": str(folder / "cache" / "python"),
    }
    # The broker moves a message through TMPDIR, which is one step only on the same file system.
    return defaults | dict(outside) | {"PORTAL_VAR": str(folder), "TMPDIR": str(temporary), "PYTHONUNBUFFERED": "1"}


def stored_secret_key(folder: Path) -> str:
    """The key in the folder, made on the first start and readable by its owner alone."""
    file = folder / "secret-key"
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return file.read_text().strip()
    with os.fdopen(descriptor, "w") as opened:
        opened.write(secrets.token_urlsafe(50))
    return file.read_text()


def prepare(environment: dict[str, str], signals: Signals) -> None:
    say("Preparing the portal")
    for command in PREPARATION:
        if is_wanted(command[0], environment) and not signals.stop_requested:
            manage(command, environment).run_to_end(signals)


def manage(command: Sequence[str], environment: dict[str, str]) -> Child:
    return Child(f"command {command[0]}", [sys.executable, "manage.py", *command], environment)


def is_wanted(command: str, environment: Mapping[str, str]) -> bool:
    """Whether to run a management command: one for the demo only in a demo."""
    return command != "load_demo" or is_demo(environment)


def is_demo(environment: Mapping[str, str]) -> bool:
    return environment["PORTAL_DEMO"].strip().lower() in {"1", "true", "yes", "on"}  # as `config.environment` reads it


def servers(environment: dict[str, str], host: str, port: int) -> list[Child]:
    bind = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    web = ["gunicorn", "config.wsgi:application", f"--bind={bind}", "--workers=1", "--threads=8", "--timeout=60"]
    web += ["--graceful-timeout=10", "--no-control-socket", f"--worker-tmp-dir={environment['TMPDIR']}"]
    web += ["--log-level=warning"]
    worker = ["celery", "--app=config", "--quiet", "worker", "--ticking", "--pool=solo", "--loglevel=INFO"]
    # One worker has nobody to gossip with, and through files every such message would stay for ever.
    worker += ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    python = [sys.executable, "-W", "ignore:You're running the worker with superuser privileges"]
    return [
        Child("web server", [*python, "-m", *web], environment),
        Child("worker", [*python, "-m", *worker], environment),
    ]


def serve(environment: dict[str, str], host: str, port: int, signals: Signals) -> None:
    children = servers(environment, host, port)
    try:
        for child in children:
            child.start()
        wait_for_web(children, host, port, signals)
        announce(environment, host, port, signals)
        while not signals.stop_requested:
            tend(children, signals, longest=None)
    finally:
        stop(children)


def tend(children: Sequence[Child], signals: Signals, *, longest: float | None) -> None:
    for child in children:
        child.tend()
    pauses = [max(0.0, child.start_at - time.monotonic()) for child in children if child.process is None]
    signals.wait(min([*pauses, *([] if longest is None else [longest])], default=None))


def wait_for_web(children: Sequence[Child], host: str, port: int, signals: Signals) -> None:
    while not signals.stop_requested and not answers(host, port):
        tend(children, signals, longest=0.25)


def answers(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return False
    return True


def announce(environment: dict[str, str], host: str, port: int, signals: Signals) -> None:
    if signals.stop_requested:
        return
    say(f"\nThe portal is on http://{host}:{port}/ and Ctrl-C stops it.")
    if is_wanted(SIGN_INS[0], environment):
        manage(SIGN_INS, environment).run_to_end(signals)


def stop(children: Sequence[Child]) -> None:
    deadline = time.monotonic() + STOP_SECONDS
    for child in children:
        child.ask_to_stop()
    for child in children:
        child.finish(deadline)


if __name__ == "__main__":
    sys.exit(main())
