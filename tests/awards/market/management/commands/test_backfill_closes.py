from collections.abc import Callable
from datetime import datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from awards.market.models import ClosingPrice

pytestmark = pytest.mark.django_db
MARCH = ("--series", "stock", "--from", "2007-03-26", "--to", "2007-03-30")
ROWS = "date,close\n2007-03-23,6.00\n2007-03-26,6.22\n2007-03-27,6.13\n2007-03-30,6.10\n"


@pytest.fixture(autouse=True)
def friday(at: Callable[[str], datetime]) -> None:
    at("2007-03-30T18:00-04:00")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    written = tmp_path / "march.csv"
    written.write_text(ROWS)
    return written


def backfill(*arguments: str) -> str:
    out = StringIO()
    call_command("backfill_closes", *arguments, stdout=out)
    return out.getvalue()


def recorded() -> list[tuple[str, str]]:
    return [(f"{row.trading_day}", row.source) for row in ClosingPrice.objects.order_by("trading_day")]


def test_closes_of_a_file_are_recorded_and_gaps_reported(file: Path) -> None:
    assert backfill(*MARCH, str(file)) == (
        "Stock: 3 closes of backfill_closes march.csv: 3 recorded, 0 unchanged, 0 held\n"
        "Stock: 2007-03-28 to 2007-03-29, 2 Trading Days\n"
    )
    assert [day for day, _ in recorded()] == ["2007-03-26", "2007-03-27", "2007-03-30"]


def test_again_it_changes_nothing(file: Path) -> None:
    backfill(*MARCH, str(file))
    assert "0 recorded, 3 unchanged, 0 held" in backfill(*MARCH, str(file))


def test_file_can_be_of_a_source(file: Path) -> None:
    backfill(*MARCH, "--source", "exchange", str(file))
    assert recorded()[0] == ("2007-03-26", "exchange: march.csv")


def test_configured_source_is_asked_by_its_name(file: Path, settings: Any) -> None:
    source = {"kind": "csv_file", "path": str(file)}
    settings.MARKET_SOURCES = {"stock": [{**source, "name": "exchange"}, {**source, "name": "vendor"}]}
    backfill(*MARCH, "--source", "vendor")
    assert {source for _, source in recorded()} == {"vendor"}


def test_only_source_needs_no_name(file: Path, settings: Any) -> None:
    settings.MARKET_SOURCES = {"stock": [{"kind": "csv_file", "path": str(file)}]}
    assert "3 recorded" in backfill(*MARCH)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (MARCH, "Name one of the sources of stock: none."),
        ((*MARCH, "/nowhere.csv"), "/nowhere.csv cannot be read: No such file or directory"),
        (("--series", "stock", "--from", "2007-03-30", "--to", "2007-03-29"),
         "--from 2007-03-30 is after --to 2007-03-29."),
    ],
)  # fmt: skip
def test_backfill_that_cannot_be_is_refused(arguments: tuple[str, ...], message: str) -> None:
    with pytest.raises(CommandError) as refusal:
        backfill(*arguments)
    assert str(refusal.value) == message


def test_file_with_a_wrong_row_records_nothing(file: Path) -> None:
    file.write_text(ROWS + "2007-03-31,6.10\n")
    with pytest.raises(CommandError) as refusal:
        backfill(*MARCH, str(file))
    assert str(refusal.value).startswith("Nothing is recorded.\nrow 6: ")
    assert recorded() == []


def test_file_without_those_days_says_so(file: Path) -> None:
    with pytest.raises(CommandError, match=r"^march\.csv has no close from 2006-01-03 to 2006-01-04\.$"):
        backfill("--series", "stock", "--from", "2006-01-03", "--to", "2006-01-04", str(file))
