import io
import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from celery import Celery
from django.test import RequestFactory

from config import logs

ROOT = Path(__file__).parent.parent.parent
PERSONAL = "Key (email)=(maya.ortiz@example.com) already exists."


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What a handler of the portal's JSON form writes for one logger."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    configuration = logs.configuration(form="json", level="INFO")
    form = configuration["formatters"]["json"]
    handler.setFormatter(form["()"](form["fmt"], rename_fields=form["rename_fields"], timestamp=True))
    handler.addFilter(logs.Marks())
    logger = logging.getLogger("portal.test")
    logger.addHandler(handler)
    logger.setLevel("INFO")
    yield stream
    logger.removeHandler(handler)


def line(stream: io.StringIO) -> dict[str, object]:
    said: dict[str, object] = json.loads(stream.getvalue())
    assert str(said.pop("timestamp")).endswith("+00:00")
    return said


def test_json_line_has_the_ids_of_its_request_and_task(written: io.StringIO) -> None:
    app = Celery(set_as_current=False, broker="memory://", task_ignore_result=True)

    @app.task(name="portal.test")
    def say() -> None:
        logging.getLogger("portal.test").info("priced %s", "EX-000012")

    token = logs.request_id.set("r" * 32)
    say.apply(task_id="t-1")
    logs.request_id.reset(token)
    assert line(written) == {
        "level": "INFO",
        "logger": "portal.test",
        "message": "priced EX-000012",
        "request_id": "r" * 32,
        "task_id": "t-1",
    }


def test_json_line_outside_requests_and_tasks_has_neither(written: io.StringIO) -> None:
    logging.getLogger("portal.test").info("started")
    assert line(written) == {"level": "INFO", "logger": "portal.test", "message": "started"}


def test_exception_is_one_line_without_the_row_it_quotes(written: io.StringIO) -> None:
    try:
        raise ValueError(f"duplicate key\nDETAIL:  {PERSONAL}")
    except ValueError:
        logging.getLogger("portal.test").exception("refused for %s", "maya.ortiz@example.com")
    said = line(written)
    assert said["message"] == "refused for [address]"
    assert str(said["exception"]).endswith("ValueError: duplicate key\nDETAIL: [left out]")
    assert "maya" not in written.getvalue()


def test_extras_other_than_those_of_a_request_are_left_out(written: io.StringIO) -> None:
    extra = {"method": "GET", "route": "awards/<int:pk>/", "status": 200, "milliseconds": 0, "request": "?secret=1"}
    logging.getLogger("portal.test").info("answered", extra=extra)
    said = line(written)
    assert said == {
        "level": "INFO",
        "logger": "portal.test",
        "message": "answered",
        "method": "GET",
        "route": "awards/<int:pk>/",
        "status": 200,
        "milliseconds": 0,
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("redis://:secret@127.0.0.1:6379/0 is away", "redis://***@127.0.0.1:6379/0 is away"),
        ("postgres://portal:s%40cret@db/portal", "postgres://***@db/portal"),
        ("mail alarm/2026-01-05/stock-plan@example.com was not sent", "mail alarm/2026-01-05/[address] was not sent"),
        ("celery@worker1 ready", "celery@worker1 ready"),
        ("https://prices.example.com/EXCO?from=2026-01-05", "https://prices.example.com/EXCO?from=2026-01-05"),
    ],
)
def test_discreet(text: str, expected: str) -> None:
    assert logs.discreet(text) == expected


def test_other_handlers_see_the_record_as_it_was() -> None:
    record = logging.LogRecord("portal", logging.INFO, "f", 1, "to %s", ("a@example.com",), None)
    assert logs.Line("%(message)s").format(record) == "to [address]"
    assert record.getMessage() == "to a@example.com"


def test_record_of_the_first_page_is_written_as_it_is() -> None:
    """Its path is in every other: there is nothing in it to leave out."""
    record = logging.LogRecord("portal", logging.INFO, "f", 1, "Invalid header a/b: %s", ("/",), None)
    record.request = RequestFactory().get("/")
    assert logs.Line("%(message)s").format(record) == "Invalid header a/b: /"


def test_line_for_a_terminal_ends_with_its_ids() -> None:
    record = logging.LogRecord("portal", logging.INFO, "f", 1, "ready", (), None)
    token = logs.request_id.set("r-12345678")
    logs.Marks().filter(record)
    logs.request_id.reset(token)
    assert logs.Line("%(levelname)s %(message)s").format(record) == "INFO ready request_id=r-12345678"


@pytest.mark.parametrize(("form", "ending"), [("json", '"message": "ready"'), ("line", "WARNING portal ready")])
def test_process_writes_the_form_it_is_told(form: str, ending: str) -> None:
    program = f"""
import logging.config
from config import logs
logging.config.dictConfig(logs.configuration(form={form!r}, level="INFO"))
logging.getLogger("portal").warning("ready")
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("ready") == 1
    assert ending in done.stderr
