"""Writing what the rules say has lapsed, and what a capital adjustment changed, into the ledger with its true date.

Nothing depends on when this runs: pages and exercises ask the rules. It may run late, twice, or beside itself. What
lapses next is decided when a fact changes and kept with the Award, so that a night writes thousands by one statement;
whatever is out of the ordinary goes through `bring_up_to_date`, one Award at a time.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from awards.actions import audit, ledger, swept, telling
from awards.agreement.capital import options_after
from awards.agreement.employment import Employment
from awards.agreement.standing import Standing, standing
from awards.facts import FACTS, employment_under
from awards.models import Award, CapitalAdjustment, OptionEntry

# So few that nobody waits for the locks of a slice as long as a web request may: where one statement writes them, and
# where each needs the rules.
SLICE, BATCH = 5_000, 200
ONE_DAY = timedelta(days=1)
Kind = OptionEntry.Kind


class Change(NamedTuple):
    """OSOs that the ledger has yet to take out (negative) or give back, and the day on which they lapsed."""

    kind: OptionEntry.Kind
    options: int
    on: date


def approved_adjustments() -> list[CapitalAdjustment]:
    return list(CapitalAdjustment.objects.approved().order_by("effective_on"))


def bring_up_to_date(
    award: Award,
    *,
    through: date,
    now: datetime,
    by: Any = None,
    adjustments: Sequence[CapitalAdjustment] | None = None,
    ledger_so_far: Sequence[ledger.Entry] | None = None,
) -> list[ledger.Entry]:
    """Append whatever the ledger of a locked Award lacks at the end of the day `through` (§4, §6).

    Adjustments take effect at the start of their day, lapses at the end of theirs, so they are written in that order.
    Where a reversed fact undoes a lapse, the OSOs come back by an entry of the same kind and the lapse's own date.
    """
    rows = approved_adjustments() if adjustments is None else adjustments
    entries: list[ledger.Entry] = list(award.entries.all() if ledger_so_far is None else ledger_so_far)
    known, causes = len(entries), {entry.cause for entry in entries}
    for row in rows:
        due = award.award_date < row.effective_on <= through + ONE_DAY
        if due and _cause(row) not in causes:
            entries += _write_lapses(award, entries, rows, through=row.effective_on - ONE_DAY, now=now, by=by)
            entries.append(_write_adjustment(award, row, now=now, by=by))
    entries += _write_lapses(award, entries, rows, through=through, now=now, by=by)
    _restate(award, entries, rows)
    written = entries[known:]
    if written:
        said = [[entry.kind, entry.options, entry.effective_on] for entry in written]
        after = {"through": through, "entries": said}
        audit.record(actor=by, action="ledger brought up to date", subject=award, at=now, after=after)
        telling.tell_lapsed(award, written, now=now)
    return written


def _cause(adjustment: CapitalAdjustment) -> str:
    return f"adjustment/{adjustment.pk}"


def _write_adjustment(award: Award, adjustment: CapitalAdjustment, *, now: datetime, by: Any) -> OptionEntry:
    outstanding = ledger.position_of(award).outstanding
    after = options_after(outstanding, [adjustment.as_agreed])
    return ledger.append(
        award,
        kind=Kind.ADJUSTED,
        options=after.options - outstanding,
        effective_on=adjustment.effective_on,
        cause=_cause(adjustment),
        now=now,
        by=by,
        note=f"{adjustment.new}-for-{adjustment.old}; fraction dropped: {after.dropped} OSO",
    )


def _write_lapses(
    award: Award,
    entries: Sequence[ledger.Entry],
    adjustments: Sequence[CapitalAdjustment],
    *,
    through: date,
    now: datetime,
    by: Any,
) -> list[OptionEntry]:
    held = ledger.position(entries)
    changes = unwritten_lapses(award, held, adjustments, through=through)
    return [
        ledger.append(
            award,
            kind=change.kind,
            options=change.options,
            effective_on=change.on,
            cause=f"{change.kind}/{held.last_sequence + number}",
            now=now,
            by=by,
            note="" if change.options < 0 else "By the facts on record now this had not lapsed, or not on that day.",
        )
        for number, change in enumerate(changes, start=1)
    ]


def unwritten_lapses(
    award: Award,
    held: ledger.Position,
    adjustments: Sequence[CapitalAdjustment],
    *,
    through: date,
    facts: Employment | None = None,
) -> list[Change]:
    """What the ledger lacks of the lapses up to the end of `through`; nothing when it says what the rules say (§4)."""
    # A declined Award's OSOs were cancelled: a fact recorded later neither lapses nor returns any.
    if award.declined_at is not None:
        return []
    facts = facts or employment_under(award)
    by_rules = _by_the_rules(award, held, adjustments, facts)
    stands = standing_on(award, by_rules, on=through, facts=facts, adjustments=adjustments)
    vested = stands.vested if stands.lapse.lapses_on <= through else 0
    changes = [
        *_changes(
            Kind.LAPSED_UNVESTED,
            by_rules.lapsed_unvested,
            by_rules.unvested_lapsed_on,
            stands.unvested_lapsed,
            facts.ended_on,
        ),
        *_changes(
            Kind.LAPSED_VESTED, by_rules.lapsed_vested, by_rules.vested_lapsed_on, vested, stands.lapse.lapses_on
        ),
    ]
    # What comes back goes first, so that the ledger is never short on the way; then the order of the days.
    return sorted(changes, key=lambda change: (change.options < 0, change.on))


def _changes(
    kind: OptionEntry.Kind, written: int, written_on: date | None, lapsed: int, lapsed_on: date | None
) -> Iterator[Change]:
    """From what is `written` to what has `lapsed`; what lapsed on another day than the ledger says comes back first."""
    if written > 0 and lapsed > 0 and written_on not in (None, lapsed_on):
        yield from _changes(kind, written, written_on, 0, lapsed_on)
        written = 0
    on = lapsed_on if lapsed > written else written_on or lapsed_on
    if written != lapsed and on is not None:
        yield Change(kind, written - lapsed, on)


def standing_on(
    award: Award,
    held: ledger.Position,
    *,
    on: date,
    facts: Employment,
    adjustments: Sequence[CapitalAdjustment] | None = None,
) -> Standing:
    """The Award on a day, by the rules: from what its ledger would hold had no lapse been written."""
    rows = approved_adjustments() if adjustments is None else adjustments
    held = _by_the_rules(award, held, rows, facts)
    return _standing(
        award_date=award.award_date,
        options=award.options,
        unlapsed=held.unlapsed,
        on=on,
        employment=facts,
        adjustments=tuple(row.as_agreed for row in rows if _cause(row) in held.causes),
        unvested_already_gone=_ended_before_adjustment(facts, held),
        terms=award.master_agreement.terms,
    )


# It follows from what is asked alone, and whoever looks at an Award has it asked by one page after another.
_standing = lru_cache(maxsize=4096)(standing)


def _by_the_rules(
    award: Award, held: ledger.Position, adjustments: Sequence[CapitalAdjustment], facts: Employment
) -> ledger.Position:
    """The position had its last adjustment been written with the facts that are on record now.

    A fact recorded or reversed after the adjustment changes what had lapsed before it: then the adjustment took up too
    many or too few OSOs, and the difference is counted as not yet lapsed, or as lapsed and due to come back.
    """
    if held.before is None:
        return held
    (row,) = (row for row in adjustments if _cause(row) in held.causes - held.before.causes)
    kept, unvested, vested = _kept_on_eve(award, held.before, row, adjustments, facts)
    # No more than is still there: what was exercised meanwhile is for the Committee and not for the ledger.
    excess = min(held.adjusted_to - options_after(kept, [row.as_agreed]).options, held.unlapsed)
    unvested_excess = excess if not vested else _adjusted(unvested, row)
    return held._replace(
        lapsed_unvested=held.lapsed_unvested - unvested_excess,
        lapsed_vested=held.lapsed_vested - (excess - unvested_excess),
        before=None,
    )


def _kept_on_eve(
    award: Award,
    held: ledger.Position,
    adjustment: CapitalAdjustment,
    adjustments: Sequence[CapitalAdjustment],
    facts: Employment,
) -> tuple[int, int, int]:
    """By the rules, the OSOs that an adjustment takes up; and of what had lapsed by its eve, unvested and vested, what
    the ledger had not."""
    eve = adjustment.effective_on - ONE_DAY
    held = _by_the_rules(award, held, adjustments, facts)
    stands = standing_on(award, held, on=eve, facts=facts, adjustments=adjustments)
    vested_lapsed = stands.vested if stands.lapse.lapses_on <= eve else 0
    kept = stands.unvested + stands.vested - vested_lapsed
    return kept, stands.unvested_lapsed - held.lapsed_unvested, vested_lapsed - held.lapsed_vested


def _adjusted(options: int, adjustment: CapitalAdjustment) -> int:
    whole = options_after(abs(options), [adjustment.as_agreed]).options
    return whole if options > 0 else -whole


def with_pending(
    award: Award, held: ledger.Position, adjustments: Sequence[CapitalAdjustment], *, on: date, facts: Employment
) -> ledger.Position:
    """The position as it is by the rules when an adjustment in force on `on` has not been written yet."""
    held = _by_the_rules(award, held, adjustments, facts)
    for row in adjustments:
        if award.award_date < row.effective_on <= on and _cause(row) not in held.causes:
            kept, _, _ = _kept_on_eve(award, held, row, adjustments, facts)
            outstanding = options_after(kept, [row.as_agreed]).options
            held = held._replace(
                outstanding=outstanding,
                lapsed_unvested=0,
                lapsed_vested=0,
                causes=held.causes | {_cause(row)},
                adjusted_on=row.effective_on,
                pending=held.pending + outstanding - kept,
            )
    return held


def _ended_before_adjustment(facts: Employment, held: ledger.Position) -> bool:
    return held.adjusted_on is not None and facts.ended_on is not None and facts.ended_on < held.adjusted_on


def restate_next_lapse(award: Award) -> None:
    """Keep the day on which the sweep has to look at the Award next: its cessation until written, then its lapse."""
    _restate(award, list(award.entries.order_by("sequence")), approved_adjustments())


class Next(NamedTuple):
    """What the sweep will find with the Award: see `Award.next_lapse_on`."""

    next_lapse_on: date | None
    next_lapse_kind: str = ""
    next_lapse_options: int | None = None
    then_lapse_on: date | None = None


def _restate(award: Award, entries: Sequence[ledger.Entry], adjustments: Sequence[CapitalAdjustment]) -> None:
    by_rules = next_lapse(award, ledger.position(entries), adjustments)
    if by_rules != Next(*(getattr(award, name) for name in Next._fields)):
        for name, value in by_rules._asdict().items():
            setattr(award, name, value)
        award.save(update_fields=Next._fields)


def next_lapse(award: Award, held: ledger.Position, adjustments: Sequence[CapitalAdjustment]) -> Next:
    """When the sweep has to look at the Award, and by the rules what it will then write; no kind where it must ask."""
    facts = employment_under(award)
    on = facts.ended_on or award.award_date
    lapses_on = standing_on(award, held, on=on, facts=facts, adjustments=adjustments).lapse.lapses_on
    if facts.ended_on is not None:
        changes = unwritten_lapses(award, held, adjustments, through=facts.ended_on, facts=facts)
        if any(change.kind == Kind.LAPSED_UNVESTED for change in changes):
            return _unvested_first(changes, facts.ended_on, lapses_on)
    changes = unwritten_lapses(award, held, adjustments, through=lapses_on, facts=facts)
    if changes == [Change(Kind.LAPSED_VESTED, -held.outstanding, lapses_on)]:
        return Next(lapses_on, Kind.LAPSED_VESTED.value)
    return Next(lapses_on)


def _unvested_first(changes: list[Change], ended_on: date, lapses_on: date) -> Next:
    first, *others = changes
    is_plain = first.kind == Kind.LAPSED_UNVESTED and first.on == ended_on <= lapses_on
    if is_plain and all(change.options < 0 for change in changes) and len(others) == (ended_on == lapses_on):
        return Next(ended_on, Kind.LAPSED_UNVESTED.value, -first.options, lapses_on)
    return Next(ended_on)


def write_lapses(*, through: date, now: datetime, batch: int = SLICE) -> dict[str, int]:
    """The sweep: every lapse due by the end of `through`, and every adjustment in force the day after.

    What is due is read once by index, then written in slices, each its own transaction.
    """
    keys = swept.keys_of(due(through).order_by("pk"))
    awards = entries = 0
    for start in range(0, len(keys), batch):
        did = write_slice(keys[start : start + batch], through=through, now=now)
        awards, entries = awards + did["awards"], entries + did["entries"]
    return {"due": len(keys), "awards": awards, "entries": entries}


def slice_size(through: date) -> int:
    """How many Awards may be locked together: fewer in a night that has an adjustment to write."""
    return BATCH if _adjusting(through) and _unadjusted(through).exists() else SLICE


def write_between(first: int, last: int, *, through: date, now: datetime) -> dict[str, int]:
    """The same for the Awards from key to key, which are no more than a slice."""
    keys = swept.keys_of(due(through).filter(pk__gte=first, pk__lte=last).order_by("pk"))
    return write_slice(keys, through=through, now=now)


def write_slice(keys: Sequence[int], *, through: date, now: datetime) -> dict[str, int]:
    """Write what is due of these Awards, whose keys ascend: first what was decided beforehand, then the rest."""
    with transaction.atomic():
        listed = swept.listed(keys)
        undecided = swept.lock(listed, through=through)
        # Read after the locks are held: an exercise that came first has written the adjustment itself.
        alone = _unadjusted_among(keys, through).union(undecided)
        decided = swept.listed(key for key in keys if key not in alone) if alone else listed
        awards, entries = _write_decided(decided, through=through, now=now)
    rest = sorted(alone)
    for start in range(0, len(rest), BATCH):
        with transaction.atomic():
            entries += _write_alone(rest[start : start + BATCH], through=through, now=now)
    return {"due": len(keys), "awards": awards + len(rest), "entries": entries}


def _unadjusted_among(keys: Sequence[int], through: date) -> set[int]:
    if not _adjusting(through):
        return set()
    return set(_unadjusted(through).filter(pk__in=keys).values_list("pk", flat=True))


def _write_decided(keys: str, *, through: date, now: datetime) -> tuple[int, int]:
    """How many Awards and entries were written at once; audited as a whole."""
    wrote = swept.write(keys, through=through, now=now)
    if wrote is None:
        return 0, 0
    awards, entries = wrote
    said = {"through": through, "recorded_at": now.isoformat(), **entries._asdict()}
    subject = f"sweep:{through}/{entries.first_award}"
    audit.record(actor=None, action=audit.SWEPT, subject=subject, at=now, after=said)
    return awards, entries.entries


def _write_alone(keys: Sequence[int], *, through: date, now: datetime) -> int:
    adjustments = approved_adjustments()
    written = [
        len(bring_up_to_date(award, through=through, now=now, adjustments=adjustments))
        for award in _locked_for_sweep(keys)
    ]
    return sum(written)


def _locked_for_sweep(keys: Sequence[int]) -> "QuerySet[Award]":
    """Locks the Awards alone, in order; what the rules need beside them is read after the locks are held."""
    rows: QuerySet[Award] = Award.objects.select_for_update(of=("self",)).filter(pk__in=keys).order_by("pk")
    return (
        rows.select_related("grantee", "master_agreement")
        .defer("master_agreement__document")
        .prefetch_related(*FACTS, Prefetch("entries", queryset=OptionEntry.objects.order_by("sequence")))
    )


def due(through: date) -> "QuerySet[Award]":
    """The Awards that have something to write by the end of `through`: a lapse, or an adjustment in force after it."""
    outstanding: QuerySet[Award] = Award.objects.approved().filter(outstanding__gt=0)
    lapsing = outstanding.filter(next_lapse_on__lte=through)
    if not _adjusting(through):
        return lapsing
    return outstanding.filter(Q(pk__in=lapsing.values("pk")) | Q(pk__in=_unadjusted(through).values("pk")))


def _adjusting(through: date) -> list[CapitalAdjustment]:
    return list(CapitalAdjustment.objects.approved().filter(effective_on__lte=through + ONE_DAY))


def _unadjusted(through: date) -> "QuerySet[Award]":
    """The Awards whose ledgers lack an adjustment in force."""
    lacking = Q(pk__in=[])
    for adjustment in _adjusting(through):
        written = OptionEntry.objects.filter(award=OuterRef("pk"), cause=_cause(adjustment))
        lacking |= Q(~Exists(written), award_date__lt=adjustment.effective_on)
    return Award.objects.approved().filter(lacking, outstanding__gt=0)
