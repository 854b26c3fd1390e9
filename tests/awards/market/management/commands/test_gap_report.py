import json
from collections.abc import Callable
from datetime import datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from awards.market.models import ClosingPrice

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def friday(at: Callable[[str], datetime]) -> None:
    at("2007-03-30T18:00-04:00")


def report(*arguments: str) -> tuple[int, str]:
    out = StringIO()
    try:
        call_command("gap_report", *arguments, stdout=out)
    except SystemExit as ended:
        return int(str(ended.code)), out.getvalue()
    return 0, out.getvalue()


def test_gaps_are_listed_and_end_with_1(record: Callable[..., ClosingPrice]) -> None:
    record("2007-03-26", "6.10")
    assert report() == (1, "Stock: 2007-03-27 to 2007-03-30, 4 Trading Days\nS&P 500: no gaps\n")


def test_no_gaps_end_with_0(record: Callable[..., ClosingPrice]) -> None:
    record("2007-03-30", "6.10")
    assert report("--series", "stock") == (0, "Stock: no gaps\n")


def test_range_counts_from_the_day_named(record: Callable[..., ClosingPrice]) -> None:
    record("2007-03-29", "6.10")
    assert report("--series", "stock", "--from", "2007-03-28", "--to", "2007-03-29") == (1, "Stock: 2007-03-28\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--from", "2007-03-30", "--to", "2007-03-29"], "--from 2007-03-30 is after --to 2007-03-29."),
        (["--from", "1800-01-02"], "The trading calendar covers 1990 to 2100, not 1800."),
    ],
)
def test_range_that_cannot_be_is_refused(arguments: list[str], message: str) -> None:
    with pytest.raises(CommandError) as refused:
        report(*arguments)
    assert str(refused.value) == message


def test_report_for_a_program(record: Callable[..., ClosingPrice]) -> None:
    record("2007-03-29", "6.10")
    code, text = report("--format", "json")
    gap = {"first": "2007-03-30", "last": "2007-03-30", "days": 1, "held": 0}
    assert (code, json.loads(text)) == (1, {"stock": [gap], "sp500": []})
