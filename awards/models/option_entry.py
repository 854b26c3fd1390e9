from django.db import models
from django.db.models import CheckConstraint, Index, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from awards.models.award import Award
from awards.models.decision import who


class OptionEntry(models.Model):
    """One line of an Award's ledger. Appended by `awards.actions.ledger` only; never updated or deleted.

    Per Award: granted ± adjusted = outstanding + exercised + lapsed + cancelled + transferred.
    """

    class Kind(models.TextChoices):
        GRANTED = "granted", _("Granted")
        EXERCISED = "exercised", _("Exercised")
        LAPSED_UNVESTED = "lapsed_unvested", _("Lapsed unvested")
        LAPSED_VESTED = "lapsed_vested", _("Lapsed vested")
        CANCELLED = "cancelled", _("Cancelled")
        ADJUSTED = "adjusted", _("Adjusted")
        TRANSFERRED = "transferred", _("Transferred")

    # (award, sequence) is an index that begins with it already.
    award = models.ForeignKey(Award, models.PROTECT, related_name="entries", db_index=False)
    sequence = models.PositiveIntegerField()
    kind = models.CharField(max_length=16, choices=Kind)
    options = models.IntegerField(help_text="Added to what is outstanding: negative where OSOs leave the Award.")
    outstanding_after = models.IntegerField()
    effective_on = models.DateField(help_text="The day the Agreement says it happened, however late it was written.")
    recorded_at = models.DateTimeField()
    # Nobody asks for what one person recorded, and each entry of a sweep would be written into its index.
    recorded_by = who(null=True, db_index=False)
    cause = models.CharField(
        max_length=80, help_text="What brought it about. Once per Award: a second writer is refused."
    )
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["award", "sequence"]
        verbose_name_plural = "option entries"
        # Only exercises: it costs a sweep nothing.
        indexes = [Index(fields=["cause"], name="optionentry_exercises", condition=Q(kind="exercised"))]
        constraints = [
            UniqueConstraint(
                fields=["award", "sequence"],
                name="optionentry_sequence_once",
                violation_error_message="Another entry took this place in the ledger.",
            ),
            # A lapse names its kind and its place in the ledger, which nothing else takes. Without the lapses, a sweep
            # has one index less to write into.
            UniqueConstraint(
                fields=["award", "cause"],
                name="optionentry_act_once",
                condition=~Q(kind__in=["lapsed_unvested", "lapsed_vested"]),
                violation_error_message="The ledger has an entry for this already.",
            ),
            CheckConstraint(
                condition=Q(outstanding_after__gte=0),
                name="optionentry_outstanding_not_negative",
                violation_error_message="More OSOs would be taken than are outstanding.",
            ),
            CheckConstraint(
                condition=Q(kind="granted", options__gt=0)
                | Q(kind__in=["exercised", "cancelled", "transferred"], options__lt=0)
                | Q(kind__in=["lapsed_unvested", "lapsed_vested"]) & ~Q(options=0)
                | Q(kind="adjusted"),
                name="optionentry_sign_of_its_kind",
                violation_error_message="A grant adds OSOs; an exercise, cancellation or transfer takes them out.",
            ),
            CheckConstraint(
                condition=Q(kind="granted", sequence=1, outstanding_after=models.F("options"))
                | ~Q(kind="granted") & Q(sequence__gt=1),
                name="optionentry_grant_comes_first",
                violation_error_message="A ledger begins with its grant and has no other.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.award_id}/{self.sequence} {self.kind} {self.options:+d}"
