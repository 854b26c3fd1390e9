"""Pages and exercises of a real web server with its Redis stopped, held against the same with Redis up.

`python -m tests.benchmarks redis` runs it alone. The server is gunicorn as in production, on the benchmark's database
and a Valkey of its own, with the clock fixed at 11:00 on April 2, 2007.
"""

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import requests
from django.conf import settings
from django.core.management import call_command
from django.test import Client

from awards.market.models import ClosingPrice
from awards.models import Award
from tests import builders
from tests.benchmarks.rows import Row
from tests.servers import Valkey, free_port
from tests.signing_in import sign_in

ROOT = Path(__file__).parents[2]
ROUNDS, PAGES, EXERCISES = 6, 10, 5
START_SECONDS = 60
GOAL = 1.2
PAGE, EXERCISE = "page", "exercise"
Times = dict[str, list[float]]


def environment(folder: str, redis_url: str) -> dict[str, str]:
    return os.environ | {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "SECRET_KEY": settings.SECRET_KEY,
        "REDIS_URL": redis_url,
        "PORTAL_VAR": folder,
        "PORTAL_PLAIN_HTTP": "1",
        "PORTAL_REHEARSAL": "1",
        "PORTAL_NOW": "2007-04-02T11:00-04:00",
        "PORTAL_PROCESS": "web",
        "DATABASE_POOL": "1",
        "LOG_LEVEL": "ERROR",
    }


@contextmanager
def web_server(redis_url: str) -> Iterator[str]:
    """The address of gunicorn with two workers, ready to answer."""
    with tempfile.TemporaryDirectory() as folder:
        given, address = environment(folder, redis_url), f"127.0.0.1:{free_port()}"
        for command in (["collectstatic", "--no-input", "--verbosity=0"], ["createcachetable"]):
            subprocess.run([sys.executable, "manage.py", *command], check=True, cwd=ROOT, env=given)
        command = [sys.executable, "-m", "gunicorn", "config.wsgi:application", f"--bind={address}", "--workers=2"]
        command += ["--threads=4", "--no-control-socket", "--log-level=error"]
        server = subprocess.Popen(command, cwd=ROOT, env=given)
        try:
            wait_for(f"http://{address}/healthz")
            yield f"http://{address}"
        finally:
            server.terminate()
            server.wait()


def wait_for(address: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            requests.get(address, timeout=5)
            return
        except requests.RequestException:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def signed_in(award: Award) -> requests.Session:
    """A browser's session of the Award's holder; signing in has a benchmark of its own."""
    client = sign_in(Client(), award.grantee.user)
    session = requests.Session()
    session.cookies.set("sessionid", client.cookies["sessionid"].value)
    return session


def timed(session: requests.Session, times: Times, kind: str, url: str, **form: str) -> requests.Response:
    """One request, followed to the page it leads to. Only a page that came as it should counts as served."""
    started = time.perf_counter()
    try:
        answer = session.post(url, data=form, timeout=30) if form else session.get(url, timeout=30)
        answer.raise_for_status()
    except requests.RequestException:
        times["refused"].append(time.perf_counter() - started)
        raise
    times[kind].append(time.perf_counter() - started)
    return answer


def visit(session: requests.Session, base: str, award: Award, times: Times) -> None:
    """Some pages, and some exercises from the review to the receipt."""
    for number in range(PAGES):
        timed(session, times, PAGE, f"{base}{('/', f'/awards/{award.pk}/', '/exercises/')[number % 3]}")
    for _ in range(EXERCISES):
        review = timed(session, times, PAGE, f"{base}/exercises/awards/{award.pk}/review/?options=10")
        form = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', review.text))
        confirm = f"{base}/exercises/awards/{award.pk}/confirm/"
        receipt = timed(session, times, EXERCISE, confirm, **form, understood="on")
        assert "Receipt of exercise" in receipt.text, receipt.url


def put(valkey: Valkey, *, is_up: bool) -> None:
    if not is_up:
        valkey.stop()
    elif valkey.process is None:
        valkey.start()


def rows() -> Iterable[Row]:
    if not ClosingPrice.objects.exists():
        builders.closes(builders.CLOSES_2007_04_02)
    call_command("createcachetable")
    award = builders.granted_award(options=10_000, award_date="2006-04-01", initial_price="5.18")
    up: Times = {PAGE: [], EXERCISE: [], "refused": []}
    stopped: Times = {PAGE: [], EXERCISE: [], "refused": []}
    with Valkey() as valkey, web_server(valkey.url) as base:
        session = signed_in(award)
        visit(session, base, award, {PAGE: [], EXERCISE: [], "refused": []})
        for number in range(ROUNDS):
            # In turns, and each first as often as the other: the Award's ledger grows with every visit.
            for is_up in (True, False) if number % 2 else (False, True):
                put(valkey, is_up=is_up)
                visit(session, base, award, up if is_up else stopped)
    served = len(stopped[PAGE]) + len(stopped[EXERCISE])
    yield Row(
        "pages and exercises served with Redis stopped",
        "all that were asked for",
        100 * served / (served + len(stopped["refused"])),
        100,
        unit="%",
        at_least=True,
        detail=f"{served} requests",
    )
    for kind in (PAGE, EXERCISE):
        without, with_it = median(stopped[kind]), median(up[kind])
        detail = f"p50 {without * 1000:.1f} ms stopped, {with_it * 1000:.1f} ms up"
        yield Row(f"{kind} with Redis stopped, p50", "with Redis up", without / with_it, GOAL, detail=detail)
