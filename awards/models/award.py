from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.core.validators import MinValueValidator
from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.models import CheckConstraint, F, Index, Q
from django.db.models.expressions import RawSQL

from awards.market.models import CLOSE_LIMIT, ClosingPrice
from awards.models.constraints import all_or_none, not_both, only_after, with_its_reason
from awards.models.decision import Decision, DecisionQuerySet, decision_constraints, undecided_index, who
from awards.models.grantee import Grantee, Representative
from awards.models.master_agreement import MasterAgreement

# They stand for the person and the day in a statement that is made once: nobody has that key, and nobody acts that day.
_SOMEBODY, _SOME_DAY = -1, date.min


class AwardQuerySet(DecisionQuerySet):
    def visible_to(self, user: AbstractBaseUser | AnonymousUser, on: date) -> Any:
        """Approved Awards the user holds, or may act for on that day. Anything else does not exist for them."""
        if not user.pk:
            return self.none()
        database = connections[DEFAULT_DB_ALIAS]
        statement, asks_for = _keys_seen_by(database.vendor)
        given = {"person": user.pk, "day": database.ops.adapt_datefield_value(on)}
        # No value is in the statement.
        return self.filter(pk__in=RawSQL(statement, [given[name] for name in asks_for]), approved_at__isnull=False)  # noqa: S611

    def outstanding(self) -> "AwardQuerySet":
        return self.filter(outstanding__gt=0)


def keys_seen_by(person: int, on: date) -> Any:
    """The keys of the Awards that person holds, or may act for on that day, approved or not."""
    holds = Award.objects.filter(grantee__user_id=person)
    acts_for = Representative.objects.in_force(on).filter(user_id=person)
    acts_for = acts_for.filter(Q(award=None) | Q(award=F("grantee__awards")))
    # A union is read by index from the person; with OR, PostgreSQL reads every Award there is.
    return holds.order_by().values("pk").union(acts_for.order_by().values("grantee__awards"), all=True)


@cache
def _keys_seen_by(vendor: str) -> tuple[str, tuple[str, ...]]:
    """The statement for it, and what goes where in it: every page asks, and making it costs more than running it.

    Raises KeyError when anything else than the person and the day would have to be put in.
    """
    adapted = connections[DEFAULT_DB_ALIAS].ops.adapt_datefield_value(_SOME_DAY)
    statement, given = keys_seen_by(_SOMEBODY, _SOME_DAY).query.sql_with_params()
    names = {_SOMEBODY: "person", adapted: "day"}
    return statement, tuple(names[value] for value in given)


class Award(Decision):
    """A number of OSOs granted to a Grantee (§1, Exhibit A).

    Proposed and approved by two people; then the Award Letter is issued for the Company and accepted or declined.
    """

    grantee = models.ForeignKey(Grantee, models.PROTECT, related_name="awards")
    master_agreement = models.ForeignKey(MasterAgreement, models.PROTECT, related_name="awards")
    award_date = models.DateField(help_text="May be a weekend or a holiday.")
    options = models.PositiveIntegerField(
        "OSOs", validators=[MinValueValidator(1)], help_text="Outperform Stock Options."
    )
    initial_price = models.DecimalField(
        "Initial Price", max_digits=20, decimal_places=6, help_text="Per share, in dollars of the Award Date."
    )
    # Nobody asks for the Awards of a close, nor of those who acted below, and every lapse would be written into each
    # index. A close is never deleted, nor is a person.
    proposed_close = models.ForeignKey(
        ClosingPrice,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
        db_index=False,
        help_text="The Fair Market Value on the Trading Day before the Award Date, as the portal proposed it.",
    )
    initial_price_reason = models.TextField(
        blank=True,
        help_text="Needed where the Initial Price is not the close of the Trading Day before the Award Date.",
    )

    rejected_by = who(null=True, db_index=False)
    letter_issued_by = who(null=True, db_index=False)
    letter_issued_at = models.DateTimeField(null=True, blank=True, editable=False)
    accepted_by = who(null=True, db_index=False)
    accepted_at = models.DateTimeField(null=True, blank=True, editable=False)
    signed_name = models.CharField(max_length=200, blank=True, editable=False)
    declined_by = who(null=True, db_index=False)
    declined_at = models.DateTimeField(null=True, blank=True, editable=False)
    decline_reason = models.TextField(blank=True, editable=False)

    # Kept by the ledger's actions in the same transaction as the entry; check_consistency compares it with the sum.
    outstanding = models.IntegerField(default=0, editable=False)
    # The rules' answer for the facts on record, kept by actions so that the sweep finds what is due by index and writes
    # it without asking again: on that day lapse so many OSOs (null: all that are outstanding) as that kind, and what is
    # left lapses as vested on `then_lapse_on`. Without a kind the sweep asks the rules about the Award alone.
    next_lapse_on = models.DateField(null=True, blank=True, editable=False)
    next_lapse_kind = models.CharField(max_length=16, blank=True, editable=False)
    next_lapse_options = models.PositiveIntegerField(null=True, blank=True, editable=False)
    then_lapse_on = models.DateField(null=True, blank=True, editable=False)

    objects = AwardQuerySet.as_manager()

    class Meta:
        ordering = ["-award_date", "-pk"]
        constraints = [
            *decision_constraints("award"),
            CheckConstraint(
                condition=Q(options__gte=1),
                name="award_has_options",
                violation_error_message="An Award is of at least one OSO.",
            ),
            CheckConstraint(
                condition=Q(initial_price__gt=Decimal(0), initial_price__lt=CLOSE_LIMIT),
                name="award_initial_price_in_range",
                violation_error_message="The Initial Price is above zero and below one thousand million.",
            ),
            all_or_none("award", "letter_issued_by", "letter_issued_at"),
            all_or_none("award", "accepted_by", "accepted_at"),
            all_or_none("award", "declined_by", "declined_at"),
            not_both("award", "accepted_by", "declined_by"),
            only_after("award", "letter_issued_at", "approved_at"),
            only_after("award", "accepted_at", "letter_issued_at"),
            only_after("award", "declined_at", "letter_issued_at"),
            CheckConstraint(
                condition=Q(accepted_at__isnull=True) | ~Q(signed_name=""),
                name="award_acceptance_is_signed",
                violation_error_message="Sign with your name.",
            ),
            with_its_reason("award", "declined_at", "decline_reason"),
            CheckConstraint(
                condition=Q(outstanding__gte=0),
                name="award_outstanding_not_negative",
                violation_error_message="More OSOs would be taken than are outstanding.",
            ),
            CheckConstraint(
                condition=Q(outstanding=0) | Q(approved_at__isnull=False),
                name="award_outstanding_only_when_approved",
                violation_error_message="Nothing is outstanding before the Award is approved.",
            ),
        ]
        indexes = [
            Index(fields=["next_lapse_on"], name="award_next_lapse", condition=Q(outstanding__gt=0)),
            # The order of every list, so that a page of a million costs what a page of a hundred does.
            Index(fields=["award_date", "id"], name="award_in_order"),
            # The terms that Awards share, and which have what outstanding: exposure and look-back read only this.
            Index(
                fields=["award_date", "initial_price", "master_agreement", "outstanding", "id"],
                name="award_by_terms",
                condition=Q(outstanding__gt=0),
            ),
            undecided_index("award"),
            # Few Awards are in these states, and the desk asks for them among all.
            Index(
                fields=["approved_at"],
                name="award_letter_to_issue",
                condition=Q(approved_at__isnull=False, letter_issued_at__isnull=True),
            ),
            Index(
                fields=["letter_issued_at"],
                name="award_to_accept",
                condition=Q(letter_issued_at__isnull=False, accepted_at__isnull=True, declined_at__isnull=True),
            ),
            Index(fields=["declined_at"], name="award_declined", condition=Q(declined_at__isnull=False)),
            Index(fields=["rejected_at"], name="award_rejected", condition=Q(rejected_at__isnull=False)),
        ]
        permissions = [
            ("propose_award", "Can propose an Award"),
            ("approve_award", "Can approve an Award proposed by another"),
            ("issue_award_letter", "Can issue an Award Letter for the Company"),
        ]

    def __str__(self) -> str:
        return f"{self.number} of {self.award_date}"

    @property
    def number(self) -> str:
        return f"A-{self.pk:06d}" if self.pk else "A-new"

    @property
    def state(self) -> str:
        """Where the Award stands between proposal and acceptance, in one word."""
        if self.declined_at:
            return "declined"
        if self.accepted_at:
            return "accepted"
        return "letter issued" if self.letter_issued_at else self.decision

    @property
    def is_accepted(self) -> bool:
        return self.accepted_at is not None

    @property
    def awaits_acceptance(self) -> bool:
        return self.letter_issued_at is not None and not self.accepted_at and not self.declined_at

    def may_lack_a_lapse(self, through: date) -> bool:
        """Whether the ledger may lack a lapse at the end of that day: by what is kept for the sweep."""
        return self.next_lapse_on is None or self.next_lapse_on <= through
