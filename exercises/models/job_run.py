from django.db import models
from django.db.models import Case, CheckConstraint, F, Index, Q, UniqueConstraint, Value, When

# What a person at the desk sees first: what failed, what waits, what runs.
TROUBLES_FIRST = Case(
    *(When(state=state, then=Value(place)) for place, state in enumerate(("failed", "waiting", "running"))),
    default=Value(9),
)


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
    took = models.DurationField(null=True, help_text="From its claim to its end.")
    lag = models.DurationField(null=True, help_text="From when it was due to its end.")
    due = models.PositiveIntegerField(null=True, help_text="Awards found due; only for a run in slices.")
    done = models.PositiveIntegerField(null=True, help_text="Awards whose slices are done.")
    refused = models.PositiveIntegerField(null=True, help_text="Awards that could not be written.")
    did = models.JSONField(default=dict, help_text="What the run found and wrote.")
    problem = models.TextField(blank=True)

    class Meta:
        ordering = ["-business_date", "kind"]
        indexes = [
            Index(TROUBLES_FIRST, F("business_date").desc(), F("kind"), name="jobrun_troubles_first"),
            Index(fields=["business_date"], name="jobrun_by_date"),
            Index(fields=["business_date"], name="jobrun_with_problem", condition=~Q(problem="")),
        ]
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


class JobSlice(models.Model):
    """The Awards of one run from the key `first` to `last`. Whoever writes them holds this row's lock meanwhile."""

    class State(models.TextChoices):
        OPEN = "open", "Open"
        REFUSED = "refused", "Could not be written"
        DONE = "done", "Done"

    run = models.ForeignKey(JobRun, on_delete=models.CASCADE, related_name="slices")
    first = models.BigIntegerField()
    last = models.BigIntegerField()
    due = models.PositiveIntegerField()
    state = models.CharField(max_length=7, choices=State, default=State.OPEN)
    finished_at = models.DateTimeField(null=True)
    did = models.JSONField(default=dict)
    problem = models.TextField(blank=True)

    class Meta:
        ordering = ["first"]
        constraints = [
            UniqueConstraint(
                fields=["run", "first"],
                name="jobslice_begins_once",
                violation_error_message="The run has a slice that begins there.",
            ),
            CheckConstraint(
                condition=Q(first__lte=F("last")),
                name="jobslice_goes_forward",
                violation_error_message="A slice ends where it begins or after.",
            ),
            CheckConstraint(
                condition=Q(state="open", finished_at__isnull=True) | ~Q(state="open") & Q(finished_at__isnull=False),
                name="jobslice_not_open_is_finished",
                violation_error_message="A slice that is no longer open has an end, and an open one has none.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.first} to {self.last}: {self.state}"
