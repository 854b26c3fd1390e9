"""Rows of a table in HTML: its template writes a row of each shape once, and what differs from row to row is filled in.

A template looks up and escapes every value anew. For a page of rows that costs more than all the rules that they need.
"""

import re
from collections.abc import Hashable, Mapping
from functools import lru_cache
from html import escape
from types import MappingProxyType

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

# Around the name of what is filled in. HTML cannot hold it, so no template writes it.
_MARK = "\0"
_PLACE = re.compile(f"{_MARK}(\\w+){_MARK}")
_ALIKE: Mapping[str, Hashable] = MappingProxyType({})


def written_row(
    template: str, language: str, filled_in: Mapping[str, str | None], shape: Mapping[str, Hashable] = _ALIKE
) -> SafeString:
    """The row as `template` writes it of `row`, in the language, which is the active one.

    What is `filled_in` is the row's own, and the template only shows it, or asks whether it is None. What the template
    looks at otherwise is the `shape`, of which there are few.
    """
    values = {name: _escaped(value) for name, value in filled_in.items() if value is not None}
    return SafeString(_form(template, language, tuple(values), tuple(shape.items())) % values)


def _escaped(value: str) -> str:
    # conditional_escape() for text alone. Django's also asks each value whether it is lazy, at four times the cost.
    return value if isinstance(value, SafeString) else escape(value)


@lru_cache(maxsize=512)
def _form(template: str, language: str, places: tuple[str, ...], shape: tuple[tuple[str, Hashable], ...]) -> str:
    row = dict(shape) | {name: SafeString(f"{_MARK}{name}{_MARK}") for name in places}
    return _PLACE.sub(r"%(\1)s", render_to_string(template, {"row": row}).strip().replace("%", "%%"))
