from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awards.agreement.errors import ExerciseDateBeforePeriod, InvalidAward, InvalidCloses, NoDuration
from awards.agreement.terms import Terms
from awards.agreement.worksheet import Closes, WindowClose, Worksheet, worksheet


def exercise(
    closes: Closes, award_date: str, initial_price: str, exercised_on: str, options: int = 1, **more
) -> Worksheet:
    return worksheet(
        award_date=date.fromisoformat(award_date),
        initial_price=Decimal(initial_price),
        options=options,
        exercise_date=date.fromisoformat(exercised_on),
        closes=closes,
        **more,
    )


SHOWN = (
    "duration sp_end stock_end aggregate_sp adjusted_price annualized_sp annualized_stock outperform multiplier fmv "
    "gain per_option consideration"
)
REAL = [
    # Worked by hand on the company's own closes. The third and the fourth pay nothing.
    (
        ("2005-07-01", "2.03", "2006-07-03", 1000),
        "1.000 1250.138 4.071 4.936 2.1302008 4.936 100.542 95.606 4.000 4.44 2.3097992 9.2391968 9239.20",
    ),
    (
        ("2006-04-01", "5.18", "2007-04-02", 5000),
        "0.997 1424.542 6.14 10.014 5.6987252 10.044 18.589 8.545 3.107 6.10 0.4012748 1.2467608036 6233.80",
    ),
    (
        ("2005-07-01", "2.03", "2008-02-22", 1000),
        "2.645 1347.359 2.648 13.097 2.2958691 4.952 11.510 6.558 2.385 2.14 -0.1558691 0 0.00",
    ),
    (
        ("2006-01-01", "2.87", "2008-02-01", 1000),
        "2.087 1344.084 3.089 7.674 3.0902438 3.677 3.656 -0.021 0.000 3.44 0.3497562 0 0.00",
    ),
]


@pytest.mark.parametrize(("case", "expected"), REAL)
def test_worksheet_of_the_companys_own_closes(real_closes, case: tuple, expected: str) -> None:
    award_date, initial_price, exercised_on, options = case
    result = exercise(real_closes[exercised_on], award_date, initial_price, exercised_on, options)
    fields = SHOWN.split()
    worked = dict(zip(fields, map(Decimal, expected.split()), strict=True))
    assert {name: getattr(result, name) for name in fields} == worked


def test_worksheet_rounds_figures_to_the_places_it_shows(real_closes) -> None:
    result = exercise(real_closes["2007-04-02"], "2006-04-01", "5.18", "2007-04-02", 5000)
    shown = (result.duration, result.aggregate_sp, result.annualized_stock, result.multiplier, result.consideration)
    assert list(map(str, shown)) == ["0.997", "10.014", "18.589", "3.107", "6233.80"]


@pytest.mark.parametrize(("case", "expected"), REAL)
def test_worksheet_of_another_number_of_osos(real_closes, case: tuple, expected: str) -> None:
    award_date, initial_price, exercised_on, options = case
    of_one = exercise(real_closes[exercised_on], award_date, initial_price, exercised_on)
    assert of_one.of_options(options) == exercise(real_closes[exercised_on], *case)
    assert of_one.of_options(options).consideration == Decimal(expected.split()[-1])


def test_worksheet_of_no_osos_is_refused(real_closes) -> None:
    of_one = exercise(real_closes["2007-04-02"], "2006-04-01", "5.18", "2007-04-02")
    with pytest.raises(InvalidAward):
        of_one.of_options(0)


FLAGS = ("is_floored", "is_capped", "index_rose_more", "no_gain")


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        (REAL[0][0], (False, True, False, False)),
        (REAL[1][0], (False, False, False, False)),
        (REAL[2][0], (False, False, False, True)),
        (REAL[3][0], (False, False, True, False)),
    ],
)
def test_worksheet_says_why_it_pays_what_it_pays(real_closes, case: tuple, expected: tuple[bool, ...]) -> None:
    result = exercise(real_closes[case[2]], *case)
    assert tuple(getattr(result, flag) for flag in FLAGS) == expected


def test_worksheet_of_the_constructed_case(constructed_closes) -> None:
    result = exercise(constructed_closes, "2005-07-05", "100", "2009-07-02")
    assert str(result.duration) == "4.000"
    assert (result.aggregate_sp, result.adjusted_price) == (Decimal("50.000"), Decimal(150))
    assert (result.annualized_stock, result.annualized_sp) == (Decimal("21.250"), Decimal("12.500"))
    assert (str(result.outperform), str(result.multiplier)) == ("8.750", "3.182")
    assert (result.per_option, result.consideration) == (Decimal("111.37"), Decimal("111.37"))


def test_worksheet_is_floored_when_the_index_fell(constructed_closes) -> None:
    fallen = replace(constructed_closes, sp_start=Decimal(2600))
    result = exercise(fallen, "2005-07-05", "100", "2009-07-02")
    assert (result.aggregate_sp, result.adjusted_price_before_floor) == (Decimal("-25.000"), Decimal(75))
    assert (result.is_floored, result.adjusted_price) == (True, Decimal(100))
    no_floor = Terms(name="later form", adjusted_price_has_floor=False)
    result = exercise(fallen, "2005-07-05", "100", "2009-07-02", terms=no_floor)
    assert (result.is_floored, result.adjusted_price) == (False, Decimal(75))


@pytest.mark.parametrize(("stock_end", "multiplier"), [("193.996", "4.000"), ("194", "4.000"), ("194.004", "4.000")])
def test_multiplier_tops_out_at_eleven_percent(constructed_closes, stock_end: str, multiplier: str) -> None:
    window = tuple(close._replace(stock=Decimal(stock_end)) for close in constructed_closes.window)
    result = exercise(replace(constructed_closes, window=window), "2005-07-05", "100", "2009-07-02")
    assert str(result.multiplier) == multiplier
    assert result.is_capped is (Decimal(stock_end) >= 194)


def test_steps_are_the_fields_in_the_order_of_the_agreement(real_closes) -> None:
    result = exercise(real_closes["2007-04-02"], "2006-04-01", "5.18", "2007-04-02", 5000)
    assert [(step.clause, step.name, step.value, step.places) for step in result.steps()] == [
        ("§2.7(a)", "S&P Start Number", result.sp_start, None),
        ("§2.7(b)", "S&P End Number", result.sp_end, None),
        ("§2.1", "Aggregate Percentage S&P Performance", result.aggregate_sp, 3),
        ("§2.1", "Adjusted Price", result.adjusted_price, None),
        ("§2.7(e)", "Duration", result.duration, 3),
        ("§2.7(c)", "Stock Start Number", result.stock_start, None),
        ("§2.7(d)", "Stock End Number", result.stock_end, None),
        ("§2.7(f)", "Annualized Percentage S&P Performance", result.annualized_sp, 3),
        ("§2.7(g)", "Annualized Percentage Company Stock Price Performance", result.annualized_stock, 3),
        ("§2.7", "Outperform Percentage", result.outperform, None),
        ("§2.7", "Multiplier", result.multiplier, 3),
        ("§9.1", "Fair Market Value", result.fmv, None),
        ("§2.6", "Gain per OSO", result.gain, None),
        ("§2.6", "Consideration per OSO", result.per_option, None),
        ("§2.6", "Exercise Consideration", result.consideration, 2),
    ]
    unrounded = {step.name: step.unrounded for step in result.steps()}
    assert unrounded["Duration"] * 365 == Decimal(364)
    assert str(unrounded["Multiplier"])[:9] == "3.1072727"
    assert unrounded["Exercise Consideration"] == Decimal("6233.804018")


def test_steps_formulas_name_the_terms(real_closes) -> None:
    closes = real_closes["2007-04-02"]
    terms = Terms(name="later form", averaging_days=1, outperform_cap=Decimal(8), adjusted_price_has_floor=False)
    short = replace(closes, window=closes.window[-1:])
    formulas = {
        step.name: step.formula for step in exercise(short, "2006-04-01", "5.18", "2007-04-02", terms=terms).steps()
    }
    assert formulas["Multiplier"] == "Outperform Percentage × 4/8, from 0 to 4"
    assert formulas["Adjusted Price"] == "Initial Price × (1 + Aggregate Percentage S&P Performance ÷ 100)"
    assert formulas["Stock End Number"] == (
        "the average of the Stock's closes on the 1 Trading Days before the Exercise Date"
    )


@pytest.mark.parametrize("options", [0, -5, 2.5, "5"])
def test_worksheet_refuses_a_number_of_osos_that_is_none(real_closes, options: object) -> None:
    with pytest.raises(InvalidAward, match="whole number of OSOs"):
        exercise(real_closes["2007-04-02"], "2006-04-01", "5.18", "2007-04-02", options)


@pytest.mark.parametrize("price", ["0", "-5.18", "NaN", "Infinity"])
def test_worksheet_refuses_an_initial_price_of_nothing(real_closes, price: str) -> None:
    with pytest.raises(InvalidAward, match="Initial Price"):
        exercise(real_closes["2007-04-02"], "2006-04-01", price, "2007-04-02")


@pytest.mark.parametrize("days", [0, 1, 9])
def test_worksheet_refuses_a_short_window(real_closes, days: int) -> None:
    closes = real_closes["2007-04-02"]
    with pytest.raises(InvalidCloses, match=f"10 Trading Days: {days} were given"):
        exercise(replace(closes, window=closes.window[10 - days :]), "2006-04-01", "5.18", "2007-04-02")


def test_worksheet_refuses_a_long_window(real_closes) -> None:
    closes = real_closes["2007-04-02"]
    eleventh = WindowClose(date(2007, 3, 16), Decimal("1386.95"), Decimal("6.15"))
    with pytest.raises(InvalidCloses, match="11 were given"):
        exercise(replace(closes, window=(eleventh, *closes.window)), "2006-04-01", "5.18", "2007-04-02")


def test_worksheet_refuses_closes_of_other_dates(real_closes) -> None:
    closes = real_closes["2007-04-02"]
    assert exercise(closes, "2006-04-01", "5.18", "2007-03-31").period_end == date(2007, 3, 30)
    with pytest.raises(InvalidCloses, match="ends before the Exercise Date 2007-03-30"):
        exercise(closes, "2006-04-01", "5.18", "2007-03-30")
    with pytest.raises(InvalidCloses, match="begins before the Award Date 2006-03-31"):
        exercise(closes, "2006-03-31", "5.18", "2007-04-02")


@pytest.mark.parametrize(
    ("moved", "refusal"),
    [(-1, ExerciseDateBeforePeriod), (0, NoDuration), (1, None)],
    ids=["before", "same day", "after"],
)
def test_worksheet_needs_a_period_with_a_length(real_closes, moved: int, refusal: type | None) -> None:
    closes = real_closes["2007-04-02"]
    start = closes.window[-1].day - timedelta(days=moved)
    early = replace(closes, period_start=start)
    if refusal is None:
        assert str(exercise(early, "2007-04-02", "5.18", "2007-04-02").duration) == "0.003"
        return
    with pytest.raises(refusal):
        exercise(early, "2007-04-02", "5.18", "2007-04-02")


prices = st.decimals("0.01", "500", places=2)


@st.composite
def any_closes(draw: st.DrawFn) -> Closes:
    days = [date(2007, 3, day) for day in (19, 20, 21, 22, 23, 26, 27, 28, 29, 30)]
    window = tuple(WindowClose(day, draw(prices), draw(prices)) for day in days)
    start = date(2007, 3, 30) - timedelta(days=draw(st.integers(1, 1500)))
    return Closes(start, draw(prices), draw(prices), window)


@given(any_closes(), prices, st.integers(1, 10**7))
def test_worksheet_keeps_its_bounds_on_any_closes(closes: Closes, initial_price: Decimal, options: int) -> None:
    award_date = closes.period_start + timedelta(days=1)
    result = exercise(closes, str(award_date), str(initial_price), "2007-04-02", options)
    assert 0 <= result.multiplier <= 4
    assert result.adjusted_price >= initial_price
    assert result.per_option >= 0
    assert result.consideration >= 0
    assert abs(result.consideration - result.consideration_unrounded) <= Decimal("0.005")
    assert result.per_option < 4 * result.fmv


@given(any_closes(), prices, st.integers(0, 9), st.decimals("0.01", "100", places=2))
def test_multiplier_never_falls_when_a_close_of_the_stock_is_higher(
    closes: Closes, initial_price: Decimal, day: int, more: Decimal
) -> None:
    window = list(closes.window)
    window[day] = window[day]._replace(stock=window[day].stock + more)
    award_date = str(closes.period_start + timedelta(days=1))
    low = exercise(closes, award_date, str(initial_price), "2007-04-02")
    high = exercise(replace(closes, window=tuple(window)), award_date, str(initial_price), "2007-04-02")
    assert low.multiplier <= high.multiplier
