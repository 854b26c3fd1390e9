from argparse import ArgumentParser
from time import monotonic
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from awards.market.progress import ProgressLine
from config import clock
from exercises.scale.loading import NotEmpty, load


class Command(BaseCommand):
    help = (
        "Load a large fictional company with five years of history into an empty portal: to size a server, and for the "
        "benchmark. Never into a portal that anybody uses."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--grantees", type=int, default=200_000)
        parser.add_argument("--awards", type=int, default=1_000_000)
        parser.add_argument("--seed", type=int, default=7, help="the same seed makes the same company")
        parser.add_argument("--due", type=int, default=0, help="leave so many lapses for the sweep to write")

    def handle(self, *, grantees: int, awards: int, seed: int, due: int, **options: Any) -> None:
        if not 1 <= grantees <= awards or due < 0:
            raise CommandError("There is at least one Grantee, and at least one Award for each.")
        started, progress = monotonic(), ProgressLine("Large company:")
        try:
            load(grantees=grantees, awards=awards, seed=seed, now=clock.now(), due=due, progress=progress)
        except NotEmpty as reason:
            raise CommandError(str(reason)) from reason
        self.stdout.write(f"{grantees:,} Grantees with {awards:,} Awards in {monotonic() - started:.0f} seconds.")
