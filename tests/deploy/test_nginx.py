"""The site under a real nginx, with a certificate of the test's own, before a server that says what it was sent."""

import contextlib
import http.client
import json
import re
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.servers import free_port

SITE = Path(__file__).parent.parent.parent / "deploy" / "nginx" / "portal.conf"
NAME = "portal.example.com"
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")

pytestmark = pytest.mark.skipif(NGINX is None, reason="needs nginx: apt-get install nginx-light")


class Behind(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        said = json.dumps({name.lower(): value for name, value in self.headers.items()}).encode()
        self.send_response(200)
        for name, value in (("X-Frame-Options", "DENY"), ("Content-Length", str(len(said)))):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(said)

    do_POST = do_GET

    def log_message(self, format: str, *args: object) -> None:
        pass


def certify(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    today = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(today - timedelta(days=1)).not_valid_after(today + timedelta(days=1))
    certificate = builder.sign(key, hashes.SHA256())
    (folder / "fullchain.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (folder / "privkey.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, *private))


@pytest.fixture
def behind() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Behind) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


@pytest.fixture
def site(tmp_path: Path, behind: int) -> Iterator[tuple[int, int]]:
    """The ports for HTTP and HTTPS."""
    certify(tmp_path)
    plain, secure = free_port(), free_port()
    text = SITE.read_text().replace("/etc/ssl/portal/", f"{tmp_path}/").replace("/var/log/nginx/", f"{tmp_path}/")
    text = text.replace("unix:/run/portal-web.sock", f"127.0.0.1:{behind}")
    text = re.sub(r"^ *listen \[::\].*\n", "", text, flags=re.MULTILINE)
    text = text.replace("listen 80", f"listen 127.0.0.1:{plain}").replace("listen 443", f"listen 127.0.0.1:{secure}")
    temporary = "".join(
        f"{name}_temp_path {tmp_path}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (tmp_path / "site.conf").write_text(text)
    (tmp_path / "nginx.conf").write_text(
        f"daemon off; pid {tmp_path}/pid; error_log {tmp_path}/error.log; events {{}}\n"
        f"http {{ {temporary} include {tmp_path}/site.conf; }}\n"
    )
    command = [str(NGINX), "-e", f"{tmp_path}/start.log", "-c", f"{tmp_path}/nginx.conf"]
    tested = subprocess.run([*command, "-t"], capture_output=True, text=True)
    assert tested.returncode == 0, tested.stderr
    assert "[warn]" not in tested.stderr
    process = subprocess.Popen(command)
    try:
        wait_for(secure)
        yield plain, secure
    finally:
        process.terminate()
        process.wait(15)


def wait_for(port: int) -> None:
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        try:
            ask(port, "GET", "/")
        except ConnectionError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("nginx does not answer")


def ask(
    port: int, method: str, path: str, headers: dict[str, str] | None = None, host: str = NAME
) -> tuple[http.client.HTTPResponse, str]:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    connection = http.client.HTTPSConnection(host, timeout=10)
    connection.sock = context.wrap_socket(socket.create_connection(("127.0.0.1", port), 10), server_hostname=host)
    with contextlib.closing(connection):
        connection.request(method, path, headers=headers or {})
        answer = connection.getresponse()
        return answer, answer.read().decode()


def test_portal_is_told_the_truth_about_who_asks(site: tuple[int, int]) -> None:
    lies = {"X-Forwarded-For": "6.6.6.6", "X-Forwarded-Proto": "http", "X-Request-ID": "given-from-outside"}
    answer, body = ask(site[1], "GET", "/", lies)
    told = json.loads(body)
    assert (told["host"], told["x-forwarded-for"], told["x-forwarded-proto"]) == (NAME, "127.0.0.1", "https")
    assert re.fullmatch(r"[0-9a-f]{32}", told["x-request-id"])
    assert answer.headers.get_all("X-Frame-Options") == ["DENY"]
    assert answer.headers["Server"] == "nginx"


def test_another_name_gets_no_certificate(site: tuple[int, int]) -> None:
    with pytest.raises(ssl.SSLError, match="UNRECOGNIZED_NAME"):
        ask(site[1], "GET", "/", host="evil.example.com")


def test_plain_http_is_sent_to_https(site: tuple[int, int]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", site[0], timeout=10)
    connection.request("GET", "/awards/12/?x=1", headers={"Host": "evil.example.com"})
    answer = connection.getresponse()
    assert (answer.status, answer.headers["Location"]) == (301, f"https://{NAME}/awards/12/?x=1")
    connection.close()


def test_sign_ins_are_limited_and_looking_is_not(site: tuple[int, int]) -> None:
    tried = [ask(site[1], "POST", "/accounts/login/")[0].status for _ in range(14)]
    # One, ten more at once, then one every three seconds.
    assert tried[:11] == [200] * 11
    assert 429 in tried[11:]
    assert [ask(site[1], "GET", "/accounts/login/")[0].status for _ in range(14)] == [200] * 14


@pytest.mark.parametrize(
    ("asked", "path"),
    [
        ("/accounts/password/reset/key/1-secret/?token=secret", "/accounts/password/reset/key/…"),
        ("/calendar/12/secret/options.ics", "/calendar/…"),
    ],
)
def test_log_has_neither_query_nor_key_nor_address(
    site: tuple[int, int], tmp_path: Path, asked: str, path: str
) -> None:
    ask(site[1], "GET", asked)
    time.sleep(0.2)
    *_, line = (tmp_path / "portal.log").read_text().splitlines()
    said = json.loads(line)
    assert said["path"] == path
    assert set(said) == {
        "timestamp", "request_id", "method", "path", "status", "bytes", "seconds", "upstream_seconds",
    }  # fmt: skip
    assert "secret" not in line
