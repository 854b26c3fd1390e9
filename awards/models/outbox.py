from django.db import models
from django.db.models import CheckConstraint, Index, Q


class OutboxMessage(models.Model):
    """Mail that a transaction decided to send. The tick sends it; the key makes a second of the same impossible."""

    key = models.CharField(max_length=120, unique=True)
    to = models.EmailField()
    subject = models.CharField(max_length=200)
    body = models.TextField()
    html = models.TextField(
        blank=True, default="", db_default="", help_text="The same as HTML, beside the text; empty: text alone."
    )
    # One of the many of a night: what somebody waits for goes out before it.
    can_wait = models.BooleanField(default=False, db_default=False)
    created_at = models.DateTimeField()
    # When it was last tried: two drains at once do not send it twice, and one that failed waits a while.
    claimed_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.TextField(blank=True)

    class Meta:
        ordering = ["created_at", "pk"]
        constraints = [
            CheckConstraint(
                condition=~Q(subject="") & ~Q(body=""),
                name="outboxmessage_says_something",
                violation_error_message="A message needs a subject and a text.",
            ),
        ]
        # Migration 0006 adds `outboxmessage_address` on PostgreSQL.
        indexes = [
            Index(fields=["can_wait", "created_at"], name="outboxmessage_to_send", condition=Q(sent_at__isnull=True)),
            Index(fields=["created_at", "id"], name="outboxmessage_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.subject} → {self.to}"
