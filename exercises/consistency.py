"""The proof: every ledger added up, every lapse and every payment recomputed from what was stored. Writes nothing."""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from django.db.models import Exists, OuterRef, QuerySet

from awards.actions import ledger
from awards.actions.lapses import standing_on
from awards.agreement.errors import AgreementError
from awards.agreement.payment import payment
from awards.agreement.withholding import provide
from awards.facts import employment_under
from awards.market.models import ClosingPrice, Series
from awards.models import Award, OptionEntry
from awards.queries import for_holdings
from awards.worksheet_record import differing
from exercises.models import ExerciseNotice, PinnedClose, Pricing, Settlement, WithholdingLine

BATCH = 1000


def differences() -> Iterator[str]:
    """Everything that does not add up, one line each; nothing when all is well."""
    yield from _ledgers()
    yield from _exercises()
    yield from _pricings()
    yield from _settlements()


def _ledgers() -> Iterator[str]:
    for award in for_holdings(Award.objects.approved().order_by("pk")).iterator(chunk_size=BATCH):
        entries = list(award.entries.all())
        yield from _chain(award, entries)
        yield from _conservation(award, entries)
        yield from _lapses(award, ledger.position(entries))


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


def _lapses(award: Award, held: ledger.Position) -> Iterator[str]:
    try:
        facts = employment_under(award)
    except AgreementError as error:
        yield f"{award.number}: {error}"
        return
    if award.next_lapse_on is None:
        yield f"{award.number}: no day is set for the sweep to look at it"
        return
    stands = standing_on(award, held, on=award.next_lapse_on, facts=facts)
    expected = {stands.lapse.lapses_on, facts.ended_on}
    if award.next_lapse_on not in expected:
        yield f"{award.number}: the sweep would look on {award.next_lapse_on}, and nothing lapses then"
    if held.lapsed_vested and not held.outstanding and held.lapsed_vested > stands.vested:
        yield f"{award.number}: {held.lapsed_vested} OSOs lapsed vested, and {stands.vested} were"


def _exercises() -> Iterator[str]:
    notices = ExerciseNotice.objects.select_related("award").order_by("pk")
    entries = OptionEntry.objects.filter(kind=OptionEntry.Kind.EXERCISED)
    taken = {cause: -options for cause, options in entries.values_list("cause", "options").iterator(chunk_size=BATCH)}
    for notice in notices.iterator(chunk_size=BATCH):
        if taken.pop(f"exercise/{notice.pk}", None) != notice.options:
            yield f"{notice.number}: the ledger does not have its {notice.options} OSOs"
    yield from (f"ledger entry {cause}: there is no such notice" for cause in taken)


def _pricings() -> Iterator[str]:
    pricings = Pricing.objects.select_related("notice__award").prefetch_related("closes").order_by("pk")
    for pricing in pricings.iterator(chunk_size=BATCH):
        number = pricing.notice.number
        try:
            different = differing(pricing.worksheet)
        except (AgreementError, ArithmeticError, KeyError, ValueError) as error:
            yield f"{number}: its worksheet cannot be recomputed: {error}"
            continue
        yield from (f"{number}: {name} recomputes differently" for name in different)
        if Decimal(pricing.worksheet["consideration"]) != pricing.consideration:
            yield f"{number}: {pricing.consideration} was promised, its worksheet says {pricing.worksheet['consideration']}"
        if int(pricing.worksheet["options"]) != pricing.notice.options:
            yield f"{number}: its worksheet is of {pricing.worksheet['options']} OSOs, not of {pricing.notice.options}"
        yield from _pins(pricing)


def _pins(pricing: Pricing) -> Iterator[str]:
    closes = pricing.worksheet["closes"]
    index = {day: Decimal(sp500) for day, sp500, _ in closes["window"]}
    index[closes["period_start"]] = Decimal(closes["sp_start"])
    days = set(index)
    for close in pricing.closes.all():
        day = close.trading_day.isoformat()
        if close.series == Series.SP500 and index.get(day) != close.close:
            yield f"{pricing.notice.number}: the pinned index close of {day} is not the one it used"
        elif day not in days:
            yield f"{pricing.notice.number}: it pins a close of {day}, which it did not use"
    if len(pricing.closes.all()) != 2 * len(days):
        yield f"{pricing.notice.number}: {len(pricing.closes.all())} closes are pinned, {2 * len(days)} were used"


def _settlements() -> Iterator[str]:
    settlements = Settlement.objects.select_related("pricing__notice").prefetch_related("withholding").order_by("pk")
    for settlement in settlements.iterator(chunk_size=BATCH):
        pricing = settlement.pricing
        split = payment(consideration=pricing.consideration, fmv=pricing.fmv, stock_portion=settlement.stock_portion)
        if (split.shares, split.cash) != (settlement.shares, settlement.cash):
            yield f"{pricing.notice.number}: its split into cash and Stock recomputes differently"
        if settlement.provided_at is not None:
            lines = settlement.withholding.all()
            provision = provide(
                payment=split, required=sum((line.amount for line in lines), Decimal(0)), **_whence(lines)
            )
            if (provision.shares, provision.cash) != (settlement.net_shares, settlement.net_cash):
                yield f"{pricing.notice.number}: what is paid after withholding recomputes differently"


def _whence(lines: Iterable[WithholdingLine]) -> dict[str, Decimal]:
    sums = {"from_cash": Decimal(0), "from_shares": Decimal(0), "paid_in": Decimal(0)}
    names = {"cash": "from_cash", "shares": "from_shares", "paid_in": "paid_in"}
    for line in lines:
        sums[names[line.taken_from]] += line.amount
    return sums


def corrected_since() -> QuerySet[Pricing]:
    """Pricings on a revision of a close that has a later one. What was promised stays; people look at the difference."""
    later = ClosingPrice.objects.filter(
        series=OuterRef("closing_price__series"),
        trading_day=OuterRef("closing_price__trading_day"),
        revision__gt=OuterRef("closing_price__revision"),
    )
    return Pricing.objects.filter(pk__in=PinnedClose.objects.filter(Exists(later)).values("pricing_id"))
