"""The time of one Award as a drawing across, the same down a telephone, and the list that says it."""

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from awards.queries import Holding
from awards.timeline.across import Across, across
from awards.timeline.down import Down, down
from awards.timeline.moments import Moment, moments
from awards.timeline.shapes import scale


@dataclass(frozen=True, slots=True)
class Timeline:
    """From the Award Date to the lapse. `kinds` are those that are drawn."""

    moments: tuple[Moment, ...]
    first: date
    last: date
    across: Across
    down: Down
    kinds: frozenset[str]

    @property
    def legend(self) -> list[tuple[str, str]]:
        """The marks that are drawn, each with its name."""
        names = {row.kind: row.what for row in self.moments if row.kind not in ("granted", "vested", "vests")}
        # What lapsed unvested and what lapsed vested have one mark.
        names |= {"lapsed": _("Lapsed")} if "lapsed" in names else {}
        return [(kind, name) for kind, name in names.items() if kind in self.kinds]


def timeline(holding: Holding) -> Timeline:
    """Of the facts on record; a today or an end of employment that lies outside is said by the list alone."""
    award, lapses_on = holding.award, holding.standing.lapse.lapses_on
    first, last = award.award_date, max(lapses_on, award.award_date)
    found = moments(holding)
    drawn = [row for row in found if row.kind not in ("today", "ended") or first <= row.on <= last]
    at = scale(first, last)
    return Timeline(
        moments=tuple(found),
        first=first,
        last=last,
        across=across(drawn, at, first=first, last=last, options=award.options),
        down=down(drawn, at, options=award.options),
        kinds=frozenset(row.kind for row in drawn),
    )
