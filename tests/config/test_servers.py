import pytest
import redis
from django.conf import settings
from django.db import connection


@pytest.mark.postgresql
@pytest.mark.django_db
def test_suite_on_postgresql_runs_on_a_real_one() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT version()")
        assert cursor.fetchone()[0].startswith("PostgreSQL 18")


@pytest.mark.valkey
def test_suite_on_valkey_runs_on_a_real_one() -> None:
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        assert client.info("server")["server_name"] == "valkey"
