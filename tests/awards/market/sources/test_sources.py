from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from awards.market.sources import sources_of
from awards.market.sources.files import CsvFile, Folder
from awards.market.sources.http import HttpCsv
from awards.market.sources.http_json import HttpJson
from awards.market.sources.simulated import Simulated

KINDS = "csv_file, folder, http_csv, http_json, simulated"
URL = "https://closes.example/{symbol}?from={since}&to={today}&of={series}"


def test_sources_are_built_in_their_order(settings: Any) -> None:
    settings.DEMO = True
    settings.MARKET_SOURCES = {
        "stock": [
            {"kind": "csv_file", "path": "/srv/stock.csv", "columns": ["Date", "Close"]},
            {"kind": "folder", "path": "/srv/drop", "settle_seconds": 5},
            {"kind": "http_csv", "url": URL, "headers": {"X-Key": "k"}, "symbol": "EXCO"},
            {"kind": "http_json", "url": URL, "rows": "data", "instants": "seconds", "time_zone": "UTC", "decimals": 2},
            {"kind": "simulated"},
        ]
    }
    assert sources_of("stock") == (
        CsvFile(path="/srv/stock.csv", columns=("Date", "Close")),
        Folder(path="/srv/drop", settle_seconds=5),
        HttpCsv(url=URL, headers={"X-Key": "k"}, symbol="EXCO"),
        HttpJson(url=URL, rows="data", instants="seconds", time_zone="UTC", decimals=2),
        Simulated(),
    )
    assert sources_of("sp500") == ()


@pytest.mark.parametrize(
    ("configured", "message"),
    [
        ({}, f'"kind" is None and should be one of {KINDS}.'),
        ({"kind": "ftp"}, f"\"kind\" is 'ftp' and should be one of {KINDS}."),
        ({"kind": ["folder"]}, f"\"kind\" is ['folder'] and should be one of {KINDS}."),
        ({"kind": "folder", "path": "drop"}, '"path" is an absolute path.'),
        ({"kind": "csv_file", "path": "/a", "whole_lines": 1}, '"whole_lines" is true or false.'),
        ({"kind": "csv_file", "path": 7}, '"path" is an absolute path.'),
        ({"kind": "folder", "path": "/srv", "settle_seconds": 0}, '"settle_seconds" is a number above zero.'),
        ({"kind": "folder", "path": "/srv", "settle_seconds": True}, '"settle_seconds" is a number above zero.'),
        ({"kind": "csv_file", "path": "/a", "columns": ["date"]},
         '"columns" is a list of two names: the date\'s and the close\'s.'),
        ({"kind": "csv_file", "path": "/a", "columns": ["x", "x"]}, '"columns" names one column twice.'),
        ({"kind": "http_csv", "url": "file:///etc/passwd"}, '"url" begins with https:// or http://.'),
        ({"kind": "http_csv", "url": "{symbol}://x"}, '"url" begins with https:// or http://.'),
        ({"kind": "http_csv", "url": "https://x/{key}"},
         '"url" has {key}, which is none of series, since, symbol, today.'),
        ({"kind": "http_csv", "url": "https://x/{0.__class__}"},
         '"url" has {0.__class__}, which is none of series, since, symbol, today.'),
        ({"kind": "http_csv", "url": "https://x/{"},
         '"url" has a brace that does not close (Single \'{\' encountered in format string).'),
        ({"kind": "http_csv", "url": URL, "headers": ["X"]}, '"headers" is texts by name, without line breaks.'),
        ({"kind": "http_csv", "url": URL, "headers": {"X": 1}}, '"headers" is texts by name, without line breaks.'),
        ({"kind": "http_csv", "url": URL, "headers": {"X": "a\r\nY: b"}},
         '"headers" is texts by name, without line breaks.'),
        ({"kind": "http_csv", "url": URL, "timeout_seconds": "10"}, '"timeout_seconds" is a number above zero.'),
        ({"kind": "http_csv", "url": URL, "attempts": 0}, '"attempts" is a whole number from 1 to 10.'),
        ({"kind": "http_csv", "url": URL, "symbol": 1}, '"symbol" is a text.'),
        ({"kind": "http_json", "url": URL, "rows": 1}, '"rows" is a text.'),
        ({"kind": "http_json", "url": URL, "instants": "days"},
         '"instants" is "iso", "seconds", "milliseconds" or left out.'),
        ({"kind": "http_json", "url": URL, "time_zone": "Mars/Base"}, '"time_zone" is a name like America/New_York.'),
        ({"kind": "http_json", "url": URL, "decimals": 7}, '"decimals" is a whole number from 0 to 6.'),
        ({"kind": "simulated", "start": "soon"}, "Invalid isoformat string: 'soon'."),
    ],
)  # fmt: skip
def test_source_that_makes_no_sense_is_named(settings: Any, configured: Any, message: str) -> None:
    settings.DEMO = True
    settings.MARKET_SOURCES = {"stock": [{"kind": "csv_file", "path": "/srv/stock.csv"}, configured]}
    with pytest.raises(ImproperlyConfigured) as refusal:
        sources_of("stock")
    assert str(refusal.value) == f"MARKET_SOURCES['stock'][1]: {message}"


@pytest.mark.parametrize(
    ("every", "message"),
    [
        ([], 'MARKET_SOURCES is a list of sources by series: {"stock": [...]}.'),
        ({"stock": {}}, 'MARKET_SOURCES is a list of sources by series: {"stock": [...]}.'),
        ({"stock": ["folder"]}, "MARKET_SOURCES['stock'][0] is not an object with keys."),
        ({"stock": [{"kind": "folder"}]}, "MARKET_SOURCES['stock'][0] has no \"path\"."),
        ({"stock": [{"kind": "csv_file", "path": "/a", "pth": "/b"}]},
         "MARKET_SOURCES['stock'][0] has \"pth\", which is none of arrives_at, columns, name, path, whole_lines."),
    ],
)  # fmt: skip
def test_configuration_of_the_wrong_shape_is_named(settings: Any, every: Any, message: str) -> None:
    settings.MARKET_SOURCES = every
    with pytest.raises(ImproperlyConfigured) as refusal:
        sources_of("stock")
    assert str(refusal.value) == message


def test_simulation_is_refused_outside_a_demo(settings: Any) -> None:
    settings.DEMO = False
    settings.MARKET_SOURCES = {"stock": [{"kind": "simulated"}]}
    with pytest.raises(ImproperlyConfigured, match="is for the demo only"):
        sources_of("stock")
