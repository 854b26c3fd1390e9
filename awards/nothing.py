"""Why an exercise would pay nothing, in words: the same on a worksheet and in the refusal of a notice (I8)."""

from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from awards.agreement.worksheet import Worksheet
from awards.templatetags.figures import exact_dollars, options, percent, price


class Reason(NamedTuple):
    """`badge` names it where there is room for a few words."""

    title: str
    text: str
    badge: str

    def __str__(self) -> str:
        return f"{self.title}. {self.text}"


def why_nothing(sheet: Worksheet) -> Reason | None:
    """Why the Worksheet pays nothing; None where it pays."""
    if sheet.consideration:
        return None
    if sheet.multiplier == 0:
        return _no_multiplier(sheet)
    return _no_gain(sheet) if sheet.no_gain else _less_than_a_cent(sheet)


def refusal_of_nothing(sheet: Worksheet) -> str:
    """What a notice is refused with that would pay nothing, and which of the reasons it is (I8)."""
    said = _("It would pay nothing and still cancel the options, so it is not taken (I8).")
    return f"{said} {why_nothing(sheet)}"


def _no_multiplier(sheet: Worksheet) -> Reason:
    said = {
        "annualized_stock": percent(sheet.annualized_stock),
        "annualized_sp": percent(sheet.annualized_sp),
        "ahead": percent(sheet.outperform),
    }
    if sheet.outperform > 0:
        text = _(
            "The Stock is ahead of the index by only %(ahead)s a year, and at three decimals that Multiplier is "
            "0.000 (§2.7)."
        )
        return Reason(_("The Multiplier rounds to 0"), text % said, _("Multiplier rounds to 0"))
    if sheet.index_rose_more:
        text = _(
            "The index rose as much as the Stock or more: %(annualized_sp)s a year against %(annualized_stock)s. "
            "An exercise pays only when the Stock outperforms the index (§2.7)."
        )
        return Reason(
            _("The Multiplier is 0, although the Stock is up"), text % said, _("Multiplier 0: the index rose more")
        )
    text = _("The Stock did not outperform the index: %(annualized_stock)s a year against %(annualized_sp)s (§2.7).")
    return Reason(_("The Multiplier is 0"), text % said, _("Multiplier 0"))


def _no_gain(sheet: Worksheet) -> Reason:
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
    return Reason(_("There is a Multiplier, but no gain for it to multiply"), text % said, _("Multiplier, but no gain"))


def _less_than_a_cent(sheet: Worksheet) -> Reason:
    text = ngettext(
        "%(options)s option at %(each)s is less than half a cent (§2.6).",
        "%(options)s options at %(each)s each are less than half a cent (§2.6).",
        sheet.options,
    )
    said = {"options": options(sheet.options), "each": exact_dollars(sheet.per_option)}
    return Reason(_("The amount rounds to zero"), text % said, _("Rounds to zero"))
