"""Writing what the rules say has lapsed, and what a capital adjustment changed, into the ledger with its true date.

Nothing depends on when this runs: pages and exercises ask the rules. It may run late, twice, or beside itself.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from awards.actions import audit, ledger
from awards.agreement.capital import options_after
from awards.agreement.employment import Employment
from awards.agreement.standing import Standing, standing
from awards.facts import employment_under
from awards.models import Award, CapitalAdjustment, OptionEntry

BATCH = 500


def bring_up_to_date(award: Award, *, through: date, now: datetime, by: Any = None) -> list[OptionEntry]:
    """Append whatever the ledger of a locked Award lacks at the end of the day `through` (§4, §6).

    Adjustments take effect at the start of their day, lapses at the end of theirs, so they are written in that order.
    Where a reversed fact undoes a lapse, the OSOs come back by an entry of the same kind and the lapse's own date.
    """
    written: list[OptionEntry] = []
    adjustments = list(
        CapitalAdjustment.objects.approved().filter(effective_on__gt=award.award_date).order_by("effective_on")
    )
    causes = ledger.position_of(award).causes
    for adjustment in adjustments:
        if adjustment.effective_on <= through + timedelta(days=1) and _cause(adjustment) not in causes:
            written += _write_lapses(award, through=adjustment.effective_on - timedelta(days=1), now=now, by=by)
            written.append(_write_adjustment(award, adjustment, now=now, by=by))
    written += _write_lapses(award, through=through, now=now, by=by)
    restate_next_lapse(award)
    if written:
        audit.record(
            actor=by,
            action="ledger brought up to date",
            subject=award,
            at=now,
            after={
                "through": through,
                "entries": [[entry.kind, entry.options, entry.effective_on] for entry in written],
            },
        )
    return written


def _cause(adjustment: CapitalAdjustment) -> str:
    return f"adjustment/{adjustment.pk}"


def _write_adjustment(award: Award, adjustment: CapitalAdjustment, *, now: datetime, by: Any) -> OptionEntry:
    after = options_after(award.outstanding, [adjustment.as_agreed])
    return ledger.append(
        award,
        kind=OptionEntry.Kind.ADJUSTED,
        options=after.options - award.outstanding,
        effective_on=adjustment.effective_on,
        cause=_cause(adjustment),
        now=now,
        by=by,
        note=f"{adjustment.new}-for-{adjustment.old}; fraction dropped: {after.dropped} OSO",
    )


def _write_lapses(award: Award, *, through: date, now: datetime, by: Any) -> list[OptionEntry]:
    held = ledger.position_of(award)
    facts = employment_under(award)
    stands = standing_on(award, held, on=through, facts=facts)
    over = stands.lapse.lapses_on <= through
    # Before an adjustment everything that had lapsed by then is in the ledger already, in the old basis.
    unvested = 0 if _ended_before_adjustment(facts, held) else stands.unvested_lapsed
    vested = stands.vested if over else 0
    changes = [
        (OptionEntry.Kind.LAPSED_UNVESTED, held.lapsed_unvested - unvested, facts.ended_on),
        (OptionEntry.Kind.LAPSED_VESTED, held.lapsed_vested - vested, stands.lapse.lapses_on),
    ]
    # What comes back goes first, so that the ledger is never short on the way.
    changes.sort(key=lambda change: change[1], reverse=True)
    return [
        ledger.append(
            award,
            kind=kind,
            options=options,
            effective_on=_lapse_date(award, kind, options, on),
            cause=f"{kind}/{held.lapse_entries + number}",
            now=now,
            by=by,
            note="" if options < 0 else "The facts on record changed: this had not lapsed.",
        )
        for number, (kind, options, on) in enumerate(changes, start=1)
        if options
    ]


def _lapse_date(award: Award, kind: OptionEntry.Kind, options: int, on: date | None) -> date:
    if options < 0 and on is not None:
        return on
    undone: date = (
        award.entries.filter(kind=kind, options__lt=0).order_by("-sequence").values_list("effective_on", flat=True)[0]
    )
    return undone


def standing_on(
    award: Award,
    held: ledger.Position,
    *,
    on: date,
    facts: Employment,
    adjustments: Sequence[CapitalAdjustment] | None = None,
) -> Standing:
    """The Award on a day, by the rules: from what its ledger would hold had no lapse been written."""
    if adjustments is None:
        adjustments = list(CapitalAdjustment.objects.approved().order_by("effective_on"))
    return standing(
        award_date=award.award_date,
        options=award.options,
        unlapsed=held.unlapsed,
        on=on,
        employment=facts,
        adjustments=[row.as_agreed for row in adjustments if _cause(row) in held.causes],
        unvested_already_gone=_ended_before_adjustment(facts, held),
        terms=award.master_agreement.terms,
    )


def with_pending(
    award: Award, held: ledger.Position, adjustments: Sequence[CapitalAdjustment], *, on: date, facts: Employment
) -> ledger.Position:
    """The position as it is by the rules when an adjustment in force on `on` has not been written yet."""
    for adjustment in adjustments:
        if award.award_date < adjustment.effective_on <= on and _cause(adjustment) not in held.causes:
            eve = adjustment.effective_on - timedelta(days=1)
            stands = standing_on(award, held, on=eve, facts=facts, adjustments=adjustments)
            over = stands.lapse.lapses_on <= eve
            kept = stands.unvested + (0 if over else stands.vested)
            held = replace(
                held,
                outstanding=options_after(kept, [adjustment.as_agreed]).options,
                lapsed_unvested=0,
                lapsed_vested=0,
                causes=held.causes | {_cause(adjustment)},
                adjusted_on=adjustment.effective_on,
            )
    return held


def _ended_before_adjustment(facts: Employment, held: ledger.Position) -> bool:
    return held.adjusted_on is not None and facts.ended_on is not None and facts.ended_on < held.adjusted_on


def restate_next_lapse(award: Award) -> None:
    """Keep the day on which the sweep has to look at the Award next: its cessation until written, then its lapse date."""
    held = ledger.position_of(award)
    facts = employment_under(award)
    stands = standing_on(award, held, on=facts.ended_on or award.award_date, facts=facts)
    pending = facts.ended_on is not None and stands.unvested_lapsed != held.lapsed_unvested
    next_on = facts.ended_on if pending else stands.lapse.lapses_on
    if award.next_lapse_on != next_on:
        award.next_lapse_on = next_on
        award.save(update_fields=["next_lapse_on"])


def write_lapses(*, through: date, now: datetime, batch: int = BATCH) -> dict[str, int]:
    """The sweep: every lapse due by the end of `through`, and every adjustment in force the day after.

    What is due is read once by index, then written in bounded batches, each its own transaction.
    """
    awards = entries = 0
    due = list(_due(through).order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(due), batch):
        with transaction.atomic():
            for award in Award.objects.select_for_update().filter(pk__in=due[start : start + batch]).order_by("pk"):
                awards += 1
                entries += len(bring_up_to_date(award, through=through, now=now))
    return {"due": len(due), "awards": awards, "entries": entries}


def _due(through: date) -> Any:
    approved = Award.objects.approved().filter(outstanding__gt=0)
    lapsing = approved.filter(next_lapse_on__lte=through)
    effective = CapitalAdjustment.objects.approved().filter(effective_on__lte=through + timedelta(days=1))
    due = lapsing
    for adjustment in effective:
        unadjusted = approved.filter(award_date__lt=adjustment.effective_on)
        due = due | unadjusted.exclude(entries__cause=_cause(adjustment))
    return Award.objects.filter(Q(pk__in=due.values("pk")))
