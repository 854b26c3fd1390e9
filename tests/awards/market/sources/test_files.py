import os
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from awards.market.calendar import NewYorkCalendar
from awards.market.models import ClosingPrice
from awards.market.parsing import RefusedFile
from awards.market.recording import collect_closing_prices
from awards.market.sources import SourceError
from awards.market.sources.files import CsvFile, Folder

GOOD = "date,close\n2007-03-30,6.10\n"
Drop = Callable[..., Path]


def fetch(source: Any, now: datetime) -> list[Any]:
    return list(source.fetch("stock", since=date(1990, 1, 1), now=now, calendar=NewYorkCalendar()))


@pytest.fixture
def drop(tmp_path: Path, now: datetime) -> Drop:
    """Drops a file into the folder, changed so many seconds ago."""

    def put(name: str, content: str, seconds_ago: int = 60) -> Path:
        file = tmp_path / name
        file.write_text(content)
        os.utime(file, (now.timestamp() - seconds_ago,) * 2)
        return file

    return put


def names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_file_is_one_delivery(drop: Drop, now: datetime) -> None:
    [fetched] = fetch(CsvFile(path=str(drop("stock.csv", GOOD))), now)
    assert (fetched.name, [f"{each.day} {each.close}" for each in fetched.closes]) == (
        "file stock.csv",
        ["2007-03-30 6.10"],
    )


def test_file_that_is_absent_is_a_source_error(tmp_path: Path, now: datetime) -> None:
    with pytest.raises(SourceError, match=r"^file stock\.csv cannot be read: No such file or directory$"):
        fetch(CsvFile(path=str(tmp_path / "stock.csv")), now)


def test_file_that_is_wrong_is_refused(drop: Drop, now: datetime) -> None:
    with pytest.raises(RefusedFile, match=r'^row 2: "x" is not a number$'):
        fetch(CsvFile(path=str(drop("stock.csv", "date,close\n2007-03-30,x\n"))), now)


def test_folder_is_read_in_the_order_of_names(drop: Drop, tmp_path: Path, now: datetime) -> None:
    for name in ("b.csv", "a.CSV", "c.txt", ".hidden"):
        drop(name, GOOD)
    assert [each.name for each in fetch(Folder(path=str(tmp_path)), now)] == ["folder a.CSV", "folder b.csv"]


@pytest.mark.parametrize(("seconds_ago", "is_read"), [(59, False), (60, True), (-59, False), (-60, True)])
def test_file_changed_just_now_waits(
    drop: Drop, tmp_path: Path, now: datetime, seconds_ago: int, is_read: bool
) -> None:
    drop("a.csv", GOOD, seconds_ago)
    assert [bool(each.closes) for each in fetch(Folder(path=str(tmp_path)), now)] == [True] * is_read


def test_folders_and_links_are_left_alone(drop: Drop, tmp_path: Path, now: datetime) -> None:
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "link.csv").symlink_to(drop("stock.txt", GOOD))
    assert fetch(Folder(path=str(tmp_path)), now) == []


def test_folder_that_is_absent_is_a_source_error(tmp_path: Path, now: datetime) -> None:
    with pytest.raises(SourceError, match=r"^folder drop cannot be read: No such file or directory$"):
        fetch(Folder(path=str(tmp_path / "drop")), now)


def test_fetching_moves_nothing(drop: Drop, tmp_path: Path, now: datetime) -> None:
    drop("a.csv", GOOD)
    drop("b.csv", "rubbish")
    fetch(Folder(path=str(tmp_path)), now)
    assert names(tmp_path) == ["a.csv", "b.csv"]


def test_finished_files_are_moved_with_the_reason(drop: Drop, tmp_path: Path, now: datetime) -> None:
    drop("a.csv", GOOD)
    drop("b.csv", "rubbish")
    for fetched in fetch(Folder(path=str(tmp_path)), now):
        fetched.finish()
    assert names(tmp_path) == [
        "done/20070330T210000-a.csv",
        "refused/20070330T210000-b.csv",
        "refused/20070330T210000-b.csv.reason.txt",
    ]
    reason = tmp_path / "refused" / "20070330T210000-b.csv.reason.txt"
    assert reason.read_text() == 'row 1: the header is "rubbish" and should be "date,close"\n'


def test_file_of_the_same_name_overwrites_none_that_is_done(drop: Drop, tmp_path: Path, now: datetime) -> None:
    for _ in range(3):
        drop("a.csv", GOOD)
        for fetched in fetch(Folder(path=str(tmp_path)), now):
            fetched.finish()
    assert names(tmp_path) == [
        "done/20070330T210000-a-2.csv",
        "done/20070330T210000-a-3.csv",
        "done/20070330T210000-a.csv",
    ]


def test_file_taken_by_another_worker_is_passed_over(drop: Drop, tmp_path: Path, now: datetime) -> None:
    drop("a.csv", GOOD)
    drop("b.csv", GOOD).rename(tmp_path / "kept")
    deliveries = Folder(path=str(tmp_path)).fetch("stock", since=date(1990, 1, 1), now=now, calendar=NewYorkCalendar())
    first = next(deliveries)
    (tmp_path / "a.csv").unlink()
    first.finish()
    assert (list(deliveries), names(tmp_path)) == ([], ["kept"])


def test_file_that_vanishes_before_it_is_read_is_passed_over(
    drop: Drop, tmp_path: Path, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = drop("a.csv", GOOD)
    monkeypatch.setattr(Folder, "_is_ready", lambda self, path, now: not file.unlink())
    assert fetch(Folder(path=str(tmp_path)), now) == []


@pytest.mark.django_db(transaction=True)
def test_collecting_moves_what_is_recorded(drop: Drop, tmp_path: Path, now: datetime, settings: Any) -> None:
    settings.MARKET_SOURCES = {"stock": [{"kind": "folder", "path": str(tmp_path)}]}
    drop("1.csv", GOOD)
    drop("2.csv", "date,close\n2007-03-30,NaN\n")
    drop("3.csv", GOOD)
    outcomes = [(each["source"], each["failed"]) for each in collect_closing_prices(now)["stock"]]
    assert outcomes == [("folder 1.csv", False), ("folder 2.csv", True), ("folder 3.csv", False)]
    assert (ClosingPrice.objects.count(), [name.partition("/")[0] for name in names(tmp_path)]) == (
        1,
        ["done", "done", "refused", "refused"],
    )


@pytest.mark.django_db(transaction=True)
def test_file_that_cannot_be_moved_is_recorded_once(
    drop: Drop, tmp_path: Path, now: datetime, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.MARKET_SOURCES = {"stock": [{"kind": "folder", "path": str(tmp_path)}]}
    drop("1.csv", GOOD)
    drop("done", "a file stands where the folder should be")
    counts = [collect_closing_prices(now)["stock"][0] for _ in range(2)]
    assert [(each["inserted"], each["unchanged"]) for each in counts] == [(1, 0), (0, 1)]
    assert [record.levelname for record in caplog.records] == ["ERROR", "ERROR"]
