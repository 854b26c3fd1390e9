"""What is read twice or more: who may act for an Award, and where Awards stand on a day."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import accumulate
from typing import Any, NamedTuple

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import EmptyResultSet
from django.db.models import Prefetch, prefetch_related_objects

from awards import valuation
from awards.acting import may_act_by, of_award
from awards.actions import ledger
from awards.actions.lapses import approved_adjustments, standing_on, with_pending
from awards.agreement.acting import Capacity
from awards.agreement.calendar import TradingCalendar
from awards.agreement.employment import Employment
from awards.agreement.lapse import last_moment
from awards.agreement.standing import Standing, newly_vested
from awards.agreement.vesting import vested, vesting_schedule
from awards.facts import FACTS, employment_by, has_none, record_of
from awards.market import rows
from awards.models import Award, CapitalAdjustment, Grantee, MasterAgreement, OptionEntry, Representative

Kind = OptionEntry.Kind
_KINDS = tuple(Kind.values)
_AS_THEY_STAND = frozenset({Kind.GRANTED.value, Kind.ADJUSTED.value})
# Long, or for the desk alone: no page of the Grantee shows them.
_NOT_SHOWN = (
    "initial_price_reason",
    "proposed_close",
    "proposed_by",
    "proposed_at",
    "approved_by",
    "rejected_by",
    "rejected_at",
    "rejection_reason",
    "letter_issued_by",
    "accepted_by",
    "signed_name",
    "declined_by",
    "decline_reason",
    "next_lapse_on",
    "next_lapse_kind",
    "next_lapse_options",
    "then_lapse_on",
)
_NOT_SHOWN_OF_AGREEMENT = ("document", "document_type", "document_sha256", "recorded_by", "recorded_at")
_ON_RECORD = ("employment_facts", "determinations")
_OF: Any = Award._meta.get_field
_GRANTEE, _AGREEMENT = _OF("grantee"), _OF("master_agreement")
_SHOWN = (rows.Part(Award, _NOT_SHOWN), rows.Part(Grantee), rows.Part(MasterAgreement, _NOT_SHOWN_OF_AGREEMENT))
# With whether the database has to be asked for more at all: of most Grantees no fact is on record, and most years have
# no split.
_OF_AWARDS = """
    , EXISTS (SELECT 1 FROM awards_employmentfact WHERE awards_employmentfact.grantee_id = awards_award.grantee_id),
    EXISTS (SELECT 1 FROM awards_determination WHERE awards_determination.grantee_id = awards_award.grantee_id),
    EXISTS (SELECT 1 FROM awards_capitaladjustment)
FROM awards_award
JOIN awards_grantee ON awards_grantee.id = awards_award.grantee_id
JOIN awards_masteragreement ON awards_masteragreement.id = awards_award.master_agreement_id
WHERE awards_award.id IN ({keys})
ORDER BY awards_award.award_date DESC, awards_award.id DESC
"""


def may_act(award: Award, capacity: Capacity, on: date, in_force: Sequence[Representative] | None = None) -> bool:
    """Whether one acting in that capacity may give notice for the Award on that day (§2.5, §5).

    The Award's `representatives` of that day are read where they are not handed on as `in_force`.
    """
    return may_act_by(award, capacity, on, representatives(award, on) if in_force is None else in_force)


def capacity_of(
    user: AbstractBaseUser, award: Award, on: date, in_force: Sequence[Representative] | None = None
) -> tuple[Capacity, Representative | None] | None:
    """In what capacity the user may give notice for the Award on that day, and by which appointment, if in any."""
    in_force = representatives(award, on) if in_force is None else in_force
    if award.grantee.user_id == user.pk and may_act(award, Capacity.GRANTEE, on, in_force):
        return Capacity.GRANTEE, None
    for row in in_force:
        if row.user_id == user.pk and may_act(award, Capacity(row.kind), on, in_force):
            return Capacity(row.kind), row
    return None


def representatives(award: Award, on: date) -> list[Representative]:
    """Who is appointed for the Award on that day."""
    return of_award(award, Representative.objects.in_force(on).filter(grantee_id=award.grantee_id))


@dataclass(frozen=True, slots=True)
class Tranche:
    """One tranche of the schedule, as granted, and whether it has vested."""

    vests_on: date
    options: int
    is_vested: bool


@dataclass(frozen=True, slots=True)
class Holding:
    """One Award on one day, for a page: its balances, its rules' answers and what it would pay."""

    award: Award
    entries: Sequence[ledger.Recorded]
    standing: Standing
    position: ledger.Position
    totals: dict[str, int]
    last_moment: datetime
    employment: Employment
    on: date
    # What a notice given now could be of: nothing before the Award Letter is accepted or after the last moment.
    exercisable: int
    # Those in force by that day: later days are answered in the same OSOs.
    adjustments: tuple[CapitalAdjustment, ...] = ()
    # Whether the last moment has passed: what is left then lapses without another day to exercise (I6).
    is_past: bool = False
    worth: valuation.CurrentValue | None = None
    # What exercising everything exercisable would pay; None where nothing is, or `value_reason` says why not.
    value: Decimal | None = None

    @property
    def exercised(self) -> int:
        return self.totals[Kind.EXERCISED]

    @property
    def lapsed(self) -> int:
        """What has lapsed by the rules, whether the sweep has written it yet or not: all that went no other way."""
        came = self.totals[Kind.GRANTED] + self.totals[Kind.ADJUSTED] + self.position.pending
        went = self.exercised + self.cancelled + self.totals[Kind.TRANSFERRED]
        return came - went - self.standing.unvested - self.standing.exercisable

    @property
    def cancelled(self) -> int:
        return self.totals[Kind.CANCELLED]

    @property
    def left(self) -> int:
        """What is neither exercised nor lapsed nor cancelled, vested or not."""
        return self.standing.exercisable + self.standing.unvested

    @property
    def is_over(self) -> bool:
        """Whether nothing is left, or no moment to exercise it: there is no last moment to come, and no value."""
        return self.is_past or not self.left

    @property
    def value_reason(self) -> str:
        """Why there is no value, in a few words."""
        if self.is_past and self.left:
            return "The last moment to exercise has passed"
        if self.worth is not None and self.worth.of_one is None:
            return self.worth.reason
        if self.award.awaits_acceptance:
            return "Accept the Award Letter first"
        return "" if self.exercisable else "Nothing can be exercised now"

    @property
    def pays_nothing(self) -> bool:
        """Whether all that is exercisable is known to pay nothing now: on an earlier day's closes it is not known."""
        return self.value == 0 and self.worth is not None and not self.worth.waits

    @property
    def can_exercise(self) -> bool:
        """Whether a page offers it: something is exercisable, and not known to pay nothing now (I8)."""
        return self.exercisable > 0 and self.value != 0

    @property
    def schedule(self) -> tuple[Tranche, ...]:
        """The tranches as granted, each with whether it has vested: the first ones, up to what has vested."""
        return _schedule(self.award, self.employment, self.on)

    @property
    def next_vesting(self) -> Tranche | None:
        return next((row for row in self.schedule if not row.is_vested and row.options), None)

    def vesting_on(self, day: date) -> int:
        """How many of its OSOs vest on that day, counted as today."""
        return newly_vested(
            award_date=self.award.award_date,
            options=self.award.options,
            on=day,
            employment=self.employment,
            adjustments=[row.as_agreed for row in self.adjustments],
            terms=self.award.master_agreement.terms,
        )


def for_holdings(awards: Any) -> Any:
    """The Awards with all that the rules read of them, in a fixed number of queries."""
    # The document of an agreement is large, and no list shows it.
    found = awards.select_related("master_agreement", "grantee").defer("master_agreement__document")
    return found.prefetch_related(Prefetch("entries", OptionEntry.objects.order_by("sequence")), *FACTS)


class _Read(NamedTuple):
    """Awards with their ledgers, and the capital adjustments on record."""

    awards: list[Award]
    ledgers: dict[int, list[ledger.Recorded]]
    adjustments: list[CapitalAdjustment]


def _read(awards: Any) -> _Read:
    """What a page shows of those Awards, newest first: the Awards and their ledgers, asked for without waiting."""
    try:
        keys, given = awards.order_by().values("pk").query.sql_with_params()
    except EmptyResultSet:
        return _Read([], {}, [])
    with rows.without_waiting():
        found = rows.read(_SHOWN, _OF_AWARDS.replace("{keys}", keys), given)
        entries = ledger.recorded_of(keys, given)
        answered = found(), entries()
    return _put_together(*answered)


def _put_together(found: list[tuple[Any, ...]], entries: list[ledger.Recorded]) -> _Read:
    ledgers: dict[int, list[ledger.Recorded]] = {}
    for entry in entries:
        ledgers.setdefault(entry.award_id, []).append(entry)
    _read_facts({grantee.pk: (grantee, has) for _, grantee, _, *has, _ in found}.values())
    for award, grantee, agreement, *_ in found:
        # As select_related() does: an assignment would first ask whether the two may be related.
        _GRANTEE.set_cached_value(award, grantee)
        _AGREEMENT.set_cached_value(award, agreement)
        ledgers.setdefault(award.pk, [])
    adjustments = approved_adjustments() if any(row[-1] for row in found) else []
    return _Read([row[0] for row in found], ledgers, adjustments)


def _read_facts(on_record: Collection[tuple[Grantee, list[bool]]]) -> None:
    for at, name in enumerate(_ON_RECORD):
        prefetch_related_objects([grantee for grantee, has in on_record if has[at]], name)
        for grantee, has in on_record:
            if not has[at]:
                has_none(grantee, name)


def holdings(awards: Any, *, on: date, calendar: TradingCalendar, now: datetime | None = None) -> list[Holding]:
    """Where those Awards stand at the end of `on`, by the facts on record; with `now`, also what they would pay.

    A fixed number of queries, however many Awards; the newest first, whatever their order. A day gone by leaves out
    what came after it.
    """
    if now is not None:
        return valued_holdings(awards, on=on, now=now, calendar=calendar)[0]
    read = _read(awards)
    return _holdings(read, _Day(on, calendar, read.adjustments))


def valued_holdings(
    awards: Any, *, on: date, now: datetime, calendar: TradingCalendar
) -> tuple[list[Holding], valuation.Market]:
    """The same with `now`, and the market that valued them: it has the closes in force already."""
    read = _read(awards)
    terms = [(award.award_date, award.master_agreement.terms) for award in read.awards]
    market = valuation.market_now(terms, now, calendar, tuple(row.as_agreed for row in read.adjustments))
    return _holdings(read, _Day(on, calendar, read.adjustments, now, valuation.ValuesNow.of(market, now))), market


class _Day(NamedTuple):
    """What the holdings of one day share: the day, and with `now` the values of that instant."""

    on: date
    calendar: TradingCalendar
    adjustments: list[CapitalAdjustment]
    now: datetime | None = None
    values: valuation.ValuesNow | None = None


def _holdings(read: _Read, day: _Day) -> list[Holding]:
    records = {key: record_of(grantee) for key, grantee in {row.grantee_id: row.grantee for row in read.awards}.items()}
    facts = [employment_by(records[row.grantee_id], award_date=row.award_date) for row in read.awards]
    in_force = tuple(row for row in day.adjustments if row.effective_on <= day.on)
    of = zip(read.awards, facts, strict=True)
    return [_holding(row, read.ledgers[row.pk], known, in_force, day) for row, known in of]


def _holding(
    award: Award,
    entries: list[ledger.Recorded],
    facts: Employment,
    in_force: tuple[CapitalAdjustment, ...],
    day: _Day,
) -> Holding:
    counted = [entry for entry in entries if ledger.counts_on(entry, day.on)]
    held, stands = _stands(award, counted, facts, day.on, day.adjustments)
    until = last_moment(stands.lapse, day.calendar)
    is_past = day.now is not None and day.now > until
    exercisable = stands.exercisable if award.is_accepted and not is_past else 0
    # Where nothing is exercisable yet, the figures are those of all that is left.
    valued = 0 if is_past else exercisable or stands.exercisable + stands.unvested
    worth = _worth(award, valued, day.values) if day.values and valued else None
    return Holding(
        award=award,
        entries=entries,
        standing=stands,
        position=held,
        totals=totals(counted),
        last_moment=until,
        employment=facts,
        on=day.on,
        exercisable=exercisable,
        adjustments=in_force,
        is_past=is_past,
        worth=worth,
        value=worth.consideration if worth and exercisable else None,
    )


def _worth(award: Award, options: int, values: valuation.ValuesNow) -> valuation.CurrentValue:
    return values.of_award(
        award_date=award.award_date,
        initial_price=award.initial_price,
        options=options,
        terms=award.master_agreement.terms,
    )


def standing_if(
    award: Award,
    entries: Sequence[ledger.Dated],
    facts: Employment,
    *,
    on: date,
    adjustments: Sequence[CapitalAdjustment],
) -> Standing:
    """Where an Award with that ledger would stand at the end of `on`, were those the facts and nothing else to come."""
    counted = [entry for entry in entries if ledger.counts_on(entry, on)]
    return _stands(award, counted, facts, on, adjustments)[1]


def _stands(
    award: Award,
    entries: Sequence[ledger.Dated],
    facts: Employment,
    on: date,
    adjustments: Sequence[CapitalAdjustment],
) -> tuple[ledger.Position, Standing]:
    held = with_pending(award, ledger.position(entries), adjustments, on=on, facts=facts)
    return held, standing_on(award, held, on=on, facts=facts, adjustments=adjustments)


def totals(entries: Iterable[ledger.Dated]) -> dict[str, int]:
    """OSOs by kind: what left the Award counted positive, grants and adjustments as they stand."""
    sums = dict.fromkeys(_KINDS, 0)
    for entry in entries:
        sums[entry.kind] += entry.options if entry.kind in _AS_THEY_STAND else -entry.options
    return sums


def _schedule(award: Award, facts: Employment, on: date) -> tuple[Tranche, ...]:
    given: dict[str, Any] = {
        "award_date": award.award_date,
        "options": award.options,
        "terms": award.master_agreement.terms,
    }
    have_vested = vested(on=on, employment=facts, **given)
    rows = vesting_schedule(**given)
    sums = accumulate(row.options for row in rows)
    # A tranche of nothing has no part in the sum: its day alone decides.
    return tuple(
        Tranche(row.vests_on, row.options, so_far <= have_vested if row.options else row.vests_on <= on)
        for row, so_far in zip(rows, sums, strict=True)
    )
