"""S11: through the application's database role nobody changes what happened, and the portal works."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.apps import apps
from django.conf import settings
from psycopg.errors import InsufficientPrivilege, IntegrityConstraintViolation

from tests.servers import PostgreSQL

ROOT = Path(__file__).parent.parent.parent
HAPPENED = (
    "awards_agreementacceptance", "awards_auditevent", "awards_auditseal", "awards_awardletter",
    "awards_employmentfact", "awards_letteropening", "awards_lettersignature", "awards_optionentry",
    "django_admin_log", "exercises_exercisenotice", "exercises_pinnedclose", "exercises_pricing",
    "exercises_statement", "exercises_withholdingline", "exercises_withholdingrate", "market_closingprice",
    "market_tradingdayoverride",
)  # fmt: skip
SIGN_IN = """
import django
django.setup()
from django.conf import settings
from django.test import Client
settings.ALLOWED_HOSTS = ["testserver"]
client = Client()
given = {"login": "maya.ortiz@example.com", "password": "outperform-demo-2005"}
assert client.post("/accounts/login/", given).status_code == 302
assert client.get("/").status_code == 200
assert client.get("/readyz").json()["checks"]["migrations"]["ok"]
client.post("/accounts/logout/")
"""

pytestmark = pytest.mark.postgresql


@pytest.fixture(scope="module")
def server() -> Iterator[PostgreSQL]:
    """A cluster of its own, since roles belong to a cluster, prepared as docs/operations.md says."""
    with PostgreSQL() as server:
        _python(server.url, "deploy/apply_roles.py")
        for command in (["migrate", "--verbosity=0"], ["createcachetable"]):
            _python(address(server, "portal_owner"), "manage.py", *command)
        _python(address(server, "portal_owner"), "deploy/apply_roles.py")
        yield server


def address(server: PostgreSQL, role: str) -> str:
    return server.url.replace("portal@", f"{role}@")


def _python(database: str, *arguments: str) -> str:
    environment = os.environ | {
        "DATABASE_URL": database,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "PORTAL_VAR": str(settings.STATIC_ROOT.parent / "roles"),
        "PORTAL_DEMO": "1",
        "PYTHONPATH": str(ROOT),
    }
    environment.pop("REDIS_URL", None)
    done = subprocess.run([sys.executable, *arguments], env=environment, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def app(server: PostgreSQL) -> Iterator[psycopg.Connection]:
    """The application's connection to a database in which the portal has worked under its role."""
    database = address(server, "portal_app")
    _python(database, "manage.py", "setup_roles")
    _python(database, "manage.py", "load_demo")
    _python(database, "manage.py", "collectstatic", "--no-input", "--verbosity=0")
    _python(database, "-c", SIGN_IN)
    _python(database, "manage.py", "run_due")
    with psycopg.connect(database, autocommit=True) as connection:
        yield connection


def test_portal_works_under_the_role(app: psycopg.Connection, server: PostgreSQL) -> None:
    proof = _python(address(server, "portal_app"), "manage.py", "check_consistency")
    assert proof.splitlines()[-1] == "Everything adds up."
    assert "are whole." in _python(address(server, "portal_app"), "manage.py", "verify_audit")
    for table in ("awards_optionentry", "exercises_pricing", "awards_auditevent", "exercises_settlement"):
        assert app.execute(f"SELECT count(*) > 0 FROM {table}").fetchone() == (True,)


def test_tables_of_what_happened_are_those_with_the_trigger(app: psycopg.Connection) -> None:
    rows = app.execute("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname LIKE '%_is_append_only'")
    assert sorted([*(table for (table,) in rows), "django_admin_log"]) == sorted(HAPPENED)


@pytest.mark.parametrize("table", HAPPENED)
def test_what_happened_is_neither_changed_nor_removed(app: psycopg.Connection, table: str) -> None:
    (column,) = app.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND ordinal_position = 2", [table]
    ).fetchone() or ("",)
    for statement in (f"UPDATE {table} SET {column} = {column}", f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE"):
        with pytest.raises(InsufficientPrivilege):
            app.execute(statement)


def test_nothing_of_what_happened_is_locked() -> None:
    """PostgreSQL lets nobody lock a row that they may not update: the Award is locked instead."""
    files = [file for folder in ("awards", "exercises") for file in (ROOT / folder).rglob("*.py")]
    locked = {name for file in files for name in re.findall(r"(\w+)\.objects[^\n]*select_for_update", file.read_text())}
    tables = {model._meta.db_table for model in apps.get_models() if model.__name__ in locked}
    assert "awards_award" in tables
    assert tables & set(HAPPENED) == set()


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM awards_award",
        "DELETE FROM exercises_settlement",
        "DELETE FROM market_heldclose",
        "INSERT INTO django_migrations (app, name, applied) VALUES ('awards', '9999', now())",
        "ALTER TABLE awards_optionentry DISABLE TRIGGER ALL",
        "DROP TRIGGER awards_optionentry_is_append_only ON awards_optionentry",
        "CREATE TABLE mine (id int)",
        "SET session_replication_role = replica",
        "SET ROLE portal_owner",
    ],
)
def test_way_around_is_refused(app: psycopg.Connection, statement: str) -> None:
    with pytest.raises(InsufficientPrivilege):
        app.execute(statement)


def test_sessions_may_go(app: psycopg.Connection) -> None:
    app.execute("DELETE FROM django_session")
    assert app.execute("SELECT count(*) FROM django_session").fetchone() == (0,)


def test_rights_of_a_table_to_come_are_given_by_the_next_release(server: PostgreSQL, app: psycopg.Connection) -> None:
    with psycopg.connect(address(server, "portal_owner"), autocommit=True) as owner:
        owner.execute("CREATE TABLE awards_novelty (id int)")
    with pytest.raises(InsufficientPrivilege):
        app.execute("SELECT * FROM awards_novelty")
    _python(address(server, "portal_owner"), "deploy/apply_roles.py")
    app.execute("INSERT INTO awards_novelty VALUES (1)")
    with pytest.raises(InsufficientPrivilege):
        app.execute("DELETE FROM awards_novelty")


def test_dump_restored_as_documented_holds_and_is_as_guarded(
    server: PostgreSQL, app: psycopg.Connection, tmp_path: Path
) -> None:
    superuser, dump = server.url, str(tmp_path / "portal.dump")
    restored = superuser.replace("/postgres", "/restored")
    _program(server, "pg_dump", "--format=custom", f"--file={dump}", superuser)
    with psycopg.connect(superuser, autocommit=True) as connection:
        connection.execute("CREATE DATABASE restored")
    _program(server, "pg_restore", "--exit-on-error", f"--dbname={restored}", dump)
    _python(restored, "deploy/apply_roles.py")
    as_app = restored.replace("portal@", "portal_app@")
    assert "Everything adds up." in _python(as_app, "manage.py", "check_consistency")
    assert "are whole." in _python(as_app, "manage.py", "verify_audit")
    with psycopg.connect(as_app, autocommit=True) as connection:
        for table in HAPPENED:
            with pytest.raises(InsufficientPrivilege):
                connection.execute(f"DELETE FROM {table}")
    with psycopg.connect(restored, autocommit=True) as owner, pytest.raises(IntegrityConstraintViolation):
        owner.execute("DELETE FROM awards_optionentry")


def test_large_company_is_loaded_by_who_owns_the_tables(server: PostgreSQL) -> None:
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE large OWNER portal_owner")
    owner = address(server, "portal_owner").replace("/postgres", "/large")
    _python(owner, "manage.py", "migrate", "--verbosity=0")
    _python(owner, "manage.py", "load_scale", "--grantees", "5", "--awards", "20")
    assert "Everything adds up." in _python(owner, "manage.py", "check_consistency")


def _program(server: PostgreSQL, name: str, *arguments: str) -> None:
    environment = {"PATH": os.defpath, "LC_ALL": "C"}
    command = [str(server.programs / name), *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
