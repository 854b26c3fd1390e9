"""The employee's pages, and signing in, through the whole stack of middleware on PostgreSQL."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import cache
from statistics import median, quantiles
from time import perf_counter
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.models import User
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template import engines
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings
from django.urls import path

from awards.models import Award
from config.urls import urlpatterns as portal_urls
from exercises.models import ExerciseNotice
from tests import builders
from tests.benchmarks import company
from tests.benchmarks.rows import Row

ROUNDS, NOTICES = 60, 5_000
ROUNDS_OF_SIGN_IN = 42
ARGON2 = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
PASSWORD = "a password for the benchmark"


def bare(request: HttpRequest) -> HttpResponse:
    """A page of the portal for somebody signed in, without data."""
    return render(request, "base.html", {"user": request.user} if request.user.is_authenticated else {})


PLAIN = """{% extends "base.html" %}{% load figures %}{% block content %}<table><tbody>{% for notice in rows %}<tr>
<th><a href="{% url "exercises:receipt" notice.pk %}">{{ notice.number }}</a></th>
<td>{{ notice.received_at|minute }}</td>
<td><a href="{% url "awards:award" notice.award.pk %}">{{ notice.award.award_date|day }}</a></td>
<td>{{ notice.options|options }}</td><td>{{ notice.exercise_date|day }}</td><td>{{ notice.state }}</td></tr>{% endfor %}
</tbody></table><a href="?before={{ last }}">Next</a>{% endblock %}"""


@cache
def plain() -> Any:
    return engines["django"].from_string(PLAIN)


def keyset(request: HttpRequest) -> HttpResponse:
    """Twenty-five exercises in a plain loop, the next page by the key of the last row."""
    rows = ExerciseNotice.objects.visible_to(request.user, company.ON).select_related("award", "pricing")
    rows = rows.prefetch_related("pricing__settlements")
    found = list(rows.filter(pk__lt=int(request.GET["before"])).order_by("-received_at", "-pk")[:25])
    return HttpResponse(plain().render({"rows": found, "last": found[-1].pk}, request))


urlpatterns = [path("bench/bare/", bare), path("bench/keyset/", keyset), *portal_urls]


def rows() -> Iterable[Row]:
    company.prepared()
    settings = override_settings(
        ROOT_URLCONF=__name__, PORTAL_NOW=company.NOW, PASSWORD_HASHERS=ARGON2, ALLOWED_HOSTS=["*"]
    )
    with settings:
        yield from homes()
        yield table_page()
        yield sign_in()


def holder(username: str, awards: int) -> Client:
    """Somebody with that many Awards, each with its ledger open."""
    who = builders.grantee(username)
    for number in range(awards):
        award_date = builders.day("2006-01-01") + timedelta(days=37 * number)
        builders.granted_award(who, options=1000 + number, award_date=award_date, initial_price="5.18")
    client = Client()
    client.force_login(who.user)
    return client


def timed(calls: dict[str, Callable[[], HttpResponse]]) -> dict[str, list[float]]:
    """Seconds of each call, in turns, after a few that warm up."""
    taken: dict[str, list[float]] = {name: [] for name in calls}
    for number in range(ROUNDS + 5):
        for name, call in calls.items():
            started = perf_counter()
            answer = call()
            took = perf_counter() - started
            if answer.status_code != 200:
                raise SystemExit(f"{name} answered {answer.status_code}")
            taken[name] += [took] if number >= 5 else []
    return taken


def homes() -> Iterable[Row]:
    clients = {count: holder(f"holder{count}", count) for count in (1, 50)}
    nobody = Client()
    nobody.force_login(builders.person("nobody"))
    taken = timed(
        {"bare": lambda: nobody.get("/bench/bare/")}
        | {str(count): (lambda client=client: client.get("/")) for count, client in clients.items()}
    )
    floor = median(taken["bare"])
    for count, client in clients.items():
        every = taken[str(count)]
        p50, p95 = median(every), quantiles(every, n=20)[-1]
        with CaptureQueriesContext(connection) as asked:
            size = len(client.get("/").content)
        what, detail = f"employee's home, {count} Award{'s' if count > 1 else ''}", f"{p50 * 1000:.1f} ms"
        detail += f" against {floor * 1000:.1f} ms"
        yield Row(f"{what}: p50", "an authenticated page without data", p50 / floor, 3.5, detail=detail)
        yield Row(f"{what}: p95", "its p50", p95 / p50, 2)
        yield Row(f"{what}: queries", "a number", len(asked), 7, unit="")
        yield Row(f"{what}: size", "a number", size / 1024, 30, unit=" KiB")


def table_page() -> Row:
    client = holder("busy", 1)
    award = Award.objects.get(grantee__user__username="busy")
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO exercises_exercisenotice (award_id, options, channel, capacity, received_at, exercise_date,
                recorded_by_id, recorded_at, evidence, insists, form_key, request_digest)
            SELECT %s, 1 + n %% 99, 'web', 'grantee', %s::timestamptz + n * INTERVAL '1 minute', %s, %s,
                %s::timestamptz + n * INTERVAL '1 minute', '', false, gen_random_uuid(), 'bench'
            FROM generate_series(1, %s) AS n
            """,
            [award.pk, company.NOW, company.ON, award.grantee.user_id, company.NOW, NOTICES],
        )
        cursor.execute("ANALYZE")
    middle = ExerciseNotice.objects.order_by("-pk")[200].pk
    taken = timed(
        {
            "ours": lambda: client.get("/exercises/", {"page": 9}),
            "plain": lambda: client.get("/bench/keyset/", {"before": middle}),
        }
    )
    ours, plain = (median(taken[name]) for name in ("ours", "plain"))
    detail = f"{ours * 1000:.1f} ms against {plain * 1000:.1f} ms; page 9 of {NOTICES:,} exercises"
    return Row("a 25-row table page", "a plain template loop with keyset paging", ours / plain, 1.5, detail=detail)


def sign_in() -> Row:
    user = User.objects.create_user("signing-in", "signing-in@example.com", PASSWORD)
    encoded = make_password(PASSWORD)
    user.emailaddress_set.create(email=user.email, verified=True, primary=True)
    filled_in = urlencode({"login": user.email, "password": PASSWORD})

    def once(number: int) -> float:
        # From an address of its own: so many in a minute are refused from one.
        client = Client(REMOTE_ADDR=f"192.0.2.{number}")
        client.get("/accounts/login/")
        started = perf_counter()
        answer = client.post("/accounts/login/", filled_in, content_type="application/x-www-form-urlencoded")
        took = perf_counter() - started
        if answer.status_code != 302:
            raise SystemExit(f"signing in answered {answer.status_code}")
        return took

    def verify() -> float:
        started = perf_counter()
        check_password(PASSWORD, encoded)
        return perf_counter() - started

    pairs = [(once(number), verify()) for number in range(ROUNDS_OF_SIGN_IN)][2:]
    signed, verified = (median(column) for column in zip(*pairs, strict=True))
    ratio = median(one / other for one, other in pairs)
    detail = f"{signed * 1000:.0f} ms against {verified * 1000:.0f} ms"
    return Row("sign-in", "one Argon2 verification", ratio, 1.1, detail=detail)


if __name__ == "__main__":
    for row in rows():
        print(row)
