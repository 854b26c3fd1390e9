"""Facts of employment, determinations, representatives: read, approved, reversed, ended (§2.4, §2.5, §4)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from awards.actions.employment import approve_determination, propose_determination, reverse_fact
from awards.actions.representative import approve_representative, end_representation
from awards.admin import leaving
from awards.admin.confirm import Approve, Confirm, Reject
from awards.admin.forms import EndRepresentationForm, EvidenceForm
from awards.admin.grantee import entries_after, newest_entry
from awards.admin.people import HELP, by_account, by_grantee
from awards.admin.records import RecordAdmin, person, section, shown
from awards.admin.trail import full_name
from awards.facts import determinations_in_force, facts_in_force
from awards.models import Determination, EmploymentFact, Representative
from awards.templatetags.figures import day, instant, minute


class DecisionFilter(admin.SimpleListFilter):
    """Proposals by what became of them."""

    title = "decision"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("to_approve", "Proposed, to be approved"), ("approved", "Approved"), ("rejected", "Rejected")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        kept = {
            "to_approve": queryset.undecided,
            "approved": queryset.approved,
            "rejected": lambda: queryset.filter(rejected_at__isnull=False),
        }
        return kept.get(self.value() or "", queryset.all)()


DECISION_FIELDS = (
    person("proposed_by"),
    shown("proposed_at", instant),
    person("approved_by"),
    shown("approved_at", instant),
    person("rejected_by"),
    shown("rejected_at", instant),
    "rejection_reason",
)
DECIDERS = ("proposed_by", "approved_by", "rejected_by")


@admin.display(description="State")
def decision(row: Any) -> str:
    return row.decision.capitalize()


class ReverseFact(Confirm):
    slug = "reverse"
    title = "Reverse the fact"
    permission = "awards.add_employmentfact"
    form_class = EvidenceForm
    is_grave = True
    has_review = True

    def is_open(self, row: EmploymentFact) -> bool:
        return row.pk in {fact.pk for fact in facts_in_force(row.grantee)}

    def obstacle(self, row: EmploymentFact, user: Any) -> str:
        return "" if self.is_open(row) else "This row is reversed already, or is a reversal."

    def facts(self, row: EmploymentFact, now: datetime) -> Sequence[tuple[str, Any]]:
        return fact_facts(row)

    def effects(self, row: EmploymentFact, now: datetime) -> Sequence[str]:
        return ["The row stays on record; another says that it was wrong. What lapsed because of it comes back."]

    def act(self, row: EmploymentFact, *, by: Any, now: datetime, **data: Any) -> tuple[EmploymentFact, int]:
        before = newest_entry()
        return reverse_fact(fact=row, by=by, now=now, **data), before

    def outcome(self, row: EmploymentFact, result: tuple[EmploymentFact, int]) -> Sequence[tuple[str, Any]]:
        return [("Reversed", row), ("Evidence", result[0].evidence), *entries_after(row.grantee, result[1])]

    def done(self, row: EmploymentFact, result: tuple[EmploymentFact, int]) -> str:
        return f"Reversed: {row}."


def fact_facts(row: EmploymentFact) -> list[tuple[str, Any]]:
    return [
        ("Grantee", row.grantee),
        ("Fact", row.get_kind_display()),
        ("On", day(row.occurred_on)),
        *([("Reason", row.get_reason_display())] if row.reason else []),
        ("Evidence", row.evidence),
        ("Recorded by", f"{full_name(row.recorded_by)}, {minute(row.recorded_at)}"),
    ]


@admin.register(EmploymentFact)
class EmploymentFactAdmin(RecordAdmin):
    decisions = (ReverseFact,)
    has_history = False
    list_display = (shown("occurred_on", day, "Day"), "grantee", "kind", "reason", "is_reversal", person("recorded_by"))
    list_select_related = ("grantee", "recorded_by")
    list_filter = ("kind", "reason", ("reverses", admin.EmptyFieldListFilter))
    finders = (by_grantee("grantee"),)
    search_help_text = HELP
    date_hierarchy = "occurred_on"
    ordering = ("-occurred_on", "-pk")
    fieldsets = (
        section(None, "grantee", "kind", shown("occurred_on", day, "On"), "reason", "employer", "evidence"),
        section("Reversal", "reverses"),
        section("Audit", person("recorded_by"), shown("recorded_at", instant)),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("grantee", "recorded_by", "reverses")

    @admin.display(description="Reversal", boolean=True)
    def is_reversal(self, row: EmploymentFact) -> bool:
        return row.reverses_id is not None


class AboutDetermination(Confirm):
    def facts(self, row: Determination, now: datetime) -> Sequence[tuple[str, Any]]:
        return [
            ("Grantee", row.grantee),
            ("Determination", f"Reversal of: {row.get_kind_display()}" if row.reverses_id else row.get_kind_display()),
            *([("Limb of §4.3", row.get_limb_display())] if row.limb else []),
            ("Of the day", day(row.occurred_on)),
            ("Evidence", row.evidence),
            ("Proposed by", f"{full_name(row.proposed_by)}, {minute(row.proposed_at)}"),
        ]


FOLLOWS = {
    "disability": "Every OSO vests on that day and what is vested lapses within a year (§2.4(a), §4.2(b)).",
    "retirement": "Every OSO vests on that day and what is vested lapses within 180 days (§2.4(a), §4.2(d)).",
    "cause": "Every OSO lapses on that day, vested ones too; nothing is exercisable from it on (§4.2(c)).",
    "covered": "No exercise is effective before the shareholders' approval is on record (§3).",
}


class ApproveDetermination(Approve, AboutDetermination):
    title = "Approve the determination"
    permission = "awards.approve_determination"

    def effects(self, row: Determination, now: datetime) -> Sequence[str]:
        if row.reverses_id:
            return ["The determination it reverses no longer counts; what lapsed because of it comes back."]
        said = [FOLLOWS[row.kind], "Every Award of the Grantee follows it from that day."]
        return said if row.kind == Determination.Kind.COVERED_EMPLOYEE else [*said, *leaving.of_proposed(row)]

    def act(self, row: Determination, *, by: Any, now: datetime, **data: Any) -> Determination:
        return approve_determination(determination=row, by=by, now=now)

    def done(self, row: Determination, result: Determination) -> str:
        return f"Approved: {row}."


class RejectDetermination(Reject, AboutDetermination):
    title = "Reject the determination"
    permission = "awards.approve_determination"
    proposing = "awards.propose_determination"


class ReverseDetermination(AboutDetermination):
    slug = "reverse"
    title = "Propose its reversal"
    permission = "awards.propose_determination"
    form_class = EvidenceForm
    is_grave = True

    def is_open(self, row: Determination) -> bool:
        return row.pk in {held.pk for held in determinations_in_force(row.grantee)}

    def obstacle(self, row: Determination, user: Any) -> str:
        return "" if self.is_open(row) else "Only an approved determination that stands can be reversed."

    def effects(self, row: Determination, now: datetime) -> Sequence[str]:
        return ["The determination stands until another person approves its reversal."]

    def act(self, row: Determination, *, by: Any, now: datetime, **data: Any) -> Determination:
        return propose_determination(
            grantee=row.grantee,
            kind=Determination.Kind(row.kind),
            occurred_on=row.occurred_on,
            limb=row.limb,
            reverses=row,
            by=by,
            now=now,
            **data,
        )

    def done(self, row: Determination, result: Determination) -> str:
        return "The reversal is proposed. Another person approves it."

    def address_after(self, row: Determination, result: Determination) -> str:
        return self.desk_address(result)


@admin.register(Determination)
class DeterminationAdmin(RecordAdmin):
    decisions = (ApproveDetermination, RejectDetermination, ReverseDetermination)
    list_display = (shown("occurred_on", day, "Of the day"), "grantee", "kind", decision, person("proposed_by"))
    list_select_related = ("grantee", "proposed_by")
    list_filter = (DecisionFilter, "kind")
    finders = (by_grantee("grantee"),)
    search_help_text = HELP
    date_hierarchy = "occurred_on"
    ordering = ("-occurred_on", "-pk")
    fieldsets = (
        section(None, "grantee", "kind", shown("occurred_on", day, "Of the day"), "limb", "evidence", decision),
        section("Reversal", "reverses"),
        section("Audit", *DECISION_FIELDS),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("grantee", "reverses__grantee", *DECIDERS)


class AboutRepresentative(Confirm):
    def facts(self, row: Representative, now: datetime) -> Sequence[tuple[str, Any]]:
        return [
            ("Who", full_name(row.user)),
            ("As", row.get_kind_display()),
            ("For", f"{row.grantee}: {row.award.number if row.award else 'every Award'}"),
            ("From", day(row.from_on)),
            ("Until", day(row.until_on) if row.until_on else "Open"),
            ("Evidence", row.evidence),
            ("Proposed by", f"{full_name(row.proposed_by)}, {minute(row.proposed_at)}"),
        ]


class ApproveRepresentative(Approve, AboutRepresentative):
    title = "Approve the representative"
    permission = "awards.approve_representative"

    def effects(self, row: Representative, now: datetime) -> Sequence[str]:
        return ["While it is in force they see the Award and can give notice of exercise for it (§2.5, §5)."]

    def act(self, row: Representative, *, by: Any, now: datetime, **data: Any) -> Representative:
        return approve_representative(representative=row, by=by, now=now)

    def done(self, row: Representative, result: Representative) -> str:
        return f"Approved: {row}."


class RejectRepresentative(Reject, AboutRepresentative):
    title = "Reject the representative"
    permission = "awards.approve_representative"
    proposing = "awards.propose_representative"


class EndRepresentation(AboutRepresentative):
    slug = "end"
    title = "End the representation"
    # The action takes any last day, a later one too: this is not for those who only propose.
    permission = "awards.approve_representative"
    form_class = EndRepresentationForm
    is_grave = True

    def is_open(self, row: Representative) -> bool:
        return row.is_approved

    def effects(self, row: Representative, now: datetime) -> Sequence[str]:
        return ["After the last day they no longer see the Award. Notices they gave stand."]

    def act(self, row: Representative, *, by: Any, now: datetime, **data: Any) -> Representative:
        return end_representation(representative=row, by=by, now=now, **data)

    def done(self, row: Representative, result: Representative) -> str:
        return f"{full_name(row.user)} may act until {day(result.until_on)}."


@admin.register(Representative)
class RepresentativeAdmin(RecordAdmin):
    decisions = (ApproveRepresentative, RejectRepresentative, EndRepresentation)
    list_display = (
        person("user", "Who"),
        "kind",
        "grantee",
        "award",
        shown("from_on", day, "From"),
        shown("until_on", day, "Until"),
        decision,
    )
    list_select_related = ("user", "grantee", "award")
    list_filter = (DecisionFilter, "kind")
    finders = (by_grantee("grantee"), by_account("user"))
    search_help_text = f"{HELP}, of the Grantee or of who acts"
    ordering = ("-from_on", "-pk")
    fieldsets = (
        section(None, person("user", "Who"), "kind", "grantee", "award", decision),
        section("Authority", shown("from_on", day, "From"), shown("until_on", day, "Until"), "evidence"),
        section("Audit", *DECISION_FIELDS),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("user", "grantee", "award", *DECIDERS)
