"""Around every request: its id, how long it took, and the answers to those who only ask how the portal is."""

import logging
import re
import uuid
from collections.abc import Callable
from time import perf_counter

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import resolve

from config import metrics
from config.logs import ID_OF_REQUEST, request_id

logger = logging.getLogger(__name__)
GIVEN_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
PROBES = frozenset({"/healthz", "/readyz", "/metrics"})

Answer = Callable[[HttpRequest], HttpResponseBase]


def watch(get_response: Answer) -> Answer:
    """Give the request an id, or keep the proxy's, answer with it, and write down and count what was answered.

    Probes are answered at once: whoever sends them knows this machine by another name than the portal's and speaks
    plain HTTP to it, and they must need neither session nor database.
    """

    def answer(request: HttpRequest) -> HttpResponseBase:
        started = perf_counter()
        token = request_id.set(_id(request))
        # For what is logged of it later.
        request.META[ID_OF_REQUEST] = request_id.get()
        try:
            response = _probe(request) if request.path_info in PROBES else get_response(request)
            response["X-Request-ID"] = request_id.get()
            _note(request, response, perf_counter() - started)
        finally:
            request_id.reset(token)
        return response

    return answer


def _id(request: HttpRequest) -> str:
    given = request.headers.get("X-Request-ID", "")
    return given if GIVEN_ID.fullmatch(given) else uuid.uuid4().hex


def _probe(request: HttpRequest) -> HttpResponse:
    answered: HttpResponse = resolve(request.path_info).func(request)
    return answered


def _note(request: HttpRequest, response: HttpResponseBase, seconds: float) -> None:
    """The route, not the path: a path may hold the key of a password reset."""
    if request.path_info in PROBES:
        return
    match = request.resolver_match
    metrics.answered(request.method or "", match.view_name if match else "", response.status_code, seconds)
    said = {"method": request.method, "status": response.status_code, "milliseconds": round(seconds * 1000)}
    logger.info("answered", extra={**said, "route": match.route if match else ""})
