"""Capital adjustments: proposed, approved by another before they take effect (§6; Plan 9.1)."""

from collections.abc import Sequence
from datetime import datetime
from fractions import Fraction
from typing import Any

from django.contrib import admin
from django.db.models import Count
from django.http import HttpRequest

from awards.actions.capital import approve_adjustment, propose_adjustment
from awards.admin.confirm import Approve, Confirm, Reject
from awards.admin.employment import DECIDERS, DECISION_FIELDS, DecisionFilter, decision
from awards.admin.forms import ProposeAdjustmentForm
from awards.admin.records import RecordAdmin, person, section, shown
from awards.admin.trail import full_name
from awards.agreement.capital import options_after
from awards.models import Award, CapitalAdjustment
from awards.templatetags.figures import day, minute, options


def totals(adjustment: CapitalAdjustment) -> list[tuple[str, Any]]:
    """What the adjustment does to the OSOs that are outstanding today, each Award's fraction dropped (I14)."""
    held = Award.objects.approved().outstanding().filter(award_date__lt=adjustment.effective_on)
    # Awards that hold the same number come out the same: the rule is asked once for each number.
    alike = held.order_by().values_list("outstanding").annotate(awards=Count("pk"))
    awards = before = left = 0
    dropped = Fraction(0)
    for outstanding, number in alike:
        after = options_after(outstanding, [adjustment.as_agreed])
        awards, before = awards + number, before + number * outstanding
        left, dropped = left + number * after.options, dropped + number * after.dropped
    return [
        ("Awards concerned", options(awards)),
        ("OSOs outstanding today", options(before)),
        ("OSOs after the adjustment", options(left)),
        ("Fractions dropped, together", f"{dropped} OSO" if dropped else "None"),
    ]


class ProposeAdjustment(Confirm):
    slug = "add"
    title = "Propose an adjustment"
    permission = "awards.propose_capitaladjustment"
    form_class = ProposeAdjustmentForm
    has_review = True

    def effects(self, row: Any, now: datetime) -> Sequence[str]:
        return [
            "Another person approves it before the day it takes effect.",
            "Closes stay as traded and Initial Prices as granted: computations divide what came before.",
        ]

    def act(self, row: Any, *, by: Any, now: datetime, **data: Any) -> CapitalAdjustment:
        return propose_adjustment(by=by, now=now, **data)

    def outcome(self, row: Any, result: CapitalAdjustment) -> Sequence[tuple[str, Any]]:
        return [("Adjustment", result), ("Description", result.description), *totals(result)]

    def done(self, row: Any, result: CapitalAdjustment) -> str:
        return f"Proposed: {result}. Another person approves it."


class AboutAdjustment(Confirm):
    def facts(self, row: CapitalAdjustment, now: datetime) -> Sequence[tuple[str, Any]]:
        return [
            ("Adjustment", f"{row.new} new for {row.old} old shares"),
            ("Effective on", day(row.effective_on)),
            ("Description", row.description),
            ("Proposed by", f"{full_name(row.proposed_by)}, {minute(row.proposed_at)}"),
            *totals(row),
        ]


class ApproveAdjustment(Approve, AboutAdjustment):
    title = "Approve the adjustment"
    permission = "awards.approve_capitaladjustment"

    def effects(self, row: CapitalAdjustment, now: datetime) -> Sequence[str]:
        return [
            f"From {day(row.effective_on)} every Award of an earlier date is on the new basis.",
            "Each ledger says what it dropped.",
            "The approval cannot be taken back.",
        ]

    def act(self, row: CapitalAdjustment, *, by: Any, now: datetime, **data: Any) -> CapitalAdjustment:
        return approve_adjustment(adjustment=row, by=by, now=now)

    def done(self, row: CapitalAdjustment, result: CapitalAdjustment) -> str:
        return f"Approved: {row}."


class RejectAdjustment(Reject, AboutAdjustment):
    title = "Reject the adjustment"
    permission = "awards.approve_capitaladjustment"
    proposing = "awards.propose_capitaladjustment"


@admin.register(CapitalAdjustment)
class CapitalAdjustmentAdmin(RecordAdmin):
    adding = ProposeAdjustment
    decisions = (ApproveAdjustment, RejectAdjustment)
    list_display = (
        shown("effective_on", day, "Effective on"),
        "new",
        "old",
        "description",
        decision,
        person("proposed_by"),
    )
    list_select_related = ("proposed_by",)
    list_filter = (DecisionFilter,)
    search_fields = ("description",)
    ordering = ("-effective_on", "-pk")
    fieldsets = (
        section(None, shown("effective_on", day, "Effective on"), "new", "old", "description", decision),
        section("Audit", *DECISION_FIELDS),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related(*DECIDERS)
