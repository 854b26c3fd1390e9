"""What `make run` costs once everything is installed: how soon it answers, and what it takes while nobody uses it.

`python -m tests.benchmarks start` runs it alone. It measures the embedded portal, on SQLite and files, with its jobs.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from statistics import mean

import requests

from tests.benchmarks.rows import Row
from tests.servers import free_port

ROOT = Path(__file__).parents[2]
LONGEST_START = 180
# The first tick does what is due since the demo was made up; the two minutes measured have one tick of an idle portal.
SETTLED_SECONDS = int(os.environ.get("BENCH_SETTLE_SECONDS", "150"))
IDLE_SECONDS, EVERY_SECONDS = int(os.environ.get("BENCH_IDLE_SECONDS", "120")), 5
GOALS = {"start": 60, "processor": 2, "memory": 350}
CHOSEN_OUTSIDE = ("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE", "PORTAL_PROCESS", "DEBUG", "PORTAL_NOW")


def started(folder: str, port: int) -> subprocess.Popen[bytes]:
    """What `make run` becomes after the installation."""
    environment = {name: value for name, value in os.environ.items() if name not in CHOSEN_OUTSIDE}
    environment |= {"PORTAL_VAR": folder, "PORT": str(port), "PORTAL_DEMO": "1"}
    with Path(folder, "log").open("wb") as log:
        return subprocess.Popen([sys.executable, "-P", "config/supervisor.py"], cwd=ROOT, env=environment, stdout=log)


def seconds_until_it_answers(address: str) -> float:
    began = time.perf_counter()
    while time.perf_counter() - began < LONGEST_START:
        try:
            requests.get(address, timeout=5).raise_for_status()
            return time.perf_counter() - began
        except requests.RequestException:
            time.sleep(0.1)
    raise TimeoutError(f"The portal did not answer within {LONGEST_START} s.")


def family(first: int) -> list[int]:
    """A process and all that it started, in sessions of their own too."""
    parents = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            after_name = status.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it ended meanwhile
        parents[int(status.parent.name)] = int(after_name[1])
    found = [first]
    for process in found:
        found += [child for child, parent in parents.items() if parent == process]
    return found


def processor_seconds(processes: Iterable[int]) -> float:
    """User and system time, of children that have ended and been waited for too."""
    total = 0
    for process in processes:
        times = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[11:15]
        total += sum(map(int, times))
    return total / os.sysconf("SC_CLK_TCK")


def resident_megabytes(processes: Iterable[int]) -> float:
    """The sum of what is resident: pages that processes share are counted in each."""
    pages = sum(int(Path(f"/proc/{process}/statm").read_text().split()[1]) for process in processes)
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def idle(first: int) -> tuple[float, list[float]]:
    """Per cent of one core over the time measured, and the memory at every look."""
    processes, memory = family(first), []
    before, began = processor_seconds(processes), time.perf_counter()
    while time.perf_counter() - began < IDLE_SECONDS:
        time.sleep(EVERY_SECONDS)
        memory.append(resident_megabytes(processes))
    used, took = processor_seconds(processes) - before, time.perf_counter() - began
    assert family(first) == processes, "a process ended or was started while the portal idled"
    return 100 * used / took, memory


def rows() -> Iterable[Row]:
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        portal = started(folder, port)
        try:
            start = seconds_until_it_answers(f"http://127.0.0.1:{port}/accounts/login/")
            time.sleep(SETTLED_SECONDS)
            processor, memory = idle(portal.pid)
            count = len(family(portal.pid))
        finally:
            portal.terminate()
            portal.wait()
    yield Row("make run, installed: first page", "a minute", start, GOALS["start"], unit=" s", detail="demo made up")
    yield Row("make run, idle: processor", "one core", processor, GOALS["processor"], unit="%")
    detail = f"{count} processes, mean {mean(memory):.0f} MB, shared pages counted in each"
    yield Row("make run, idle: memory", "all its processes", max(memory), GOALS["memory"], unit=" MB", detail=detail)
