from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from awards.market.calendar import NewYorkCalendar, Override
from awards.market.parsing import DatedClose, RefusedFile, close_of, parse_csv, read_closes

FRIDAY_FIVE_PM = datetime(2007, 3, 30, 21, 0, tzinfo=UTC)
GOOD = [DatedClose(2, date(2007, 3, 29), Decimal("6.10")), DatedClose(3, date(2007, 3, 30), Decimal("6.1"))]


def parse(content: bytes | str, **options: object) -> list[DatedClose]:
    content = content.encode() if isinstance(content, str) else content
    return parse_csv(content, **{"now": FRIDAY_FIVE_PM, "calendar": NewYorkCalendar()} | options)


def refusal(content: bytes | str, **options: object) -> list[str]:
    with pytest.raises(RefusedFile) as refused:
        parse(content, **options)
    return refused.value.lines()


@pytest.mark.parametrize(
    "content",
    [
        "date,close\n2007-03-29,6.10\n2007-03-30,6.1\n",
        "date,close\r\n2007-03-29,6.10\r\n2007-03-30,6.1\r\n",
        "\ufeffdate,close\n2007-03-29,6.10\n2007-03-30,6.1",
        "\ufeffdate,close\r\n2007-03-29,6.10\r\n2007-03-30,6.1\r\n\r\n",
        '"date","close"\n"2007-03-29","6.10"\n 2007-03-30 , 6.1 \n,\n',
    ],
    ids=["plain", "CRLF", "BOM", "BOM and CRLF", "quoted and spaced"],
)
def test_closes_are_read_in_the_order_of_rows(content: str) -> None:
    assert parse(content) == GOOD


def test_closes_keep_their_order_and_digits() -> None:
    closes = parse("date,close\n2007-03-30,1420.860001\n2007-03-29,0.000001\n")
    assert [(each.day, str(each.close)) for each in closes] == [
        (date(2007, 3, 30), "1420.860001"),
        (date(2007, 3, 29), "0.000001"),
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b"\n\n", "the file is empty"),
        (b"\xef\xbb\xbf", "the file is empty"),
        (b"date,close\n", "there is no close in it"),
        (b"date,close\n2007-03-30,6\x00.10\n", "the file is not text in UTF-8"),
        ("date,close\n2007-03-30,6.10\n".encode("utf-16"), "the file is not text in UTF-8"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "the file is not text in UTF-8"),
        (b"date,close\n2007-03-30,6.10 \xa4\n", "the file is not text in UTF-8"),
        (b"date,close\n" + b" " * 5 * 1024 * 1024, "the file is larger than 5 MB"),
        (b"day,price\n2007-03-30,6.10\n", 'row 1: the header is "day,price" and should be "date,close"'),
        (b"2007-03-30,6.10\n", 'row 1: the header is "2007-03-30,6.10" and should be "date,close"'),
        (b"close,date\n6.10,2007-03-30\n", 'row 1: the header is "close,date" and should be "date,close"'),
        (b"date;close\n2007-03-30;6.10\n", 'row 1: the header is "date;close" and should be "date,close"'),
        (b"date,close,close\n", 'row 1: the header is "date,close,close" and should be "date,close"'),
        (b"date,close,volume\n", 'row 1: the header is "date,close,volume" and should be "date,close"'),
        (b"<html>\x1b[31m\n", 'row 1: the header is "<html>?[31m" and should be "date,close"'),
        (b'date,close\n2007-03-30,"6.10\n', "row 2: the row cannot be read as CSV (unexpected end of data)"),
    ],
)
def test_file_that_cannot_be_read_is_refused(content: bytes, message: str) -> None:
    assert refusal(content) == [message]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("30/03/2007,6.10", '"30/03/2007" is not a date like 2005-07-01'),
        ("20070330,6.10", '"20070330" is not a date like 2005-07-01'),
        ("2007-W13-5,6.10", '"2007-W13-5" is not a date like 2005-07-01'),
        ("2007-3-30,6.10", '"2007-3-30" is not a date like 2005-07-01'),
        ("٢٠٠٧-03-30,6.10", '"٢٠٠٧-03-30" is not a date like 2005-07-01'),
        (",6.10", '"" is not a date like 2005-07-01'),
        ("2007-02-29,6.10", '"2007-02-29" is not a date that exists'),
        ("2007-03-31,6.10", "2007-03-31 is in the future: today is 2007-03-30"),
        ("9999-12-31,6.10", "9999-12-31 is in the future: today is 2007-03-30"),
        ("1989-12-29,6.10", "1989-12-29 is before 1990, where the trading calendar begins"),
        ("2007-03-24,6.10", "2007-03-24 is not a Trading Day (Saturday)"),
        ("2007-03-25,6.10", "2007-03-25 is not a Trading Day (Sunday)"),
        ("2006-07-04,6.10", "2006-07-04 is not a Trading Day (Independence Day)"),
        ("2007-03-30,", "the close is empty"),
        ("2007-03-30,0", '"0" is not above zero'),
        ("2007-03-30,0.00", '"0.00" is not above zero'),
        ("2007-03-30,-6.10", '"-6.10" is not above zero'),
        ("2007-03-30,NaN", '"NaN" is not a number'),
        ("2007-03-30,Infinity", '"Infinity" is not a number'),
        ("2007-03-30,-inf", '"-inf" is not a number'),
        ('2007-03-30,"1,234.50"', '"1,234.50" has a thousands separator'),
        ("2007-03-30,1'234.50", '"1\'234.50" has a thousands separator'),
        ("2007-03-30,1 234.50", '"1 234.50" has a thousands separator'),
        ("2007-03-30,1e3", '"1e3" is written with an exponent'),
        ("2007-03-30,6.1E+2", '"6.1E+2" is written with an exponent'),
        ("2007-03-30,6.1000000", '"6.1000000" has more than 6 decimals'),
        ("2007-03-30,1000000000", '"1000000000" is not below one thousand million'),
        ("2007-03-30,$6.10", '"$6.10" is not a number'),
        ("2007-03-30,+6.10", '"+6.10" is not a number'),
        ("2007-03-30,1_000", '"1_000" is not a number'),
        ("2007-03-30,.5", '".5" is not a number'),
        ("2007-03-30,٦", '"٦" is not a number'),
        ('2007-03-30,"6,10"', '"6,10" is not a number'),
        ("2007-03-30," + "9" * 100, f'"{"9" * 60}…" is not below one thousand million'),
        ("2007-03-30", '"2007-03-30" has 1 columns and should have 2'),
        ("2007-03-30,6.10,1", '"2007-03-30,6.10,1" has 3 columns and should have 2'),
        ("2007-03-29,6.10", "2007-03-29 appears twice, first in row 2"),
        ("2007-03-29,6.1", "2007-03-29 appears twice, first in row 2"),
        ("2007-03-29,6.20", "2007-03-29 has two different closes, 6.10 in row 2 and 6.20 here"),
    ],
)
def test_row_that_is_wrong_is_named(row: str, message: str) -> None:
    assert refusal(f"date,close\n2007-03-29,6.10\n{row}\n2007-03-28,6.00\n") == [f"row 3: {message}"]


@pytest.mark.parametrize(
    ("now", "day", "message"),
    [
        ("2007-03-30T15:59:59-04:00", "2007-03-30", "the close of 2007-03-30 is not final before 16:00 New York time"),
        ("2007-03-30T16:00:00-04:00", "2007-03-30", ""),
        ("2006-11-24T12:59:59-05:00", "2006-11-24", "the close of 2006-11-24 is not final before 13:00 New York time"),
        ("2006-11-24T13:00:00-05:00", "2006-11-24", ""),
        ("2007-03-31T03:59:59+00:00", "2007-03-30", ""),
        ("2007-03-30T23:59:59-04:00", "2007-04-02", "2007-04-02 is in the future: today is 2007-03-30"),
    ],
)  # fmt: skip
def test_close_is_final_from_the_close_of_trading(now: str, day: str, message: str) -> None:
    content = f"date,close\n{day},6.10\n"
    if message:
        assert refusal(content, now=datetime.fromisoformat(now)) == [f"row 2: {message}"]
    else:
        assert [each.day.isoformat() for each in parse(content, now=datetime.fromisoformat(now))] == [day]


def test_day_closed_by_an_override_is_refused_with_its_reason() -> None:
    calendar = NewYorkCalendar({date(2007, 3, 29): Override(None, "snowstorm")})
    assert refusal("date,close\n2007-03-29,6.10\n", calendar=calendar) == [
        "row 2: 2007-03-29 is not a Trading Day (snowstorm)"
    ]


def test_every_wrong_row_is_named_in_order() -> None:
    content = "date,close\n2007-03-30,abc\n\n2007-03-29\n2007-03-28,0\n"
    assert refusal(content) == [
        'row 2: "abc" is not a number',
        'row 4: "2007-03-29" has 1 columns and should have 2',
        'row 5: "0" is not above zero',
    ]


@pytest.mark.parametrize(("wrong", "lines", "last"), [(50, 50, "row 51"), (51, 51, "… and 1 more")])
def test_errors_shown_are_bounded(wrong: int, lines: int, last: str) -> None:
    shown = refusal("date,close\n" + "2007-03-30,x\n" * wrong)
    assert (len(shown), shown[-1].partition(":")[0]) == (lines, last)


def test_columns_may_have_other_names() -> None:
    assert parse("Day,Last\n2007-03-29,6.10\n2007-03-30,6.1\n", names=("Day", "Last")) == GOOD


def test_other_columns_are_passed_over_when_allowed() -> None:
    content = "Open,Close,Date\n6,6.10,2007-03-29\n6,6.1,2007-03-30\n"
    assert parse(content, names=("Date", "Close"), other_columns=True) == GOOD


def test_column_that_is_absent_is_refused_even_with_others() -> None:
    assert refusal("Open,Date\n6,2007-03-29\n", names=("Date", "Close"), other_columns=True) == [
        'row 1: the header is "Open,Date" and should be "Date,Close"'
    ]


@pytest.mark.parametrize(
    ("close", "message"),
    [("NaN", '"NaN" is not a number'), ("Infinity", '"Infinity" is not a number'),
     ("sNaN", '"sNaN" is not a number'), ("1E+999999", '"1E+999999" is not below one thousand million'),
     ("1E-999999", '"1E-999999" has more than 6 decimals'), ("-0", '"-0" is not above zero')],
)  # fmt: skip
def test_decimal_that_is_no_close_is_refused(close: str, message: str) -> None:
    with pytest.raises(RefusedFile, match=f"^row 7: {message}$".replace("+", r"\+")):
        read_closes([(7, "2007-03-30", Decimal(close))], now=FRIDAY_FIVE_PM, calendar=NewYorkCalendar())


def test_decimal_with_an_exponent_is_the_number_it_is() -> None:
    assert close_of(Decimal("1.5E+3")) == 1500
