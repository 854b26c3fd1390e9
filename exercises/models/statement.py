from django.db import models
from django.db.models import CheckConstraint, F, Q

from awards.models.decision import who


class Statement(models.Model):
    """A statement of a period as it was made: its bundle, and the hash over it. Written once, and its maker's alone."""

    from_on = models.DateField()
    to_on = models.DateField()
    bundle = models.TextField(help_text="JSON: every input and every figure, numbers as exact decimal text.")
    sha256 = models.CharField(max_length=64, unique=True)
    made_by = who()
    made_at = models.DateTimeField(editable=False)

    class Meta:
        ordering = ["-made_at", "-pk"]
        constraints = [
            CheckConstraint(
                condition=Q(from_on__lte=F("to_on")),
                name="statement_period_in_order",
                violation_error_message="The period ends on its first day or later.",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        return f"ST-{self.pk:06d}" if self.pk else "ST-new"
