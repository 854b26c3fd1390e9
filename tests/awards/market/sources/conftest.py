import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

import pytest


@dataclass
class Provider:
    """A provider of closes on this machine. Each request takes the next answer; the last one is given for ever."""

    url: str = ""
    answers: list[tuple[int, dict[str, str], bytes]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    # Set to let a request that hangs go.
    over: Event = field(default_factory=Event)

    def will_answer(self, status: int, body: bytes | str = b"", **headers: str) -> None:
        content = body.encode() if isinstance(body, str) else body
        self.answers.append((status, {name.replace("_", "-"): value for name, value in headers.items()}, content))


HANG, DRIP, BREAK_OFF, DRIP_HEADERS, RESET, LIE_SHORT = range(6)
MISBEHAVES = (DRIP, BREAK_OFF, LIE_SHORT)
# What the answer says of its length.
LENGTHS = {BREAK_OFF: lambda length: length + 100, LIE_SHORT: lambda length: length // 2}


class Handler(BaseHTTPRequestHandler):
    provider: Provider

    def do_GET(self) -> None:
        self.provider.asked.append(self.path)
        self.provider.headers.append(dict(self.headers))
        status, headers, body = self._next_answer()
        if status == HANG:
            self.provider.over.wait(10)
        elif status == DRIP_HEADERS:
            self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
            self._drip()
        elif status == RESET:
            self._reset()
        else:
            self._answer(status, headers, body)

    def _next_answer(self) -> tuple[int, dict[str, str], bytes]:
        answers = self.provider.answers
        return answers.pop(0) if len(answers) > 1 else answers[0]

    def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(200 if status in MISBEHAVES else status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status in LENGTHS:
            self.send_header("Content-Length", str(LENGTHS[status](len(body))))
        self.end_headers()
        if status == DRIP:
            self._drip()
        else:
            self.wfile.write(body)

    def _reset(self) -> None:
        # No time to linger: what is closed like this is reset.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def _drip(self) -> None:
        try:
            while not self.provider.over.wait(0.05):
                self.wfile.write(b"x")
                self.wfile.flush()
        except OSError:
            return

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def provider() -> Iterator[Provider]:
    served = Provider()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (Handler,), {"provider": served}))
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    served.url = f"http://127.0.0.1:{server.server_port}"
    yield served
    served.over.set()
    server.shutdown()
    server.server_close()
    thread.join()
