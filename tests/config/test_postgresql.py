"""The pool of the web's connections, after the database was started anew."""

from collections.abc import Iterator

import psycopg
import pytest
from django.db import connection

from config.postgresql.base import DatabaseWrapper
from tests.faults.conftest import database_url

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
POOLED = 8


@pytest.fixture
def pooled() -> Iterator[DatabaseWrapper]:
    """As the web has it, with every connection made."""
    pool = {"min_size": POOLED, "max_size": POOLED, "timeout": 5}
    given = {**connection.settings_dict, "ENGINE": "config.postgresql"}
    wrapper = DatabaseWrapper({**given, "OPTIONS": {**given["OPTIONS"], "pool": pool}}, alias="pooled")
    wrapper.pool.open(wait=True)
    yield wrapper
    wrapper.close()
    wrapper.close_pool()


def asked(wrapper: DatabaseWrapper) -> int:
    with wrapper.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (process,) = cursor.fetchone()
    wrapper.close()
    return int(process)


def cut_off(*processes: int) -> None:
    with psycopg.connect(database_url(), autocommit=True) as other:
        for process in processes:
            assert other.execute("SELECT pg_terminate_backend(%s, 5000)", [process]).fetchone() == (True,)


def backends() -> set[int]:
    with psycopg.connect(database_url(), autocommit=True) as other:
        found = other.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
            " AND application_name = %s AND pid <> pg_backend_pid()",
            [connection.settings_dict["OPTIONS"]["application_name"]],
        )
        return {process for (process,) in found.fetchall()}


def test_first_page_after_every_connection_was_cut_is_served(pooled: DatabaseWrapper) -> None:
    connection.close()
    before = backends()
    assert len(before) == POOLED
    cut_off(*before)
    assert [asked(pooled) in before for _ in range(2 * POOLED)] == [False] * 2 * POOLED


def test_one_connection_that_was_cut_costs_no_page(pooled: DatabaseWrapper) -> None:
    cut_off(asked(pooled))
    assert all(asked(pooled) for _ in range(2 * POOLED))


def test_connections_that_answer_are_kept(pooled: DatabaseWrapper) -> None:
    connection.close()
    before = backends()
    assert {asked(pooled) for _ in range(2 * POOLED)} <= before
    assert backends() == before
