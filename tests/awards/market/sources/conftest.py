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


HANG, DRIP, BREAK_OFF = 0, 1, 2


def _handler(provider: Provider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            provider.asked.append(self.path)
            provider.headers.append(dict(self.headers))
            status, headers, body = provider.answers.pop(0) if len(provider.answers) > 1 else provider.answers[0]
            if status == HANG:
                provider.over.wait(10)
                return
            self.send_response(200 if status in (DRIP, BREAK_OFF) else status)
            for name, value in headers.items():
                self.send_header(name, value)
            if status == BREAK_OFF:
                self.send_header("Content-Length", str(len(body) + 100))
            self.end_headers()
            if status == DRIP:
                self._drip()
            else:
                self.wfile.write(body)

        def _drip(self) -> None:
            try:
                while not provider.over.wait(0.05):
                    self.wfile.write(b"x")
                    self.wfile.flush()
            except OSError:
                return

        def log_message(self, *arguments: object) -> None:
            pass

    return Handler


@pytest.fixture
def provider() -> Iterator[Provider]:
    served = Provider()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(served))
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    served.url = f"http://127.0.0.1:{server.server_port}"
    yield served
    served.over.set()
    server.shutdown()
    server.server_close()
    thread.join()
