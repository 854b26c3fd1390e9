"""Why an exercise would pay nothing, in words: the same on a worksheet and in the refusal of a notice (I8)."""

from collections.abc import Callable
from decimal import Decimal
from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from awards.agreement.worksheet import Worksheet
from awards.templatetags.figures import exact_dollars, options, percent, price


class Reason(NamedTuple):
    """`badge` names it where there is room for a few words."""

    title: str
    text: str
    badge: str

    def __str__(self) -> str:
        return f"{self.title}. {self.text}"


class Case(NamedTuple):
    """One way of paying nothing: its badge in English, and what says title and text with a worksheet's figures."""

    badge: str
    told: Callable[[Worksheet], tuple[str, str]]


def why_nothing(sheet: Worksheet) -> Reason | None:
    """Why the Worksheet pays nothing; None where it pays."""
    case = case_of(sheet, sheet.consideration)
    return None if case is None else Reason(*case.told(sheet), _(case.badge))


def case_of(sheet: Worksheet, consideration: Decimal) -> Case | None:
    """Which of the ways of paying nothing it is, of whatever number of OSOs pay `consideration`; None where they do."""
    if consideration:
        return None
    if sheet.multiplier:
        return _NO_GAIN if sheet.no_gain else _LESS_THAN_A_CENT
    if sheet.outperform > 0:
        return _ROUNDS_TO_ZERO
    return _INDEX_ROSE_MORE if sheet.index_rose_more else _NOT_AHEAD


def refusal_of_nothing(sheet: Worksheet) -> str:
    """What a notice is refused with that would pay nothing, and which of the reasons it is (I8)."""
    said = _("It would pay nothing and still cancel the options, so it is not taken.")
    return f"{said} {why_nothing(sheet)}"


def _rounds_to_zero(sheet: Worksheet) -> tuple[str, str]:
    text = _(
        "The Stock is ahead of the index by only %(ahead)s a year, and at three decimals that Multiplier is "
        "0.000 (§2.7)."
    )
    return _("The Multiplier rounds to 0"), text % {"ahead": percent(sheet.outperform)}


def _index_rose_more(sheet: Worksheet) -> tuple[str, str]:
    text = _(
        "The index rose as much as the Stock or more: %(annualized_sp)s a year against %(annualized_stock)s. "
        "An exercise pays only when the Stock outperforms the index (§2.7)."
    )
    return _("The Multiplier is 0, although the Stock is up"), text % _annualized(sheet)


def _not_ahead(sheet: Worksheet) -> tuple[str, str]:
    text = _("The Stock did not outperform the index: %(annualized_stock)s a year against %(annualized_sp)s (§2.7).")
    return _("The Multiplier is 0"), text % _annualized(sheet)


def _annualized(sheet: Worksheet) -> dict[str, str]:
    return {"annualized_stock": percent(sheet.annualized_stock), "annualized_sp": percent(sheet.annualized_sp)}


def _no_gain(sheet: Worksheet) -> tuple[str, str]:
    if sheet.is_floored:
        text = _(
            "The Stock outperformed the index on average, yet its last close of %(fmv)s is not above the Adjusted "
            "Price of %(adjusted_price)s. The index fell, and the Adjusted Price stays at the Initial Price "
            "(§2.1, §2.6)."
        )
    else:
        text = _(
            "The Stock outperformed the index on average, yet its last close of %(fmv)s is not above the Adjusted "
            "Price of %(adjusted_price)s (§2.6)."
        )
    said = {"fmv": price(sheet.fmv), "adjusted_price": price(sheet.adjusted_price)}
    return _("There is a Multiplier, but no gain for it to multiply"), text % said


def _less_than_a_cent(sheet: Worksheet) -> tuple[str, str]:
    text = ngettext(
        "%(options)s option at %(each)s is less than half a cent (§2.6).",
        "%(options)s options at %(each)s each are less than half a cent (§2.6).",
        sheet.options,
    )
    said = {"options": options(sheet.options), "each": exact_dollars(sheet.per_option)}
    return _("The amount rounds to zero"), text % said


_ROUNDS_TO_ZERO = Case(gettext_noop("Multiplier rounds to 0"), _rounds_to_zero)
_INDEX_ROSE_MORE = Case(gettext_noop("Multiplier 0: the index rose more"), _index_rose_more)
_NOT_AHEAD = Case(gettext_noop("Multiplier 0"), _not_ahead)
_NO_GAIN = Case(gettext_noop("Multiplier, but no gain"), _no_gain)
_LESS_THAN_A_CENT = Case(gettext_noop("Rounds to zero"), _less_than_a_cent)
