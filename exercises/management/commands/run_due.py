from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from awards.actions import outbox
from config import clock
from exercises import jobs


class Command(BaseCommand):
    help = "Run whatever job is due, as the tick does, without Celery."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--only-alarm", action="store_true", help="mail what should have run and has not; run none")

    def handle(self, *args: Any, only_alarm: bool = False, **options: Any) -> None:
        now = clock.now()
        if only_alarm:
            late = jobs.alarm_late(now, is_tick=False)
            outbox.drain(now=now)
            if late:
                raise CommandError("\n".join(late))
            return
        for run in jobs.run_due(now):
            self.stdout.write(f"{run.kind} for {run.business_date}: {run.state} {run.did} {run.problem}".rstrip())
