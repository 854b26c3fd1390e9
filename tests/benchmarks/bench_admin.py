"""The Committee's lists of a large company held against those of a small one: first page, search and last page."""

from collections.abc import Iterable
from statistics import median
from time import perf_counter

from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import override_settings

from awards.admin.records import MOST_ROWS, RecordAdmin
from tests.benchmarks import company
from tests.benchmarks.rows import Row

SMALL, LARGE, ROUNDS, GOAL = 10_000, company.AWARDS, 9, 1.5
LAST = MOST_ROWS // RecordAdmin.list_per_page
LISTS = {
    "Awards": ("/admin/awards/award/", "Person c4ca4238"),
    "Grantees": ("/admin/awards/grantee/", "E0000042"),
}


def rows() -> Iterable[Row]:
    company.prepared()
    with override_settings(PORTAL_NOW=company.NOW, ALLOWED_HOSTS=["*"]):
        company.grantees(SMALL)
        company.awards(SMALL, holders=SMALL)
        _vacuum()
        small = timings()
        company.grantees(LARGE - SMALL, first=SMALL + 1)
        company.awards(LARGE - SMALL, first=SMALL + 1, holders=LARGE)
        _vacuum()
        large = timings()
    for name, took in large.items():
        detail = f"{took * 1000:,.0f} ms against {small[name] * 1000:,.0f} ms"
        yield Row(f"admin: {name} at {LARGE:,} rows", f"the same at {SMALL:,}", took / small[name], GOAL, detail=detail)


def _vacuum() -> None:
    with connection.cursor() as cursor:
        for table in ("awards_award", "awards_grantee"):
            cursor.execute(f"VACUUM ANALYZE {table}")


def timings() -> dict[str, float]:
    """Seconds of each list's pages; the last page is the last that the list offers."""
    client = Client()
    client.force_login(User.objects.filter(is_superuser=True).first() or User.objects.create_superuser("root"))
    taken = {}
    for name, (address, text) in LISTS.items():
        for what, query in (("first page", {}), ("last page", {"p": LAST}), ("search", {"q": text})):
            taken[f"{name}, {what}"] = _seconds(client, address, query)
    return taken


def _seconds(client: Client, address: str, query: dict[str, object]) -> float:
    taken = []
    for number in range(ROUNDS + 2):
        started = perf_counter()
        answer = client.get(address, query)
        if answer.status_code != 200:
            raise SystemExit(f"{address} {query} answered {answer.status_code}")
        taken += [perf_counter() - started] if number >= 2 else []
    return median(taken)


if __name__ == "__main__":
    for row in rows():
        print(row)
