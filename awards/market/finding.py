"""How a list of the Committee's desk finds what somebody types above it: the keys of a bounded number of rows."""

import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import QuerySet

# As many rows as a search finds: whoever looks for another types more.
MOST_FOUND = 500


@dataclass
class Search:
    """What somebody typed above a list."""

    text: str
    # More rows match than are shown.
    is_cut: bool = False
    # The text is a number with its letters: whose name begins so is not looked for.
    is_number: bool = False

    @property
    def is_done(self) -> bool:
        """No other finder is asked: the row is named, or more are found than are shown."""
        return self.is_number or self.is_cut

    def keys(self, rows: QuerySet[Any]) -> list[int]:
        """The keys of the first rows, as many as a search finds."""
        found = list(rows.values_list("pk", flat=True)[: MOST_FOUND + 1])
        self.is_cut = self.is_cut or len(found) > MOST_FOUND
        return found[:MOST_FOUND]


# Which rows of a table a search names: their keys, from `Search.keys` and by an index.
Finder = Callable[[QuerySet[Any], Search], list[int]]


def by_number(prefix: str, field: str = "pk", *, is_bare: bool = True) -> Finder:
    """Rows by a number, with or without its zeros and, where `is_bare`, its letters: A-000012, a-12, 12."""
    number = re.compile(rf"(?:{prefix}-){'?' if is_bare else ''}0*([1-9]\d{{0,17}})", re.ASCII | re.IGNORECASE)

    def find(rows: QuerySet[Any], search: Search) -> list[int]:
        named = number.fullmatch(search.text)
        if named is None:
            return []
        search.is_number = search.is_number or not search.text.isdigit()
        return search.keys(rows.filter(**{field: int(named[1])}))

    return find


def exactly(field: str) -> Finder:
    """Rows whose field is the text, as typed or in small letters."""

    def find(rows: QuerySet[Any], search: Search) -> list[int]:
        return search.keys(rows.filter(**{f"{field}__in": {search.text, search.text.lower()}}))

    return find


def by_day(field: str) -> Finder:
    """Rows of a day, a month or a year: 2005-07-01, 2005-07, 2005."""

    def find(rows: QuerySet[Any], search: Search) -> list[int]:
        if (days := _days(search.text)) is None:
            return []
        return search.keys(rows.filter(**{f"{field}__range": days}).order_by(f"-{field}"))

    return find


def _days(text: str) -> tuple[date, date] | None:
    """The first and last day that the text names."""
    named = re.fullmatch(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?", text, re.ASCII)
    if named is None:
        return None
    year, month, day = (int(part) if part else None for part in named.groups())
    try:
        first = date(year or 0, month or 1, day or 1)
    except ValueError:
        return None
    last_month = month or 12
    return first, date(first.year, last_month, day or monthrange(first.year, last_month)[1])
