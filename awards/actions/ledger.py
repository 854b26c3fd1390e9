"""The ledger of an Award: the only place that appends to it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import reduce
from typing import Any, Self

from django.db import transaction

from awards.actions import audit
from awards.actions.refusal import Refused
from awards.models import Award, OptionEntry

LAPSES = (OptionEntry.Kind.LAPSED_UNVESTED, OptionEntry.Kind.LAPSED_VESTED)


class NotEnoughOptions(Refused):
    """More OSOs would be taken out than the Award holds."""

    code = "not_enough_options"


@dataclass(frozen=True, slots=True)
class Position:
    """What a ledger says, by kind. The lapses are those since the last capital adjustment: they are of its basis.

    `before` is the position just before that adjustment, and `adjusted_to` what it left outstanding.
    """

    outstanding: int
    lapsed_unvested: int
    lapsed_vested: int
    last_sequence: int
    causes: frozenset[str]
    adjusted_on: date | None
    unvested_lapsed_on: date | None = None
    vested_lapsed_on: date | None = None
    before: Self | None = None
    adjusted_to: int = 0
    # What adjustments that are in force and not written yet will add.
    pending: int = 0

    @property
    def unlapsed(self) -> int:
        """What the Award would hold had no lapse been recorded."""
        return self.outstanding + self.lapsed_unvested + self.lapsed_vested


EMPTY = Position(0, 0, 0, 0, frozenset(), None)


def position(entries: Iterable[OptionEntry]) -> Position:
    """Fold a whole ledger, in sequence."""
    return reduce(_after, entries, EMPTY)


def _after(held: Position, entry: OptionEntry) -> Position:
    if entry.kind == OptionEntry.Kind.ADJUSTED:
        held = _on_new_basis(held, entry)
    elif entry.kind in LAPSES:
        held = _with_lapse(held, entry)
    return replace(
        held,
        outstanding=held.outstanding + entry.options,
        last_sequence=entry.sequence,
        causes=held.causes | {entry.cause},
    )


def _on_new_basis(held: Position, entry: OptionEntry) -> Position:
    return replace(
        held,
        lapsed_unvested=0,
        lapsed_vested=0,
        adjusted_on=entry.effective_on,
        adjusted_to=held.outstanding + entry.options,
        before=held,
    )


def _with_lapse(held: Position, entry: OptionEntry) -> Position:
    # OSOs that come back leave the day on which the others lapsed as it was.
    on = entry.effective_on if entry.options < 0 else None
    if entry.kind == OptionEntry.Kind.LAPSED_UNVESTED:
        lapsed = held.lapsed_unvested - entry.options
        return replace(held, lapsed_unvested=lapsed, unvested_lapsed_on=on or held.unvested_lapsed_on)
    return replace(held, lapsed_vested=held.lapsed_vested - entry.options, vested_lapsed_on=on or held.vested_lapsed_on)


def position_of(award: Award) -> Position:
    return position(award.entries.order_by("sequence"))


def counts_on(entry: OptionEntry, on: date) -> bool:
    """Whether an entry bears on where the Award stood at the end of `on`: it had taken effect, or was written by then.

    OSOs of a notice are gone from the moment of its receipt, though its Exercise Date may be the next Trading Day's.
    """
    if entry.effective_on <= on:
        return True
    return entry.kind != OptionEntry.Kind.ADJUSTED and entry.recorded_at.astimezone(audit.NEW_YORK).date() <= on


def locked(award: Award) -> Award:
    """The Award's row, locked and read again. Call inside a transaction."""
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("an Award is locked inside a transaction")
    # The lock is on the Award alone: two Awards of one Grantee do not wait for each other.
    rows = Award.objects.select_for_update(of=("self",)).select_related("grantee", "master_agreement")
    return rows.defer("master_agreement__document").get(pk=award.pk)


def append(
    award: Award,
    *,
    kind: OptionEntry.Kind,
    options: int,
    effective_on: date,
    cause: str,
    now: datetime,
    by: Any = None,
    note: str = "",
) -> OptionEntry:
    """Append one entry to a locked Award and keep its balance. Raises NotEnoughOptions.

    `options` is added to what is outstanding: negative where OSOs leave. A second entry for one `cause` is refused by
    the database.
    """
    # From the ledger itself and not from the row in hand, which may have been read before the lock.
    last = award.entries.order_by("-sequence").values_list("sequence", "outstanding_after").first()
    sequence, outstanding = last or (0, 0)
    if outstanding + options < 0:
        raise NotEnoughOptions(f"{-options} OSOs would be taken out of {award.number}, and it holds {outstanding}.")
    entry = OptionEntry.objects.create(
        award=award,
        sequence=sequence + 1,
        kind=kind,
        options=options,
        outstanding_after=outstanding + options,
        effective_on=effective_on,
        recorded_at=now,
        recorded_by=by,
        cause=cause,
        note=note,
    )
    award.outstanding = entry.outstanding_after
    award.save(update_fields=["outstanding"])
    return entry
