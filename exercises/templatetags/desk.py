"""The panel on top of the desk's first page."""

from typing import Any

from django import template

from config import clock
from exercises.admin.desk import waiting_for

register = template.Library()


@register.inclusion_tag("admin/_waiting.html", takes_context=True)
def waiting_for_you(context: Any) -> dict[str, Any]:
    """What waits for whoever looks."""
    return {"rows": waiting_for(context["request"].user, clock.now())}
