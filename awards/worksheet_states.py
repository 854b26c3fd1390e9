"""The states of a Worksheet that people misread, each in plain words: a badge, a title and a sentence."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext as _

from awards.agreement.worksheet import Worksheet
from awards.nothing import case_of
from awards.templatetags.figures import multiplier, percent, percent_as_is, price


class State(NamedTuple):
    """`tone` is that of the badge, `kind` that of the notice."""

    badge: str
    tone: str
    kind: str
    title: str
    text: str


class Badge(NamedTuple):
    text: str
    tone: str


def states(sheet: Worksheet) -> list[State]:
    """Why it pays nothing, if it does; then what holds the price and the Multiplier."""
    language, cap, forms = get_language(), sheet.terms.multiplier_cap, _forms(sheet, sheet.consideration)
    return [State(*_badge(form, cap, language), form.kind, *form.told(sheet)) for form in forms]


def badges(of_one: Worksheet, consideration: Decimal, language: str) -> tuple[Badge, ...]:
    """The badges alone, by the worksheet of one OSO and what all of them pay; in the language, which is the active one.

    For tables: the sentences cost more than a row.
    """
    return tuple(_badge(form, of_one.terms.multiplier_cap, language) for form in _forms(of_one, consideration))


class _Form(NamedTuple):
    """A state before it is put into words; its badge is English."""

    badge: str
    tone: str
    kind: str
    told: Callable[[Worksheet], tuple[str, str]]


def _forms(sheet: Worksheet, consideration: Decimal) -> Iterator[_Form]:
    case = case_of(sheet, consideration)
    if case is not None:
        yield _Form(case.badge, "warn", "warning", case.told)
    if sheet.is_floored:
        yield _FLOORED
    if sheet.is_capped:
        yield _CAPPED


@lru_cache(maxsize=256)
def _badge(form: _Form, multiplier_cap: Decimal, language: str | None) -> Badge:
    return Badge(_(form.badge) % {"multiplier_cap": multiplier(multiplier_cap)}, form.tone)


def _floored(sheet: Worksheet) -> tuple[str, str]:
    text = _(
        "The index fell, which would lower the price, but it never goes below the Initial Price of "
        "%(initial_price)s (§2.1)."
    )
    return _("The Adjusted Price is held at the Initial Price"), text % {"initial_price": price(sheet.initial_price)}


def _capped(sheet: Worksheet) -> tuple[str, str]:
    terms = sheet.terms
    text = _(
        "The Stock outperformed the index by %(outperform)s a year; from %(cap)s on, the Multiplier rises no "
        "further (§2.7)."
    )
    said = {"outperform": percent(sheet.outperform), "cap": percent_as_is(terms.outperform_cap)}
    title = _("The Multiplier is at its top of %(multiplier_cap)s")
    return title % {"multiplier_cap": multiplier(terms.multiplier_cap)}, text % said


_FLOORED = _Form(gettext_noop("Floored at the Initial Price"), "info", "info", _floored)
_CAPPED = _Form(gettext_noop("Capped at %(multiplier_cap)s"), "good", "success", _capped)
