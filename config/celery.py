"""The Celery application and its schedule.

Beat only ticks; `exercises.jobs.run_due` decides from the database what is due.
"""

import logging.config
import os
from typing import Any

from celery import Celery
from celery.schedules import crontab
from celery.signals import setup_logging
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


@setup_logging.connect
def log_as_the_portal_does(**options: Any) -> None:
    """Keep Celery from handlers and forms of its own."""
    logging.config.dictConfig(settings.LOGGING)
