"""Reasons that templates ask for."""

from django import template

from awards.agreement.worksheet import Worksheet
from awards.nothing import Reason
from awards.nothing import why_nothing as reason_of_nothing

register = template.Library()


@register.filter
def why_nothing(sheet: Worksheet) -> Reason | None:
    """Why the Worksheet pays nothing: a title and a text."""
    return reason_of_nothing(sheet)
