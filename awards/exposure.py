"""What all outstanding OSOs would pay on a day, and the Stock that §8 would reserve for it.

Values the terms, not the Awards: what one OSO pays depends on the Award Date, the Initial Price, the version of the
agreement and the day, so each such key is valued once, exactly, and the database multiplies and rounds Award by Award.
Vested or not: what is vested is a question about one Award, and what is outstanding may all be paid one day.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Count, Exists, OuterRef, Sum

from awards import valuation
from awards.actions.refusal import Refused
from awards.agreement import reserve
from awards.agreement.consideration import exercise_consideration
from awards.agreement.errors import ExerciseDateBeforePeriod, NoDuration
from awards.agreement.exercise_date import NEW_YORK
from awards.agreement.rounding import EXACT, ZERO, cents
from awards.agreement.terms import Terms
from awards.agreement.worksheet import Worksheet
from awards.market.calendar import trading_calendar
from awards.models import Award, CapitalAdjustment, MasterAgreement, OptionEntry

# I10, as `awards.agreement.rounding` has it: half away from zero, decided by the first thirty places. Beyond those
# there is only ever the end of a division that does not come out; most values have no such end to cut.
_LONGEST = 30
_AMOUNT = "round({per_option} * outstanding, 2)"
_AMOUNT_CUT = "round(round({per_option} * outstanding, 30), 2)"


class NotCountedAlike(Refused):
    """The OSOs in the ledger are not counted in the shares of the day they are to be valued on (§6)."""

    code = "not_counted_alike"


class Key(NamedTuple):
    """The terms that Awards share."""

    award_date: date
    initial_price: Decimal
    master_agreement_id: int


@dataclass(frozen=True, slots=True)
class Held:
    """How many Awards of one key there are with anything outstanding, and how many OSOs."""

    key: Key
    terms: Terms
    awards: int
    options: int


@dataclass(frozen=True, slots=True)
class Valued:
    """What one OSO of a key pays, exact, and the worksheet that says why (of one OSO)."""

    held: Held
    per_option: Decimal
    worksheet: Worksheet


@dataclass(frozen=True, slots=True)
class Exposure:
    """The payout of everything outstanding as if exercised on `on`, each Award rounded to the cent (§2.6, I10).

    `too_young` counts the OSOs of Awards without a Period on that day: they pay nothing. `shares` would pay all of it
    in Stock at `fmv`, and `ceiling` is what it could never exceed (§8).
    """

    on: date
    awards: int
    options: int
    too_young: int
    payout: Decimal
    fmv: Decimal | None
    shares: int
    ceiling: int
    valued: tuple[Valued, ...]


def exposure(*, on: date, now: datetime) -> Exposure:
    """The exposure on the Exercise Date `on`, of what the ledgers hold now: a few queries, whatever their number.

    Lapses that the sweep has not written yet are still counted. Raises MissingClose (I11), and NotCountedAlike where a
    capital adjustment lies between the ledgers and the day.
    """
    every = held()
    require_one_basis(on, now)
    valued = tuple(per_option_values(every, on=on, now=now))
    paid = payout([(row.held.key, row.per_option) for row in valued])
    fmv = valued[0].worksheet.fmv if valued else None
    known = {row.held.key for row in valued}
    return Exposure(
        on=on,
        awards=sum(row.awards for row in every),
        options=sum(row.options for row in every),
        too_young=sum(row.options for row in every if row.key not in known),
        payout=paid,
        fmv=fmv,
        shares=reserve.shares_needed(paid, fmv) if fmv is not None else 0,
        ceiling=sum(reserve.ceiling(row.options, row.terms) for row in every),
        valued=valued,
    )


def held() -> list[Held]:
    """Every key with anything outstanding, in order."""
    terms = {row.pk: row.terms for row in MasterAgreement.objects.defer("document")}
    rows = Award.objects.outstanding().order_by().values_list("award_date", "initial_price", "master_agreement_id")
    counted = rows.annotate(awards=Count("pk"), options=Sum("outstanding"))
    return sorted((Held(Key(*row[:3]), terms[row[2]], row[3], row[4]) for row in counted), key=lambda row: row.key)


def require_one_basis(on: date, now: datetime) -> None:
    """Refuse a day whose shares are not those in which the ledgers count (§6). Raises NotCountedAlike."""
    today = now.astimezone(NEW_YORK).date()
    for row in CapitalAdjustment.objects.approved().filter(effective_on__lte=today):
        if on < row.effective_on:
            raise NotCountedAlike(f"The {row.new}-for-{row.old} of {row.effective_on} came after {on}.")
        written = OptionEntry.objects.filter(award=OuterRef("pk"), cause=f"adjustment/{row.pk}")
        if Award.objects.outstanding().filter(~Exists(written), award_date__lt=row.effective_on).exists():
            raise NotCountedAlike(
                f"The {row.new}-for-{row.old} of {row.effective_on} is not in every ledger yet: run the jobs first."
            )


def per_option_values(every: Iterable[Held], *, on: date, now: datetime) -> Iterator[Valued]:
    """What one OSO of each key pays on `on`; a key whose Period has no length by then is left out. MissingClose."""
    rows = list(every)
    needs = [(row.key.award_date, on, row.terms) for row in rows if row.key.award_date < on]
    market = valuation.market_for(needs, trading_calendar()).on_basis_of(now)
    for row in rows:
        try:
            sheet = value_of_one(row, on=on, market=market)
        except (NoDuration, ExerciseDateBeforePeriod):
            continue
        yield Valued(row, sheet.per_option, sheet)


def value_of_one(row: Held, *, on: date, market: valuation.Market) -> Worksheet:
    """The worksheet of one OSO of that key. Raises what `valuation.value` raises."""
    if on <= row.key.award_date:
        # Its closes need not be there yet: they are not looked for.
        raise ExerciseDateBeforePeriod(row.key.award_date, on)
    return valuation.value(
        award_date=row.key.award_date,
        initial_price=row.key.initial_price,
        options=1,
        exercise_date=on,
        market=market,
        terms=row.terms,
    )


def payout(values: Collection[tuple[Key, Decimal]]) -> Decimal:
    """The sum over all Awards of those keys of per-OSO value × outstanding, each rounded to the cent (I10)."""
    paying = [(key, per_option) for key, per_option in values if per_option]
    if not paying:
        return Decimal("0.00")
    if connection.vendor == "postgresql":
        return _payout_in_database(paying)
    return cents(sum(_payouts_here(paying), ZERO))


def _payout_in_database(paying: Sequence[tuple[Key, Decimal]]) -> Decimal:
    sql, given = amounts_sql(paying)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT sum(amount) FROM ({sql}) AS amounts", given)  # noqa: S608
        (total,) = cursor.fetchone()
    return cents(total or ZERO)


def amounts_sql(values: Collection[tuple[Key, Decimal]]) -> tuple[str, list[Any]]:
    """For PostgreSQL: each Award of those keys and what it pays, as columns award_id and amount; the parameters."""
    longest = max(-int(per_option.as_tuple().exponent) for _, per_option in values)
    amount = (_AMOUNT_CUT if longest > _LONGEST else _AMOUNT).format(per_option="terms.per_option")
    sql = f"""
        SELECT award.id AS award_id, {amount} AS amount
        FROM awards_award AS award
        JOIN unnest(%s::date[], %s::numeric[], %s::bigint[], %s::numeric[])
            AS terms (award_date, initial_price, master_agreement_id, per_option)
            USING (award_date, initial_price, master_agreement_id)
        WHERE award.outstanding > 0
    """  # noqa: S608
    columns = zip(*((*key, per_option) for key, per_option in values), strict=True)
    return sql, [list(column) for column in columns]


def _payouts_here(paying: Sequence[tuple[Key, Decimal]]) -> Iterator[Decimal]:
    """Awards of one key and one number pay the same: each amount is reckoned once, exactly, and multiplied."""
    per_option = dict(paying)
    rows = (
        Award.objects.outstanding()
        .order_by()
        .values_list("award_date", "initial_price", "master_agreement_id", "outstanding")
    )
    for award_date, initial_price, agreement, options, awards in rows.annotate(awards=Count("pk")).iterator():
        each = per_option.get(Key(award_date, initial_price, agreement))
        if each is not None:
            yield EXACT.multiply(cents(exercise_consideration(each, options)), Decimal(awards))
