"""Figures for Prometheus: requests as this machine's processes counted them, the rest read from the database.

Several gunicorn processes count into one folder, which PROMETHEUS_MULTIPROC_DIR names before they start.
"""

import hmac
import os
from collections.abc import Iterator
from datetime import datetime

from django.conf import settings
from django.db.models import Count, Min
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from awards.market.calendar import trading_calendar
from awards.market.models import Series
from awards.market.queries import newest_days
from awards.models import OutboxMessage
from config import clock, health
from exercises import jobs
from exercises.models import ExerciseNotice, JobRun

METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS"})
OF_THE_PROCESSES = CollectorRegistry()
REQUESTS = Counter("portal_http_requests", "Requests answered.", ["method", "status"], registry=OF_THE_PROCESSES)
SECONDS = Histogram(
    "portal_http_request_seconds",
    "How long an answer took.",
    ["view"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=OF_THE_PROCESSES,
)


def answered(method: str, view: str, status: int, seconds: float) -> None:
    """Count one request. A made-up method or address has no series of its own."""
    REQUESTS.labels(method if method in METHODS else "other", status).inc()
    SECONDS.labels("admin" if view.startswith("admin:") else view or "none").observe(seconds)


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """For whoever knows METRICS_TOKEN; where none is set there is nothing here."""
    if not settings.METRICS_TOKEN:
        return HttpResponseNotFound()
    expected = f"Bearer {settings.METRICS_TOKEN}"
    if not hmac.compare_digest(request.headers.get("Authorization", "").encode(), expected.encode()):
        return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"})
    return HttpResponse(figures(clock.now()), content_type=CONTENT_TYPE_PLAIN_0_0_4)


def figures(now: datetime) -> bytes:
    """Everything in Prometheus' text format."""
    whole = CollectorRegistry()
    whole.register(OfTheDatabase(now))
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        MultiProcessCollector(whole)
        return generate_latest(whole)
    return generate_latest(OF_THE_PROCESSES) + generate_latest(whole)


class OfTheDatabase(Collector):
    """What the database tells at the moment of asking; nothing but the checks where it does not answer."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def collect(self) -> Iterator[Metric]:
        checks = health.checks(self.now)
        well = {name: check.ok for name, check in checks.items()}
        yield _gauge("portal_check_ok", "1 where a check of /readyz is well.", "check", well)
        if all(checks[name].ok for name in health.NEEDED):
            yield from self._jobs()
            yield self._closes()
            yield from self._waiting()

    def _jobs(self) -> Iterator[Metric]:
        late = {kind: lag.total_seconds() for kind, (_, lag) in jobs.lags(self.now).items()}
        lags = {job.kind: max(late.get(job.kind, 0), 0) for job in jobs.JOBS}
        yield _gauge("portal_job_lag_seconds", "How long the first date not done has been due.", "job", lags)
        runs = GaugeMetricFamily("portal_job_runs_open", "Runs that are not done.", labels=["job", "state"])
        counted = JobRun.objects.exclude(state=JobRun.State.DONE).order_by().values_list("kind", "state")
        for kind, state, number in counted.annotate(number=Count("pk")):
            runs.add_metric([kind, state], number)
        yield runs

    def _closes(self) -> Metric:
        calendar, newest = trading_calendar(), newest_days()
        instants = {Series(series).value: calendar.close_at(day).timestamp() for series, day in newest.items()}
        return _gauge("portal_last_close_timestamp_seconds", "When the newest close was made.", "series", instants)

    def _waiting(self) -> Iterator[Metric]:
        notices = ExerciseNotice.objects.waiting().count()
        yield GaugeMetricFamily("portal_notices_waiting", "Notices not priced yet.", value=notices)
        unsent = OutboxMessage.objects.filter(sent_at=None).aggregate(number=Count("pk"), oldest=Min("created_at"))
        yield GaugeMetricFamily("portal_mail_unsent", "Messages in the outbox.", value=unsent["number"])
        age = (self.now - unsent["oldest"]).total_seconds() if unsent["oldest"] else 0
        yield GaugeMetricFamily("portal_mail_oldest_unsent_seconds", "Age of the oldest of them.", value=age)


def _gauge(name: str, says: str, label: str, values: dict[str, float] | dict[str, bool]) -> Metric:
    family = GaugeMetricFamily(name, says, labels=[label])
    for key, value in values.items():
        family.add_metric([key], float(value))
    return family
