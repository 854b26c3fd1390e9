from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint


class JobRun(models.Model):
    """One job for one business date: claimed in the database, so that late, lost and doubled messages do no harm."""

    class State(models.TextChoices):
        RUNNING = "running", "Running"
        WAITING = "waiting", "Waiting for what it needs"
        FAILED = "failed", "Failed; will be tried again"
        DONE = "done", "Done"

    kind = models.CharField(max_length=40)
    business_date = models.DateField()
    state = models.CharField(max_length=8, choices=State)
    attempts = models.PositiveIntegerField(default=1)
    claimed_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    did = models.JSONField(default=dict, help_text="What the run found and wrote.")
    problem = models.TextField(blank=True)

    class Meta:
        ordering = ["-business_date", "kind"]
        constraints = [
            UniqueConstraint(
                fields=["kind", "business_date"],
                name="jobrun_once_a_date",
                violation_error_message="This job has its run for that date.",
            ),
            CheckConstraint(
                condition=Q(state="done", finished_at__isnull=False) | ~Q(state="done"),
                name="jobrun_done_is_finished",
                violation_error_message="A run that is done has an end.",
            ),
            CheckConstraint(
                condition=Q(attempts__gte=1),
                name="jobrun_counts_attempts",
                violation_error_message="A run has at least one attempt.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} for {self.business_date}: {self.state}"
