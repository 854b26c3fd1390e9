"""The panel on top of the desk's first page."""

from typing import Any

from django import template

from config import clock
from exercises.admin.desk import waiting_for

register = template.Library()

# What the Committee works with first; what is not named follows in its own order.
ORDER = (
    "awards", "exercises", "market", "Award", "Question", "Grantee", "Determination", "EmploymentFact",
    "Representative", "CapitalAdjustment", "MasterAgreement", "AgreementAcceptance", "OptionEntry", "AuditEvent",
    "AuditSeal", "OutboxMessage", "ExerciseNotice", "WithholdingRate", "JobRun",
)  # fmt: skip


def _place(name: str) -> int:
    return ORDER.index(name) if name in ORDER else len(ORDER)


@register.filter
def in_desk_order(app_list: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The admin's list of apps and models in the order the Committee thinks."""
    apps = sorted(app_list, key=lambda app: _place(app["app_label"]))
    return [{**app, "models": sorted(app["models"], key=lambda model: _place(model["object_name"]))} for app in apps]


@register.inclusion_tag("admin/_waiting.html", takes_context=True)
def waiting_for_you(context: Any) -> dict[str, Any]:
    """What waits for whoever looks."""
    return {"rows": waiting_for(context["request"].user, clock.now())}
