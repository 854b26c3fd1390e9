"""The Committee's total payout, the value of every Award, and the look-back of a Change in Control.

The Decimal loop they are held against values Award by Award as a page does, with every close at hand; it is timed on
a sample and scaled.
"""

import resource
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from random import Random
from time import perf_counter

from django.db import connection

from awards import exposure, valuation
from awards.agreement.change_in_control import best_day, days, valued_days
from awards.agreement.consideration import exercise_consideration
from awards.agreement.rounding import EXACT, cents
from awards.models import Award, MasterAgreement
from exercises import change_in_control
from tests.benchmarks import company
from tests.benchmarks.rows import Row, seconds

SAMPLE, DAYS_SAMPLE, TIES = 2_000, 40, 30_000
EFFECTIVE = date(2012, 7, 2)
GIB = 1024 * 1024  # in the kilobytes of ru_maxrss
# Which terms a tie is under does not matter.
UNDER = exposure.Key(EFFECTIVE, Decimal(1), 1)
Pairs = list[tuple[exposure.Key, Decimal]]


def rows() -> Iterable[Row]:
    company.prepared()
    company.grantees(company.GRANTEES)
    company.awards(company.AWARDS)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE awards_award")
    yield total_payout()
    yield every_value()
    yield from look_back()


def total_payout() -> Row:
    def scan() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT sum(outstanding) FROM awards_award")

    floor, ours = seconds(scan), seconds(lambda: exposure.exposure(on=company.ON, now=company.NOW))
    found = exposure.exposure(on=company.ON, now=company.NOW)
    detail = f"{ours * 1000:,.0f} ms against {floor * 1000:,.0f} ms; {len(found.valued)} keys, {found.payout:,} dollars"
    return Row(
        f"total payout of {company.AWARDS:,} Awards on a day",
        "SELECT sum() over the table",
        ours / floor,
        5,
        detail=detail,
    )


def pairs() -> Pairs:
    every = exposure.per_option_values(exposure.held(), on=company.ON, now=company.NOW)
    return [(row.held.key, row.per_option) for row in every]


def write_values() -> None:
    """The value of every Award, to the cent, into a table of the database."""
    sql, given = exposure.cents_sql(pairs())
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS award_values")
        cursor.execute(f"CREATE TEMPORARY TABLE award_values AS {sql}", given)


def every_value() -> Row:
    loop, ours = decimal_loop(), seconds(write_values)
    wrong = differing() + differing_ties()
    if wrong:
        raise SystemExit(f"{wrong} values differ from the rules' own.")
    detail = f"{ours * 1000:,.0f} ms against {loop:,.0f} s; equal on every Award and on {2 * TIES:,} constructed ties"
    against = "exact Decimal per Award, scaled from a sample"
    return Row(f"values of {company.AWARDS:,} Awards", against, loop / ours, 70, at_least=True, detail=detail)


def sampled(count: int) -> list[Award]:
    chosen = Random(7).sample(range(1, company.AWARDS + 1), count)
    return list(Award.objects.filter(pk__in=chosen, award_date__lt="2012-06-01"))


def market() -> valuation.Market:
    return valuation.covering(company.FIRST, company.FIRST, company.LAST)


def decimal_loop() -> float:
    """Seconds for every Award by itself; what the sample pays is compared with what the database says as well."""
    found, of, terms = sampled(SAMPLE), market(), MasterAgreement.objects.get().terms
    write_values()
    started = perf_counter()
    amounts = {award.pk: _value(award, company.ON, of, terms).consideration for award in found}
    took = (perf_counter() - started) / len(found) * company.AWARDS
    with connection.cursor() as cursor:
        cursor.execute("SELECT award_id, cents FROM award_values WHERE award_id = ANY(%s)", [list(amounts)])
        if {key: dollars(found) for key, found in cursor.fetchall()} != amounts:
            raise SystemExit("The sample's values differ from the worksheets'.")
    return took


def dollars(amount: int | Decimal) -> Decimal:
    return cents(Decimal(amount) / 100)


def _value(award: Award, on: date, of: valuation.Market, terms: valuation.Terms) -> valuation.Worksheet:
    return valuation.value(
        award_date=award.award_date,
        initial_price=award.initial_price,
        options=award.outstanding,
        exercise_date=on,
        market=of,
        terms=terms,
    )


def differing() -> int:
    """Awards whose value in the database is not the rules' rounding of per-OSO value × outstanding."""
    per_option = dict(pairs())
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT award_date, initial_price, master_agreement_id, outstanding, cents, count(*) "
            "FROM award_values JOIN awards_award ON id = award_id GROUP BY 1, 2, 3, 4, 5"
        )
        found = cursor.fetchall()
    wrong = sum(
        count
        for *key, options, amount, count in found
        if cents(exercise_consideration(per_option[exposure.Key(*key)], options)) != dollars(amount)
    )
    return wrong + abs(sum(row[-1] for row in found) - Award.objects.outstanding().count())


def ties(beside: int) -> list[tuple[Decimal, int]]:
    """Per-OSO values and numbers whose product is exactly half a cent, and one part in 10^`beside` beside it."""
    random, made = Random(11), []
    while len(made) < TIES:
        options = 2 ** random.randint(0, 10) * 5 ** random.randint(0, 4)
        exact = EXACT.divide(Decimal(2 * random.randint(0, 10**9) + 1) * 5, Decimal(1000 * options))
        made += [(EXACT.add(exact, Decimal(sign).scaleb(-beside)), options) for sign in (-1, 0, 1)]
    return made[:TIES]


def differing_ties() -> int:
    """Of ties in more places than whole numbers hold, and of ties in as many: each as the portal reckons it."""
    by_how = defaultdict[str, list[tuple[Decimal, int]]](list)
    for value, options in [*ties(25), *ties(20)]:
        by_how[exposure._cents([value])].append((value, options))
    if len(by_how[exposure._WHOLE]) < TIES or len(by_how[exposure._EXACT]) < TIES / 2:
        raise SystemExit("The constructed ties are not reckoned both ways.")
    return sum(_differing(how, made) for how, made in by_how.items())


def _differing(how: str, made: Sequence[tuple[Decimal, int]]) -> int:
    *_, per_option, whole, billionths, finer = exposure._columns([(UNDER, value) for value, _ in made])
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {how} FROM unnest(%s::numeric[], %s::bigint[], %s::bigint[], %s::bigint[], %s::int[]) "
            "AS terms (per_option, cents, billionths, finer, outstanding)",
            [per_option, whole, billionths, finer, [options for _, options in made]],
        )
        found = [dollars(amount) for (amount,) in cursor.fetchall()]
    ours = [cents(exercise_consideration(value, options)) for value, options in made]
    return sum(amount != found for amount, found in zip(ours, found, strict=True))


def look_back() -> Iterator[Row]:
    loop = _look_back_loop()
    started = perf_counter()
    best = change_in_control.look_back(effective_on=EFFECTIVE, now=company.NOW)
    paid = change_in_control.total(best)
    valued = perf_counter() - started
    with tempfile.TemporaryDirectory() as folder, (Path(folder) / "report.csv").open("w") as out:
        reported = change_in_control.write_report(best, out)
    whole = perf_counter() - started
    if reported != paid:
        raise SystemExit(f"The report adds up to {reported}, the values to {paid}.")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / GIB
    against = "Decimal loop, scaled from a sample"
    what = f"Change in Control, {len(days(EFFECTIVE))} days × {company.AWARDS:,} Awards"
    yield Row(f"{what}: values", against, valued / loop, 0.01, detail=f"{valued:.1f} s against {loop:,.0f} s")
    yield Row(f"{what}: with the report", against, whole / loop, 0.1, detail=f"{whole:.1f} s against {loop:,.0f} s")
    yield Row(f"{what}: memory", "one GiB", memory, 1, unit=" GiB", detail="the largest the process ever was")


def _look_back_loop() -> float:
    found, of, terms = sampled(DAYS_SAMPLE), market(), MasterAgreement.objects.get().terms
    started = perf_counter()
    for award in found:
        best = best_day(valued_days(days(EFFECTIVE), lambda day, award=award: _value(award, day, of, terms)))
        cents(exercise_consideration(best.per_option, award.outstanding))
    return (perf_counter() - started) / len(found) * company.AWARDS


def main(measured: Sequence[Row]) -> None:
    for row in measured:
        print(f"{row.work}: {row.measured:.3g}{row.unit} of {row.against}, goal {row.limit}. {row.detail}")


if __name__ == "__main__":
    main(list(rows()))
