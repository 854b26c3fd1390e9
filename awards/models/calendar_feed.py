from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint


class CalendarFeed(models.Model):
    """A secret address at which a calendar program reads a person's days, without a sign-in, until it is revoked.

    The secret itself is not stored: `awards.actions.calendar_feed` derives it from SECRET_KEY and the row's key.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="calendar_feeds")
    with_amounts = models.BooleanField(
        default=False, help_text="Whether it tells numbers of OSOs. Whoever has the address can read them."
    )
    made_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-made_at", "-pk"]
        constraints = [
            UniqueConstraint(
                fields=["user"],
                condition=Q(revoked_at__isnull=True),
                name="calendarfeed_one_address",
                violation_error_message="There is an address already. Revoke it first.",
            ),
            CheckConstraint(
                condition=Q(revoked_at__isnull=True) | Q(revoked_at__gte=F("made_at")),
                name="calendarfeed_revoked_after_it_was_made",
                violation_error_message="An address is revoked after it was made.",
            ),
        ]

    def __str__(self) -> str:
        return f"Calendar of {self.user_id}"
