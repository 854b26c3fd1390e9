import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from awards.market.calendar import OutsideCalendar, trading_calendar
from awards.market.gaps import gap_lines, gaps_of
from awards.market.models import Series
from config import clock


class Command(BaseCommand):
    help = (
        "List the Trading Days without a close, in runs; ends with 1 when there are any. Without --from a series "
        "counts from its first close, and one without any close lacks nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--series", choices=Series.values, nargs="*", default=Series.values)
        parser.add_argument("--from", dest="start", type=date.fromisoformat, metavar="YYYY-MM-DD")
        parser.add_argument("--to", dest="end", type=date.fromisoformat, metavar="YYYY-MM-DD")
        parser.add_argument("--format", dest="as_", choices=["text", "json"], default="text")

    def handle(self, *, series: list[str], start: date | None, end: date | None, as_: str, **options: Any) -> None:
        if start and end and start > end:
            raise CommandError(f"--from {start} is after --to {end}.")
        now, calendar = clock.now(), trading_calendar()
        try:
            gaps = {each: gaps_of(each, start, end, now=now, calendar=calendar) for each in series}
        except OutsideCalendar as refusal:
            raise CommandError(str(refusal)) from refusal
        if as_ == "json":
            shown = {each: [asdict(gap) for gap in found] for each, found in gaps.items()}
            self.stdout.write(json.dumps(shown, default=str, indent=2))
        else:
            self.stdout.write("\n".join(gap_lines(gaps)))
        if any(gaps.values()):
            sys.exit(1)
