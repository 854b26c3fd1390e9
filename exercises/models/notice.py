from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import models
from django.db.models import CheckConstraint, F, Index, Q, UniqueConstraint

from awards.agreement.acting import Capacity
from awards.market.models import ClosingPrice
from awards.models import Award, Representative
from awards.models.decision import who

if TYPE_CHECKING:
    from exercises.models.settlement import Settlement


class ExerciseNoticeQuerySet(models.QuerySet["ExerciseNotice"]):
    def visible_to(self, user: AbstractBaseUser | AnonymousUser, on: date) -> "ExerciseNoticeQuerySet":
        """Notices of the Awards that the user holds or may act for on that day."""
        return self.filter(award__in=Award.objects.visible_to(user, on))

    def waiting(self) -> "ExerciseNoticeQuerySet":
        """Received and not yet priced."""
        return self.filter(pricing__isnull=True)


class ExerciseNotice(models.Model):
    """A notice of exercise as received (§2.5). It cannot be taken back (I8), so nothing of the row ever changes."""

    class Channel(models.TextChoices):
        WEB = "web", "Web"
        PAPER = "paper", "Paper"
        PHONE = "phone", "Phone"

    CAPACITIES = [(capacity.value, capacity.name.capitalize()) for capacity in Capacity]

    award = models.ForeignKey(Award, models.PROTECT, related_name="notices")
    options = models.PositiveIntegerField("OSOs")
    channel = models.CharField(max_length=8, choices=Channel)
    capacity = models.CharField(max_length=12, choices=CAPACITIES)
    representative = models.ForeignKey(Representative, models.PROTECT, null=True, blank=True, related_name="notices")
    received_at = models.DateTimeField(help_text="When the Company actually received it.")
    exercise_date = models.DateField(db_index=True)
    recorded_by = who()
    recorded_at = models.DateTimeField(editable=False)
    evidence = models.TextField(
        blank=True, help_text="For paper and phone: where the notice is kept, who took the call."
    )
    insists = models.BooleanField(
        default=False, help_text="The Grantee insists although the exercise pays nothing (I8)."
    )
    form_key = models.UUIDField(unique=True, editable=False)
    request_digest = models.CharField(max_length=64, editable=False)

    objects = ExerciseNoticeQuerySet.as_manager()

    class Meta:
        ordering = ["-received_at", "-pk"]
        indexes = [Index(fields=["received_at", "id"], name="exercisenotice_in_order")]
        constraints = [
            CheckConstraint(
                condition=Q(options__gte=1),
                name="exercisenotice_has_options",
                violation_error_message="A notice is of at least one OSO.",
            ),
            CheckConstraint(
                condition=Q(received_at__lte=F("recorded_at")),
                name="exercisenotice_received_before_recorded",
                violation_error_message="A notice cannot be received later than it is recorded.",
            ),
            CheckConstraint(
                condition=Q(channel="web", insists=False) | Q(channel__in=["paper", "phone"]),
                name="exercisenotice_insists_on_paper_only",
                violation_error_message="Only a paper or phone notice can insist on an exercise that pays nothing.",
            ),
            CheckConstraint(
                condition=Q(channel="web") | Q(channel__in=["paper", "phone"]) & ~Q(evidence=""),
                name="exercisenotice_paper_has_evidence",
                violation_error_message="Say where the paper notice is kept, or who took the call.",
            ),
            CheckConstraint(
                condition=Q(capacity="grantee", representative__isnull=True)
                | ~Q(capacity="grantee") & Q(representative__isnull=False),
                name="exercisenotice_capacity_names_representative",
                violation_error_message="Who acts for another is named, and the Grantee acts for nobody.",
            ),
        ]
        permissions = [("record_paper_notice", "Can record a paper or phone notice of exercise")]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        return f"EX-{self.pk:06d}" if self.pk else "EX-new"

    @property
    def ledger_cause(self) -> str:
        """What the ledger's entry of this exercise names as its cause."""
        return f"exercise/{self.pk}"

    @property
    def is_priced(self) -> bool:
        return hasattr(self, "pricing")

    @property
    def state(self) -> str:
        """Where the exercise stands, in one word: waiting, priced, chosen, provided, approved or paid."""
        if not self.is_priced:
            return "waiting"
        return self.settlement.state if self.settlement is not None else "priced"

    @property
    def settlement(self) -> "Settlement | None":
        """The settlement that stands, from `pricing__settlements` when that is prefetched."""
        if not self.is_priced:
            return None
        return next((row for row in self.pricing.settlements.all() if row.withdrawn_at is None), None)


class Pricing(models.Model):
    """What an exercise pays, with every input and step, as it was promised. Written once."""

    notice = models.OneToOneField(ExerciseNotice, models.PROTECT, related_name="pricing")
    worksheet = models.JSONField(help_text="Inputs and steps as exact decimal strings.")
    multiplier = models.DecimalField(max_digits=8, decimal_places=3)
    fmv = models.DecimalField("FMV", max_digits=20, decimal_places=6)
    consideration = models.DecimalField("Exercise Consideration", max_digits=20, decimal_places=2)
    priced_at = models.DateTimeField()
    closes = models.ManyToManyField(ClosingPrice, through="PinnedClose", related_name="pricings")

    class Meta:
        constraints = [
            CheckConstraint(
                condition=Q(consideration__gte=0),
                name="pricing_consideration_not_negative",
                violation_error_message="An exercise never pays less than nothing.",
            ),
            CheckConstraint(
                condition=Q(fmv__gt=0),
                name="pricing_fmv_positive",
                violation_error_message="The Fair Market Value is above zero.",
            ),
            CheckConstraint(
                condition=Q(multiplier__gte=0),
                name="pricing_multiplier_not_negative",
                violation_error_message="The Multiplier is never below zero.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.notice}: {self.consideration}"

    @property
    def exact_fmv(self) -> Decimal:
        """The FMV as it was used: on the day of a 3-for-1 split it has more places than a column holds."""
        return Decimal(self.worksheet["fmv"])


class PinnedClose(models.Model):
    """The very revision of a close that a pricing used. A later correction leaves it as it is."""

    pricing = models.ForeignKey(Pricing, models.PROTECT, related_name="pins")
    closing_price = models.ForeignKey(ClosingPrice, models.PROTECT, related_name="pins")

    class Meta:
        constraints = [
            UniqueConstraint(
                fields=["pricing", "closing_price"],
                name="pinnedclose_once",
                violation_error_message="The pricing has this close already.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pricing_id} rests on {self.closing_price_id}"
