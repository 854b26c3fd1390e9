import gzip
import socket
import tracemalloc
from datetime import date, datetime
from typing import Any

import pytest

from awards.market.calendar import NewYorkCalendar
from awards.market.parsing import RefusedFile
from awards.market.sources import SourceError
from awards.market.sources.http import HttpCsv

GOOD = "date,close\n2007-03-30,6.10\n"
HANG, DRIP, BREAK_OFF, DRIP_HEADERS, RESET, LIE_SHORT = range(6)


def fetch(url: str, now: datetime, **keys: Any) -> list[str]:
    quick = {"timeout_seconds": 0.3, "backoff_seconds": 0.01}
    source = HttpCsv(url=url, **quick | keys)
    [fetched] = source.fetch("stock", since=date(2007, 3, 20), now=now, calendar=NewYorkCalendar())
    assert fetched.name == "127.0.0.1"
    return [f"{each.day} {each.close}" for each in fetched.closes]


def test_closes_are_fetched(provider: Any, now: datetime) -> None:
    provider.will_answer(200, GOOD)
    assert fetch(provider.url, now) == ["2007-03-30 6.10"]


def test_url_is_filled_in_and_headers_are_sent(provider: Any, now: datetime, settings: Any) -> None:
    settings.STOCK_SYMBOL = "EX&CO /1"
    provider.will_answer(200, GOOD)
    fetch(provider.url + "/{symbol}?of={series}&from={since}&to={today}", now, headers={"X-Key": "secret"})
    assert provider.asked == ["/EX%26CO%20%2F1?of=stock&from=2007-03-20&to=2007-03-30"]
    assert (provider.headers[0]["X-Key"], provider.headers[0]["Accept-Encoding"]) == ("secret", "identity")


def test_own_symbol_goes_before_the_companys(provider: Any, now: datetime) -> None:
    provider.will_answer(200, GOOD)
    fetch(provider.url + "/{symbol}", now, symbol="^SPX")
    assert provider.asked == ["/%5ESPX"]


def test_columns_are_found_among_others(provider: Any, now: datetime) -> None:
    provider.will_answer(200, "Date,Open,Close\r\n2007-03-30,6.00,6.10\r\n")
    assert fetch(provider.url, now, columns=["Date", "Close"]) == ["2007-03-30 6.10"]


@pytest.mark.parametrize("status", [429, 500, 502, 503, BREAK_OFF, RESET])
def test_failure_of_the_server_is_tried_again(provider: Any, now: datetime, status: int) -> None:
    provider.will_answer(status, "sorry")
    provider.will_answer(200, GOOD)
    assert (fetch(provider.url, now), len(provider.asked)) == (["2007-03-30 6.10"], 2)


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (503, "127.0.0.1 answered 503 (3 attempts)"),
        (HANG, "127.0.0.1 did not answer within 0.3 s (3 attempts)"),
        (BREAK_OFF, "127.0.0.1 broke off its answer (3 attempts)"),
        (RESET, "127.0.0.1 broke off its answer (3 attempts)"),
        (429, "127.0.0.1 answered 429 (3 attempts)"),
    ],
)
def test_failure_that_lasts_is_given_up(provider: Any, now: datetime, status: int, message: str) -> None:
    provider.will_answer(status, GOOD)
    with pytest.raises(SourceError) as failure:
        fetch(provider.url + "/?key=secret", now)
    assert (str(failure.value), len(provider.asked)) == (message, 3)


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (302, "127.0.0.1 answered 302, a redirect, which is not followed"),
        (308, "127.0.0.1 answered 308, a redirect, which is not followed"),
        (404, "127.0.0.1 answered 404"),
        (401, "127.0.0.1 answered 401"),
        (204, "127.0.0.1 answered 204"),
    ],
)
def test_answer_that_will_not_change_is_not_asked_for_again(
    provider: Any, now: datetime, status: int, message: str
) -> None:
    provider.will_answer(status, "", Location=f"{provider.url}/elsewhere")
    with pytest.raises(SourceError) as failure:
        fetch(provider.url, now)
    assert (str(failure.value), provider.asked) == (message, ["/"])


def test_server_that_is_not_there_is_given_up(provider: Any, now: datetime, unused: int) -> None:
    with pytest.raises(SourceError, match=r"^127\.0\.0\.1 could not be reached \(2 attempts\)$"):
        fetch(f"http://127.0.0.1:{unused}", now, attempts=2)


def test_answer_that_is_too_large_is_refused(provider: Any, now: datetime) -> None:
    provider.will_answer(200, b"x" * (5 * 1024 * 1024 + 1))
    with pytest.raises(SourceError, match=r"^127\.0\.0\.1 sent more than 5 MB$"):
        fetch(provider.url, now, timeout_seconds=5)


@pytest.mark.parametrize("how", [DRIP, DRIP_HEADERS])
def test_answer_that_never_ends_is_refused(provider: Any, now: datetime, how: int) -> None:
    provider.will_answer(how)
    with pytest.raises(SourceError, match=r"^127\.0\.0\.1 was still sending after 1\.2 s$"):
        fetch(provider.url, now, timeout_seconds=0.2)
    assert len(provider.asked) == 1


def test_answer_cut_short_by_its_own_length_is_refused_as_garbage(provider: Any, now: datetime) -> None:
    provider.will_answer(LIE_SHORT, GOOD)
    with pytest.raises(RefusedFile):
        fetch(provider.url, now)


def test_redirect_to_itself_is_asked_once(provider: Any, now: datetime) -> None:
    provider.will_answer(301, "", Location=f"{provider.url}/")
    with pytest.raises(SourceError, match="a redirect, which is not followed"):
        fetch(provider.url, now)
    assert provider.asked == ["/"]


@pytest.mark.parametrize(("asks", "waited"), [("", 0.01), ("0", 0.01), ("7", 7), ("10", 10), ("soon", 0.01)])
def test_server_that_asks_to_wait_is_waited_for(
    provider: Any, now: datetime, monkeypatch: pytest.MonkeyPatch, asks: str, waited: float
) -> None:
    slept: list[float] = []
    monkeypatch.setattr("awards.market.sources.http.time.sleep", slept.append)
    provider.will_answer(429, "", Retry_After=asks)
    provider.will_answer(200, GOOD)
    assert (fetch(provider.url, now), slept) == (["2007-03-30 6.10"], [waited])


def test_server_that_asks_to_wait_for_long_is_left_to_the_next_run(provider: Any, now: datetime) -> None:
    provider.will_answer(429, "", Retry_After="11")
    with pytest.raises(SourceError, match=r"^127\.0\.0\.1 answered 429 and asks to be left alone for 11 s$"):
        fetch(provider.url, now)
    assert len(provider.asked) == 1


def test_name_that_nobody_knows_is_given_up(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*arguments: Any) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(SourceError, match=r"^closes\.invalid could not be reached \(3 attempts\)$"):
        fetch("http://closes.invalid/", now)


def test_packed_answer_is_not_unpacked(provider: Any, now: datetime) -> None:
    bomb = gzip.compress(b"0" * 50_000_000)
    provider.will_answer(200, bomb, Content_Encoding="gzip")
    tracemalloc.start()
    with pytest.raises(SourceError, match="compressed its answer though asked not to"):
        fetch(provider.url, now)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 5_000_000


def test_compressed_answer_is_refused(provider: Any, now: datetime) -> None:
    provider.will_answer(200, b"\x1f\x8b", Content_Encoding="gzip")
    with pytest.raises(SourceError, match=r"^127\.0\.0\.1 compressed its answer though asked not to$"):
        fetch(provider.url, now)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"<html>Rate limit</html>", 'row 1: the header is "<html>Rate limit</html>" and should be "date,close"'),
        (b"\x00\x01\x02", "the file is not text in UTF-8"),
        (b"", "the file is empty"),
        (b"date,close\n2007-03-30,null\n", 'row 2: "null" is not a number'),
    ],
)
def test_garbage_is_refused(provider: Any, now: datetime, body: bytes, message: str) -> None:
    provider.will_answer(200, body)
    with pytest.raises(RefusedFile) as refusal:
        fetch(provider.url, now)
    assert refusal.value.lines() == [message]


@pytest.fixture
def unused() -> int:
    """A port that nobody listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


@pytest.mark.parametrize(("end", "cut_off"), [("\n", False), ("\r\n", False), ("", True)])
def test_answer_cut_off_in_its_last_close_is_refused_where_lines_are_whole(
    provider: Any, now: datetime, end: str, cut_off: bool
) -> None:
    provider.will_answer(200, f"date,close\n2007-03-29,61.25\n2007-03-30,61.2{end}")
    assert len(fetch(provider.url, now)) == 2
    if cut_off:
        with pytest.raises(RefusedFile, match="the last row does not end its line: the file may be cut off"):
            fetch(provider.url, now, whole_lines=True)
    else:
        assert len(fetch(provider.url, now, whole_lines=True)) == 2
