"""The ledger of an Award: the only place that appends to it."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db import connection, transaction

from awards.actions import audit
from awards.actions.refusal import Refused
from awards.market import rows, writing
from awards.models import Award, Grantee, MasterAgreement, OptionEntry


class Line(NamedTuple):
    """What of an OptionEntry the rules and the next entry need."""

    sequence: int
    kind: str
    options: int
    outstanding_after: int
    effective_on: date
    cause: str


class Recorded(NamedTuple):
    """An OptionEntry as it is shown: what the rules need of it, and when it was written."""

    award_id: int
    sequence: int
    kind: str
    options: int
    outstanding_after: int
    effective_on: date
    recorded_at: datetime
    cause: str
    note: str

    def get_kind_display(self) -> str:
        return str(OptionEntry.Kind(self.kind).label)


Dated = OptionEntry | Recorded
Entry = Dated | Line
LAPSES = (OptionEntry.Kind.LAPSED_UNVESTED, OptionEntry.Kind.LAPSED_VESTED)


class NotEnoughOptions(Refused):
    """More OSOs would be taken out than the Award holds."""

    code = "not_enough_options"


class Position(NamedTuple):
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
    before: "Position | None" = None
    adjusted_to: int = 0
    # What adjustments that are in force and not written yet will add.
    pending: int = 0

    @property
    def unlapsed(self) -> int:
        """What the Award would hold had no lapse been recorded."""
        return self.outstanding + self.lapsed_unvested + self.lapsed_vested


EMPTY = Position(0, 0, 0, 0, frozenset(), None)


def position(entries: Iterable[Entry]) -> Position:
    """Fold a whole ledger, in sequence."""
    held, plain = EMPTY, list[Entry]()
    for entry in entries:
        if entry.kind == OptionEntry.Kind.ADJUSTED or entry.kind in LAPSES:
            held, plain = _after(_summed(held, plain), entry), []
        else:
            plain.append(entry)
    return _summed(held, plain)


def _after(held: Position, entry: Entry) -> Position:
    held = _on_new_basis(held, entry) if entry.kind == OptionEntry.Kind.ADJUSTED else _with_lapse(held, entry)
    return _summed(held, [entry])


def _summed(held: Position, entries: Sequence[Entry]) -> Position:
    if not entries:
        return held
    return held._replace(
        outstanding=held.outstanding + sum(entry.options for entry in entries),
        last_sequence=entries[-1].sequence,
        causes=held.causes.union(entry.cause for entry in entries),
    )


def _on_new_basis(held: Position, entry: Entry) -> Position:
    return held._replace(
        lapsed_unvested=0,
        lapsed_vested=0,
        adjusted_on=entry.effective_on,
        adjusted_to=held.outstanding + entry.options,
        before=held,
    )


def _with_lapse(held: Position, entry: Entry) -> Position:
    # OSOs that come back leave the day on which the others lapsed as it was.
    on = entry.effective_on if entry.options < 0 else None
    if entry.kind == OptionEntry.Kind.LAPSED_UNVESTED:
        lapsed = held.lapsed_unvested - entry.options
        return held._replace(lapsed_unvested=lapsed, unvested_lapsed_on=on or held.unvested_lapsed_on)
    return held._replace(lapsed_vested=held.lapsed_vested - entry.options, vested_lapsed_on=on or held.vested_lapsed_on)


def position_of(award: Award) -> Position:
    return position(lines_of(award)())


def lines_of(award: Award) -> rows.Answer[list[Line]]:
    """The Award's whole ledger as it is now, in sequence. Exercises that follow one another are one line, which
    has the day of the line after it or, at the end, of the last of them."""
    answer = rows.read_as(Line, OptionEntry, _LINES, [award.pk, award.pk])
    return lambda: list(_with_exercises(answer()))


# However often an Award was exercised, no more is sent than the rest of its ledger, and its end.
_LINES = """
FROM awards_optionentry
WHERE award_id = %s AND (kind <> 'exercised'
    OR sequence = (SELECT max(sequence) FROM awards_optionentry WHERE award_id = %s))
ORDER BY sequence
"""


def _with_exercises(lines: Iterable[Line]) -> Iterator[Line]:
    """With the exercises that were left out before a line: what is missing from one balance to the next."""
    outstanding = 0
    for line in lines:
        missing = line.outstanding_after - line.options - outstanding
        if missing and line.kind == OptionEntry.Kind.EXERCISED:
            line = line._replace(options=line.options + missing)
        elif missing:
            yield Line(
                line.sequence - 1, OptionEntry.Kind.EXERCISED, missing, outstanding + missing, line.effective_on, ""
            )
        yield line
        outstanding = line.outstanding_after


def recorded_of(keys: str, given: Sequence[Any]) -> rows.Answer[list[Recorded]]:
    """The whole ledgers of the Awards whose keys that statement selects, each in sequence."""
    rest = f"FROM awards_optionentry WHERE award_id IN ({keys}) ORDER BY award_id, sequence"
    return rows.read_as(Recorded, OptionEntry, rest, given)


def counts_on(entry: Dated, on: date) -> bool:
    """Whether an entry bears on where the Award stood at the end of `on`: it had taken effect, or was written by then.

    OSOs of a notice are gone from the moment of its receipt, though its Exercise Date may be the next Trading Day's.
    """
    if entry.effective_on <= on:
        return True
    return entry.kind != OptionEntry.Kind.ADJUSTED and entry.recorded_at.astimezone(audit.NEW_YORK).date() <= on


def locked(award: Award) -> Award:
    """The Award's row, locked and read again. Call inside a transaction."""
    return lock(award)()


def lock(award: Award) -> rows.Answer[Award]:
    """The same, asked for without waiting."""
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("an Award is locked inside a transaction")
    locking = FOR_UPDATE if connection.features.has_select_for_update_of else ""
    answer = rows.read(_LOCKED, _FROM + locking, [award.pk])
    return lambda: _whole(answer())


def _whole(found: Sequence[Any]) -> Award:
    if not found:
        raise Award.DoesNotExist
    held: Award
    ((held, held.grantee, held.master_agreement),) = found
    return held


_LOCKED = [rows.Part(Award), rows.Part(Grantee), rows.Part(MasterAgreement, left_out=("document",))]
_FROM = """
FROM awards_award
JOIN awards_grantee ON awards_grantee.id = grantee_id
JOIN awards_masteragreement ON awards_masteragreement.id = master_agreement_id
WHERE awards_award.id = %s
"""
# The lock is on the Award alone: two Awards of one Grantee do not wait for each other.
FOR_UPDATE = "FOR UPDATE OF awards_award"


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
    last = rows.read_as(Line, OptionEntry, _LAST, [award.pk])()
    entry = entry_after(
        last[0] if last else None,
        award,
        kind=kind,
        options=options,
        effective_on=effective_on,
        cause=cause,
        now=now,
        by=by,
        note=note,
    )
    award.outstanding = entry.outstanding_after
    writing.write(entry, changes=[writing.Change(award, ("outstanding",))])
    return entry


_LAST = "FROM awards_optionentry WHERE award_id = %s ORDER BY sequence DESC LIMIT 1"


def entry_after(
    last: Entry | None,
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
    """The next line of a locked Award's ledger, for the caller to write with the balance. Raises NotEnoughOptions.

    `last` is the ledger's last line, read under the lock.
    """
    sequence, outstanding = (last.sequence, last.outstanding_after) if last else (0, 0)
    if outstanding + options < 0:
        raise NotEnoughOptions(f"{-options} OSOs would be taken out of {award.number}, and it holds {outstanding}.")
    return OptionEntry(
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
