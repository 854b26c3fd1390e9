"""For the workers that `test_stopping` stops: half a minute is for production."""

from tests.settings import *  # noqa: F403

CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 2
