"""Years, months and days above a list, from its first row's to its last's: from the calendar, not from every row."""

from calendar import monthrange
from collections.abc import Sequence
from datetime import date
from typing import Any

from django.contrib.admin.views.main import ChangeList
from django.db.models import DateTimeField, Max, Min
from django.utils import timezone
from django.utils.formats import date_format

PARTS = ("year", "month", "day")
FORMATS = ("Y", "YEAR_MONTH_FORMAT", "MONTH_DAY_FORMAT")


def days_above(shown: ChangeList) -> dict[str, Any]:
    """What Django's date_hierarchy.html shows; nothing where there are no rows."""
    if (span := _span(shown)) is None:
        return {}
    chosen = _chosen(shown)
    if not chosen and span[0].year == span[1].year:
        chosen = [span[0].year]
    choices = [{"link": _link(shown, below), "title": _title(below)} for below in _below(chosen, span)]
    back = {"link": _link(shown, chosen[:-1]), "title": _title(chosen[:-1])}
    return {"back": back if chosen else None, "choices": choices or [{"title": _title(chosen)}]}


def _span(shown: ChangeList) -> tuple[date, date] | None:
    """The first day and the last: one look at each end of the index."""
    field = str(shown.date_hierarchy)
    ends = shown.model._default_manager.aggregate(first=Min(field), last=Max(field))
    if ends["first"] is None:
        return None
    is_instant = isinstance(shown.opts.get_field(field), DateTimeField)
    first, last = (timezone.localdate(end) if is_instant else end for end in (ends["first"], ends["last"]))
    return first, last


def _chosen(shown: ChangeList) -> list[int]:
    """The year, the year and month, or the whole day of the address; the list has refused what is no day."""
    chosen = []
    for part in PARTS:
        given = shown.params.get(f"{shown.date_hierarchy}__{part}")
        if given is None:
            break
        chosen.append(int(given))
    return chosen


def _below(chosen: Sequence[int], span: tuple[date, date]) -> list[list[int]]:
    """The years of the span, the months of the chosen year, or the days of the chosen month, that lie in it."""
    if len(chosen) == len(PARTS):
        return []
    first, last = ([day.year, day.month, day.day][: len(chosen) + 1] for day in span)
    if not chosen:
        return [[year] for year in range(first[0], last[0] + 1)]
    parts = range(1, 13) if len(chosen) == 1 else range(1, monthrange(*chosen)[1] + 1)
    return [[*chosen, part] for part in parts if first <= [*chosen, part] <= last]


def _link(shown: ChangeList, chosen: Sequence[int]) -> str:
    names = [f"{shown.date_hierarchy}__{part}" for part in PARTS]
    return shown.get_query_string(dict(zip(names, chosen, strict=False)), [f"{shown.date_hierarchy}__"])


def _title(chosen: Sequence[int]) -> str:
    """2005, July 2005, July 1."""
    if not chosen:
        return "All dates"
    return date_format(date(*[*chosen, 1, 1][:3]), FORMATS[len(chosen) - 1])
