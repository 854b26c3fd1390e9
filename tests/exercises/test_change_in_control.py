"""The look-back of §2.4(b) over every Award, held against each Award and day valued by itself."""

import csv
from datetime import date
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from awards import exposure, valuation
from awards.agreement.change_in_control import days
from awards.agreement.errors import AgreementError, MissingClose
from awards.agreement.rounding import cents
from awards.market.calendar import trading_calendar
from awards.market.models import ClosingPrice, Series
from awards.models import Award
from exercises import change_in_control
from tests import builders

pytestmark = pytest.mark.django_db

EFFECTIVE = date(2007, 4, 2)
NOW = builders.instant("2007-04-02")


@pytest.fixture
def closes() -> None:
    """Every close from 2006-03-01 to 2007-04-30; the Stock climbs to its highest in March 2007 and falls again."""
    rows = []
    for number, day in enumerate(trading_calendar().expected_days(date(2006, 3, 1), date(2007, 4, 30))):
        stock = Decimal(500 + min(number, 2 * 262 - number)).scaleb(-2)
        for series, close in ((Series.SP500, Decimal(1000 + number % 7)), (Series.STOCK, stock)):
            given = {"source": "test", "recorded_at": builders.instant(day)}
            rows.append(ClosingPrice(series=series, trading_day=day, close=close, **given))
    ClosingPrice.objects.bulk_create(rows)


def _by_hand(award: Award) -> tuple[date | None, Decimal]:
    """The best day of one Award, each day valued from the database by itself."""
    best: tuple[date | None, Decimal] = (None, Decimal(0))
    market = valuation.covering(award.award_date, EFFECTIVE.replace(month=1), EFFECTIVE)
    for day in days(EFFECTIVE):
        try:
            sheet = valuation.value(
                award_date=award.award_date, initial_price=award.initial_price, options=award.outstanding,
                exercise_date=day, market=market,
            )  # fmt: skip
        except AgreementError:
            continue
        if best[0] is None or sheet.per_option > best[1]:
            best = day, sheet.per_option
    return best


def test_look_back_is_equal_to_every_award_by_itself(closes):
    for award_date in ("2006-04-01", "2006-07-01", "2007-01-15", "2007-03-10", "2007-03-30"):
        for price in ("5.18", "6.40"):
            builders.granted_award(options=1234, award_date=award_date, initial_price=price)

    found = change_in_control.look_back(effective_on=EFFECTIVE, now=NOW)
    best = {row.held.key: (row.day, row.per_option) for row in found}

    assert len(best) == 10
    assert len({day for day, _ in best.values()}) > 1
    for award in Award.objects.all():
        key = exposure.Key(award.award_date, award.initial_price, award.master_agreement_id)
        assert best[key] == _by_hand(award)


def test_report_has_every_award_and_adds_up(closes, monkeypatch):
    monkeypatch.setattr(change_in_control, "CHUNK", 2)
    for options in (1, 3, 5, 7, 9):
        builders.granted_award(options=options, award_date="2006-04-01", initial_price="5.18")
    best = change_in_control.look_back(effective_on=EFFECTIVE, now=NOW)
    out, seen = StringIO(), []

    paid = change_in_control.write_report(best, out, lambda done, of: seen.append((done, of)))

    rows = list(csv.DictReader(StringIO(out.getvalue())))
    (row,) = best
    assert [Decimal(line["amount"]) for line in rows] == [cents(row.per_option * n) for n in (1, 3, 5, 7, 9)]
    assert {line["best_day"] for line in rows} == {row.day.isoformat()}
    assert paid == sum(Decimal(line["amount"]) for line in rows) == change_in_control.total(best)
    assert seen == [(2, 5), (4, 5), (5, 5)]


def test_award_of_the_effective_date_pays_nothing(closes):
    builders.granted_award(options=10, award_date="2007-04-02", initial_price="6.40")

    (row,) = change_in_control.look_back(effective_on=EFFECTIVE, now=NOW)
    (line,) = change_in_control.lines([row])

    assert (row.day, row.per_option, line.best_day, line.amount) == (None, 0, None, 0)


def test_a_missing_close_of_the_look_back_blocks(closes):
    # The last close of the fixture is of 2007-04-30, and this look-back ends on the first day without the one before.
    builders.granted_award(options=10, award_date="2006-04-01", initial_price="5.18")

    change_in_control.look_back(effective_on=date(2007, 5, 1), now=NOW)
    with pytest.raises(MissingClose, match="2007-05-01"):
        change_in_control.look_back(effective_on=date(2007, 5, 2), now=NOW)


def test_look_back_across_a_split_compares_in_the_shares_of_after_it(closes):
    """2-for-1 on the effective date: twice the OSOs at half the value each, whatever day is the best."""
    builders.granted_award(options=10, award_date="2006-04-01", initial_price="5.18")
    (before,) = change_in_control.look_back(effective_on=EFFECTIVE, now=NOW)
    row = builders.adjusted("2007-04-02", 2, 1, decided_on="2007-03-01")
    market = valuation.Market(trading_calendar(), valuation.CloseBook({}), (row.as_agreed,))

    after = change_in_control._in_shares_of(EFFECTIVE, before.worksheet, market)

    assert before.day < EFFECTIVE
    assert after.per_option * 2 == before.per_option


def test_command_writes_the_report_once(closes, at, tmp_path, capsys):
    at("2007-04-02T11:00-04:00")
    builders.granted_award(options=10, award_date="2006-04-01", initial_price="5.18")
    report = tmp_path / "values.csv"

    call_command("change_in_control_values", EFFECTIVE, report)

    assert report.read_text().splitlines()[0].split(",") == list(change_in_control.COLUMNS)
    assert capsys.readouterr().out.startswith("$")
    with pytest.raises(CommandError, match="File exists"):
        call_command("change_in_control_values", EFFECTIVE, report)
