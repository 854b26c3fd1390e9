import io
import logging
from collections.abc import Iterator

import pytest
from django.test import Client

from config import logs, metrics


@pytest.fixture
def client_without_database() -> Client:
    """Not marked for the database: a test that touched it would fail."""
    return Client(headers={"host": "10.0.0.7:8000"})


@pytest.mark.parametrize("given", ["0123abcd", "a" * 64, "f47ac10b-58cc-4372-a567-0e02b2c3d479"])
def test_request_id_of_the_proxy_is_kept(client_without_database: Client, given: str) -> None:
    answer = client_without_database.get("/healthz", headers={"x-request-id": given})
    assert answer["X-Request-ID"] == given


@pytest.mark.parametrize("given", ["", "short", "a" * 65, "with space", "new\nline", "<script>alert", "ä" * 10])
def test_request_id_that_is_none_is_replaced(client_without_database: Client, given: str) -> None:
    made = client_without_database.get("/healthz", headers={"x-request-id": given})["X-Request-ID"]
    assert made != given
    assert len(made) == 32
    assert int(made, 16)


@pytest.mark.django_db
def test_answer_is_logged_by_its_route_and_counted(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    before = _counted("GET", "200")
    with caplog.at_level(logging.INFO, logger="config.middleware"):
        client.get("/accounts/login/?next=/secret/")
    (record,) = [record for record in caplog.records if record.name == "config.middleware"]
    said = vars(record)
    assert (said["method"], said["route"], said["status"]) == ("GET", "accounts/login/", 200)
    assert "secret" not in str(said)
    assert _counted("GET", "200") == before + 1


@pytest.mark.django_db
def test_made_up_method_and_address_have_no_series_of_their_own(client: Client) -> None:
    before = _counted("other", "404")
    assert client.generic("BREW", "/no/such/page/").status_code == 404
    assert _counted("other", "404") == before + 1


def _counted(method: str, status: str) -> float:
    labels = {"method": method, "status": status}
    return metrics.OF_THE_PROCESSES.get_sample_value("portal_http_requests_total", labels) or 0


@pytest.fixture
def refused(client: Client) -> Iterator[io.StringIO]:
    """What the log says of refused requests, in the portal's own form."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.Line("%(message)s"))
    handler.addFilter(logs.Marks())
    loggers = [logging.getLogger(name) for name in ("django.request", "django.security.csrf")]
    for logger in loggers:
        logger.addHandler(handler)
    yield stream
    for logger in loggers:
        logger.removeHandler(handler)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/calendar/12/the-secret/options.ics", "Not Found: /calendar/<int:pk>/<str:secret>/options.ics"),
        ("/no/such/secret/", "Not Found: /[no route]"),
        ("/no/such/secret%0A/", "Not Found: /[no route]"),
    ],
)
def test_refused_request_is_logged_by_its_route_and_with_its_id(
    client: Client, refused: io.StringIO, path: str, said: str
) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert refused.getvalue() == f"{said} request_id={answer['X-Request-ID']}\n"


@pytest.mark.django_db
def test_refused_form_is_logged_without_the_place_that_it_came_from(refused: io.StringIO) -> None:
    client = Client(enforce_csrf_checks=True)
    path = "/accounts/password/reset/key/3-the-secret/"
    answer = client.post(path, secure=True, headers={"referer": f"https://other.example.com{path}"})
    assert answer.status_code == 403
    (line,) = refused.getvalue().splitlines()
    assert "the-secret" not in line
    assert "https://other.example.com/[left out]" in line
    assert line.endswith(f" request_id={answer['X-Request-ID']}")
