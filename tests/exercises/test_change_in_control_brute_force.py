"""T9: the look-back of §2.4(b) against brute force: every Award on each of the sixty days, read a second time."""

import random
from bisect import bisect_left
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from awards.agreement.rounding import cents
from awards.market.calendar import trading_calendar
from awards.market.models import ClosingPrice, Series
from awards.models import Award
from exercises import change_in_control
from tests import builders
from tests.awards.agreement.test_worksheet_second_reading import Reading, half_up

pytestmark = pytest.mark.django_db
# A Sunday after a Friday without trading; Memorial Day lies among the sixty days.
EFFECTIVE = date(2009, 7, 5)
FIRST_AWARD = date(2005, 7, 5)
Closes = dict[date, tuple[Decimal, Decimal]]


def closes(chance: random.Random) -> Closes:
    """Of the index and the Stock: calm weeks in which nothing moves, and others in which both wander.

    In the look-back the Stock falls and rises again, not quite as high, with a leap between, while the index falls:
    Awards of a low price are worth most at its beginning, others at the leap or the end.
    """
    found, index, stock = {}, Decimal("1200.00"), Decimal("2.00")
    days = trading_calendar().expected_days(date(2005, 6, 1), date(2009, 7, 6))
    for number, day in enumerate(days, start=1):
        left = min(len(days) - number, 44)
        if left == 44 and number // 15 % 3:
            index += Decimal(chance.randint(-900, 905)).scaleb(-2)
            stock = max(Decimal("1.50"), stock + Decimal(chance.randint(-9, 12)).scaleb(-2))
        per_mille = 1195 if left == 11 else 1000 + (10 * (left - 22) if left > 22 else 180 - left * 180 // 22)
        found[day] = cents(index * (960 + 2 * left) / 1000), cents(stock * per_mille / 1000)
    return found


def recorded(rows: Closes) -> None:
    for series, of in ((Series.SP500, 0), (Series.STOCK, 1)):
        ClosingPrice.objects.bulk_create(
            ClosingPrice(
                series=series, trading_day=day, close=both[of], source="test", recorded_at=builders.instant(day)
            )
            for day, both in rows.items()
        )


def awarded(chance: random.Random, rows: Closes, count: int) -> None:
    """Of any day of four years, one in five of the last ten weeks; most at about the close before."""
    first = Award.objects.get()
    values = {
        field.attname: getattr(first, field.attname) for field in Award._meta.concrete_fields if field.name != "id"
    }
    awards, span = [], (EFFECTIVE - FIRST_AWARD).days
    for number in range(count):
        on = EFFECTIVE - timedelta(days=chance.randint(0, 70 if number % 5 == 0 else span))
        price = close_before(rows, on) * Decimal(chance.randint(60, 120)) / 100
        options = chance.choice([1, chance.randint(1, 1000), chance.randint(1, 100_000)])
        given = {"award_date": on, "initial_price": price, "options": options, "outstanding": options}
        awards.append(Award(**values | given))
    Award.objects.bulk_create(awards, batch_size=500)


def close_before(rows: Closes, day: date) -> Decimal:
    days = list(rows)
    return rows[days[bisect_left(days, day) - 1]][1]


class BruteForce:
    """Every Award on every day; the Period and the averages by the list of the days that have closes."""

    def __init__(self, rows: Closes) -> None:
        self.days = list(rows)
        self.closes = [(Fraction(index), Fraction(stock)) for index, stock in rows.values()]

    def best(self, award: Award) -> tuple[date | None, Fraction]:
        """The earliest of the days with the highest value of one OSO; None where no day has a Period."""
        start = bisect_left(self.days, award.award_date) - 1
        found: tuple[date | None, Fraction] = (None, Fraction(0))
        for back in range(59, -1, -1):
            day = EFFECTIVE - timedelta(days=back)
            end = bisect_left(self.days, day) - 1
            if end <= start:
                continue
            reading = self._reading(award.initial_price, start, end)
            if found[0] is None or reading.per_option > found[1]:
                found = day, reading.per_option
        return found

    def _reading(self, initial: Decimal, start: int, end: int) -> Reading:
        (index, stock), window = self.closes[start], self.closes[end - 9 : end + 1]
        return Reading(
            Fraction(initial), (self.days[start], self.days[end]),
            [index, *(each[0] for each in window)], [stock, *(each[1] for each in window)], 1,
        )  # fmt: skip


@pytest.mark.parametrize("count", [80, pytest.param(10_000, marks=pytest.mark.soak)])
def test_every_award_is_paid_its_best_day(count: int) -> None:
    chance = random.Random(150)
    rows = closes(chance)
    recorded(rows)
    builders.granted_award(options=7, award_date=FIRST_AWARD, initial_price="2.03")
    awarded(chance, rows, count - 1)

    best = change_in_control.look_back(effective_on=EFFECTIVE, now=builders.instant(EFFECTIVE))
    lines, total = {line.award: line for line in change_in_control.lines(best)}, change_in_control.total(best)

    brute, kinds, paid = BruteForce(rows), set(), Fraction(0)
    assert len(lines) == count
    for award in Award.objects.all():
        day, per_option = brute.best(award)
        line, amount = lines[award.number], half_up(per_option * award.outstanding, 2)
        assert (line.best_day, Fraction(line.per_option), Fraction(line.amount)) == (day, per_option, amount)
        kinds.add((EFFECTIVE - day).days if day and per_option else None)
        paid += amount
    assert Fraction(total) == paid
    # The best of some is the first day, of some the last before the weekend, of some one between, of some none.
    assert {59, 2, None} < kinds
