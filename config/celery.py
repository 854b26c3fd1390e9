"""The Celery application and its schedule.

Beat only ticks; `exercises.jobs.run_due` decides from the database what is due.
"""

import logging.config
import os
from typing import Any

from celery import Celery, bootsteps
from celery.beat import EmbeddedService
from celery.schedules import crontab
from celery.signals import setup_logging
from click import Option
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("config")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

app.conf.beat_schedule = {
    # New York time. Nothing runs between 01:00 and 03:00, where a change of the clock skips or repeats hours.
    # What no worker fetched within the hour would only tell what the next one tells as well.
    "tick": {
        "task": "exercises.tick",
        "schedule": crontab(minute="*/2", hour="0,3-23"),
        "options": {"expires": 3600},
    },
}


class TickingWorker(bootsteps.StartStopStep):
    """`celery worker --ticking`: beat as a thread of the worker, where `--beat` forks a process as large as it."""

    def __init__(self, worker: Any, ticking: bool = False, **options: Any) -> None:
        self.enabled = ticking
        super().__init__(worker, **options)

    def create(self, worker: Any) -> Any:
        return EmbeddedService(
            worker.app, thread=True, schedule_filename=worker.schedule_filename, scheduler_cls=worker.scheduler
        )


app.user_options["worker"].add(Option(["--ticking"], is_flag=True, help="Send the ticks from a thread of the worker."))
app.steps["worker"].add(TickingWorker)


@setup_logging.connect
def log_as_the_portal_does(**options: Any) -> None:
    """Keep Celery from handlers and forms of its own."""
    logging.config.dictConfig(settings.LOGGING)
