import sys
from argparse import ArgumentParser
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from awards.market.calendar import trading_calendar
from awards.market.models import Series
from awards.market.parsing import MAX_BYTES, DatedClose, RefusedFile, parse_csv
from awards.market.recording import record_closes
from awards.market.sources.files import read_bounded
from config import clock


class Command(BaseCommand):
    help = (
        "Record the closes of a CSV file with the header date,close: all of it, or, when a row is wrong, nothing. "
        "What differs from a recorded close, and a jump that the next close does not confirm, is held for two people."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--series", choices=Series.values, required=True)
        parser.add_argument("file", metavar="FILE", help='the CSV file; "-" reads standard input')

    def handle(self, *, series: str, file: str, **options: Any) -> None:
        now = clock.now()
        name = "standard input" if file == "-" else Path(file).name
        closes = _closes(file, name, now)
        recorded = record_closes(
            series=series, closes=closes, source=f"ingest_closes {name}"[:100], recorded_by=None, now=now
        )
        days = [dated.day for dated in closes]
        self.stdout.write(
            f"{Series(series).label}: {len(days)} closes of {name}, {min(days)} to {max(days)}: {recorded.counted()}"
        )
        for message in recorded.messages():
            self.stdout.write(message)
        if recorded.held or recorded.still_held:
            self.stdout.write("A held close counts as missing until two people decide: admin, Market, Held closes.")


def _closes(file: str, name: str, now: datetime) -> list[DatedClose]:
    try:
        content = sys.stdin.buffer.read(MAX_BYTES + 1) if file == "-" else read_bounded(Path(file))
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}") from error
    try:
        return parse_csv(content, now=now, calendar=trading_calendar())
    except RefusedFile as refusal:
        raise CommandError("\n".join([f"{name} is refused; nothing is recorded.", *refusal.lines()])) from refusal
