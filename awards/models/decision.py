from typing import Any, Self

from django.conf import settings
from django.db import models

from awards.models.constraints import all_or_none, not_both, two_people, with_its_reason


def who(related_name: str = "+", *, null: bool = False, db_index: bool = True) -> Any:
    """A person who did something; never deleted while a record names them."""
    return models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name=related_name,
        null=null,
        blank=null,
        editable=False,
        db_index=db_index,
    )


def undecided_index(table: str) -> models.Index:
    """The few proposals that wait for another person, for what the desk counts and lists."""
    return models.Index(
        fields=["proposed_at"],
        name=f"{table}_undecided",
        condition=models.Q(approved_at__isnull=True, rejected_at__isnull=True),
    )


def decision_constraints(table: str) -> list[models.BaseConstraint]:
    """What every `Decision` table's rows must keep to."""
    return [
        all_or_none(table, "approved_by", "approved_at"),
        all_or_none(table, "rejected_by", "rejected_at"),
        not_both(table, "approved_by", "rejected_by"),
        two_people(table),
        with_its_reason(table, "rejected_at", "rejection_reason"),
    ]


class DecisionQuerySet(models.QuerySet[Any]):
    def approved(self) -> Self:
        return self.filter(approved_at__isnull=False)

    def undecided(self) -> Self:
        return self.filter(approved_at__isnull=True, rejected_at__isnull=True)


class Decision(models.Model):
    """Proposed by one person, approved or rejected by another. Set by actions; nothing of it changes afterwards."""

    proposed_by = who()
    proposed_at = models.DateTimeField(editable=False)
    approved_by = who(null=True)
    approved_at = models.DateTimeField(null=True, blank=True, editable=False)
    rejected_by = who(null=True)
    rejected_at = models.DateTimeField(null=True, blank=True, editable=False)
    rejection_reason = models.TextField(blank=True, editable=False)

    class Meta:
        abstract = True

    @property
    def is_approved(self) -> bool:
        return self.approved_at is not None

    @property
    def is_undecided(self) -> bool:
        return self.approved_at is None and self.rejected_at is None

    @property
    def decision(self) -> str:
        if self.approved_at is not None:
            return "approved"
        return "rejected" if self.rejected_at is not None else "proposed"
