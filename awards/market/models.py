"""Closing prices as traded, closes that wait for two people, and days that the exchange's calendar has wrong."""

from datetime import time
from decimal import Decimal
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

# 15 significant digits are what SQLite keeps of a number; nine before the point and six after are exactly those.
CLOSE_LIMIT = Decimal(1_000_000_000)


class Series(models.TextChoices):
    STOCK = "stock", "Stock"
    SP500 = "sp500", "S&P 500"


def plain(close: Decimal) -> str:
    """A close without the zeros that its column adds: 6.1, 1000."""
    return f"{close.normalize():f}"


def _close_field(verbose_name: str) -> models.DecimalField:
    return models.DecimalField(verbose_name, max_digits=20, decimal_places=6)


def _person(verbose_name: str, *, required: bool = False) -> models.ForeignKey:
    return models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=not required,
        blank=not required,
        related_name="+",
        verbose_name=verbose_name,
    )


def _close_in_range(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=Q(close__gt=0, close__lt=CLOSE_LIMIT),
        name=name,
        violation_error_message="A close is above zero and below one thousand million.",
    )


def _series_known(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=Q(series__in=Series.values),
        name=name,
        violation_error_message="The series is the Stock or the S&P 500.",
    )


def _all_or_none(name: str, message: str, *, people: tuple[str, ...], texts: tuple[str, ...]) -> models.CheckConstraint:
    """Who, when and what belong together: every one of them is set, or none is."""
    every = Q(**{f"{field}__isnull": False for field in people}) & ~Q(
        *[(field, "") for field in texts], _connector=Q.OR
    )
    none = Q(**{f"{field}__isnull": True for field in people}, **dict.fromkeys(texts, ""))
    return models.CheckConstraint(condition=every | none, name=name, violation_error_message=message)


class ClosingPrice(models.Model):
    """One close of one series, as traded. Insert only: a correction is the next revision of the same day.

    What was settled keeps pointing at the revision it used.
    """

    series = models.CharField(max_length=10, choices=Series)
    trading_day = models.DateField("Trading Day")
    revision = models.PositiveIntegerField(default=1)
    close = _close_field("close")
    source = models.CharField(max_length=100)
    recorded_at = models.DateTimeField("recorded at")
    # Null: a scheduled job recorded it.
    recorded_by = _person("recorded by")
    # Set where two people decided: every correction, and a first close that had been held.
    approved_by = _person("approved by")
    reason = models.TextField(blank=True)

    class Meta:
        ordering = ["-trading_day", "series", "-revision"]
        indexes: ClassVar = [
            models.Index(fields=["-trading_day", "series", "-revision"], name="market_closing_price_in_order"),
            models.Index(fields=["source"], name="market_closing_price_source"),
        ]
        permissions = [("upload_closes", "Can upload closes")]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["series", "trading_day", "revision"],
                name="market_closing_price_revision_once",
                violation_error_message="This revision of this day's close is already recorded.",
            ),
            _close_in_range("market_closing_price_in_range"),
            models.CheckConstraint(
                condition=Q(revision__gte=1),
                name="market_closing_price_revision_from_one",
                violation_error_message="The first revision is 1.",
            ),
            _series_known("market_closing_price_series_known"),
            models.CheckConstraint(
                condition=Q(revision=1, approved_by__isnull=True)
                | (Q(recorded_by__isnull=False, approved_by__isnull=False) & ~Q(recorded_by=F("approved_by"))),
                name="market_closing_price_correction_by_two",
                violation_error_message="A correction is recorded by one person and approved by another.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_series_display()} {self.trading_day}: {self.plain_close}"

    @property
    def plain_close(self) -> str:
        return plain(self.close)


class HeldCloseQuerySet(models.QuerySet["HeldClose"]):
    def open(self) -> Self:
        return self.filter(outcome="")

    def to_propose(self) -> Self:
        return self.open().filter(proposed_outcome="")

    def to_approve(self) -> Self:
        return self.open().exclude(proposed_outcome="")

    def decided(self) -> Self:
        return self.exclude(outcome="")


class HeldClose(models.Model):
    """A close that is not recorded until two people have decided: one proposes, another approves."""

    class Reason(models.TextChoices):
        CONFLICT = "conflict", "differs from the recorded close"
        DISAGREEMENT = "disagreement", "sources disagree"
        JUMP = "jump", "jumps from the close before"
        ALONE = "alone", "came from too few sources"
        COMMITTEE = "committee", "determined by the Committee"

    class Outcome(models.TextChoices):
        ACCEPTED = "accepted", "accepted"
        REJECTED = "rejected", "rejected"

    series = models.CharField(max_length=10, choices=Series)
    trading_day = models.DateField("Trading Day")
    close = _close_field("close")
    source = models.CharField(max_length=100)
    reason = models.CharField("held because it", max_length=20, choices=Reason)
    # For a conflict the close recorded for that day, for a jump the close before; set when held, never changed.
    compared_with = models.ForeignKey(
        ClosingPrice, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="compared with"
    )
    received_at = models.DateTimeField("received at")

    proposed_outcome = models.CharField(max_length=10, choices=Outcome, blank=True)
    decision_reason = models.TextField(blank=True)
    proposed_by = _person("proposed by")
    proposed_at = models.DateTimeField("proposed at", null=True, blank=True)
    # The revision that was current when the decision was proposed, 0 for none: an approval is of what was seen then.
    proposed_on_revision = models.PositiveIntegerField(null=True, blank=True)

    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)
    approved_by = _person("approved by")
    approved_at = models.DateTimeField("approved at", null=True, blank=True)
    # The close that the acceptance recorded.
    recorded_as = models.OneToOneField(
        ClosingPrice,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="held_as",
        verbose_name="recorded as",
    )

    objects = HeldCloseQuerySet.as_manager()

    class Meta:
        ordering = ["outcome", "-trading_day", "series", "pk"]
        verbose_name = "held close"
        permissions = [
            ("propose_heldclose", "Can propose what becomes of a held close"),
            ("approve_heldclose", "Can approve what becomes of a held close"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["series", "trading_day"], name="market_held_close_by_day"),
            models.Index(fields=["outcome", "-trading_day", "series", "id"], name="market_held_close_in_order"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["series", "trading_day", "close"],
                condition=Q(outcome=""),
                name="market_held_close_open_once",
                violation_error_message="This close is already held for that day.",
            ),
            _close_in_range("market_held_close_in_range"),
            _series_known("market_held_close_series_known"),
            models.CheckConstraint(
                condition=Q(reason__in=["conflict", "disagreement", "jump", "alone", "committee"]),
                name="market_held_close_reason_known",
                violation_error_message="A close is held for one of the named reasons.",
            ),
            models.CheckConstraint(
                condition=~Q(reason__in=["conflict", "jump"]) | Q(compared_with__isnull=False),
                name="market_held_close_compared",
                violation_error_message="A conflict or a jump names the close it was compared with.",
            ),
            _all_or_none(
                "market_held_close_proposal_whole",
                "A proposal names its outcome, its reason, who made it, when, and the revision it was made on.",
                people=("proposed_by", "proposed_at", "proposed_on_revision"),
                texts=("proposed_outcome", "decision_reason"),
            ),
            _all_or_none(
                "market_held_close_approval_whole",
                "An approval names its outcome, who gave it and when.",
                people=("approved_by", "approved_at"),
                texts=("outcome",),
            ),
            models.CheckConstraint(
                condition=Q(outcome="") | (Q(outcome__in=["accepted", "rejected"]) & Q(outcome=F("proposed_outcome"))),
                name="market_held_close_approved_as_proposed",
                violation_error_message="What is approved is what was proposed.",
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True)
                | (Q(proposed_by__isnull=False) & ~Q(proposed_by=F("approved_by"))),
                name="market_held_close_decided_by_two",
                violation_error_message="One person proposes and another approves.",
            ),
            models.CheckConstraint(
                condition=Q(outcome="accepted", recorded_as__isnull=False)
                | (~Q(outcome="accepted") & Q(recorded_as__isnull=True)),
                name="market_held_close_accepted_is_recorded",
                violation_error_message="An accepted close, and no other, points at what was recorded.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_series_display()} {self.trading_day}: {self.plain_close}, {self.get_reason_display()}"

    @property
    def plain_close(self) -> str:
        return plain(self.close)

    def is_open(self) -> bool:
        return not self.outcome

    def is_proposed(self) -> bool:
        return self.is_open() and bool(self.proposed_outcome)


class TradingDayOverride(models.Model):
    """A day on which the exchange did not do what its calendar said. Insert only: a day's latest revision holds."""

    class Kind(models.TextChoices):
        CLOSED = "closed", "No trading"
        OPEN = "open", "Trading"
        EARLY_CLOSE = "early_close", "Trading, with an early close"
        AS_CALENDAR = "as_calendar", "As the exchange's calendar says after all"

    day = models.DateField()
    revision = models.PositiveIntegerField(default=1)
    kind = models.CharField(max_length=20, choices=Kind)
    closes_at = models.TimeField("closes at", null=True, blank=True, help_text="New York time. Empty: 16:00.")
    reason = models.TextField()
    recorded_by = _person("recorded by", required=True)
    recorded_at = models.DateTimeField("recorded at")

    class Meta:
        ordering = ["-day", "-revision"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["day", "revision"],
                name="market_override_revision_once",
                violation_error_message="Somebody else has just recorded this day. Look again.",
            ),
            models.CheckConstraint(
                condition=Q(revision__gte=1),
                name="market_override_revision_from_one",
                violation_error_message="The first revision is 1.",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["closed", "as_calendar"], closes_at__isnull=True)
                | Q(kind="open")
                | Q(kind="early_close", closes_at__isnull=False),
                name="market_override_closing_time_fits",
                violation_error_message="An early close has a time; a day closed, or as the calendar says, has none.",
            ),
            models.CheckConstraint(
                condition=Q(closes_at__isnull=True) | Q(closes_at__gt=time(9, 30), closes_at__lte=time(18)),
                name="market_override_closing_time_plausible",
                violation_error_message="Trading closes after 09:30 and by 18:00 New York time.",
            ),
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="market_override_reason_given",
                violation_error_message="Say why the day differs from the calendar.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day}: {self.get_kind_display()}"
