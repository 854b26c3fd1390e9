"""A reader's table as a file: every row that the filters leave, in the order on the page, as CSV or XLSX."""

from collections.abc import Iterator
from typing import Any

import django_tables2 as tables
from django.http import Http404, HttpResponse
from tablib import Dataset

FORMATS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
# What a spreadsheet takes for the beginning of a formula.
RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "\N{FULLWIDTH EQUALS SIGN}", "\N{FULLWIDTH PLUS SIGN}",
         "\N{FULLWIDTH HYPHEN-MINUS}", "\N{FULLWIDTH COMMERCIAL AT}")  # fmt: skip


def exported(table: tables.Table, wanted: str, name: str) -> HttpResponse:
    """The table as a download; another format than CSV or XLSX is not found."""
    if wanted not in FORMATS:
        raise Http404(f"There is no export as {wanted!r}.")
    headers, *rows = _rows(table)
    content = Dataset(*rows, headers=headers, title=name).export(wanted)
    # A spreadsheet reads UTF-8 for certain only behind this mark.
    body = "\ufeff" + content if isinstance(content, str) else content
    response = HttpResponse(body, content_type=FORMATS[wanted])
    response["Content-Disposition"] = f'attachment; filename="{name}.{wanted}"'
    return response


def _rows(table: tables.Table) -> Iterator[list[Any]]:
    for row in table.as_values():
        yield [harmless(value) for value in row]


def harmless(value: Any) -> Any:
    """Text that a spreadsheet would run as a formula, behind an apostrophe; numbers and days as they are."""
    if isinstance(value, str) and value.startswith(RISKY):
        return f"'{value}"
    return value
