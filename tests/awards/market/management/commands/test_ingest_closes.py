import io
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command

from awards.market.models import ClosingPrice, HeldClose

pytestmark = pytest.mark.django_db
Ingest = Callable[..., list[str]]
HELD = "A held close counts as missing until two people decide: admin, Market, Held closes."


@pytest.fixture
def ingest(tmp_path: Path, at: Callable[[str], datetime]) -> Ingest:
    """Runs the command on a file with these rows, on Friday 2007-03-30 at 18:00; answers with its lines."""
    at("2007-03-30T18:00-04:00")

    def run(*rows: str, series: str = "stock") -> list[str]:
        file, out = tmp_path / "closes.csv", io.StringIO()
        file.write_text("\n".join(["date,close", *rows]))
        call_command("ingest_closes", str(file), series=series, stdout=out)
        return out.getvalue().splitlines()

    return run


def test_file_is_recorded_and_counted(ingest: Ingest) -> None:
    assert ingest("2007-03-29,6.10", "2007-03-30,6.20") == [
        "Stock: 2 closes of closes.csv, 2007-03-29 to 2007-03-30: 2 recorded, 0 unchanged, 0 held"
    ]
    row = ClosingPrice.objects.get(trading_day="2007-03-30")
    assert (str(row.close), row.source, row.recorded_by) == ("6.200000", "ingest_closes closes.csv", None)


def test_file_ingested_twice_changes_nothing(ingest: Ingest) -> None:
    rows = ("2007-03-29,1422.53", "2007-03-30,1420.86")
    ingest(*rows, series="sp500")
    assert ingest(*rows, series="sp500") == [
        "S&P 500: 2 closes of closes.csv, 2007-03-29 to 2007-03-30: 0 recorded, 2 unchanged, 0 held"
    ]


def test_split_in_a_history_is_recorded_and_told(ingest: Ingest) -> None:
    assert ingest("2007-03-27,79.5", "2007-03-28,39.31", "2007-03-29,39.81", "2007-03-30,40.5") == [
        "Stock: 4 closes of closes.csv, 2007-03-27 to 2007-03-30: 4 recorded, 0 unchanged, 0 held",
        "recorded: jump of -50.6 % on 2007-03-28 confirmed by the next close",
    ]
    assert HeldClose.objects.count() == 0


def test_what_is_held_is_told_with_what_to_do(ingest: Ingest) -> None:
    ingest("2007-03-28,6.00")
    assert ingest("2007-03-28,6.01", "2007-03-29,6.10", "2007-03-30,61.0") == [
        "Stock: 3 closes of closes.csv, 2007-03-28 to 2007-03-30: 1 recorded, 0 unchanged, 2 held",
        "held: Stock 2007-03-28: 6.01, differs from the recorded close",
        "held: Stock 2007-03-30: 61, jumps from the close before",
        HELD,
    ]
    assert ingest("2007-03-30,61.0") == [
        "Stock: 1 closes of closes.csv, 2007-03-30 to 2007-03-30: 0 recorded, 0 unchanged, 0 held, 1 held before",
        HELD,
    ]


def test_refused_file_names_its_rows_and_records_nothing(ingest: Ingest) -> None:
    with pytest.raises(CommandError) as refusal:
        ingest("2007-03-29,6.10", "2007-03-31,6.20", "2007-03-30,6.2x")
    assert str(refusal.value).splitlines() == [
        "closes.csv is refused; nothing is recorded.",
        "row 3: 2007-03-31 is in the future: today is 2007-03-30",
        'row 4: "6.2x" is not a number',
    ]
    assert (refusal.value.returncode, ClosingPrice.objects.count()) == (1, 0)


def test_future_is_judged_by_the_portals_clock(ingest: Ingest, at: Callable[[str], datetime]) -> None:
    at("2007-03-30T15:59-04:00")
    with pytest.raises(CommandError, match="the close of 2007-03-30 is not final before 16:00 New York time"):
        ingest("2007-03-30,6.20")


def test_dash_reads_standard_input(ingest: Ingest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(b"date,close\r\n2007-03-30,6.20\r\n")))
    out = io.StringIO()
    call_command("ingest_closes", "-", series="stock", stdout=out)
    assert out.getvalue() == (
        "Stock: 1 closes of standard input, 2007-03-30 to 2007-03-30: 1 recorded, 0 unchanged, 0 held\n"
    )


def test_file_that_is_absent_is_said(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"nothing\.csv cannot be read: No such file or directory$"):
        call_command("ingest_closes", str(tmp_path / "nothing.csv"), series="stock")


@pytest.mark.parametrize("series", ["nasdaq", ""])
def test_series_that_is_not_known_is_refused(tmp_path: Path, series: str) -> None:
    with pytest.raises(CommandError, match="argument --series: invalid choice"):
        call_command("ingest_closes", "x.csv", f"--series={series}")
