"""Closes from CSV files: one that is replaced in place, or a folder into which files are dropped."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from awards.market.calendar import NewYorkCalendar
from awards.market.parsing import DATE_AND_CLOSE, MAX_BYTES, RefusedFile, parse_csv
from awards.market.sources.checks import check_flags, check_path, check_positive, columns_checked
from awards.market.sources.source import Fetched, SourceError

_NAME_LENGTH = 100


def read_bounded(path: Path) -> bytes:
    """The content of a file, or one byte more than any file may have."""
    with path.open("rb") as file:
        return file.read(MAX_BYTES + 1)


@dataclass(frozen=True, kw_only=True)
class CsvFile:
    """`path`: the file. `columns`: its header, "date" and "close" unless told. `whole_lines`: refuse a cut-off end."""

    path: str
    columns: tuple[str, str] = DATE_AND_CLOSE
    whole_lines: bool = False

    def __post_init__(self) -> None:
        check_path(self.path)
        check_flags(whole_lines=self.whole_lines)
        object.__setattr__(self, "columns", columns_checked(self.columns))

    @property
    def name(self) -> str:
        return f"file {Path(self.path).name}"[:_NAME_LENGTH]

    def fetch(self, series: str, *, since: date, now: datetime, calendar: NewYorkCalendar) -> Iterator[Fetched]:
        try:
            content = read_bounded(Path(self.path))
        except OSError as error:
            raise SourceError(f"{self.name} cannot be read: {error.strerror}") from error
        yield Fetched(
            self.name,
            tuple(parse_csv(content, now=now, calendar=calendar, names=self.columns, whole_lines=self.whole_lines)),
        )


@dataclass(frozen=True, kw_only=True)
class Folder:
    """`path`: the watched folder. New *.csv are read in the order of their names, then moved to done/ or refused/.

    `settle_seconds`: a file changed less long ago may still be being written, and waits for the next time.
    """

    path: str
    columns: tuple[str, str] = DATE_AND_CLOSE
    whole_lines: bool = False
    settle_seconds: int = 60

    def __post_init__(self) -> None:
        check_path(self.path)
        check_positive(settle_seconds=self.settle_seconds)
        check_flags(whole_lines=self.whole_lines)
        object.__setattr__(self, "columns", columns_checked(self.columns))

    @property
    def name(self) -> str:
        return f"folder {Path(self.path).name}"[:_NAME_LENGTH]

    def fetch(self, series: str, *, since: date, now: datetime, calendar: NewYorkCalendar) -> Iterator[Fetched]:
        try:
            files = sorted(path for path in Path(self.path).iterdir() if self._is_ready(path, now))
        except OSError as error:
            raise SourceError(f"{self.name} cannot be read: {error.strerror}") from error
        for file in files:
            yield from self._read(file, now, calendar)

    def _is_ready(self, path: Path, now: datetime) -> bool:
        if path.suffix.lower() != ".csv" or path.is_symlink() or not path.is_file():
            return False
        # Either way: the clock of the machine that writes may run ahead of ours.
        return abs(now.timestamp() - path.stat().st_mtime) >= self.settle_seconds

    def _read(self, file: Path, now: datetime, calendar: NewYorkCalendar) -> Iterator[Fetched]:
        name = f"folder {file.name}"[:_NAME_LENGTH]
        try:
            closes = parse_csv(
                read_bounded(file), now=now, calendar=calendar, names=self.columns, whole_lines=self.whole_lines
            )
        except FileNotFoundError:
            # Another worker has taken and moved it since we looked.
            return
        except RefusedFile as refusal:
            yield Fetched(name, refusal=refusal, finish=_mover(file, "refused", now, str(refusal)))
        else:
            yield Fetched(name, tuple(closes), finish=_mover(file, "done", now))


def _mover(file: Path, folder: str, now: datetime, reason: str = "") -> Callable[[], None]:
    def move() -> None:
        target = _free(file.parent / folder / f"{now:%Y%m%dT%H%M%S}-{file.name}")
        target.parent.mkdir(exist_ok=True)
        try:
            file.rename(target)
        except FileNotFoundError:
            # Another worker moved it first, after recording the same closes.
            return
        if reason:
            target.with_name(f"{target.name}.reason.txt").write_text(f"{reason}\n", encoding="utf-8")

    return move


def _free(target: Path) -> Path:
    number, free = 1, target
    while free.exists():
        number += 1
        free = target.with_name(f"{target.stem}-{number}{target.suffix}")
    return free
