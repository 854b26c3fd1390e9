"""Whether the nights of this portal have begun: a new one begins with what was due before it was there."""

from datetime import datetime

from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Min, Q

from exercises.models import JobRun


def has_run_before(instant: datetime) -> bool:
    """Whether a job was begun before then. A run that was claimed again has had its time."""
    return JobRun.objects.filter(Q(claimed_at__lt=instant) | Q(attempts__gt=1)).exists()


def is_new(instant: datetime) -> bool:
    """Whether its tables were not made before that, or a job has begun since: then it has had its first tick."""
    made_at = MigrationRecorder(connection).migration_qs.aggregate(made_at=Min("applied"))["made_at"]
    return made_at >= instant or JobRun.objects.exists()
