"""The proof: every ledger added up, every lapse and every payment recomputed from what was stored. Writes nothing."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.db import connection, transaction
from django.db.models import CharField, Exists, OuterRef, QuerySet, Value
from django.db.models.functions import Cast, Concat

from awards.actions import ledger
from awards.actions.lapses import standing_on, unwritten_lapses
from awards.agreement.employment import Employment
from awards.agreement.errors import AgreementError
from awards.facts import employment_under
from awards.market.models import ClosingPrice
from awards.models import Award, CapitalAdjustment, OptionEntry
from awards.queries import for_holdings
from exercises import payments, promises
from exercises.models import ExerciseNotice, PinnedClose, Pricing
from exercises.suspects import suspects

BATCH = 1000


def differences() -> Iterator[str]:
    """Everything that does not add up, one line each; nothing when all is well."""
    with _one_moment():
        yield from _ledgers()
        yield from _exercises()
        yield from promises.differences()
        yield from payments.differences()


@contextmanager
def _one_moment() -> Iterator[None]:
    """All of it is read as of one moment: an exercise between two statements would look like a difference."""
    begins = not connection.in_atomic_block
    with transaction.atomic():
        if begins and connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
                # Nearly every row is in order, which no statistics tell: what workers hand back is next to nothing.
                cursor.execute("SET LOCAL parallel_tuple_cost = 0")
        yield


def _ledgers() -> Iterator[str]:
    adjustments = list(CapitalAdjustment.objects.approved().order_by("effective_on"))
    keys = suspects()
    for start in range(0, len(keys), BATCH):
        for award in for_holdings(Award.objects.filter(pk__in=keys[start : start + BATCH]).order_by("pk")):
            entries = list(award.entries.all())
            yield from _chain(award, entries)
            yield from _conservation(award, entries)
            yield from _lapses(award, ledger.position(entries), adjustments)


def _chain(award: Award, entries: list[OptionEntry]) -> Iterator[str]:
    after = 0
    for number, entry in enumerate(entries, start=1):
        after += entry.options
        if entry.sequence != number or entry.outstanding_after != after:
            yield f"{award.number}: ledger entry {entry.sequence} does not follow from the one before it"
    if award.outstanding != after:
        yield f"{award.number}: {award.outstanding} outstanding, and its ledger adds up to {after}"


def _conservation(award: Award, entries: list[OptionEntry]) -> Iterator[str]:
    granted = sum(entry.options for entry in entries if entry.kind == OptionEntry.Kind.GRANTED)
    if granted != award.options:
        yield f"{award.number}: {award.options} OSOs were awarded and {granted} granted"
    for entry in entries:
        if entry.kind == OptionEntry.Kind.EXERCISED and not entry.cause.startswith("exercise/"):
            yield f"{award.number}: ledger entry {entry.sequence} is an exercise without a notice"


def _lapses(award: Award, held: ledger.Position, adjustments: Sequence[CapitalAdjustment]) -> Iterator[str]:
    try:
        facts = employment_under(award)
        yield from _next_lapse(award, held, adjustments, facts)
        # A lapse was written after its day: whatever else lapsed by then must be there too, and nothing more.
        lapsed = [row.effective_on for row in award.entries.all() if row.kind in ledger.LAPSES and row.options < 0]
        for change in unwritten_lapses(award, held, adjustments, through=max(lapsed)) if lapsed else ():
            yield f"{award.number}: by the rules its ledger lacks {change.options:+d} {change.kind} on {change.on}"
    except AgreementError as error:
        yield f"{award.number}: {error}"


def _next_lapse(
    award: Award, held: ledger.Position, adjustments: Sequence[CapitalAdjustment], facts: Employment
) -> Iterator[str]:
    if award.next_lapse_on is None:
        yield f"{award.number}: no day is set for the sweep to look at it"
        return
    stands = standing_on(award, held, on=award.next_lapse_on, facts=facts, adjustments=adjustments)
    if award.next_lapse_on not in (stands.lapse.lapses_on, facts.ended_on):
        yield f"{award.number}: the sweep would look on {award.next_lapse_on}, and nothing lapses then"


def _exercises() -> Iterator[str]:
    """Notices and the exercises of the ledgers, each looked for among the others by the database.

    Only what differs comes back, and all at once: PostgreSQL's workers do not share the work of an iterator's cursor.
    """
    entries = OptionEntry.objects.filter(kind=OptionEntry.Kind.EXERCISED)
    notices = ExerciseNotice.objects.annotate(cause=Concat(Value("exercise/"), Cast("pk", CharField())))
    of_notice = entries.filter(award=OuterRef("award"), cause=OuterRef("cause"), options=-1 * OuterRef("options"))
    for notice in notices.filter(~Exists(of_notice)).order_by("pk"):
        yield f"{notice.number}: the ledger does not have its {notice.options} OSOs"
    of_entry = notices.filter(award=OuterRef("award"), cause=OuterRef("cause"))
    for cause in entries.filter(~Exists(of_entry)).order_by("pk").values_list("cause", flat=True):
        yield f"ledger entry {cause}: there is no such notice"


def corrected_since() -> QuerySet[Pricing]:
    """Pricings on a revision of a close that has a later one: what was promised stays, and people look at it."""
    later = ClosingPrice.objects.filter(
        series=OuterRef("closing_price__series"),
        trading_day=OuterRef("closing_price__trading_day"),
        revision__gt=OuterRef("closing_price__revision"),
    )
    return Pricing.objects.filter(pk__in=PinnedClose.objects.filter(Exists(later)).values("pricing_id"))
