"""Closes over HTTP, as CSV or JSON. Every answer is bounded: in time, in size, and in how often it is asked for."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from threading import Timer
from urllib.parse import quote, urlsplit

import urllib3
from django.conf import settings
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError, ReadTimeoutError, SSLError

from awards.market.calendar import NEW_YORK, NewYorkCalendar
from awards.market.parsing import DATE_AND_CLOSE, MAX_BYTES, parse_csv
from awards.market.sources.checks import (
    check_flags,
    check_headers,
    check_positive,
    check_texts,
    check_url,
    columns_checked,
)
from awards.market.sources.source import Fetched, SourceError

_CHUNK = 65_536
# Seconds for which a worker does nothing because a server asks it to; the next run comes within minutes.
_LONGEST_WAIT = 10


class _TryAgain(SourceError):
    """The next attempt may succeed: the server failed, or could not be reached. `after`: seconds it asks to wait."""

    def __init__(self, message: str, after: int = 0) -> None:
        super().__init__(message)
        self.after = after


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
                if failure.after > _LONGEST_WAIT:
                    raise SourceError(f"{failure} and asks to be left alone for {failure.after} s") from failure
                if attempt == self.attempts:
                    raise SourceError(f"{failure} ({attempt} attempts)") from failure
                time.sleep(max(self.backoff_seconds * 2 ** (attempt - 1), failure.after))
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
            with _cut_off_after(self._longest()) as cut_off, urllib3.PoolManager() as pool:
                pool.pool_classes_by_scheme = _watched_pools(cut_off)
                body = self._request(pool, address)
        except NewConnectionError as error:
            raise _TryAgain(f"{self.name} could not be reached") from error
        except (ConnectTimeoutError, ReadTimeoutError) as error:
            raise _TryAgain(f"{self.name} did not answer within {self.timeout_seconds} s") from error
        except SSLError as error:
            raise SourceError(f"{self.name} has no certificate that is trusted here") from error
        except HTTPError as error:
            if cut_off.has_come:
                raise self._still_sending() from error
            raise _TryAgain(f"{self.name} broke off its answer") from error
        if cut_off.has_come:
            # Without a length, an answer that was cut off looks like a whole one.
            raise self._still_sending()
        return body

    def _still_sending(self) -> SourceError:
        return SourceError(f"{self.name} was still sending after {self._longest():g} s")

    def _longest(self) -> int | float:
        """Seconds for one answer, from looking up the server to its last byte."""
        return 6 * self.timeout_seconds

    def _request(self, pool: urllib3.PoolManager, address: str) -> bytes:
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
            self._check_status(response)
            return self._body(response)
        finally:
            response.close()

    def _check_status(self, response: urllib3.BaseHTTPResponse) -> None:
        status = response.status
        if status == 429 or status >= 500:
            raise _TryAgain(f"{self.name} answered {status}", _retry_after(response.headers.get("Retry-After", "")))
        if 300 <= status < 400:
            raise SourceError(f"{self.name} answered {status}, a redirect, which is not followed")
        if status != 200:
            raise SourceError(f"{self.name} answered {status}")

    def _body(self, response: urllib3.BaseHTTPResponse) -> bytes:
        """The whole answer, unpacked by nobody: what is small when packed may fill the memory when it is not."""
        if response.headers.get("Content-Encoding", "identity") != "identity":
            raise SourceError(f"{self.name} compressed its answer though asked not to")
        body = bytearray()
        while chunk := response.read1(_CHUNK, decode_content=False):
            body += chunk
            if len(body) > MAX_BYTES:
                raise SourceError(f"{self.name} sent more than {MAX_BYTES // 1024 // 1024} MB")
        return bytes(body)


class _CutOff:
    """Ends a connection when its time is up, whatever it does: a time-out starts anew with every byte that comes."""

    def __init__(self) -> None:
        self.has_come = False
        self._connected: list[socket.socket] = []

    def watch(self, connected: socket.socket) -> None:
        self._connected.append(connected)

    def come(self) -> None:
        self.has_come = True
        for connected in self._connected:
            with suppress(OSError):  # it has ended by itself
                connected.shutdown(socket.SHUT_RDWR)


@contextmanager
def _cut_off_after(seconds: float) -> Iterator[_CutOff]:
    cut_off = _CutOff()
    timer = Timer(seconds, cut_off.come)
    timer.daemon = True
    timer.start()
    try:
        yield cut_off
    finally:
        timer.cancel()


def _watched_pools(cut_off: _CutOff) -> dict[str, type[urllib3.HTTPConnectionPool]]:
    """urllib3's pools, with connections that the cut-off can end."""

    class Connection(HTTPConnection):
        def connect(self) -> None:
            super().connect()
            cut_off.watch(self.sock)

    class SecureConnection(HTTPSConnection):
        def connect(self) -> None:
            super().connect()
            cut_off.watch(self.sock)

    class Pool(urllib3.HTTPConnectionPool):
        ConnectionCls = Connection

    class SecurePool(urllib3.HTTPSConnectionPool):
        ConnectionCls = SecureConnection

    return {"http": Pool, "https": SecurePool}


def _retry_after(header: str) -> int:
    """The seconds a server asks to wait; 0 where it does not say, or names a date: the next run comes soon enough."""
    return int(header) if header.isascii() and header.isdecimal() and len(header) < 7 else 0


@dataclass(frozen=True, kw_only=True)
class HttpCsv(HttpSource):
    """`columns`: the names of the two columns in the header; other columns are passed over.

    `whole_lines`: refuse an answer whose last row does not end its line.
    """

    columns: tuple[str, str] = DATE_AND_CLOSE
    whole_lines: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        check_flags(whole_lines=self.whole_lines)
        object.__setattr__(self, "columns", columns_checked(self.columns))

    def fetch(self, series: str, *, since: date, now: datetime, calendar: NewYorkCalendar) -> Iterator[Fetched]:
        content = self.answer(series, since=since, now=now)
        closes = parse_csv(
            content, now=now, calendar=calendar, names=self.columns, other_columns=True, whole_lines=self.whole_lines
        )
        yield Fetched(self.name, tuple(closes))
