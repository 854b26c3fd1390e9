"""Celery's door to the jobs: one call each. What is due, and what is done already, the database says."""

import logging

from celery import current_app, shared_task
from django.conf import settings
from kombu.exceptions import OperationalError

from config import clock
from exercises import jobs

logger = logging.getLogger(__name__)
PUBLISH_SECONDS = 5


@shared_task(name="exercises.tick")
def tick() -> None:
    """Run whatever is due; the slices of a large night are offered to the other workers too."""
    for run in jobs.run_due(clock.now(), hand_out):
        logger.info("%s for %s: %s %s", run.kind, run.business_date, run.state, run.did)


@shared_task(name="exercises.slice")
def write_slice(key: int) -> None:
    """Write one slice of a run, unless it is done or another is at it."""
    jobs.run_slice(key, clock.now())


def hand_out(keys: list[int]) -> None:
    """Send a message for each slice. A broker that is away or hangs costs seconds: the sender writes them itself."""
    options = {**settings.CELERY_BROKER_TRANSPORT_OPTIONS, "max_retries": 0}
    try:
        with current_app.connection_for_write(transport_options=options) as connection:
            connection.ensure_connection(max_retries=1, timeout=PUBLISH_SECONDS)
            for key in keys:
                write_slice.apply_async((key,), connection=connection, retry=False)
    except (OperationalError, OSError) as error:
        logger.warning("%s slices were not offered to other workers: %s", len(keys), error)
