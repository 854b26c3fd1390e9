"""The sources that settings.MARKET_SOURCES names, by series."""

from collections.abc import Callable
from dataclasses import MISSING, fields
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from awards.market.sources.files import CsvFile, Folder
from awards.market.sources.http import HttpCsv
from awards.market.sources.http_json import HttpJson
from awards.market.sources.listed import KEYS, listed
from awards.market.sources.simulated import Simulated
from awards.market.sources.source import Fetched, Source, SourceError

__all__ = ["KINDS", "Fetched", "Source", "SourceError", "sources_of"]

KINDS: dict[str, Callable[..., Source]] = {
    "csv_file": CsvFile,
    "folder": Folder,
    "http_csv": HttpCsv,
    "http_json": HttpJson,
    "simulated": Simulated,
}


def sources_of(series: str) -> tuple[Source, ...]:
    """The configured sources of a series in their order. Raises ImproperlyConfigured naming what is wrong and where."""
    every = settings.MARKET_SOURCES
    if not isinstance(every, dict) or not isinstance(every.get(series, []), list):
        raise ImproperlyConfigured(f'MARKET_SOURCES is a list of sources by series: {{"{series}": [...]}}.')
    return tuple(
        _source(f"MARKET_SOURCES[{series!r}][{position}]", configured)
        for position, configured in enumerate(every.get(series, []))
    )


def _source(where: str, configured: Any) -> Source:
    if not isinstance(configured, dict):
        raise ImproperlyConfigured(f"{where} is not an object with keys.")
    of_every_kind = ("kind", *KEYS)
    kind, keys = configured.get("kind"), {key: value for key, value in configured.items() if key not in of_every_kind}
    if not isinstance(kind, str) or kind not in KINDS:
        raise ImproperlyConfigured(f'{where}: "kind" is {kind!r} and should be one of {", ".join(sorted(KINDS))}.')
    _check_keys(where, KINDS[kind], keys)
    try:
        source = KINDS[kind](**keys)
        return listed(source, name=configured.get("name", ""), arrives_at=configured.get("arrives_at", ""))
    except (TypeError, ValueError) as error:
        raise ImproperlyConfigured(f"{where}: {error}.") from error


def _check_keys(where: str, kind: Any, keys: dict[str, Any]) -> None:
    known = {field.name: field for field in fields(kind)}
    for key in keys.keys() - known.keys():
        raise ImproperlyConfigured(f'{where} has "{key}", which is none of {", ".join(sorted([*known, *KEYS]))}.')
    for name, each in known.items():
        if name not in keys and each.default is MISSING and each.default_factory is MISSING:
            raise ImproperlyConfigured(f'{where} has no "{name}".')
