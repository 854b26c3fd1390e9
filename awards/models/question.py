from datetime import date

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import models
from django.db.models import CheckConstraint, F, Index, Q
from django.db.models.functions import Length
from django.db.models.lookups import LessThanOrEqual

from awards.models.award import Award
from awards.models.constraints import all_or_none, known
from awards.models.decision import who
from awards.models.option_entry import OptionEntry

# Characters of a question, and of an answer.
LONGEST = 2_000


class QuestionQuerySet(models.QuerySet["Question"]):
    def visible_to(self, user: AbstractBaseUser | AnonymousUser, on: date) -> "QuestionQuerySet":
        """Questions of the Awards that the user holds or may act for on that day, whoever asked them."""
        return self.filter(award__in=Award.objects.visible_to(user, on))

    def open(self) -> "QuestionQuerySet":
        return self.filter(answered_at__isnull=True)

    def asked_of(self, exercise: str) -> "QuestionQuerySet":
        """Those asked on the receipt of an exercise, which wrote the ledger entry of that cause."""
        return self.filter(entry__cause=exercise).exclude(kind=Question.Kind.ENTRY)


class Question(models.Model):
    """A number questioned from the line where it stands, and its answer.

    Written by `awards.actions.question` only: once when it is asked, once when it is answered. The database refuses
    every other change.
    """

    class Kind(models.TextChoices):
        STEP = "step", "Step of a worksheet"
        CLOSE = "close", "Close of a worksheet"
        ENTRY = "entry", "Ledger entry"
        RECEIPT = "receipt", "Line of a receipt"

    # An index begins with it.
    award = models.ForeignKey(Award, models.PROTECT, related_name="questions", db_index=False)
    kind = models.CharField(max_length=8, choices=Kind)
    line = models.CharField(
        max_length=80,
        help_text="The defined term of a step or a receipt's line, the day of a close, an entry's number.",
    )
    # The ledger's own entry; of what was asked on a receipt the one that its exercise wrote.
    entry = models.ForeignKey(OptionEntry, models.PROTECT, null=True, blank=True, related_name="questions")
    figure = models.CharField(max_length=200, help_text="The number as it stood, exactly.")
    worksheet = models.JSONField(
        null=True, blank=True, help_text="The worksheet it was asked from: inputs, closes and steps as exact text."
    )
    text = models.TextField("question")
    asked_by = who()
    asked_at = models.DateTimeField(editable=False)
    form_key = models.UUIDField(unique=True, editable=False)

    answer = models.TextField(blank=True, default="")
    answered_by = who(null=True, db_index=False)
    answered_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = QuestionQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at", "-pk"]
        constraints = [
            known("question", "kind", ["step", "close", "entry", "receipt"]),
            CheckConstraint(
                condition=~Q(line="") & ~Q(figure=""),
                name="question_names_its_line",
                violation_error_message="A question names its line, and the number as it stood.",
            ),
            CheckConstraint(
                condition=~Q(text=""),
                name="question_says_something",
                violation_error_message="Write your question.",
            ),
            CheckConstraint(
                condition=Q(LessThanOrEqual(Length("text"), LONGEST)) & Q(LessThanOrEqual(Length("answer"), LONGEST)),
                name="question_not_too_long",
                violation_error_message=f"A question, and an answer, has at most {LONGEST:,} characters.",
            ),
            CheckConstraint(
                condition=(~Q(kind__in=["step", "close"]) | Q(worksheet__isnull=False))
                & (~Q(kind__in=["entry", "receipt"]) | Q(entry__isnull=False)),
                name="question_has_what_it_is_about",
                violation_error_message="A step or a close has its worksheet; an entry or a receipt its ledger entry.",
            ),
            all_or_none("question", "answered_by", "answered_at"),
            CheckConstraint(
                condition=Q(answered_at__isnull=True, answer="") | Q(answered_at__isnull=False) & ~Q(answer=""),
                name="question_answer_says_something",
                violation_error_message="Write the answer.",
            ),
            CheckConstraint(
                condition=Q(answered_at__isnull=True) | Q(answered_at__gte=F("asked_at")),
                name="question_answered_after_it_was_asked",
                violation_error_message="Nothing is answered before it is asked.",
            ),
            CheckConstraint(
                condition=Q(answered_by__isnull=True) | ~Q(answered_by=F("asked_by")),
                name="question_answered_by_another",
                violation_error_message="Nobody answers a question of their own.",
            ),
        ]
        indexes = [
            # The order of the desk's list: open ones first, longest waiting on top; then answered ones, newest first.
            Index(fields=["-answered_at", "asked_at", "id"], name="question_in_order"),
            # The order on the Award's page.
            Index(fields=["award", "-asked_at", "-id"], name="question_of_award"),
            Index(fields=["asked_by"], name="question_open", condition=Q(answered_at__isnull=True)),
        ]
        permissions = [("answer_question", "Can answer a question")]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        return f"Q-{self.pk:06d}" if self.pk else "Q-new"

    @property
    def is_answered(self) -> bool:
        return self.answered_at is not None

    @property
    def exercise(self) -> int | None:
        """The key of the exercise on whose receipt it was asked, if on one's."""
        if self.entry is None or self.kind == self.Kind.ENTRY:
            return None
        return int(self.entry.cause.removeprefix("exercise/"))
