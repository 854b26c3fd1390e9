from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint

from awards.agreement import capital
from awards.models.decision import Decision, DecisionQuerySet, decision_constraints


class CapitalAdjustment(Decision):
    """A change in capital structure that the Committee applies to every Award (§6; Plan 9.1): `new` shares for `old`.

    Closes stay as traded and Initial Prices as granted: a computation divides what came before `effective_on`.
    """

    effective_on = models.DateField(help_text="The first Trading Day on which the Stock trades on the new basis.")
    new = models.PositiveIntegerField(help_text="New shares …")
    old = models.PositiveIntegerField(help_text="… for this many old ones. A 1-for-15 reverse split: 1 for 15.")
    description = models.CharField(max_length=200)

    objects = DecisionQuerySet.as_manager()

    class Meta:
        ordering = ["effective_on"]
        constraints = [
            *decision_constraints("capitaladjustment"),
            CheckConstraint(
                condition=Q(new__gte=1, old__gte=1) & ~Q(new=F("old")),
                name="capitaladjustment_changes_something",
                violation_error_message="New and old shares are at least one each, and differ.",
            ),
            UniqueConstraint(
                fields=["effective_on"],
                condition=Q(rejected_at__isnull=True),
                name="capitaladjustment_one_a_day",
                violation_error_message="There is an adjustment for that day already.",
            ),
        ]
        permissions = [
            ("propose_capitaladjustment", "Can propose a capital adjustment"),
            ("approve_capitaladjustment", "Can approve a capital adjustment proposed by another"),
        ]

    def __str__(self) -> str:
        return f"{self.new}-for-{self.old} from {self.effective_on}"

    @property
    def as_agreed(self) -> capital.CapitalAdjustment:
        return capital.CapitalAdjustment(effective_on=self.effective_on, new=self.new, old=self.old)
