import sys
from argparse import ArgumentParser
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError

from awards.market.backfill import NothingToBackfill, backfill, between, fetch_between
from awards.market.calendar import NewYorkCalendar, trading_calendar
from awards.market.gaps import gap_lines, gaps_of
from awards.market.models import Series
from awards.market.parsing import MAX_BYTES, RefusedFile, parse_csv
from awards.market.progress import ProgressLine
from awards.market.sources import Fetched, SourceError
from awards.market.sources.files import read_bounded
from config import clock


class Command(BaseCommand):
    help = (
        "Record the closes of days long past, of a CSV file with the header date,close or of a configured source, and "
        "report the gaps that are left. What differs from a recorded close is held. Run again, it changes nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--series", choices=Series.values, required=True)
        parser.add_argument("--from", dest="start", type=date.fromisoformat, required=True, metavar="YYYY-MM-DD")
        parser.add_argument("--to", dest="end", type=date.fromisoformat, required=True, metavar="YYYY-MM-DD")
        parser.add_argument("--source", default="", help="the name of the source, where a series has several")
        parser.add_argument("file", metavar="FILE", nargs="?", help='a CSV file instead; "-" reads standard input')

    def handle(self, *, series: str, start: date, end: date, source: str, file: str | None, **options: Any) -> None:
        if start > end:
            raise CommandError(f"--from {start} is after --to {end}.")
        now, calendar = clock.now(), trading_calendar()
        for fetched in self._fetched(series, start, end, source, file, now, calendar):
            progress = ProgressLine(f"{Series(series).label}, {fetched.name}:")
            recorded = backfill(series=series, fetched=fetched, now=now, progress=progress)
            self.stdout.write(
                f"{Series(series).label}: {len(fetched.closes)} closes of {fetched.name}: {recorded.counted()}"
            )
            for message in recorded.messages():
                self.stdout.write(message)
        gaps = {series: gaps_of(series, start, end, now=now, calendar=calendar)}
        self.stdout.write("\n".join(gap_lines(gaps)))

    def _fetched(
        self,
        series: str,
        start: date,
        end: date,
        source: str,
        file: str | None,
        now: datetime,
        calendar: NewYorkCalendar,
    ) -> list[Fetched]:
        try:
            if file:
                return [_of_file(file, start, end, source, now, calendar)]
            return fetch_between(series, start, end, source=source, now=now, calendar=calendar)
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}") from error
        except RefusedFile as refusal:
            raise CommandError("\n".join(["Nothing is recorded.", *refusal.lines()])) from refusal
        except (NothingToBackfill, SourceError, ImproperlyConfigured) as error:
            raise CommandError(str(error)) from error


def _of_file(file: str, start: date, end: date, source: str, now: datetime, calendar: NewYorkCalendar) -> Fetched:
    content = sys.stdin.buffer.read(MAX_BYTES + 1) if file == "-" else read_bounded(Path(file))
    name = "standard input" if file == "-" else Path(file).name
    closes = between(parse_csv(content, now=now, calendar=calendar), start, end)
    if not closes:
        raise NothingToBackfill(f"{name} has no close from {start} to {end}.")
    return Fetched((f"{source}: {name}" if source else f"backfill_closes {name}")[:100], closes)
