"""From recorded closes to a worksheet: across a split, with a close missing, between a close and its arrival."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from awards import valuation
from awards.agreement.capital import CapitalAdjustment
from awards.agreement.errors import ExerciseDateBeforePeriod, MissingClose
from awards.agreement.terms import FORM_2005
from awards.market.calendar import NewYorkCalendar, trading_calendar
from awards.market.models import ClosingPrice, Series
from tests import builders as given
from tests.awards.valued import AWARD_DATE, ON, Closes, market, sheet

DAYS = tuple(date.fromisoformat(day) for day in given.CLOSES_2007_04_02)


def scaled(rows: Closes, scale: Callable[[date], int]) -> Closes:
    """The Stock's closes multiplied, day by day."""
    return {day: (sp500, str(Decimal(stock) * scale(date.fromisoformat(day)))) for day, (sp500, stock) in rows.items()}


class TestValue:
    def test_real_exercise(self) -> None:
        found = sheet(market(given.CLOSES_2007_04_02))
        assert (found.aggregate_sp, found.adjusted_price, found.fmv, found.consideration) == (
            Decimal("10.014"),
            Decimal("5.6987252"),
            Decimal("6.10"),
            Decimal("6233.80"),
        )

    @pytest.mark.parametrize(
        "effective_on", ["2006-04-03", "2007-03-20", "2007-03-30", "2007-04-02"], ids=["first", "window", "last", "day"]
    )
    def test_across_a_split_as_on_closes_divided_beforehand(self, effective_on: str) -> None:
        split = CapitalAdjustment(date.fromisoformat(effective_on), 1, 2)
        # As traded: from its day on, one new share trades for two old ones.
        as_traded = scaled(given.CLOSES_2007_04_02, lambda day: 2 if day >= split.effective_on else 1)
        of_one_basis = scaled(given.CLOSES_2007_04_02, lambda day: 2)
        assert sheet(market(as_traded, split)) == sheet(market(of_one_basis), initial_price="10.36")

    def test_split_that_does_not_come_out_is_exact_to_the_cent(self) -> None:
        split = CapitalAdjustment(date(2007, 3, 20), 3, 1)
        thirds = {
            day: (sp500, stock if date.fromisoformat(day) < split.effective_on else str(Decimal(stock) / 3))
            for day, (sp500, stock) in given.CLOSES_2007_04_02.items()
        }
        # Three OSOs of the new basis pay what one of the old one paid: 15,000 pay 6,233.80.
        found = valuation.value(
            award_date=AWARD_DATE,
            initial_price=Decimal("5.18"),
            options=15_000,
            exercise_date=ON,
            market=market(thirds, split),
        )
        assert found.consideration == Decimal("6233.80")

    @pytest.mark.parametrize("effective_on", [AWARD_DATE, date(2007, 4, 3)], ids=["award date", "after the exercise"])
    def test_split_outside_leaves_the_initial_price(self, effective_on: date) -> None:
        found = sheet(market(given.CLOSES_2007_04_02, CapitalAdjustment(effective_on, 1, 2)))
        assert found.initial_price == Decimal("5.18")

    @pytest.mark.parametrize("series", Series.values)
    @pytest.mark.parametrize("day", DAYS, ids=str)
    def test_missing_close_names_its_day_and_series(self, day: date, series: str) -> None:
        of = market(given.CLOSES_2007_04_02)
        del of.closes._closes[series][day]
        with pytest.raises(MissingClose) as missing:
            sheet(of)
        assert (missing.value.day, missing.value.series) == (day, series)

    def test_exercise_before_the_award_is_refused(self) -> None:
        rows = {day.isoformat(): ("1294.87", "5.18") for day in NewYorkCalendar().expected_days(date(2006, 3, 1), ON)}
        with pytest.raises(ExerciseDateBeforePeriod):
            sheet(market(rows), on=date(2006, 3, 31))


@pytest.mark.django_db
class TestMarketFor:
    def test_reads_the_days_that_are_needed(self) -> None:
        given.closes({**given.CLOSES_2007_04_02, **given.CLOSE_OF_2007_04_02})
        found = valuation.market_for([(AWARD_DATE, ON, FORM_2005)], trading_calendar())
        assert sheet(found).consideration == Decimal("6233.80")
        with pytest.raises(MissingClose):
            found.closes.close(Series.STOCK, ON)

    def test_takes_the_latest_revision(self) -> None:
        given.closes(given.CLOSES_2007_04_02)
        ClosingPrice.objects.create(
            series=Series.STOCK,
            trading_day=date(2007, 3, 30),
            revision=2,
            close=Decimal("6.20"),
            source="Committee",
            recorded_at=given.instant(ON),
            recorded_by=given.proposer(),
            approved_by=given.approver(),
        )
        assert sheet(valuation.market_for([(AWARD_DATE, ON, FORM_2005)], trading_calendar())).fmv == Decimal("6.20")

    def test_covering_reaches_back_to_the_window_of_the_first_day(self) -> None:
        given.closes(given.CLOSES_2007_04_02)
        assert sheet(valuation.covering(AWARD_DATE, ON, ON)).consideration == Decimal("6233.80")

    def test_pinned_closes_are_each_day_of_both_series_once(self) -> None:
        given.closes(given.CLOSES_2007_04_02)
        of = valuation.market_for([(AWARD_DATE, ON, FORM_2005)], trading_calendar())
        pinned = valuation.pinned_closes(AWARD_DATE, ON, FORM_2005, of)
        assert sorted((row.series, row.trading_day) for row in pinned) == sorted(
            (series, day) for series in Series.values for day in DAYS
        )


@pytest.mark.django_db
class TestProposedInitialPrice:
    def test_close_of_the_trading_day_before(self) -> None:
        close = given.close(Series.STOCK, "2006-03-31", "5.18")
        assert valuation.proposed_initial_price(AWARD_DATE) == (close, Decimal("5.18"))

    def test_on_the_first_day_of_a_split_is_of_its_basis(self) -> None:
        given.adjusted("2011-10-20", 1, 15, decided_on="2011-10-03")
        close = given.close(Series.STOCK, "2011-10-19", "1.71")
        assert valuation.proposed_initial_price(date(2011, 10, 20)) == (close, Decimal("25.65"))

    def test_none_without_a_close(self) -> None:
        assert valuation.proposed_initial_price(AWARD_DATE) == (None, None)


class TestCurrentValue:
    @staticmethod
    def current(of: valuation.Market, at: str) -> valuation.CurrentValue:
        values = valuation.ValuesNow.of(of, given.instant(*at.split()))
        return values.of_award(award_date=AWARD_DATE, initial_price=Decimal("5.18"), options=5000, terms=FORM_2005)

    @pytest.mark.parametrize("at", ["2007-04-02 00:00", "2007-04-02 11:00", "2007-04-02 16:00"])
    def test_before_the_close(self, at: str) -> None:
        found = self.current(market(given.CLOSES_2007_04_02), at)
        assert (found.exercise_date, found.waits, found.reason) == (ON, False, "")
        assert found.worksheet is not None
        assert found.worksheet.consideration == Decimal("6233.80")

    def test_between_the_close_and_its_arrival(self) -> None:
        found = self.current(market(given.CLOSES_2007_04_02), "2007-04-02 16:00:01")
        assert (found.exercise_date, found.waits) == (ON, True)
        assert found.reason == "No close of the S&P 500 is recorded for 2007-04-02, a Trading Day."
        assert found.worksheet == sheet(market(given.CLOSES_2007_04_02))

    def test_after_its_arrival(self) -> None:
        found = self.current(market({**given.CLOSES_2007_04_02, **given.CLOSE_OF_2007_04_02}), "2007-04-02 17:00")
        assert (found.exercise_date, found.waits) == (date(2007, 4, 3), False)
        assert found.worksheet is not None
        assert found.worksheet.consideration == Decimal("5279.96")

    def test_pays_what_its_worksheet_says(self) -> None:
        found = self.current(market(given.CLOSES_2007_04_02), "2007-04-02 11:00")
        assert found.worksheet == sheet(market(given.CLOSES_2007_04_02))
        assert found.consideration == Decimal("6233.80")

    def test_valued_anew_once_a_close_is_corrected(self) -> None:
        before = self.current(market(given.CLOSES_2007_04_02), "2007-04-02 11:00")
        last = max(given.CLOSES_2007_04_02)
        sp500, stock = given.CLOSES_2007_04_02[last]
        corrected = {**given.CLOSES_2007_04_02, last: (sp500, str(Decimal(stock) + Decimal("0.01")))}
        after = self.current(market(corrected), "2007-04-02 11:00")
        assert after.worksheet == sheet(market(corrected))
        assert before.of_one is not None
        assert after.of_one is not None
        assert after.of_one.fmv - before.of_one.fmv == Decimal("0.01")
        assert self.current(market(given.CLOSES_2007_04_02), "2007-04-02 11:00") == before

    @pytest.mark.parametrize(
        "changed", [{"initial_price": Decimal("5.19")}, {"terms": replace(FORM_2005, multiplier_cap=Decimal(3))}]
    )
    def test_of_other_terms_is_another_value(self, changed: dict[str, Any]) -> None:
        values = valuation.ValuesNow.of(market(given.CLOSES_2007_04_02), given.instant("2007-04-02", "11:00"))
        asked: dict[str, Any] = {"award_date": AWARD_DATE, "initial_price": Decimal("5.18"), "terms": FORM_2005}
        first, other = (values.of_award(options=5000, **asked | more) for more in ({}, changed))
        again = valuation.value(options=5000, exercise_date=ON, market=values.market, **asked | changed)
        assert (first.worksheet, other.worksheet) == (sheet(values.market), again)
        assert first.consideration != other.consideration

    def test_nothing_known(self) -> None:
        found = self.current(market({}), "2007-04-02 11:00")
        assert (found.worksheet, found.consideration) == (None, None)
        assert (found.waits, found.exercise_date) == (True, ON)

    def test_refusal_of_the_agreement_is_its_reason(self) -> None:
        rows = {day.isoformat(): ("1294.87", "5.18") for day in NewYorkCalendar().expected_days(date(2006, 3, 1), ON)}
        found = self.current(market(rows), "2006-04-03 11:00")
        assert (found.worksheet, found.waits) == (None, False)
        assert found.reason.startswith("The Period still begins and ends on 2006-03-31")

    def test_on_a_splits_eve_after_the_close_is_of_the_osos_as_counted(self) -> None:
        split = CapitalAdjustment(date(2007, 4, 3), 1, 15)
        rows = {**given.CLOSES_2007_04_02, **given.CLOSE_OF_2007_04_02}
        found = self.current(market(rows, split), "2007-04-02 17:00")
        assert found == self.current(market(rows), "2007-04-02 17:00")

    def test_on_the_day_of_a_split_is_of_the_new_osos(self) -> None:
        split = CapitalAdjustment(ON, 1, 2)
        found = self.current(market(given.CLOSES_2007_04_02, split), "2007-04-02 11:00")
        assert found.worksheet is not None
        assert found.worksheet.initial_price == Decimal("10.36")


def test_market_without_adjustments_is_the_same_on_every_basis() -> None:
    of = market(given.CLOSES_2007_04_02)
    assert of.on_basis_of(given.instant(ON)) == replace(of)
