"""Checks that the sources share of what MARKET_SOURCES gives them. Each raises ValueError with the key's name."""

from collections.abc import Sequence
from pathlib import Path
from string import Formatter
from urllib.parse import urlsplit

PLACEHOLDERS = frozenset({"series", "symbol", "since", "today"})


def columns_checked(columns: Sequence[str]) -> tuple[str, str]:
    """The two column names: the date's and the close's."""
    is_list = isinstance(columns, list | tuple)
    if not is_list or len(columns) != 2 or not all(isinstance(name, str) and name for name in columns):
        raise ValueError("\"columns\" is a list of two names: the date's and the close's")
    if columns[0] == columns[1]:
        raise ValueError('"columns" names one column twice')
    return columns[0], columns[1]


def check_url(url: str) -> None:
    """Only http and https, and only the placeholders that are filled in."""
    if not isinstance(url, str) or urlsplit(url).scheme not in {"http", "https"}:
        raise ValueError('"url" begins with https:// or http://')
    try:
        found = {field for _, field, _, _ in Formatter().parse(url) if field is not None}
    except ValueError as error:
        raise ValueError(f'"url" has a brace that does not close ({error})') from error
    unknown = sorted(found - PLACEHOLDERS)
    if unknown:
        raise ValueError(f'"url" has {{{unknown[0]}}}, which is none of {", ".join(sorted(PLACEHOLDERS))}')


def check_headers(headers: dict[str, str]) -> None:
    """Text by name, and no line breaks, which would smuggle in another header."""
    is_text = isinstance(headers, dict) and all(isinstance(value, str) for pair in headers.items() for value in pair)
    if not is_text or any(mark in value for pair in headers.items() for value in pair for mark in "\r\n"):
        raise ValueError('"headers" is texts by name, without line breaks')


def check_texts(**texts: str) -> None:
    for name, text in texts.items():
        if not isinstance(text, str):
            raise ValueError(f'"{name}" is a text')


def check_path(path: str) -> None:
    """A path that says where it is: a service is started from anywhere."""
    if not isinstance(path, str) or not Path(path).is_absolute():
        raise ValueError('"path" is an absolute path')


def check_positive(**numbers: int | float) -> None:
    for name, number in numbers.items():
        if isinstance(number, bool) or not isinstance(number, int | float) or number <= 0:
            raise ValueError(f'"{name}" is a number above zero')


def check_flags(**flags: bool) -> None:
    for name, flag in flags.items():
        if not isinstance(flag, bool):
            raise ValueError(f'"{name}" is true or false')
