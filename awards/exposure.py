"""What all outstanding OSOs would pay on a day, and the Stock that §8 would reserve for it.

Values the terms, not the Awards: what one OSO pays depends on the Award Date, the Initial Price, the version of the
agreement and the day, so each such key is valued once, exactly, and the database multiplies and rounds Award by Award.
Vested or not: what is vested is a question about one Award, and what is outstanding may all be paid one day.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Count, Exists, OuterRef

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

# What an Award pays, in whole cents (I10, as `awards.agreement.rounding` has it): half away from zero, decided by the
# first thirty places. Beyond those there is only ever the end of a division that does not come out.
_LONGEST = 30
_EXACT = "100 * round(terms.per_option * outstanding, 2)"
_EXACT_CUT = "100 * round(round(terms.per_option * outstanding, 30), 2)"
# The same in whole numbers, at half the cost, of a value in cents, billionths of a cent and billionths of those. With
# below 2^32 cents an OSO and below 2^31 OSOs an Award, nothing in it reaches the 2^63 that PostgreSQL refuses.
_BILLION, _MOST_CENTS = 10**9, 2**32
_WHOLE = f"""terms.cents * outstanding
    + (terms.billionths * outstanding + {_BILLION // 2} + terms.finer * outstanding / {_BILLION}) / {_BILLION}"""


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
    """A key under which something is outstanding, and the terms of its agreement."""

    key: Key
    terms: Terms


@dataclass(frozen=True, slots=True)
class Valued:
    """What one OSO of a key pays, exact, and the worksheet that says why (of one OSO)."""

    held: Held
    per_option: Decimal
    worksheet: Worksheet


class Counted(NamedTuple):
    """Awards of one key with anything outstanding, their OSOs, and what all of them pay, each rounded to the cent."""

    awards: int
    options: int
    amount: Decimal


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
    valued = {row.held.key: row for row in per_option_values(every, on=on, now=now)}
    worth = [(row.key, valued[row.key].per_option if row.key in valued else ZERO) for row in every]
    rows = list(zip(every, counted(worth), strict=True))
    payout = cents(sum((row.amount for _, row in rows), ZERO))
    fmv = next((row.worksheet.fmv for row in valued.values()), None)
    return Exposure(
        on=on,
        awards=sum(row.awards for _, row in rows),
        options=sum(row.options for _, row in rows),
        too_young=sum(row.options for of, row in rows if of.key not in valued),
        payout=payout,
        fmv=fmv,
        shares=reserve.shares_needed(payout, fmv) if fmv is not None else 0,
        ceiling=sum(reserve.ceiling(row.options, of.terms) for of, row in rows),
        valued=tuple(valued.values()),
    )


# From one key to the next by the index award_by_terms: as many steps as there are keys, however many Awards.
_KEYS = """
    WITH RECURSIVE found AS (
        (SELECT award_date, initial_price, master_agreement_id FROM awards_award WHERE outstanding > 0
         ORDER BY 1, 2, 3 LIMIT 1)
        UNION ALL
        SELECT following.* FROM found, LATERAL (
            SELECT award_date, initial_price, master_agreement_id FROM awards_award AS award
            WHERE outstanding > 0 AND (award.award_date, award.initial_price, award.master_agreement_id)
                > (found.award_date, found.initial_price, found.master_agreement_id)
            ORDER BY 1, 2, 3 LIMIT 1) AS following)
    SELECT * FROM found
"""


def held() -> list[Held]:
    """Every key under which anything is outstanding, in order."""
    terms = {row.pk: row.terms for row in MasterAgreement.objects.defer("document")}
    return [Held(key, terms[key.master_agreement_id]) for key in _keys()]


def _keys() -> list[Key]:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(_KEYS)
            return [Key(*row) for row in cursor.fetchall()]
    return sorted(Key(*row) for row in Award.objects.outstanding().order_by().values_list(*Key._fields).distinct())


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


def counted(values: Sequence[tuple[Key, Decimal]]) -> list[Counted]:
    """For each key and its value per OSO: its Awards, their OSOs, and the sum of what each Award pays (§2.6, I10)."""
    if connection.vendor == "postgresql":
        return _counted_in_database(values)
    return _counted_here(values)


_TERMS = """unnest(
    %s::date[], %s::numeric[], %s::bigint[], %s::numeric[], %s::bigint[], %s::bigint[], %s::bigint[])"""
_TERMS_ARE = "award_date, initial_price, master_agreement_id, per_option, cents, billionths, finer"
# The sub-query per key is a range of the index award_by_terms, which holds what it reads.
_COUNTED = f"""
    SELECT total.awards, total.options, total.cents
    FROM {_TERMS} WITH ORDINALITY AS terms ({_TERMS_ARE}, number),
    LATERAL (
        SELECT count(*) AS awards, sum(outstanding) AS options, sum({{cents}}) AS cents
        FROM awards_award AS award
        WHERE outstanding > 0 AND award.award_date = terms.award_date AND award.initial_price = terms.initial_price
            AND award.master_agreement_id = terms.master_agreement_id
    ) AS total
    ORDER BY terms.number
"""  # noqa: S608


def _counted_in_database(values: Sequence[tuple[Key, Decimal]]) -> list[Counted]:
    with connection.cursor() as cursor:
        cursor.execute(*_counted_sql(values))
        return [Counted(awards, options or 0, _dollars(amount or 0)) for awards, options, amount in cursor.fetchall()]


def _counted_sql(values: Sequence[tuple[Key, Decimal]]) -> tuple[str, list[Any]]:
    return _COUNTED.format(cents=_cents([per_option for _, per_option in values])), _columns(values)


def _dollars(amount: int | Decimal) -> Decimal:
    return cents(EXACT.multiply(Decimal(amount), Decimal("0.01")))


def cents_sql(values: Sequence[tuple[Key, Decimal]]) -> tuple[str, list[Any]]:
    """For PostgreSQL: each Award of those keys and what it pays in whole cents, as award_id and cents; the parameters.

    Read from the index award_by_terms alone.
    """
    sql = f"""
        SELECT award.id AS award_id, {_cents([per_option for _, per_option in values])} AS cents
        FROM awards_award AS award
        JOIN {_TERMS} AS terms ({_TERMS_ARE}) USING (award_date, initial_price, master_agreement_id)
        WHERE award.outstanding > 0
    """  # noqa: S608
    return sql, _columns(values)


def _cents(per_option: Sequence[Decimal]) -> str:
    """How the database reckons what an Award pays where these are the values of an OSO."""
    if all(_in_billionths(value) for value in per_option):
        return _WHOLE
    longest = max(-int(value.as_tuple().exponent) for value in per_option)
    return _EXACT_CUT if longest > _LONGEST else _EXACT


def _in_billionths(per_option: Decimal) -> tuple[int, int, int] | None:
    """A value in cents, billionths of a cent and billionths of those; None where it is finer than that, or too much."""
    numerator, denominator = per_option.as_integer_ratio()
    parts, left_over = divmod(numerator * 100 * _BILLION**2, denominator)
    whole, part = divmod(parts, _BILLION**2)
    return None if left_over or not 0 <= whole < _MOST_CENTS else (whole, *divmod(part, _BILLION))


def _columns(values: Sequence[tuple[Key, Decimal]]) -> list[Any]:
    """What `_TERMS` takes. A value that cannot be told in billionths is never asked for in them."""
    rows = [(*key, per_option, *(_in_billionths(per_option) or (0, 0, 0))) for key, per_option in values]
    return list(map(list, zip(*rows, strict=True))) or [[]] * len(_TERMS_ARE.split(","))


def _counted_here(values: Sequence[tuple[Key, Decimal]]) -> list[Counted]:
    """Awards of one key and one number pay the same: each amount is reckoned once, exactly, and multiplied."""
    found = {key: Counted(0, 0, ZERO) for key, _ in values}
    per_option = dict(values)
    rows = Award.objects.outstanding().order_by().values_list(*Key._fields, "outstanding")
    for *key, options, awards in rows.annotate(awards=Count("pk")).iterator():
        of = Key(*key)
        if of in found:
            amount = EXACT.multiply(cents(exercise_consideration(per_option[of], options)), Decimal(awards))
            so_far = found[of]
            found[of] = Counted(
                so_far.awards + awards, so_far.options + awards * options, EXACT.add(so_far.amount, amount)
            )
    return list(found.values())
