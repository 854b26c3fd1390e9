"""How the portal is: whether this process lives, whether it can serve, and whether the night's work is done.

Pages need the database and its migrations: without them the portal is not ready (503). They need neither broker nor
jobs nor the last close: without these it is degraded, which a person must look at, and no balancer may take it out.
"""

import logging
import os
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cache
from threading import Lock, Thread
from time import monotonic

from django.conf import settings
from django.db import Error, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from awards.market.calendar import trading_calendar
from awards.market.missing import last_due
from awards.market.models import Series
from awards.market.queries import newest_days
from config import clock
from exercises import jobs

logger = logging.getLogger(__name__)
NEEDED = frozenset({"database", "migrations"})
# Both are asked at the same time, so that an answer comes within three seconds.
LONGEST_SECONDS = 2.5
BROKER_SECONDS = 1


@dataclass(frozen=True, slots=True)
class Check:
    """What was found, and in words what is wrong."""

    ok: bool
    why: str = ""


Answers = Iterator[tuple[str, Check]]


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers. Asks nothing of anybody else: a restart would not mend them."""
    return JsonResponse({"status": "alive"}, headers={"Cache-Control": "no-store"})


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Every check; 503 when the portal cannot serve, and with `?strict` for whatever is wrong."""
    found = checks(clock.now())
    status = state(found)
    refused = status == "not ready" or (status == "degraded" and "strict" in request.GET)
    body = {"status": status, "checks": {name: asdict(check) for name, check in found.items()}}
    return JsonResponse(body, status=503 if refused else 200, headers={"Cache-Control": "no-store"})


def state(found: dict[str, Check]) -> str:
    wrong = {name for name, check in found.items() if not check.ok}
    if wrong & NEEDED:
        return "not ready"
    return "degraded" if wrong else "ready"


def checks(now: datetime) -> dict[str, Check]:
    """Every check, each with an answer although what it asks may hang."""
    deadline = monotonic() + LONGEST_SECONDS
    questions = [_Question(ask_database, now), _Question(ask_broker, now)]
    nothing = Check(ok=False, why=f"no answer within {LONGEST_SECONDS} seconds")
    found = dict.fromkeys(("database", "migrations", "broker", "closes", "jobs"), nothing)
    for question in questions:
        found |= question.answers(deadline)
    return found


class _Question:
    """Checks in a thread of their own. While earlier ones of their kind still hang, no others are asked beside them."""

    _one_at_a_time: dict[str, Lock] = {}

    def __init__(self, ask: Callable[[datetime], Answers], now: datetime) -> None:
        self._found: dict[str, Check] = {}
        self._ask, self._now = ask, now
        self._lock = self._one_at_a_time.setdefault(ask.__name__, Lock())
        self._thread = Thread(target=self._run, daemon=True, name=ask.__name__)
        self._thread.start()

    def _run(self) -> None:
        if self._lock.acquire(timeout=LONGEST_SECONDS):
            try:
                for name, check in self._ask(self._now):
                    self._found[name] = check
            finally:
                connection.close()
                self._lock.release()

    def answers(self, deadline: float) -> dict[str, Check]:
        """Those that came in time: a slow one takes none of the others with it."""
        self._thread.join(max(0, deadline - monotonic()))
        return dict(self._found)


def ask_database(now: datetime) -> Answers:
    """Everything that the database can tell."""
    database = _check(_database, now)
    yield "database", database
    for name, ask in (("migrations", _migrations), ("closes", _closes), ("jobs", _jobs)):
        yield name, _check(ask, now) if database.ok else Check(ok=False, why="the database is away")


def _check(ask: Callable[[datetime], list[str]], now: datetime) -> Check:
    try:
        wrong = ask(now)
    except Error as error:
        # Its text names hosts and users: that is for the log.
        logger.warning("readiness: %s", error)
        return Check(ok=False, why=type(error).__name__)
    return Check(ok=not wrong, why="; ".join(wrong))


def _database(now: datetime) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return []


def _migrations(now: datetime) -> list[str]:
    applied = MigrationRecorder(connection).applied_migrations()
    missing = sorted(f"{app}.{name}" for app, name in written_migrations() if (app, name) not in applied)
    return [f"not applied: {', '.join(missing)}"] if missing else []


@cache
def written_migrations() -> frozenset[tuple[str, str]]:
    """The migrations of the code, which does not change while the process lives."""
    loader = MigrationLoader(None, ignore_no_migrations=True)
    return frozenset(key for key, migration in loader.disk_migrations.items() if not migration.replaces)


def _closes(now: datetime) -> list[str]:
    due, newest = last_due(now, trading_calendar()), newest_days()
    return [
        f"{series.label}: the close of {due} is due, the newest is {newest.get(series, 'none')}"
        for series in Series
        if series not in newest or newest[series] < due
    ]


def _jobs(now: datetime) -> list[str]:
    return jobs.late(now)


def ask_broker(now: datetime) -> Answers:
    """Whether messages can be sent. Without a broker the ticks stop, and every page goes on."""
    yield "broker", _check_redis() if settings.REDIS_URL else _check_folder()


def _check_folder() -> Check:
    writable = os.access(settings.CELERY_BROKER_TRANSPORT_OPTIONS["data_folder_out"], os.W_OK)
    return Check(ok=writable, why="" if writable else "its folder cannot be written")


def _check_redis() -> Check:
    import redis  # six megabytes that a portal without it does not need
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    patience = {"socket_connect_timeout": BROKER_SECONDS, "socket_timeout": BROKER_SECONDS}
    try:
        with redis.Redis.from_url(settings.REDIS_URL, retry=Retry(NoBackoff(), 0), **patience) as client:
            client.ping()
    except (redis.RedisError, OSError) as error:
        logger.warning("readiness: %s", error)
        return Check(ok=False, why=type(error).__name__)
    return Check(ok=True)
