"""The states of a Worksheet that people misread, each in plain words: a badge, a title and a sentence."""

from collections.abc import Iterator
from typing import NamedTuple

from django.utils.translation import gettext as _

from awards.agreement.worksheet import Worksheet
from awards.nothing import why_nothing
from awards.templatetags.figures import multiplier, percent, percent_as_is, price


class State(NamedTuple):
    """`tone` is that of the badge, `kind` that of the notice."""

    badge: str
    tone: str
    kind: str
    title: str
    text: str


def states(sheet: Worksheet) -> list[State]:
    """Why it pays nothing, if it does; then what holds the price and the Multiplier."""
    return [*_pays_nothing(sheet), *_held(sheet)]


def _pays_nothing(sheet: Worksheet) -> Iterator[State]:
    reason = why_nothing(sheet)
    if reason is not None:
        yield State(reason.badge, "warn", "warning", reason.title, reason.text)


def _held(sheet: Worksheet) -> Iterator[State]:
    if sheet.is_floored:
        yield State(
            _("Floored at the Initial Price"),
            "info",
            "info",
            _("The Adjusted Price is held at the Initial Price"),
            _(
                "The index fell, which would lower the price, but it never goes below the Initial Price of "
                "%(initial_price)s (§2.1)."
            )
            % {"initial_price": price(sheet.initial_price)},
        )
    if sheet.is_capped:
        top = multiplier(sheet.terms.multiplier_cap)
        yield State(
            _("Capped at %(multiplier_cap)s") % {"multiplier_cap": top},
            "good",
            "success",
            _("The Multiplier is at its top of %(multiplier_cap)s") % {"multiplier_cap": top},
            _(
                "The Stock outperformed the index by %(outperform)s a year; from %(cap)s on, the Multiplier rises no "
                "further (§2.7)."
            )
            % {"outperform": percent(sheet.outperform), "cap": percent_as_is(sheet.terms.outperform_cap)},
        )
