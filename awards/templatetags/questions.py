"""How a page names the line of a question, and the quiet link beside each number that can be questioned."""

from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from django import template
from django.utils.html import format_html
from django.utils.translation import gettext as _

from awards.models import Question
from awards.questions import day_of
from awards.sign_in import display_name
from awards.templatetags.figures import day, instant
from awards.vocabulary import told

register = template.Library()


@register.simple_tag
def line_words(kind: str, line: str) -> str:
    """The line in words: its defined term, "Close of Mar 30, 2007", "Ledger entry 3"."""
    if kind == Question.Kind.CLOSE:
        return _("Close of %(day)s") % {"day": day(day_of(line))}
    if kind == Question.Kind.ENTRY:
        return _("Ledger entry %(number)s") % {"number": line}
    return told(line) if kind == Question.Kind.STEP else _(line)


@register.simple_tag
def figure_words(kind: str, line: str, figure: str) -> str:
    """The number as it stood, as it was kept; the days and instants of a receipt as a page writes them."""
    if kind == Question.Kind.RECEIPT and line == "Received":
        return instant(datetime.fromisoformat(figure))
    return day(date.fromisoformat(figure)) if (kind, line) == (Question.Kind.RECEIPT, "Exercise Date") else told(figure)


@register.simple_tag(takes_context=True)
def ask_link(context: Any, kind: str, line: object) -> str:
    """The link that questions the number of a line, on pages that say by `ask_at` where one asks; else nothing."""
    if not context.get("ask_at"):
        return ""
    name = f"{line}"
    label = _("Question this number: %(line)s") % {"line": line_words(kind, name)}
    query = urlencode({"line": f"{kind}/{name}"})
    return format_html('<a class="ask" href="{}?{}" aria-label="{}"></a>', context["ask_at"], query, label)


@register.filter
def called(user: Any) -> str:
    """What a person is called."""
    return display_name(user)
