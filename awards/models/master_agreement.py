import hashlib
from decimal import Decimal
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import Any

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint

from awards.agreement.terms import FORM_2005, Terms, Tranche
from awards.models.decision import who
from awards.models.grantee import Grantee


def _tranches_2005() -> list[list[int | None]]:
    """FORM_2005's tranches as [numerator, denominator, months]; the rest has no share."""
    return [
        [
            tranche.share.numerator if tranche.share else None,
            tranche.share.denominator if tranche.share else None,
            tranche.months,
        ]
        for tranche in FORM_2005.tranches
    ]


@lru_cache(maxsize=256)
def _terms(tranches: tuple[tuple[int | None, int | None, int], ...], **given: Any) -> Terms:
    """Checked once: the same values are the same terms."""
    shares = tuple(Tranche(Fraction(share, of) if share else None, months) for share, of, months in tranches)
    return Terms(tranches=shares, **given)


class MasterAgreement(models.Model):
    """A version of the Master Award Agreement: its document, and as data what one version may change from another."""

    name = models.CharField(
        max_length=120, unique=True, help_text="For example: Master Award Agreement of July 1, 2005"
    )
    dated_on = models.DateField(help_text="Awards on or after this date can be under this version.")
    document = models.BinaryField(editable=False)
    document_type = models.CharField(max_length=60, default="text/plain", editable=False)
    document_sha256 = models.CharField(max_length=64, editable=False)
    shareholders_approved_on = models.DateField(
        null=True, blank=True, help_text="§3: a covered employee cannot exercise effectively before this day."
    )
    recorded_by = who()
    recorded_at = models.DateTimeField(editable=False)

    term_years = models.PositiveSmallIntegerField(default=FORM_2005.term_years, validators=[MinValueValidator(1)])
    tranches = models.JSONField(default=_tranches_2005)
    outperform_cap = models.DecimalField(max_digits=8, decimal_places=3, default=FORM_2005.outperform_cap)
    multiplier_cap = models.DecimalField(max_digits=8, decimal_places=3, default=FORM_2005.multiplier_cap)
    averaging_days = models.PositiveSmallIntegerField(default=FORM_2005.averaging_days)
    death_or_disability_years = models.PositiveSmallIntegerField(default=FORM_2005.death_or_disability_years)
    other_cessation_days = models.PositiveSmallIntegerField(default=FORM_2005.other_cessation_days)
    change_in_control_days = models.PositiveSmallIntegerField(default=FORM_2005.change_in_control_days)
    adjusted_price_has_floor = models.BooleanField(default=FORM_2005.adjusted_price_has_floor)

    class Meta:
        ordering = ["-dated_on"]
        constraints = [
            CheckConstraint(
                condition=Q(
                    term_years__gte=1,
                    averaging_days__gte=1,
                    death_or_disability_years__gte=1,
                    other_cessation_days__gte=1,
                    change_in_control_days__gte=1,
                ),
                name="masteragreement_periods_positive",
                violation_error_message="Years and days are counted from one.",
            ),
            CheckConstraint(
                condition=Q(outperform_cap__gt=Decimal(0), multiplier_cap__gt=Decimal(0)),
                name="masteragreement_caps_positive",
                violation_error_message="The outperformance at the top and the top Multiplier are above zero.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @cached_property
    def terms(self) -> Terms:
        """What this version fixes; recorded once, so that whoever has the row asks once."""
        return _terms(
            tuple((share, of, months) for share, of, months in self.tranches),
            name=self.name,
            term_years=self.term_years,
            outperform_cap=self.outperform_cap,
            multiplier_cap=self.multiplier_cap,
            averaging_days=self.averaging_days,
            death_or_disability_years=self.death_or_disability_years,
            other_cessation_days=self.other_cessation_days,
            change_in_control_days=self.change_in_control_days,
            adjusted_price_has_floor=self.adjusted_price_has_floor,
        )

    def document_is_whole(self) -> bool:
        """Whether the stored document still has the hash it was recorded with."""
        return hashlib.sha256(bytes(self.document)).hexdigest() == self.document_sha256


class AgreementAcceptance(models.Model):
    """A Grantee's signature of the Master Agreement, of one exact document. Written once."""

    grantee = models.ForeignKey(Grantee, models.PROTECT, related_name="acceptances")
    master_agreement = models.ForeignKey(MasterAgreement, models.PROTECT, related_name="acceptances")
    signed_name = models.CharField(max_length=200)
    document_sha256 = models.CharField(max_length=64)
    accepted_by = who()
    accepted_at = models.DateTimeField(editable=False)

    class Meta:
        indexes = [models.Index(fields=["accepted_at", "id"], name="acceptance_in_order")]
        constraints = [
            UniqueConstraint(
                fields=["grantee", "master_agreement"],
                name="agreementacceptance_once",
                violation_error_message="This agreement is accepted already.",
            ),
            CheckConstraint(
                condition=~Q(signed_name=""),
                name="agreementacceptance_is_signed",
                violation_error_message="Sign with your name.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.grantee} accepted {self.master_agreement}"
