"""What a notice that was received leaves behind, written at once: itself, its OSOs out of the ledger, what it pays."""

from collections.abc import Sequence

from awards.actions import audit, ledger
from awards.market import writing
from awards.models import AuditEvent, Message, OptionEntry
from exercises.actions.pricing import priced_event
from exercises.models import ExerciseNotice, Pricing


def write_received(
    sent: writing.Sending,
    notice: ExerciseNotice,
    last: ledger.Entry,
    chain: audit.End,
    pricing: Pricing | None,
    pins: writing.Alike | None,
    receipts: Sequence[Message],
) -> None:
    """Insert the notice, its OSOs out of the ledger after its `last` line, what it pays, the events, the receipts in
    the inboxes: the last of a transaction that holds the Award's lock."""
    award, entries = notice.award, _entries_of(notice, last)
    award.outstanding = entries[-1].outstanding_after
    events = [_received_event(notice, chain)]
    if pricing is not None:
        events.append(priced_event(pricing, after=events[0]))
    priced: list[writing.New] = [pricing, pins] if pricing and pins else []
    balance = writing.Change(award, ("outstanding",))
    sent.write_last(notice, *entries, *priced, *events, *receipts, changes=[balance])


def _received_event(notice: ExerciseNotice, chain: audit.End) -> AuditEvent:
    return audit.event_after(
        chain,
        actor=notice.recorded_by,
        action="notice received",
        at=notice.recorded_at,
        after={
            "notice": notice.number,
            "options": notice.options,
            "exercise_date": notice.exercise_date.isoformat(),
            "channel": str(notice.channel),
        },
    )


def _entries_of(notice: ExerciseNotice, last: ledger.Entry) -> list[OptionEntry]:
    """The lines that take the OSOs of a notice out of a ledger, after its last one."""
    common = {"effective_on": notice.exercise_date, "now": notice.recorded_at, "by": notice.recorded_by}
    entries: list[OptionEntry] = []
    missing = notice.options - last.outstanding_after
    if missing > 0:
        # Received in time and entered after the sweep: what it wrote as lapsed had not lapsed (I6).
        last = ledger.entry_after(
            last,
            notice.award,
            kind=OptionEntry.Kind.LAPSED_VESTED,
            options=missing,
            cause=f"in time/{notice.pk}",
            note=f"{notice.number} was received in time",
            **common,
        )
        entries.append(last)
    exercised = ledger.entry_after(
        last,
        notice.award,
        kind=OptionEntry.Kind.EXERCISED,
        options=-notice.options,
        cause=notice.ledger_cause,
        note=notice.number,
        **common,
    )
    return [*entries, exercised]
