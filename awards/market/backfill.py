"""Closes of days long past, of a file or of the configured sources, recorded at once."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from awards.market.calendar import NewYorkCalendar
from awards.market.inserting import Progress, no_progress
from awards.market.parsing import DatedClose
from awards.market.recording import Recorded, record_closes
from awards.market.sources import Fetched, Source, sources_of


class NothingToBackfill(Exception):
    """There is no such source, or it has no close of the days asked for."""


def fetch_between(
    series: str, start: date, end: date, *, source: str, now: datetime, calendar: NewYorkCalendar
) -> list[Fetched]:
    """What a source has of the days from `start` to `end`. The only one of the series needs no name.

    Raises NothingToBackfill, SourceError, RefusedFile. Files of a folder stay where they are.
    """
    found: list[Fetched] = []
    for fetched in _source(series, source).fetch(series, since=start, now=now, calendar=calendar):
        if fetched.refusal:
            raise fetched.refusal
        closes = between(fetched.closes, start, end)
        found += [replace(fetched, closes=closes)] if closes else []
    if not found:
        raise NothingToBackfill(f"The source has no close from {start} to {end}.")
    return found


def between(closes: Sequence[DatedClose], start: date, end: date) -> tuple[DatedClose, ...]:
    return tuple(dated for dated in closes if start <= dated.day <= end)


def backfill(*, series: str, fetched: Fetched, now: datetime, progress: Progress = no_progress) -> Recorded:
    """Record a delivery of closes of days past by the rules of every delivery, except that no second source is asked.

    Whoever runs a back-fill has chosen its source. A jump that the next close confirms is recorded.
    """
    return record_closes(
        series=series, closes=fetched.closes, source=fetched.name, recorded_by=None, now=now, progress=progress
    )


def _source(series: str, name: str) -> Source:
    sources = sources_of(series)
    named = [source for source in sources if name in ("", source.name)]
    if len(named) == 1:
        return named[0]
    names = ", ".join(source.name for source in sources) or "none"
    raise NothingToBackfill(f"Name one of the sources of {series}: {names}.")
