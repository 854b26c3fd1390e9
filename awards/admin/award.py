"""Awards: proposed, approved by another, letter issued; then read (§1, Exhibit A)."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest, HttpResponse

from awards import queries, valuation
from awards.actions.award import approve_award, issue_letter, propose_award
from awards.admin.confirm import Approve, Confirm, Reject
from awards.admin.forms import ProposeAwardForm
from awards.admin.people import HELP, by_grantee
from awards.admin.records import RecordAdmin, person, section, shown
from awards.admin.trail import full_name, told, trail_of
from awards.agreement.errors import AgreementError
from awards.market.calendar import trading_calendar
from awards.market.finding import by_number
from awards.market.models import ClosingPrice
from awards.models import Award, MasterAgreement
from awards.templatetags.figures import day, instant, minute, options, price, weekday_day
from config import clock

EVENTS_SHOWN = 20
STATES: dict[str, tuple[str, Q]] = {
    "to_approve": ("Proposed, to be approved", Q(approved_at=None, rejected_at=None)),
    "to_issue": ("Approved, letter to be issued", Q(approved_at__isnull=False, letter_issued_at=None)),
    "to_accept": (
        "Letter issued, to be accepted",
        Q(letter_issued_at__isnull=False, accepted_at=None, declined_at=None),
    ),
    "accepted": ("Accepted", Q(accepted_at__isnull=False)),
    "declined": ("Declined", Q(declined_at__isnull=False)),
    "rejected": ("Rejected", Q(rejected_at__isnull=False)),
}


class StateFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, label) for name, (label, _) in STATES.items()]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        _, condition = STATES.get(self.value() or "", ("", Q()))
        return queryset.filter(condition)


class HoldsFilter(admin.SimpleListFilter):
    title = "OSOs"
    parameter_name = "holds"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("outstanding", "Outstanding"), ("none", "None outstanding")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        kept = {"outstanding": queryset.outstanding, "none": lambda: queryset.filter(outstanding=0)}
        return kept.get(self.value() or "", queryset.all)()


class AgreementFilter(admin.SimpleListFilter):
    title = "Master Agreement"
    parameter_name = "agreement"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        # By name and key alone: the rows carry their documents.
        return [(str(key), name) for key, name in MasterAgreement.objects.values_list("pk", "name")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        known = {key for key, _ in self.lookup_choices}
        return queryset.filter(master_agreement=self.value()) if self.value() in known else queryset


class ProposeAward(Confirm):
    slug = "add"
    title = "Propose an Award"
    permission = "awards.propose_award"
    form_class = ProposeAwardForm
    template = "admin/awards/award/propose.html"

    def posted(self, request: HttpRequest, row: Any, form: forms.Form, now: datetime) -> HttpResponse | None:
        if "_propose_price" in request.POST:
            return self.page(request, row, self._with_proposed_price(request), now)
        return super().posted(request, row, form, now)

    def _with_proposed_price(self, request: HttpRequest) -> forms.Form:
        """The form as it was sent, unchecked but for its Award Date, with the proposed Initial Price filled in."""
        sent = ProposeAwardForm({"award_date": request.POST.get("award_date", "")})
        sent.full_clean()
        asked = sent.cleaned_data.get("award_date")
        initial = {name: request.POST.get(name, "") for name in sent.fields}
        form = ProposeAwardForm(initial=initial)
        form.fields["initial_price"].help_text = _proposal(asked, form)
        return form

    def act(self, row: Any, *, by: Any, now: datetime, **data: Any) -> Award:
        return propose_award(proposed_by=by, now=now, **data)

    def done(self, row: Any, result: Award) -> str:
        return f"{result.number} is proposed. Another person approves it."


def _proposal(asked: date | None, form: forms.Form) -> str:
    """Fill in the proposed price; what the page says of it."""
    if asked is None:
        return "Enter the Award Date first."
    try:
        close, amount = valuation.proposed_initial_price(asked)
    except AgreementError as error:
        return str(error)
    if close is None or amount is None:
        return "No close is recorded for the Trading Day before the Award Date: enter the price and its reason."
    form.initial["initial_price"] = price(amount).strip("$").replace(",", "")
    return f"Proposed: {price(amount)}, the close of {weekday_day(close.trading_day)} ({close.source})."


class AboutAward(Confirm):
    def facts(self, row: Award, now: datetime) -> Sequence[tuple[str, Any]]:
        return [
            ("Award", row.number),
            ("Grantee", row.grantee),
            ("Award Date", weekday_day(row.award_date)),
            ("OSOs", options(row.options)),
            ("Initial Price", price(row.initial_price)),
            ("Proposed by the portal", proposed_close_of(row)),
            *([("Reason for another price", row.initial_price_reason)] if row.initial_price_reason else []),
            ("Master Agreement", row.master_agreement),
            ("Proposed by", f"{full_name(row.proposed_by)}, {minute(row.proposed_at)}"),
        ]


@admin.display(description="Close proposed")
def proposed_close_of(award: Award) -> str:
    close: ClosingPrice | None = award.proposed_close
    return "No close was recorded" if close is None else f"{price(close.close)} of {day(close.trading_day)}"


class ApproveAward(Approve, AboutAward):
    title = "Approve the Award"
    permission = "awards.approve_award"

    def effects(self, row: Award, now: datetime) -> Sequence[str]:
        return [
            f"{options(row.options)} OSOs are granted as of {day(row.award_date)} and the Award's ledger is opened.",
            "The Award Letter can then be issued. The approval cannot be taken back.",
        ]

    def act(self, row: Award, *, by: Any, now: datetime, **data: Any) -> Award:
        return approve_award(award=row, by=by, now=now)

    def done(self, row: Award, result: Award) -> str:
        return f"{result.number} is approved. Its Award Letter can be issued."


class RejectAward(Reject, AboutAward):
    title = "Reject the Award"
    permission = "awards.approve_award"
    proposing = "awards.propose_award"


class IssueLetter(AboutAward):
    slug = "issue-letter"
    title = "Issue the Award Letter"
    permission = "awards.issue_award_letter"

    def is_open(self, row: Award) -> bool:
        return row.is_approved and row.letter_issued_at is None

    def effects(self, row: Award, now: datetime) -> Sequence[str]:
        return [
            "You sign the Award Letter for the Company, with your name and this instant.",
            f"{row.grantee.name} sees it under My awards and accepts or declines it there.",
            *([] if row.grantee.user_id else ["The Grantee has no sign-in yet, so cannot answer it in the portal."]),
        ]

    def act(self, row: Award, *, by: Any, now: datetime, **data: Any) -> Award:
        return issue_letter(award=row, by=by, now=now)

    def done(self, row: Award, result: Award) -> str:
        return f"The Award Letter of {result.number} is before the Grantee."


@admin.display(description="State")
def state(award: Award) -> str:
    return award.state.capitalize()


@admin.register(Award)
class AwardAdmin(RecordAdmin):
    adding = ProposeAward
    decisions = (ApproveAward, RejectAward, IssueLetter)
    change_form_template = "admin/awards/award/record.html"

    list_display = (
        shown("number", str, "Award", ordering="pk"),
        "grantee",
        state,
        shown("award_date", day, "Award Date"),
        shown("options", options, "OSOs"),
        shown("initial_price", price, "Initial Price"),
        shown("outstanding", options),
        shown("next_lapse_on", day, "Next lapse"),
    )
    list_select_related = ("grantee",)
    list_filter = (StateFilter, HoldsFilter, AgreementFilter)
    finders = (by_number("A"), by_grantee("grantee"))
    search_help_text = f"{HELP}, or the Award's number"
    date_hierarchy = "award_date"
    ordering = ("-award_date", "-pk")
    fieldsets = (
        section(
            None,
            "grantee",
            "master_agreement",
            shown("award_date", weekday_day, "Award Date"),
            shown("options", options, "OSOs"),
            state,
        ),
        section(
            "Initial Price", shown("initial_price", price, "Initial Price"), proposed_close_of, "initial_price_reason"
        ),
        section(
            "Award Letter",
            person("letter_issued_by"),
            shown("letter_issued_at", instant),
            person("accepted_by"),
            shown("accepted_at", instant),
            "signed_name",
            shown("declined_at", instant),
            "decline_reason",
        ),
        section(
            "Audit",
            person("proposed_by"),
            shown("proposed_at", instant),
            person("approved_by"),
            shown("approved_at", instant),
            person("rejected_by"),
            shown("rejected_at", instant),
            "rejection_reason",
        ),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        related = ("grantee", "proposed_by", "approved_by", "rejected_by", "letter_issued_by", "accepted_by")
        on_one = super().get_queryset(request).select_related(*related, "proposed_close", "master_agreement")
        return on_one.defer("master_agreement__document")

    def panels(self, request: HttpRequest, row: Award) -> dict[str, Any]:
        now = clock.now()
        today = clock.new_york_date(now)
        (held,) = queries.holdings(Award.objects.filter(pk=row.pk), on=today, calendar=trading_calendar(), now=now)
        return {
            "today": today,
            "holding": held,
            "standing": standing_facts(held, today) if row.is_approved else [],
            "entries": held.entries,
            "events": told(trail_of(row)[:EVENTS_SHOWN]),
            "facts_on_record": held.award.grantee.employment_facts.all(),
            "determinations": held.award.grantee.determinations.all(),
        }


def standing_facts(held: queries.Holding, today: date) -> list[tuple[str, Any]]:
    """Where the Award stands today, by the rules, whatever job has or has not run."""
    lapse = held.standing.lapse
    following = held.next_vesting
    return [
        ("Outstanding in the ledger", options(held.position.outstanding)),
        ("Vested, not exercised", options(held.standing.vested)),
        ("Unvested", options(held.standing.unvested)),
        ("Exercisable today", options(held.exercisable)),
        ("Exercised", options(held.exercised)),
        ("Lapsed", options(held.lapsed)),
        ("Vests next", f"{options(following.options)} on {day(following.vests_on)}" if following else "Nothing more"),
        ("Vested OSOs lapse on", f"{day(lapse.lapses_on)} ({lapse.clause})"),
        ("Last moment to exercise", minute(held.last_moment)),
    ]
