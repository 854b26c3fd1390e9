"""Every list of the desk of a large company held against that of a small one: first page, searches and last page.

Both companies lie in databases of their own on one server and are asked in turns, so that both are asked under the
same load.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from statistics import median
from time import perf_counter
from typing import Any

import psycopg
from django.contrib import admin
from django.contrib.auth.models import User
from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model
from django.test import Client
from django.test.utils import override_settings
from django.urls import reverse

from awards.market.long_list import MOST_ROWS
from tests.benchmarks import company, lists
from tests.benchmarks.rows import Row

SMALL, LARGE, ROUNDS, GOAL = 10_000, company.AWARDS, 9, 1.5
SMALL_DATABASE = "bench_small"


def rows() -> Iterable[Row]:
    if forgotten := lists.forgotten():
        raise SystemExit(f"Lists that this benchmark does not know: {', '.join(forgotten)}. Fill them, or say why not.")
    lists.number_behind()
    company.prepared()
    with override_settings(PORTAL_NOW=company.NOW, ALLOWED_HOSTS=["*"]):
        keys = lists.templates()
        User.objects.create_superuser("root")
        lists.fill(keys, first=1, last=SMALL)
        _copy_database()
        lists.fill(keys, first=SMALL + 1, last=LARGE)
        databases = (connections["default"], _small())
        for model in lists.FILLINGS:
            yield _held_against(model, databases)


def _copy_database() -> None:
    settings = connection.get_connection_params()
    name = settings["dbname"]
    connection.close()
    given = {key: settings[key] for key in ("host", "port", "user", "password") if key in settings}
    with psycopg.connect(dbname="postgres", autocommit=True, **given) as server:
        server.execute(f"CREATE DATABASE {SMALL_DATABASE} TEMPLATE {name}")


def _small() -> BaseDatabaseWrapper:
    large = connections["default"]
    small = large.copy()
    small.settings_dict = {**large.settings_dict, "NAME": SMALL_DATABASE}
    return small


@contextmanager
def _asked(database: BaseDatabaseWrapper) -> Iterator[None]:
    """Pages are answered from that database meanwhile."""
    before = connections["default"]
    connections["default"] = database
    try:
        yield
    finally:
        connections["default"] = before


def _held_against(model: type[Model], databases: Sequence[BaseDatabaseWrapper]) -> Row:
    """One row: the page of the list that grows most, with all of them told."""
    pages: dict[str, dict[str, Any]] = {
        "first page": {},
        "last page": {"p": MOST_ROWS // admin.site._registry[model].list_per_page},
    }
    pages |= {f"search {text}": {"q": text} for text in lists.FILLINGS[model].texts}
    address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    taken = {}
    for what, query in pages.items():
        ratio, (large, small) = _held(databases, address, query)
        taken[what] = (ratio, f"{what} {large * 1000:,.0f} against {small * 1000:,.0f} ms")
    worst = max(taken, key=lambda what: taken[what][0])
    name = str(model._meta.verbose_name_plural)
    return Row(
        f"admin: {name} at {LARGE:,} rows, {worst}", f"the same at {SMALL:,}", taken[worst][0], GOAL,
        detail="; ".join(told for _, told in taken.values()),
    )  # fmt: skip


def _held(
    databases: Sequence[BaseDatabaseWrapper], address: str, query: dict[str, Any]
) -> tuple[float, Iterator[float]]:
    """The median of the ratios of turns, and the median seconds of both; the first answers warm up."""
    taken: dict[BaseDatabaseWrapper, list[float]] = {database: [] for database in databases}
    for _ in range(ROUNDS + 1):
        for database in databases:
            with _asked(database):
                taken[database].append(_once(_client(), address, query))
    large, small = (of_one[1:] for of_one in taken.values())
    return median(one / other for one, other in zip(large, small, strict=True)), map(median, (large, small))


def _client() -> Client:
    client = Client()
    client.force_login(User.objects.get(username="root"))
    return client


def _once(client: Client, address: str, query: dict[str, Any]) -> float:
    started = perf_counter()
    answer = client.get(address, query)
    if answer.status_code != 200:
        raise SystemExit(f"{address} {query} answered {answer.status_code}")
    return perf_counter() - started


if __name__ == "__main__":
    for row in rows():
        print(row)
