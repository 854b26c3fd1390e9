"""Notices of exercise: read, entered from paper or phone, and paid step by step (§2.5, §2.6)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import Prefetch
from django.http import HttpRequest

from awards.admin.confirm import Confirm
from awards.admin.people import HELP, by_grantee
from awards.admin.records import RecordAdmin, person, section, shown
from awards.admin.trail import told, trail_of
from awards.agreement.acting import Capacity
from awards.market.finding import by_number
from awards.market.models import ClosingPrice
from awards.templatetags.figures import NOTHING, day, instant, minute, money, options, weekday_day
from awards.worksheet_record import recompute
from exercises.actions.notice import Paper, give_notice
from exercises.admin.forms import PaperNoticeForm, received_now
from exercises.admin.settlement import STEPS, chosen_facts, priced_facts, progress, provided_facts
from exercises.admin.states import LABELS, in_state
from exercises.models import ExerciseNotice, PinnedClose, Settlement

EVENTS_SHOWN = 20
_PEOPLE = ("chosen_by", "provided_by", "approved_by", "paid_by", "withdrawn_by")


class StateFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(LABELS.items())

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        value = self.value()
        return queryset.filter(pk__in=in_state(value).values("pk")) if value in LABELS else queryset


class RecordPaperNotice(Confirm):
    slug = "add"
    title = "Record a paper or phone notice"
    button = "Record the notice"
    permission = "exercises.record_paper_notice"
    form_class = PaperNoticeForm
    has_review = True
    is_grave = True

    def form_arguments(self, row: Any, user: Any, now: datetime) -> dict[str, Any]:
        return {"initial": {"received_at": received_now(now)}}

    def effects(self, row: Any, now: datetime) -> Sequence[str]:
        return [
            "Received by the close of trading, that day is the Exercise Date; after it, the next Trading Day (§2.5).",
            "A notice cannot be taken back once it is recorded (I8).",
        ]

    def act(self, row: Any, *, by: Any, now: datetime, **data: Any) -> ExerciseNotice:
        paper = Paper(
            channel=ExerciseNotice.Channel(data["channel"]),
            evidence=data["evidence"],
            capacity=Capacity(data["capacity"]),
            representative=data["representative"],
            insists=data["insists"],
        )
        return give_notice(
            award=data["award"],
            options=data["options"],
            given_by=by,
            received_at=data["received_at"],
            form_key=data["form_key"],
            now=now,
            paper=paper,
        )

    def outcome(self, row: Any, result: ExerciseNotice) -> Sequence[tuple[str, Any]]:
        return [
            ("Award", f"{result.award.number} of {result.award.grantee}"),
            ("OSOs", options(result.options)),
            ("Received", f"{instant(result.received_at)}, {result.get_channel_display().lower()}"),
            ("Given as", result.get_capacity_display()),
            ("Exercise Date", weekday_day(result.exercise_date)),
            *priced_facts(result),
            ("Evidence", result.evidence),
            *([("Insists", "Yes: the OSOs are cancelled and nothing is paid")] if result.insists else []),
        ]

    def done(self, row: Any, result: ExerciseNotice) -> str:
        return f"{result.number} is recorded, Exercise Date {day(result.exercise_date)}."


@admin.display(description="State")
def state(notice: ExerciseNotice) -> str:
    return notice.state.capitalize()


@admin.display(description="Consideration", ordering="pricing__consideration")
def consideration(notice: ExerciseNotice) -> str:
    return money(notice.pricing.consideration) if notice.is_priced else NOTHING


@admin.display(description="Grantee", ordering="award__grantee__name")
def grantee(notice: ExerciseNotice) -> str:
    return str(notice.award.grantee)


@admin.register(ExerciseNotice)
class ExerciseNoticeAdmin(RecordAdmin):
    adding = RecordPaperNotice
    decisions = STEPS
    change_form_template = "admin/exercises/exercisenotice/record.html"
    list_display = (
        shown("number", str, "Notice", ordering="pk"),
        grantee,
        shown("award__number", str, "Award", ordering="award_id"),
        shown("options", options, "OSOs"),
        shown("received_at", minute, "Received"),
        shown("exercise_date", day, "Exercise Date"),
        consideration,
        state,
    )
    list_select_related = ("award__grantee", "pricing")
    list_filter = (StateFilter, "channel")
    finders = (by_number("EX"), by_number("A", "award", is_bare=False), by_grantee("award__grantee"))
    search_help_text = f"{HELP}, or the number of the notice or, with its A, of the Award"
    date_hierarchy = "exercise_date"
    ordering = ("-received_at", "-pk")
    fieldsets = (
        section(
            None,
            "award",
            grantee,
            shown("options", options, "OSOs"),
            shown("exercise_date", weekday_day, "Exercise Date"),
            shown("received_at", instant, "Received"),
            state,
        ),
        section("How it was given", "channel", "capacity", "representative", "evidence", "insists"),
        section("Audit", person("recorded_by"), shown("recorded_at", instant), "form_key", "request_digest"),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        related = ("award__grantee", "pricing", "recorded_by", "representative__grantee")
        settlements = Settlement.objects.select_related(*_PEOPLE)
        return (
            super()
            .get_queryset(request)
            .select_related(*related)
            .prefetch_related(Prefetch("pricing__settlements", queryset=settlements))
        )

    def panels(self, request: HttpRequest, row: ExerciseNotice) -> dict[str, Any]:
        settlement = row.settlement
        return {
            "progress": progress(row),
            "worksheet": recompute(row.pricing.worksheet) if row.is_priced else None,
            "pins": _pins(row) if row.is_priced else [],
            "settlement_facts": [*chosen_facts(settlement), *provided_facts(settlement)] if settlement else [],
            "withdrawn": [one for one in row.pricing.settlements.all() if one.withdrawn_at] if row.is_priced else [],
            "events": told(trail_of(row)[:EVENTS_SHOWN]),
        }


def _pins(notice: ExerciseNotice) -> list[tuple[ClosingPrice, bool]]:
    """The closes that the price rests on, each with whether it has been corrected since."""
    pins = PinnedClose.objects.filter(pricing=notice.pricing).select_related("closing_price")
    closes = [pin.closing_price for pin in pins.order_by("closing_price__series", "closing_price__trading_day")]
    days = {close.trading_day for close in closes}
    newest: dict[Any, int] = {}
    for series, on, revision in (
        ClosingPrice.objects.filter(trading_day__in=days)
        .order_by("revision")
        .values_list("series", "trading_day", "revision")
    ):
        newest[series, on] = revision
    return [(close, newest[close.series, close.trading_day] > close.revision) for close in closes]
