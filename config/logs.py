"""What the log says: each line with the ids of its request and task, and nothing that names a person or a key."""

import logging
import re
from contextvars import ContextVar
from types import TracebackType
from typing import Any

from celery import current_task
from django.http import HttpRequest
from pythonjsonlogger.core import RESERVED_ATTRS
from pythonjsonlogger.json import JsonFormatter

request_id: ContextVar[str] = ContextVar("request_id", default="")
# Where the request keeps it among its META.
ID_OF_REQUEST = "portal.request_id"

MARKS = ("request_id", "task_id")
# What `config.middleware` says of a request. Any other extra is left out: Django adds the request itself, Celery what a
# task was given.
EXTRAS = ("method", "route", "status", "milliseconds")
_KEPT = frozenset([*RESERVED_ATTRS, *MARKS, *EXTRAS])

_LEFT_OUT = (
    (re.compile(r"(?<=://)[^/\s@]*@"), "***@"),
    (re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]*\w"), "[address]"),
    # PostgreSQL quotes the row that it refused.
    (re.compile(r"DETAIL:.*"), "DETAIL: [left out]"),
)
# Where a request came from, in what Django says of a refused one.
_PLACE = re.compile(r"(?<=://)([^/\s]+)/\S*")
_Raised = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


def discreet(text: str) -> str:
    """The text without passwords in addresses, e-mail addresses and quoted rows."""
    for pattern, instead in _LEFT_OUT:
        text = pattern.sub(instead, text)
    return text


def _said(record: logging.LogRecord) -> str:
    """What the record says; that of a request names its route: a path may hold a secret."""
    request, said = getattr(record, "request", None), record.getMessage()
    if not isinstance(request, HttpRequest):
        return said
    route = request.resolver_match.route if request.resolver_match else "[no route]"
    # Django writes the path with what no terminal should be sent escaped.
    for path in {request.path, request.path.encode("unicode_escape").decode("ascii")} - {"/"}:
        said = said.replace(path, f"/{route}")
    return _PLACE.sub(r"\1/[left out]", said)


class Marks(logging.Filter):
    """Gives each record the ids of the request and the task in which it was written."""

    def filter(self, record: logging.LogRecord) -> bool:
        # Django says what it refused when the request has left the portal again.
        request = getattr(record, "request", None)
        of_request = request.META.get(ID_OF_REQUEST, "") if isinstance(request, HttpRequest) else ""
        record.request_id = request_id.get() or of_request
        record.task_id = (current_task.request.id or "") if current_task else ""
        return True


class _Discreet(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        # A copy: other handlers see the record as it was.
        kept = {name: value for name, value in vars(record).items() if name in _KEPT}
        kept |= {"msg": discreet(_said(record)), "args": (), "exc_text": None}
        return super().format(logging.makeLogRecord(kept))

    def formatException(self, ei: _Raised) -> str:
        return discreet(super().formatException(ei))


class Line(_Discreet):
    """For people at a terminal; the ids follow where there are any."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        marks = [f"{name}={getattr(record, name)}" for name in MARKS if getattr(record, name, "")]
        return " ".join([super().formatMessage(record), *marks])


class Json(_Discreet, JsonFormatter):
    """One JSON object a line, its instant in UTC."""

    def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in log_data.items() if value not in ("", None)}


def configuration(*, form: str, level: str) -> dict[str, Any]:
    """For `logging.config`: everything on standard error, as "json" or as "line"."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"marks": {"()": Marks}},
        "formatters": {
            "line": {"()": Line, "fmt": "%(asctime)s %(levelname)s %(name)s %(message)s", "datefmt": "%F %T %Z"},
            "json": {
                "()": Json,
                "fmt": ["levelname", "name", "message", *MARKS],
                "rename_fields": {"levelname": "level", "name": "logger", "exc_info": "exception"},
                "timestamp": True,
            },
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": form, "filters": ["marks"]}},
        "root": {"handlers": ["console"], "level": level},
        # A terminal wants to see what is wrong, a log archive each request.
        "loggers": {"config.middleware": {"level": level if form == "json" else "WARNING"}},
    }
