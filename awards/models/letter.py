from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint

from awards.models.award import Award
from awards.models.decision import who


class AwardLetter(models.Model):
    """The Award Letter as issued (Exhibit A): the very document, and its hash. Written once, with its issue."""

    award = models.OneToOneField(Award, models.PROTECT, related_name="letter")
    document = models.BinaryField(editable=False)
    document_sha256 = models.CharField(max_length=64, editable=False)
    made_at = models.DateTimeField(editable=False)

    def __str__(self) -> str:
        return f"Award Letter of {self.award.number}"


class LetterOpening(models.Model):
    """The first time that a person opened a letter's document: nobody signs what they have not opened."""

    letter = models.ForeignKey(AwardLetter, models.PROTECT, related_name="openings")
    opened_by = who()
    opened_at = models.DateTimeField(editable=False)

    class Meta:
        constraints = [
            UniqueConstraint(
                fields=["letter", "opened_by"],
                name="letteropening_first_one_only",
                violation_error_message="The letter was opened before.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.letter} opened"


class LetterSignature(models.Model):
    """The Grantee's signature of one exact document: the name as typed, when, and from which address. Written once."""

    letter = models.OneToOneField(AwardLetter, models.PROTECT, related_name="signature")
    signed_name = models.CharField(max_length=200)
    document_sha256 = models.CharField(max_length=64)
    address = models.GenericIPAddressField(null=True, help_text="Where the request came from, as far as is known.")
    signed_by = who()
    signed_at = models.DateTimeField(editable=False)

    class Meta:
        constraints = [
            CheckConstraint(
                condition=~Q(signed_name=""),
                name="lettersignature_is_signed",
                violation_error_message="Sign with your name.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.letter} signed by {self.signed_name}"
