"""What becomes of an Award on the day employment ends, by the rules: for the Grantee who wonders, and at the desk."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from awards.actions import ledger
from awards.agreement.calendar import TradingCalendar
from awards.agreement.employment import Employment
from awards.agreement.lapse import last_moment
from awards.agreement.standing import Standing
from awards.models import Award, CapitalAdjustment
from awards.queries import standing_if


@dataclass(frozen=True, slots=True)
class Consequence:
    """An Award at the end of that day. `vests` is what would not have vested by then otherwise (§2.4).

    `last_moment` is the close of trading until which the rest can be exercised; for Cause it is before the day (I6).
    """

    award: Award
    on: date
    standing: Standing
    vests: int
    last_moment: datetime

    @property
    def exercisable(self) -> int:
        return self.standing.exercisable

    @property
    def lapses_at_once(self) -> int:
        """What lapses on the very day: the unvested, and for Cause the vested too (§4.1, §4.2(c))."""
        vested = self.standing.vested - self.standing.exercisable
        return self.standing.unvested_lapsed + (vested if self.is_barred else 0)

    @property
    def is_barred(self) -> bool:
        """Whether vested OSOs lapse on the very day and nothing can be exercised on it (§4.2(c), I6)."""
        lapse = self.standing.lapse
        return lapse.lapses_on == self.on and not lapse.allows_exercise_on(self.on)

    @property
    def has_lapsed_before(self) -> bool:
        """Whether what had vested lapsed on an earlier day."""
        return self.standing.lapse.lapses_on < self.on


def consequence(
    award: Award,
    entries: Sequence[ledger.Dated],
    facts: Employment,
    *,
    otherwise: Employment,
    on: date,
    adjustments: Sequence[CapitalAdjustment],
    calendar: TradingCalendar,
) -> Consequence:
    """What follows on `on` from `facts`, compared with what would stand had they been `otherwise`.

    For the Award with that ledger; OSOs are counted as of the adjustments given.
    """
    after = standing_if(award, entries, facts, on=on, adjustments=adjustments)
    before = standing_if(award, entries, otherwise, on=on, adjustments=adjustments)
    return Consequence(
        award=award,
        on=on,
        standing=after,
        vests=max(after.vested - before.vested, 0),
        last_moment=last_moment(after.lapse, calendar),
    )
