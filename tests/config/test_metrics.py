from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal

import pytest
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import Settings

from awards.actions import outbox
from awards.market.models import ClosingPrice
from config import metrics
from exercises.models import JobRun

TOKEN = {"authorization": "Bearer a-long-token"}
At = Callable[[str], datetime]


def samples(text: str) -> dict[tuple[str, ...], float]:
    """By name and the values of its labels."""
    families = text_string_to_metric_families(text)
    return {(each.name, *each.labels.values()): each.value for family in families for each in family.samples}


def test_without_a_token_configured_there_is_nothing(settings: Settings) -> None:
    settings.METRICS_TOKEN = ""
    assert Client().get("/metrics").status_code == 404
    assert Client().get("/metrics", headers={"authorization": "Bearer "}).status_code == 404


@pytest.mark.parametrize("given", ["", "Bearer wrong", "a-long-token", "Basic a-long-token", "Bearer ä"])
def test_another_token_is_refused(settings: Settings, given: str) -> None:
    settings.METRICS_TOKEN = "a-long-token"
    answer = Client().get("/metrics", headers={"authorization": given})
    assert (answer.status_code, answer.content) == (401, b"")


@pytest.mark.django_db(transaction=True)
def test_token_opens_the_figures(settings: Settings, at: At) -> None:
    at("2007-04-02T10:00-04:00")
    settings.METRICS_TOKEN = "a-long-token"
    answer = Client().get("/metrics", headers=TOKEN)
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/plain; version=0.0.4")
    found = samples(answer.content.decode())
    assert found["portal_check_ok", "database"] == 1
    assert found["portal_check_ok", "closes"] == 0
    assert found[("portal_notices_waiting",)] == 0


@pytest.mark.django_db(transaction=True)
def test_figures_of_the_database(at: At) -> None:
    now = at("2007-04-02T10:00-04:00")
    ClosingPrice.objects.create(
        series="stock", trading_day=date(2007, 3, 30), close=Decimal("12.5"), source="test", recorded_at=now
    )
    JobRun.objects.create(kind="write lapses", business_date=date(2007, 4, 1), state="failed", claimed_at=now)
    outbox.queue(key="k", to="a@example.com", subject="s", body="b", now=at("2007-04-02T09:59-04:00"))
    found = samples(metrics.figures(now).decode())
    # Due at 00:05 on April 2, so for 9 hours and 55 minutes.
    assert found["portal_job_lag_seconds", "write lapses"] == 9 * 3600 + 55 * 60
    assert found["portal_job_runs_open", "write lapses", "failed"] == 1
    # 16:00 in New York on March 30, 2007.
    assert found["portal_last_close_timestamp_seconds", "stock"] == 1175284800
    assert found[("portal_mail_unsent",)] == 1
    assert found[("portal_mail_oldest_unsent_seconds",)] == 60


def test_view_of_the_administration_counts_as_one() -> None:
    def count(view: str) -> float:
        labels = {"view": view}
        return metrics.OF_THE_PROCESSES.get_sample_value("portal_http_request_seconds_count", labels) or 0

    before = {view: count(view) for view in ("admin", "awards:home", "none")}
    for view in ("admin:index", "admin:awards_award_changelist", "awards:home", ""):
        metrics.answered("GET", view, 200, 0.02)
    after = {view: count(view) for view in before}
    assert after == {view: before[view] + number for view, number in (("admin", 2), ("awards:home", 1), ("none", 1))}
