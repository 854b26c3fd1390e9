"""docs/agreement.md and docs/interpretations.md say what the code does: every worked table is worked again."""

from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from awards.agreement.capital import CapitalAdjustment, options_after, price_on_basis
from awards.agreement.change_in_control import days
from awards.agreement.employment import Cessation, Employment
from awards.agreement.exercise_date import NEW_YORK, exercise_date
from awards.agreement.gross_up import excise_tax, gross_up
from awards.agreement.lapse import last_exercise_day, vested_lapse
from awards.agreement.multiplier import multiplier
from awards.agreement.payment import payment
from awards.agreement.period import duration
from awards.agreement.terms import FORM_2005
from awards.agreement.vesting import vesting_schedule
from awards.agreement.withholding import provide
from awards.agreement.worksheet import Worksheet, worksheet

ROOT = Path(__file__).parents[3]
AGREEMENT = ROOT / "docs" / "agreement.md"
INTERPRETATIONS = ROOT / "docs" / "interpretations.md"


def rows(document: Path, heading: str) -> list[list[str]]:
    """The body of the first table under `heading`."""
    lines = document.read_text(encoding="utf-8").splitlines()
    after = lines[lines.index(heading) + 1 :]
    first = next(number for number, line in enumerate(after) if line.startswith("|"))
    table = []
    for line in after[first:]:
        if not line.startswith("|"):
            break
        table.append([cell.strip() for cell in line.strip().strip("|").split("|")])
    return table[2:]


def test_terms() -> None:
    terms = {name: Decimal(value) for name, value, _clause in rows(AGREEMENT, "## Terms of the 2005 form")}
    assert terms == {name: Decimal(getattr(FORM_2005, name)) for name in terms}
    assert len(terms) == 7


@pytest.mark.parametrize("row", rows(AGREEMENT, "## Vesting dates"), ids=lambda row: row[0])
def test_vesting_dates(row: list[str]) -> None:
    schedule = vesting_schedule(award_date=date.fromisoformat(row[0]), options=1000)
    assert [str(tranche.vests_on) for tranche in schedule] == row[1:]


@pytest.mark.parametrize("row", rows(AGREEMENT, "## Vesting quantities"), ids=lambda row: row[0])
def test_vesting_quantities(row: list[str]) -> None:
    schedule = vesting_schedule(award_date=date(2005, 7, 1), options=int(row[0]))
    assert [str(tranche.options) for tranche in schedule] == row[1:]


def employment_of(story: str) -> Employment:
    """ "other 2006-08-01, died 2006-12-01" as facts."""
    facts: dict = {}
    for event in story.split(", ") if story != "nothing" else []:
        what, day = event.split(" ")
        if what in ("died", "disabled"):
            facts[f"{what}_on"] = date.fromisoformat(day)
        else:
            facts |= {"ceased_on": date.fromisoformat(day), "cessation": Cessation(what)}
        if what == "retirement":
            facts["retired_on"] = date.fromisoformat(day)
    return Employment(**facts)


@pytest.mark.parametrize("row", rows(AGREEMENT, "## Lapse"), ids=lambda row: row[0])
def test_lapse(calendar, row: list[str]) -> None:
    lapse = vested_lapse(award_date=date(2005, 7, 1), employment=employment_of(row[0]))
    assert [str(lapse.lapses_on), lapse.clause, str(last_exercise_day(lapse, calendar))] == row[1:]


@pytest.mark.parametrize("row", rows(AGREEMENT, "## Exercise Date"), ids=lambda row: row[0])
def test_exercise_dates(calendar, row: list[str]) -> None:
    received_at = datetime.fromisoformat(row[0]).replace(tzinfo=NEW_YORK)
    assert str(exercise_date(received_at, calendar)) == row[1]


@pytest.mark.parametrize("row", rows(AGREEMENT, "### Durations"), ids=lambda row: row[1])
def test_durations(row: list[str]) -> None:
    assert str(duration(date.fromisoformat(row[0]), date.fromisoformat(row[1]))) == row[2]


@pytest.mark.parametrize("row", rows(AGREEMENT, "### Multipliers"), ids=lambda row: row[0])
def test_multipliers(row: list[str]) -> None:
    assert str(multiplier(Decimal(row[0]))) == row[1]


NAMES = {
    "Award Date": "award_date",
    "Initial Price": "initial_price",
    "OSOs": "options",
    "Exercise Date": "exercise_date",
    "Period from": "period_start",
    "Period to": "period_end",
    "Duration": "duration",
    "S&P Start": "sp_start",
    "S&P End": "sp_end",
    "Stock Start": "stock_start",
    "Stock End": "stock_end",
    "Aggregate % S&P": "aggregate_sp",
    "Adjusted Price": "adjusted_price",
    "Annualized % S&P": "annualized_sp",
    "Annualized % Stock": "annualized_stock",
    "Outperform %": "outperform",
    "Multiplier": "multiplier",
    "Fair Market Value": "fmv",
    "Gain": "gain",
    "Consideration per OSO": "per_option",
    "Exercise Consideration": "consideration",
}


def shown(value: object) -> object:
    return Decimal(value) if isinstance(value, (Decimal, int)) else str(value)


@pytest.mark.parametrize("column", [1, 2, 3, 4, 5], ids=["A", "B", "C", "D", "E"])
def test_exercises(real_closes, constructed_closes, column: int) -> None:
    table = {NAMES[row[0]]: row[column] for row in rows(AGREEMENT, "### Exercises")}
    assert list(table) == list(NAMES.values())
    closes = real_closes.get(table["exercise_date"], constructed_closes)
    result: Worksheet = worksheet(
        award_date=date.fromisoformat(table["award_date"]),
        initial_price=Decimal(table["initial_price"]),
        options=int(table["options"]),
        exercise_date=date.fromisoformat(table["exercise_date"]),
        closes=closes,
    )
    worked = {name: shown(getattr(result, name)) for name in table}
    assert worked == {name: shown(Decimal(v) if "-" not in v[1:] else v) for name, v in table.items()}


@pytest.mark.parametrize("row", rows(AGREEMENT, "## Payment and withholding"), ids=lambda row: row[2])
def test_payments(row: list[str]) -> None:
    consideration, fmv, portion, _shares, _cash, withheld = map(Decimal, row[:6])
    paid = payment(consideration=consideration, fmv=fmv, stock_portion=portion)
    provided = provide(payment=paid, required=withheld, from_shares=withheld)
    assert [str(paid.shares), str(paid.cash)] == row[3:5]
    assert [str(provided.shares), str(provided.cash)] == row[6:]


@pytest.mark.parametrize("row", rows(AGREEMENT, "## Change in Control"), ids=lambda row: row[0])
def test_change_in_control_days(row: list[str]) -> None:
    assert str(days(date.fromisoformat(row[0]))[0]) == row[1]


@pytest.mark.parametrize("row", rows(AGREEMENT, "## Splits"), ids=lambda row: row[0])
def test_splits(row: list[str]) -> None:
    eve, day = date(2011, 10, 19), date(2011, 10, 20)
    split = CapitalAdjustment(effective_on=day, new=int(row[1]), old=int(row[2]))
    assert options_after(int(row[0]), [split]) == (int(row[3]), Fraction(row[4]))
    assert price_on_basis(Decimal(row[5]), set_on=eve, basis_on=day, adjustments=[split]) == Decimal(row[6])


@pytest.mark.parametrize("row", rows(AGREEMENT, "## Gross-up"), ids=lambda row: row[0] + " " + row[3])
def test_gross_ups(row: list[str]) -> None:
    payments, base, tax, rate, amount = map(Decimal, row)
    excise = excise_tax(parachute_payments=payments, base_amount=base)
    assert (excise.amount, gross_up(excise=excise.amount, marginal_rates=[rate]).amount) == (tax, amount)


def test_every_interpretation_names_the_module_that_makes_it() -> None:
    readings = rows(INTERPRETATIONS, "## The readings")
    assert [row[0] for row in readings] == [f"I{number}" for number in range(1, 15)]
    for *_text, module in [*readings, *rows(INTERPRETATIONS, "## Smaller readings")]:
        assert (ROOT / "awards" / "agreement" / module.strip("`")).is_file()
