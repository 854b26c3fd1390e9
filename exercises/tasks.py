"""Celery's door to the jobs: one call each. What is due, and what is done already, the database says."""

import logging

from celery import shared_task

from config import clock
from exercises import jobs

logger = logging.getLogger(__name__)


@shared_task(name="exercises.tick")
def tick() -> None:
    """Run whatever is due."""
    for run in jobs.run_due(clock.now()):
        logger.info("%s for %s: %s %s", run.kind, run.business_date, run.state, run.did)
