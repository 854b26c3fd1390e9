from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import models
from django.db.models import CheckConstraint, F, Index, Q, UniqueConstraint
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from awards.ladder import LAST_RUNGS
from awards.models.award import Award
from awards.models.constraints import known
from awards.written import DESK


class MessageQuerySet(models.QuerySet["Message"]):
    def visible_to(self, user: AbstractBaseUser | AnonymousUser) -> "MessageQuerySet":
        """What the user was told, and nobody else."""
        return self.filter(recipient_id=user.pk) if user.pk else self.none()

    def unread(self) -> "MessageQuerySet":
        return self.filter(read_at__isnull=True)


class Message(models.Model):
    """What the portal told a person: stored once, shown in their inbox, and mailed by the tick where they want it.

    Written by `awards.actions.telling` only. What it says is in `data`, exactly; `awards.wording` puts it into words.
    """

    class Kind(models.TextChoices):
        LETTER_ISSUED = "letter_issued", _("Award Letter")
        VESTED = "vested", _("Vested")
        LAPSE_AHEAD = "lapse_ahead", _("Lapse ahead")
        LAPSED = "lapsed", _("Lapsed")
        RECEIPT = "receipt", _("Receipt of an exercise")
        PRICED = "priced", _("Exercise priced")
        PAID = "paid", _("Payment")
        CLOSE_CORRECTED = "close_corrected", _("Close corrected")
        FACT_REVERSED = "fact_reversed", _("Record corrected")
        ANSWERED = "answered", _("Question answered")

    # What binds, what waits for an answer or is one, what is about to be gone and what was wrong is mailed always.
    ALWAYS_MAILED = frozenset(
        {Kind.LETTER_ISSUED, Kind.RECEIPT, Kind.CLOSE_CORRECTED, Kind.FACT_REVERSED, Kind.ANSWERED}
    )
    OF_EXERCISES = frozenset({Kind.RECEIPT, Kind.PRICED, Kind.PAID, Kind.CLOSE_CORRECTED})
    # Of these a night may have tens of thousands.
    OF_NIGHTS = frozenset({Kind.VESTED, Kind.LAPSED})

    # The unique key begins with it.
    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="messages", db_index=False)
    kind = models.CharField(max_length=16, choices=Kind)
    key = models.CharField(
        max_length=80, help_text="What it is told of. Once per person: a second one changes nothing."
    )
    award = models.ForeignKey(
        Award, models.PROTECT, null=True, related_name="messages", help_text="Empty: every Award of a Grantee."
    )
    about_on = models.DateField(help_text="The business date it is about, however late it was told.")
    data = models.JSONField(help_text="What it says: amounts as exact text, days and instants as ISO text.")
    said_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)
    # When its e-mail was put into the outbox, or found not to be wanted.
    posted_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = MessageQuerySet.as_manager()

    class Meta:
        ordering = ["-said_at", "-pk"]
        constraints = [
            known("message", "kind", [
                "letter_issued", "vested", "lapse_ahead", "lapsed", "receipt", "priced", "paid", "close_corrected",
                "fact_reversed", "answered",
            ]),
            UniqueConstraint(
                fields=["recipient", "key"],
                name="message_told_once",
                violation_error_message="This person was told this already.",
            ),
            CheckConstraint(
                condition=Q(award__isnull=False) | Q(kind="fact_reversed"),
                name="message_is_of_an_award",
                violation_error_message="A message is of an Award, unless a record of a person was corrected.",
            ),
            CheckConstraint(
                condition=Q(read_at__isnull=True) | Q(read_at__gte=F("said_at")),
                name="message_read_after_it_was_said",
                violation_error_message="Nothing is read before it is said.",
            ),
        ]  # fmt: skip
        indexes = [
            Index(fields=["recipient", "-said_at", "-id"], name="message_inbox"),
            # The order of the desk's list.
            Index(fields=["said_at", "id"], name="message_in_order"),
            Index(fields=["recipient"], name="message_unread", condition=Q(read_at__isnull=True)),
            Index(fields=["id"], name="message_unposted", condition=Q(posted_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.key} to {self.recipient_id}"

    @property
    def must_be_mailed(self) -> bool:
        return self.kind in self.ALWAYS_MAILED or self.data.get("rung") in LAST_RUNGS

    @property
    def can_wait(self) -> bool:
        """Whether its e-mail goes out after those that somebody waits for."""
        return self.kind in self.OF_NIGHTS or (self.kind == self.Kind.LAPSE_AHEAD and not self.must_be_mailed)

    @property
    def path(self) -> str:
        """The page of the portal that shows what it is about."""
        if self.kind in self.OF_EXERCISES:
            return reverse("exercises:receipt", args=[self.data["notice"]])
        if self.award_id is None:
            return reverse("awards:home")
        if self.kind == self.Kind.ANSWERED:
            return reverse("awards:question", args=[self.award_id, self.data["question"]])
        page = "awards:letter" if self.kind == self.Kind.LETTER_ISSUED else "awards:award"
        return reverse(page, args=[self.award_id])


class Preferences(models.Model):
    """What a person wants of the portal. Without a row: every e-mail."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.PROTECT, related_name="preferences")
    language = models.CharField(
        _("Language"),
        max_length=8,
        choices=settings.LANGUAGES,
        blank=True,
        help_text=_("Of the pages and of e-mail. Without a choice, pages are in that of the browser."),
    )
    mail_vested = models.BooleanField(_("Options vested"), default=True)
    mail_lapse_ahead = models.BooleanField(
        _("Options lapse in 180, 90, 60, 30 and 14 days"),
        default=True,
        help_text=_("The reminders of the last 7 days are always sent."),
    )
    mail_lapsed = models.BooleanField(_("Options lapsed"), default=True)
    mail_priced = models.BooleanField(_("An exercise that waited for a close was priced"), default=True)
    mail_paid = models.BooleanField(_("An exercise was paid"), default=True)
    hides_first_view = models.BooleanField(default=False, help_text="The first page explains no Award any more.")

    class Meta:
        verbose_name_plural = "preferences"

    def __str__(self) -> str:
        return f"Preferences of {self.user_id}"

    @property
    def wants_all(self) -> bool:
        fields = [field.name for field in self._meta.fields if field.name.startswith("mail_")]
        return all(getattr(self, name) for name in fields)

    def wants(self, message: Message) -> bool:
        """Whether the message is mailed, where it need not be."""
        wanted: Any = getattr(self, f"mail_{message.kind}")
        return bool(wanted)


def language_of(user: Any) -> str:
    """In which language a person is written to: the one they chose, else the desk's."""
    preferences: Preferences | None = getattr(user, "preferences", None)
    return (preferences.language if preferences else "") or DESK
