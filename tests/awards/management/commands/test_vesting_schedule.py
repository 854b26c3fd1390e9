"""The auditor's vesting schedule: text, JSON, and a file of cases with bad rows in the middle."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

# I1: 2005-08-31; I2: 1002 OSOs.
ROWS = [
    {"vests_on": "2006-08-30", "options": 501},
    {"vests_on": "2006-11-29", "options": 125},
    {"vests_on": "2007-02-27", "options": 125},
    {"vests_on": "2007-05-30", "options": 125},
    {"vests_on": "2007-08-30", "options": 126},
]


def run(*arguments: Any) -> str:
    out = StringIO()
    call_command("vesting_schedule", *map(str, arguments), stdout=out)
    return out.getvalue()


def test_text() -> None:
    assert run("--award-date", "2005-08-31", "--options", 1002).splitlines() == [
        "2006-08-30           501",
        "2006-11-29           125",
        "2007-02-27           125",
        "2007-05-30           125",
        "2007-08-30           126",
    ]


def test_json() -> None:
    assert json.loads(run("--award-date", "2005-08-31", "--options", 1002, "--format", "json")) == ROWS


def test_cases_go_on_after_a_bad_one(tmp_path: Path) -> None:
    file = tmp_path / "cases.csv"
    file.write_bytes(
        b"\xef\xbb\xbfaward_date,options,note\r\n2005-08-31,1002,good\r\n2005-02-30,10,\r\n2005-07-01,0,\r\n"
        b"2005-07-01,1.5,\r\n2005-07-01\r\n9998-07-01,1,\r\n2005-08-31,1002,good again\r\n"
    )
    answers = [json.loads(line) for line in run("--cases", file).splitlines()]
    assert [answers[0], answers[-1]] == [ROWS, ROWS]
    assert [list(answer) for answer in answers[1:-1]] == [["error"]] * 5


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--options", "10"], "Give --award-date and --options, or --cases FILE."),
        (["--award-date", "2005-07-01"], "Give --award-date and --options, or --cases FILE."),
        (
            ["--award-date", "2005-07-01", "--options", "0"],
            "An Award is of a whole number of OSOs, at least one: not 0.",
        ),
        (
            ["--award-date", "July", "--options", "1"],
            "Error: argument --award-date: invalid fromisoformat value: 'July'",
        ),
        (["--cases", "/nowhere.csv"], "/nowhere.csv cannot be read: "),
    ],
    ids=str,
)
def test_refuses(arguments: list[str], message: str) -> None:
    with pytest.raises(CommandError) as refusal:
        run(*arguments)
    assert str(refusal.value).startswith(message)


@pytest.mark.parametrize(
    "content", [b"day,options\n2005-07-01,1\n", b"", b"\xff\xfe\x00"], ids=["header", "empty", "binary"]
)
def test_refuses_a_file_that_is_not_one_of_cases(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "cases.csv"
    file.write_bytes(content)
    with pytest.raises(CommandError):
        run("--cases", file)
