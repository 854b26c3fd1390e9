"""Closes over HTTP, as CSV or JSON. Every answer is bounded: in time, in size, and in how often it is asked for."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from urllib.parse import quote, urlsplit

import urllib3
from django.conf import settings
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError, ReadTimeoutError, SSLError

from awards.market.calendar import NEW_YORK, NewYorkCalendar
from awards.market.parsing import DATE_AND_CLOSE, MAX_BYTES, parse_csv
from awards.market.sources.checks import check_headers, check_positive, check_texts, check_url, columns_checked
from awards.market.sources.source import Fetched, SourceError

_CHUNK = 65_536


class _TryAgain(SourceError):
    """The next attempt may succeed: the server failed, or could not be reached."""


@dataclass(frozen=True, kw_only=True)
class HttpSource:
    """`url`: a template with {series} {symbol} {since} {today}. `headers`: sent with it, keys of the provider included.

    A redirect is not followed: it would carry those keys elsewhere.
    """

    url: str
    headers: dict[str, str] = field(default_factory=dict)
    symbol: str = ""
    timeout_seconds: int | float = 10
    attempts: int = 3
    backoff_seconds: int | float = 1

    def __post_init__(self) -> None:
        check_url(self.url)
        check_headers(self.headers)
        check_texts(symbol=self.symbol)
        check_positive(timeout_seconds=self.timeout_seconds, backoff_seconds=self.backoff_seconds)
        if self.attempts not in range(1, 11):
            raise ValueError('"attempts" is a whole number from 1 to 10')

    @property
    def name(self) -> str:
        return f"{urlsplit(self.url).hostname}"[:100]

    def answer(self, series: str, *, since: date, now: datetime) -> bytes:
        """What the server says, asked again after a failure of its own. Raises SourceError."""
        address = self._address(series, since, now)
        for attempt in range(1, self.attempts + 1):
            try:
                return self._ask(address)
            except _TryAgain as failure:
                if attempt == self.attempts:
                    raise SourceError(f"{failure} ({attempt} attempts)") from failure
                time.sleep(self.backoff_seconds * 2 ** (attempt - 1))
        raise AssertionError("unreachable")

    def _address(self, series: str, since: date, now: datetime) -> str:
        values = {
            "series": series,
            "symbol": self.symbol or settings.STOCK_SYMBOL,
            "since": since.isoformat(),
            "today": now.astimezone(NEW_YORK).date().isoformat(),
        }
        return self.url.format(**{name: quote(value, safe="") for name, value in values.items()})

    def _ask(self, address: str) -> bytes:
        try:
            with urllib3.PoolManager() as pool:
                response = pool.request(
                    "GET",
                    address,
                    headers={"Accept-Encoding": "identity", **self.headers},
                    timeout=urllib3.Timeout(connect=self.timeout_seconds, read=self.timeout_seconds),
                    retries=False,
                    redirect=False,
                    preload_content=False,
                )
                try:
                    self._check_status(response.status)
                    return self._body(response)
                finally:
                    response.close()
        except NewConnectionError as error:
            raise _TryAgain(f"{self.name} could not be reached") from error
        except (ConnectTimeoutError, ReadTimeoutError) as error:
            raise _TryAgain(f"{self.name} did not answer within {self.timeout_seconds} s") from error
        except SSLError as error:
            raise SourceError(f"{self.name} has no certificate that is trusted here") from error
        except HTTPError as error:
            raise _TryAgain(f"{self.name} broke off its answer") from error

    def _check_status(self, status: int) -> None:
        if status >= 500:
            raise _TryAgain(f"{self.name} answered {status}")
        if 300 <= status < 400:
            raise SourceError(f"{self.name} answered {status}, a redirect, which is not followed")
        if status != 200:
            raise SourceError(f"{self.name} answered {status}")

    def _body(self, response: urllib3.BaseHTTPResponse) -> bytes:
        """The whole answer. The deadline is for a server that sends a byte now and then and never times out."""
        if response.headers.get("Content-Encoding", "identity") != "identity":
            raise SourceError(f"{self.name} compressed its answer though asked not to")
        seconds = 6 * self.timeout_seconds
        deadline = time.monotonic() + seconds
        body = bytearray()
        while chunk := response.read1(_CHUNK):
            body += chunk
            if len(body) > MAX_BYTES:
                raise SourceError(f"{self.name} sent more than {MAX_BYTES // 1024 // 1024} MB")
            if time.monotonic() > deadline:
                raise SourceError(f"{self.name} was still sending after {seconds:g} s")
        return bytes(body)


@dataclass(frozen=True, kw_only=True)
class HttpCsv(HttpSource):
    """`columns`: the names of the two columns in the header; other columns are passed over."""

    columns: tuple[str, str] = DATE_AND_CLOSE

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "columns", columns_checked(self.columns))

    def fetch(self, series: str, *, since: date, now: datetime, calendar: NewYorkCalendar) -> Iterator[Fetched]:
        content = self.answer(series, since=since, now=now)
        closes = parse_csv(content, now=now, calendar=calendar, names=self.columns, other_columns=True)
        yield Fetched(self.name, tuple(closes))
