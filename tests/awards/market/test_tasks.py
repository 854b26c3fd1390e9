from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from awards.market.models import ClosingPrice
from awards.market.tasks import alarm_missing_closes, record_closing_prices

pytestmark = pytest.mark.django_db
At = Callable[[str], datetime]


def test_tasks_are_named() -> None:
    assert (record_closing_prices.name, alarm_missing_closes.name) == (
        "market.record_closing_prices",
        "market.alarm_missing_closes",
    )


def test_closes_are_fetched_once_however_often_the_task_runs(at: At, settings: Any, tmp_path: Path) -> None:
    at("2007-03-30T18:00-04:00")
    file = tmp_path / "stock.csv"
    file.write_text("date,close\n2007-03-30,6.10\n")
    settings.MARKET_SOURCES = {"stock": [{"kind": "csv_file", "path": str(file)}]}
    runs = [record_closing_prices()["stock"][0] for _ in range(2)]
    assert [(run["source"], run["inserted"], run["unchanged"]) for run in runs] == [
        ("file stock.csv", 1, 0),
        ("file stock.csv", 0, 1),
    ]
    assert ClosingPrice.objects.count() == 1


def test_missing_closes_are_logged_as_errors(
    at: At, record: Callable[..., ClosingPrice], caplog: pytest.LogCaptureFixture
) -> None:
    at("2007-03-30T18:00-04:00")
    record("2007-03-29", "6.10")
    assert alarm_missing_closes() == ["Stock: 1 close is missing: 2007-03-30"]
    assert [(each.levelname, each.getMessage()) for each in caplog.records] == [
        ("ERROR", "Stock: 1 close is missing: 2007-03-30")
    ]
