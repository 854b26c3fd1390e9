"""The moments of one Award in their order: what was granted, vests, was exercised and lapses; and today among them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from awards.agreement.vesting import Vesting, vestings
from awards.models import OptionEntry
from awards.queries import Holding
from awards.templatetags.figures import day, options, time_of_day
from awards.vocabulary import told
from config.clock import new_york_date

Kind = OptionEntry.Kind
# As what a line of the ledger is drawn; a grant is where the Award begins.
_DRAWN = {
    Kind.GRANTED: "granted",
    Kind.EXERCISED: "exercised",
    Kind.LAPSED_UNVESTED: "lapsed",
    Kind.LAPSED_VESTED: "lapsed",
    Kind.CANCELLED: "cancelled",
    Kind.TRANSFERRED: "cancelled",
    Kind.ADJUSTED: "adjusted",
}
HAPPENED = frozenset(_DRAWN.values()) - {"granted"}
# On one day they stand in this order.
_ORDER = ("granted", "vested", "vests", *sorted(HAPPENED), "ended", "today", "last", "lapse")


@dataclass(frozen=True, slots=True)
class Moment:
    """`kind` says how it is drawn; the rest says it in words. `figure`: OSOs; `so_far`: as granted, for a vesting."""

    kind: str
    on: date
    what: str
    figure: str = ""
    more: str = ""
    options: int = 0
    so_far: int = 0

    @property
    def when(self) -> str:
        return day(self.on)

    @property
    def said(self) -> str:
        return f"{self.what}: {self.figure}" if self.figure else self.what


def moments(holding: Holding) -> list[Moment]:
    """What happened and what is to come by the facts on record, on the day of the holding."""
    found = [*_vestings(holding), *_ledger(holding), *_days(holding)]
    return sorted(found, key=lambda moment: (moment.on, _ORDER.index(moment.kind)))


def _vestings(holding: Holding) -> Iterator[Moment]:
    """By the rules, whatever job has run; not of an Award that was gone by then, declined or cancelled."""
    so_far = 0
    for vesting in _by_the_rules(holding):
        so_far += vesting.options
        if _was_gone(holding, vesting.vests_on):
            continue
        is_vested = vesting.vests_on <= holding.on
        yield Moment(
            kind="vested" if is_vested else "vests",
            on=vesting.vests_on,
            what=_("Vested") if is_vested else _("Vests"),
            figure=options(vesting.options),
            more=_("%(options)s in all") % {"options": options(so_far)},
            options=vesting.options,
            so_far=so_far,
        )


def _by_the_rules(holding: Holding) -> tuple[Vesting, ...]:
    award = holding.award
    return vestings(
        award_date=award.award_date,
        options=award.options,
        employment=holding.employment,
        terms=award.master_agreement.terms,
    )


def _was_gone(holding: Holding, on: date) -> bool:
    before = [entry.outstanding_after for entry in holding.entries if entry.effective_on < on]
    return bool(before) and before[-1] == 0


def _ledger(holding: Holding) -> Iterator[Moment]:
    for entry in holding.entries:
        kind = Kind(entry.kind)
        # What leaves is counted, what an adjustment or a late notice brings is told by its sign.
        leaves = entry.options < 0 and kind is not Kind.ADJUSTED
        plus = "+" if entry.options > 0 and kind is not Kind.GRANTED else ""
        figure = options(-entry.options) if leaves else plus + options(entry.options)
        yield Moment(_DRAWN[kind], entry.effective_on, str(kind.label), figure, told(entry.note), abs(entry.options))


def _days(holding: Holding) -> Iterator[Moment]:
    lapse, ended_on = holding.standing.lapse, holding.employment.ended_on
    if ended_on is not None:
        yield Moment("ended", ended_on, _("Employment ended") if ended_on <= holding.on else _("Employment ends"))
    yield Moment("today", holding.on, _("Today"))
    # What lapsed is history and stays; where all is exercised or cancelled before, there is nothing to end.
    if not holding.standing.vested + holding.standing.unvested:
        return
    at = holding.last_moment
    yield Moment("last", new_york_date(at), _("Last moment to exercise"), more=time_of_day(at))
    if lapse.allows_exercise_on(holding.on):
        yield Moment("lapse", lapse.lapses_on, _("Lapse"), more=_("What is vested and not exercised lapses"))
    else:
        yield Moment("lapse", lapse.lapses_on, _("Lapse"), more=_("What was vested and not exercised has lapsed"))
