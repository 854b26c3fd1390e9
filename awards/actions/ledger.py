"""The ledger of an Award: the only place that appends to it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction

from awards.actions.refusal import Refused
from awards.models import Award, OptionEntry

LAPSES = (OptionEntry.Kind.LAPSED_UNVESTED, OptionEntry.Kind.LAPSED_VESTED)


class NotEnoughOptions(Refused):
    """More OSOs would be taken out than the Award holds."""

    code = "not_enough_options"


@dataclass(frozen=True, slots=True)
class Position:
    """What a ledger says, by kind. The lapses are those since the last capital adjustment: they are of its basis."""

    outstanding: int
    lapsed_unvested: int
    lapsed_vested: int
    lapse_entries: int
    last_sequence: int
    causes: frozenset[str]
    adjusted_on: date | None

    @property
    def unlapsed(self) -> int:
        """What the Award would hold had no lapse been recorded."""
        return self.outstanding + self.lapsed_unvested + self.lapsed_vested


def position(entries: Iterable[OptionEntry]) -> Position:
    """Fold a whole ledger, in sequence."""
    outstanding = sequence = lapse_entries = 0
    lapsed = dict.fromkeys(LAPSES, 0)
    adjusted_on: date | None = None
    causes = set()
    for entry in entries:
        outstanding += entry.options
        sequence = entry.sequence
        causes.add(entry.cause)
        if entry.kind in lapsed:
            lapsed[OptionEntry.Kind(entry.kind)] -= entry.options
            lapse_entries += 1
        elif entry.kind == OptionEntry.Kind.ADJUSTED:
            adjusted_on = entry.effective_on
            lapsed = dict.fromkeys(LAPSES, 0)
    unvested, vested = (lapsed[kind] for kind in LAPSES)
    return Position(outstanding, unvested, vested, lapse_entries, sequence, frozenset(causes), adjusted_on)


def position_of(award: Award) -> Position:
    return position(award.entries.order_by("sequence"))


def locked(award: Award) -> Award:
    """The Award's row, locked and read again, with what the rules need of its Grantee. Call inside a transaction."""
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("an Award is locked inside a transaction")
    # Without select_related the lock is on the Award alone: two Awards of one Grantee do not wait for each other.
    return Award.objects.select_for_update().get(pk=award.pk)


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
    after = award.outstanding + options
    if after < 0:
        raise NotEnoughOptions(
            f"{-options} OSOs would be taken out of {award.number}, and it holds {award.outstanding}."
        )
    last = award.entries.order_by("-sequence").values_list("sequence", flat=True).first()
    entry = OptionEntry.objects.create(
        award=award,
        sequence=(last or 0) + 1,
        kind=kind,
        options=options,
        outstanding_after=after,
        effective_on=effective_on,
        recorded_at=now,
        recorded_by=by,
        cause=cause,
        note=note,
    )
    award.outstanding = after
    award.save(update_fields=["outstanding"])
    return entry
