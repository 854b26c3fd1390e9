from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import CheckConstraint, Index, Q, UniqueConstraint

from awards.models.decision import who


class AuditEvent(models.Model):
    """Who did what to which subject, and why. Chained by hash per subject; written by `awards.actions.audit` only."""

    subject = models.CharField(max_length=60, help_text="Kind and key, such as award:12.")
    sequence = models.PositiveIntegerField()
    action = models.CharField(max_length=60)
    # The index of `actor` begins with it.
    actor = who(null=True, db_index=False)
    before = models.JSONField(encoder=DjangoJSONEncoder, default=dict)
    after = models.JSONField(encoder=DjangoJSONEncoder, default=dict)
    reason = models.TextField(blank=True)
    at = models.DateTimeField()
    previous_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    class Meta:
        ordering = ["at", "pk"]
        # The order of the list: of all, of one action, of one person.
        indexes = [
            Index(fields=["at", "id"], name="auditevent_in_order"),
            Index(fields=["action", "at", "id"], name="auditevent_by_action"),
            Index(fields=["actor", "at", "id"], name="auditevent_by_actor"),
        ]
        constraints = [
            UniqueConstraint(
                fields=["subject", "sequence"],
                name="auditevent_sequence_once",
                violation_error_message="Another event took this place in the chain.",
            ),
            CheckConstraint(
                condition=Q(sequence=1, previous_hash="") | Q(sequence__gt=1) & ~Q(previous_hash=""),
                name="auditevent_chained",
                violation_error_message="An event follows from the one before it.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject} #{self.sequence} {self.action}"


class AuditSeal(models.Model):
    """A day's events under one hash, each seal on top of the one before: what is missing or changed shows."""

    day = models.DateField(unique=True)
    last_event = models.PositiveBigIntegerField(help_text="The highest event id that the seal covers.")
    events = models.PositiveIntegerField()
    previous_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)
    sealed_at = models.DateTimeField()

    class Meta:
        ordering = ["day"]

    def __str__(self) -> str:
        return f"Seal of {self.day}"
