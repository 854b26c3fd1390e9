"""The auditor's worksheet on recorded closes: the figures of the Agreement's digest, §5, and every way to fail."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from tests import builders as given

pytestmark = pytest.mark.django_db

# An Award of 2006-04-01, a Saturday, at 5.18, exercised on 2007-04-02; the averages and percentages worked by hand:
# S&P 14245.42 ÷ 10, Stock 61.40 ÷ 10; (1424.542 − 1294.87) ÷ 1294.87 = 10.014 %; Duration 364/365 = 0.997.
ANSWER = {
    "period_start": "2006-03-31",
    "period_end": "2007-03-30",
    "duration": "0.997",
    "sp_start": "1294.87",
    "sp_end": "1424.542",
    "stock_start": "5.18",
    "stock_end": "6.14",
    "aggregate_sp": "10.014",
    "adjusted_price": "5.6987252",
    "annualized_sp": "10.044",
    "annualized_stock": "18.589",
    "outperform": "8.545",
    "multiplier": "3.107",
    "fmv": "6.10",
    "per_option": "1.2467608036",
    "options": "5000",
    "consideration": "6233.80",
}
ARGUMENTS = {"award-date": "2006-04-01", "initial-price": "5.18", "options": "5000", "exercise-date": "2007-04-02"}
GOOD = "2006-04-01,5.18,5000,2007-04-02"


@pytest.fixture(autouse=True)
def _closes() -> None:
    given.closes(given.CLOSES_2007_04_02)


def run(*more: Any, **changed: str) -> str:
    out = StringIO()
    given_ = {**ARGUMENTS, **{name.replace("_", "-"): value for name, value in changed.items()}}
    arguments = [text for name, value in given_.items() for text in (f"--{name}", value)]
    call_command("worksheet", *arguments, *more, stdout=out)
    return out.getvalue()


def cases(file: Path, *rows: str, header: str = "award_date,initial_price,options,exercise_date") -> list[Any]:
    file.write_text("\n".join([header, *rows]))
    out = StringIO()
    call_command("worksheet", "--cases", str(file), stdout=out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_json() -> None:
    answer = json.loads(run("--format", "json"))
    assert answer == ANSWER
    assert list(answer) == list(ANSWER)


def test_text() -> None:
    assert run().splitlines() == [f"{name:<18}{value}" for name, value in ANSWER.items()]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"exercise_date": "2007-04-03"}, "No close of the S&P 500 is recorded for 2007-04-02, a Trading Day."),
        ({"exercise_date": "2007-04-01"}, "2007-04-01 is not a Trading Day."),
        ({"award_date": "2006-03-31"}, "No close of the S&P 500 is recorded for 2006-03-30, a Trading Day."),
        ({"award_date": "1905-04-01"}, "The trading calendar covers 1990 to 2100, not 1905."),
        ({"award_date": "2007-02-30"}, "award_date '2007-02-30' is not a date such as 2005-07-01."),
        ({"options": "0"}, "An Award is of a whole number of OSOs, at least one: not 0."),
        ({"options": "1.5"}, "options '1.5' is not a whole number."),
        ({"initial_price": "free"}, "initial_price 'free' is not a price."),
        ({"initial_price": "NaN"}, "initial_price 'NaN' is not a price."),
        ({"initial_price": "Infinity"}, "initial_price 'Infinity' is not a price."),
        ({"initial_price": "1e999999"}, "initial_price '1e999999' is not a price."),
        ({"initial_price": "1e-999999"}, "initial_price '1e-999999' is not a price."),
        ({"options": "9" * 200}, "A number is beyond what can be calculated with."),
    ],
    ids=str,
)
def test_refuses(changed: dict[str, str], message: str) -> None:
    with pytest.raises(CommandError) as refusal:
        run(**changed)
    assert str(refusal.value) == message


@pytest.mark.parametrize("price", ["0", "-5.18"])
def test_refuses_a_price_that_no_award_has(price: str) -> None:
    with pytest.raises(CommandError):
        run(initial_price=price)


def test_needs_all_four_or_a_file() -> None:
    with pytest.raises(CommandError, match=r"^Give --award-date, --initial-price, --options and --exercise-date"):
        call_command("worksheet", "--options", "1")


def test_cases_go_on_after_bad_ones(tmp_path: Path) -> None:
    bad = [
        "2006-04-01,5.18,5000,2007-04-01",
        "2006-04-01,free,5000,2007-04-02",
        "2006-04-01,5.18",
        "0001-01-01,5.18,5000,2007-04-02",
        "2006-04-01,5.18,5000,9999-12-31",
        "2007-04-03,5.18,5000,2007-04-02",
        "2006-04-01,1e999999,5000,2007-04-02",
    ]
    answers = cases(tmp_path / "cases.csv", GOOD, *bad, GOOD)
    assert [answers[0], answers[-1]] == [ANSWER, ANSWER]
    assert [list(answer) for answer in answers[1:-1]] == [["error"]] * len(bad)


def test_cases_that_are_all_bad_are_answered_too(tmp_path: Path) -> None:
    assert cases(tmp_path / "cases.csv", "x,5.18,1,2007-04-02") == [
        {"error": "award_date 'x' is not a date such as 2005-07-01."}
    ]


def test_no_cases_no_answers(tmp_path: Path) -> None:
    assert cases(tmp_path / "cases.csv") == []


def test_file_without_the_columns_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="needs the columns award_date, initial_price, options, exercise_date"):
        cases(tmp_path / "cases.csv", GOOD, header="a,b,c,d")
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("worksheet", "--cases", str(tmp_path / "nowhere.csv"))


def test_split_is_put_on_one_basis() -> None:
    given.adjusted("2007-04-02", 1, 2, decided_on="2007-03-26")
    answer = json.loads(run("--format", "json"))
    assert [answer[name] for name in ("stock_start", "stock_end", "fmv", "adjusted_price", "multiplier")] == [
        "10.36",
        "12.28",
        "12.20",
        "11.3974504",
        "3.107",
    ]
