from datetime import date
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint

from awards.agreement.employment import Cessation
from awards.models.constraints import jurisdiction_known, known
from awards.models.decision import Decision, DecisionQuerySet, decision_constraints, undecided_index, who
from awards.models.words import having_words, words_of


class GranteeQuerySet(models.QuerySet["Grantee"]):
    def visible_to(self, user: AbstractBaseUser | AnonymousUser) -> "GranteeQuerySet":
        """The user's own row and nobody else's."""
        return self.filter(user_id=user.pk) if user.pk else self.none()

    def named(self, text: str) -> "GranteeQuerySet":
        """Those whose name and employee number have, for each word of the text, a word that begins with it."""
        words = words_of(text)
        return having_words(self, "name", "employee_number", words=words) if words else self.none()


class Grantee(models.Model):
    """A person who holds Awards (Agreement, preamble)."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="grantee",
        help_text="Their sign-in.",
    )
    employee_number = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=200)
    hired_on = models.DateField(help_text="Date of Hire, as on the signature page.")
    jurisdiction = models.CharField(
        max_length=12,
        blank=True,
        help_text=(
            "Where payments are taxed: a country, or a country and state such as US-CO. "
            "Empty: not known yet; no withholding can be estimated or provided for."
        ),
    )

    objects = GranteeQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        # The order of every list, so that a page of a million costs what a page of a hundred does.
        # Migration 0006 adds `grantee_words` on PostgreSQL.
        indexes = [
            models.Index(fields=["name", "id"], name="grantee_in_order"),
            models.Index(fields=["jurisdiction", "name", "id"], name="grantee_by_jurisdiction"),
        ]
        constraints = [jurisdiction_known("grantee", may_be_empty=True)]

    def __str__(self) -> str:
        return f"{self.name} ({self.employee_number})"

    @property
    def jurisdictions(self) -> tuple[str, ...]:
        """The jurisdictions whose withholding applies: US-CO is under US and US-CO. None where it is not on record."""
        parts = self.jurisdiction.split("-") if self.jurisdiction else []
        return tuple("-".join(parts[: count + 1]) for count in range(len(parts)))


class EmploymentFact(models.Model):
    """What happened to a Grantee's employment, and when. Never edited: a mistake is reversed by another row."""

    class Kind(models.TextChoices):
        TRANSFERRED = "transferred", "Moved between the Company and an Affiliate (no cessation, §9.3)"
        CEASED = "ceased", "Ceased to be employed by the Company and its Affiliates (§4.1)"
        DIED = "died", "Died (§2.4(a), §4.2(b))"

    class Reason(models.TextChoices):
        DISABILITY = Cessation.DISABILITY.value, "Permanent Total Disability"
        OTHER = Cessation.OTHER.value, "Any other reason"

    grantee = models.ForeignKey(Grantee, models.PROTECT, related_name="employment_facts")
    kind = models.CharField(max_length=12, choices=Kind)
    occurred_on = models.DateField()
    reason = models.CharField(
        max_length=12,
        choices=Reason,
        blank=True,
        help_text="For a cessation. Retirement and Cause are the Committee's determinations and are recorded there.",
    )
    employer = models.CharField(max_length=200, blank=True, help_text="For a move: the Company or Affiliate moved to.")
    evidence = models.TextField(help_text="What this rests on: a document, a letter, a certificate.")
    reverses = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="reversed_by")
    recorded_by = who()
    recorded_at = models.DateTimeField(editable=False)

    class Meta:
        ordering = ["occurred_on", "pk"]
        indexes = [models.Index(fields=["occurred_on", "id"], name="employmentfact_in_order")]
        constraints = [
            known("employmentfact", "kind", ["transferred", "ceased", "died"]),
            CheckConstraint(
                condition=Q(kind="ceased", reason__in=["disability", "other"]) | (~Q(kind="ceased") & Q(reason="")),
                name="employmentfact_only_a_cessation_has_a_reason",
                violation_error_message="A cessation needs its reason, and nothing else has one.",
            ),
            CheckConstraint(
                condition=~Q(evidence=""),
                name="employmentfact_has_evidence",
                violation_error_message="Say what this rests on.",
            ),
            CheckConstraint(
                condition=Q(reverses__isnull=True) | ~Q(reverses=models.F("id")),
                name="employmentfact_reverses_another",
                violation_error_message="A row cannot reverse itself.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} on {self.occurred_on}"


class Determination(Decision):
    """What the Committee determined of a Grantee, on what evidence (§2.4, §3, §4.3). Reversed by another row."""

    class Kind(models.TextChoices):
        DISABILITY = "disability", "Permanent Total Disability (§2.4(a))"
        RETIREMENT = "retirement", "Retirement under the Company's Retirement Benefit (§2.4(a))"
        CAUSE = "cause", "Cause (§4.3)"
        COVERED_EMPLOYEE = "covered", "Covered employee under section 162(m) (§3)"

    class Limb(models.TextChoices):
        FELONY = "i", "(i) conviction of, or plea to, a felony"
        DRUGS = "ii", "(ii) habitual use of drugs or alcohol affecting performance"
        MISCONDUCT = "iii", "(iii) willful misconduct or willful neglect injurious to the Company"

    grantee = models.ForeignKey(Grantee, models.PROTECT, related_name="determinations")
    kind = models.CharField(max_length=12, choices=Kind)
    occurred_on = models.DateField(help_text="The day of the event, not the day of the meeting.")
    limb = models.CharField(max_length=4, choices=Limb, blank=True, help_text="For Cause: the limb of §4.3.")
    evidence = models.TextField(help_text="On what the Committee relied.")
    # Not one to one: a reversal that was rejected may be proposed again.
    reverses = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="reversals")

    objects = DecisionQuerySet.as_manager()

    class Meta:
        ordering = ["occurred_on", "pk"]
        indexes = [
            models.Index(fields=["occurred_on", "id"], name="determination_in_order"),
            undecided_index("determination"),
        ]
        constraints = [
            *decision_constraints("determination"),
            known("determination", "kind", ["disability", "retirement", "cause", "covered"]),
            UniqueConstraint(
                fields=["reverses"],
                condition=Q(rejected_at__isnull=True),
                name="determination_reversed_once",
                violation_error_message="The reversal of this determination is proposed already.",
            ),
            CheckConstraint(
                condition=Q(reverses__isnull=True) | ~Q(reverses=models.F("id")),
                name="determination_reverses_another",
                violation_error_message="A row cannot reverse itself.",
            ),
            CheckConstraint(
                condition=Q(kind="cause", limb__in=["i", "ii", "iii"]) | (~Q(kind="cause") & Q(limb="")),
                name="determination_only_cause_has_a_limb",
                violation_error_message="Cause needs its limb of §4.3, and nothing else has one.",
            ),
            CheckConstraint(
                condition=~Q(evidence=""),
                name="determination_has_evidence",
                violation_error_message="Say on what evidence.",
            ),
            UniqueConstraint(
                fields=["grantee", "kind", "occurred_on"],
                condition=Q(reverses__isnull=True, approved_at__isnull=True, rejected_at__isnull=True),
                name="determination_one_open_proposal",
                violation_error_message="The same determination is proposed already.",
            ),
        ]
        permissions = [
            ("propose_determination", "Can propose a determination"),
            ("approve_determination", "Can approve a determination proposed by another"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} on {self.occurred_on}: {self.grantee}"


class RepresentativeQuerySet(DecisionQuerySet):
    def in_force(self, on: date) -> Any:
        """Approved, begun and not ended on that day."""
        return self.approved().filter(Q(until_on__isnull=True) | Q(until_on__gte=on), from_on__lte=on)


class Representative(Decision):
    """One who may act for a Grantee (§2.5, §5), for one Award or for all, while the row is in force."""

    class Kind(models.TextChoices):
        GUARDIAN = "guardian", "Court-appointed legal guardian"
        ESTATE = "estate", "Court-appointed representative of the estate"
        HEIR = "heir", "Heir or legatee to whom the Award has passed"
        TRANSFEREE = "transferee", "Transferee allowed by the Committee in writing"

    grantee = models.ForeignKey(Grantee, models.PROTECT, related_name="representatives")
    award = models.ForeignKey(
        "awards.Award",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="representatives",
        help_text="Empty: every Award.",
    )
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="acts_for")
    kind = models.CharField(max_length=12, choices=Kind)
    evidence = models.TextField(help_text="The court's order, the will, the Committee's written permission.")
    from_on = models.DateField("from")
    until_on = models.DateField("until (inclusive)", null=True, blank=True)

    objects = RepresentativeQuerySet.as_manager()

    class Meta:
        ordering = ["from_on", "pk"]
        indexes = [
            models.Index(fields=["from_on", "id"], name="representative_in_order"),
            undecided_index("representative"),
        ]
        constraints = [
            *decision_constraints("representative"),
            known("representative", "kind", ["guardian", "estate", "heir", "transferee"]),
            CheckConstraint(
                condition=Q(until_on__isnull=True) | Q(until_on__gte=models.F("from_on")),
                name="representative_ends_after_it_begins",
                violation_error_message="The last day cannot be before the first.",
            ),
            CheckConstraint(
                condition=~Q(evidence=""),
                name="representative_has_evidence",
                violation_error_message="Say on what evidence this person may act.",
            ),
            CheckConstraint(
                condition=~Q(kind="transferee") | Q(award__isnull=False),
                name="representative_transferee_of_one_award",
                violation_error_message="A transfer is of one Award: name it.",
            ),
        ]
        permissions = [
            ("propose_representative", "Can propose who may act for a Grantee"),
            ("approve_representative", "Can approve who may act, proposed by another"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} for {self.grantee}"
