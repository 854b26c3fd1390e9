"""Rates of withholding: added with their source, never changed (§9.5)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from awards.admin.confirm import Confirm
from awards.admin.records import RecordAdmin, person, section, shown
from awards.templatetags.figures import day, exact, instant
from exercises.actions.withholding_rate import record_withholding_rate
from exercises.admin.forms import WithholdingRateForm
from exercises.models import WithholdingRate


class RecordRate(Confirm):
    slug = "add"
    title = "Record a rate"
    permission = "exercises.add_withholdingrate"
    form_class = WithholdingRateForm  # type: ignore[assignment]

    def effects(self, row: Any, now: datetime) -> Sequence[str]:
        return [
            "It applies to Exercise Dates from its day until a later row of the same tax.",
            "A rate is not changed or deleted: a change is another row. What was provided for keeps the rate it used.",
        ]

    def act(self, row: Any, *, by: Any, now: datetime, **data: Any) -> WithholdingRate:
        return record_withholding_rate(by=by, now=now, **data)

    def done(self, row: Any, result: WithholdingRate) -> str:
        return f"{result} is on record."


@admin.register(WithholdingRate)
class WithholdingRateAdmin(RecordAdmin):
    adding = RecordRate
    list_display = (
        "jurisdiction",
        "tax",
        shown("rate_percent", lambda rate: f"{exact(rate)} %", "Rate"),
        shown("effective_from", day),
        "source",
        person("recorded_by"),
    )
    list_select_related = ("recorded_by",)
    list_filter = ("jurisdiction",)
    search_fields = ("jurisdiction", "tax", "source")
    ordering = ("jurisdiction", "tax", "-effective_from")
    fieldsets = (
        section(
            None,
            "jurisdiction",
            "tax",
            shown("rate_percent", lambda rate: f"{exact(rate)} %", "Rate"),
            shown("effective_from", day),
            "source",
        ),
        section("Audit", person("recorded_by"), shown("recorded_at", instant)),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("recorded_by")
