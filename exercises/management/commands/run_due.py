from typing import Any

from django.core.management.base import BaseCommand

from config import clock
from exercises import jobs


class Command(BaseCommand):
    help = "Run whatever job is due, as the tick does, without Celery."

    def handle(self, *args: Any, **options: Any) -> None:
        for run in jobs.run_due(clock.now()):
            self.stdout.write(f"{run.kind} for {run.business_date}: {run.state} {run.did} {run.problem}".rstrip())
