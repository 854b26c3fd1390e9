"""For the processes that the fault tests start and kill: a clock that stands where the test says."""

import os
from datetime import datetime

from tests.settings import *  # noqa: F403
from tests.settings import CELERY_BROKER_TRANSPORT_OPTIONS

PORTAL_NOW = datetime.fromisoformat(os.environ["FAULT_NOW"]) if os.environ.get("FAULT_NOW") else None
if os.environ.get("FAULT_VISIBILITY"):
    CELERY_BROKER_TRANSPORT_OPTIONS["visibility_timeout"] = int(os.environ["FAULT_VISIBILITY"])
    CELERY_VISIBILITY_TIMEOUT = int(os.environ["FAULT_VISIBILITY"])
