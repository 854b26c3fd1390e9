"""Each variable with values that make no sense, which are refused by its name, and with values that do."""

import os
import runpy
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from tests.deploy.test_units import gunicorn_settings

ROOT = Path(__file__).parent.parent.parent
KEY = {"SECRET_KEY": "k" * 50}
POSTGRESQL = {"DATABASE_URL": "postgres://portal@127.0.0.1:1/portal"}
FLAGS = "is none of 1, true, yes, on, 0, false, no, off."
NO_HOST = "is no name of a host: portal.example.com, without https:// and port."
NO_ORIGIN = "is not an address like https://portal.example.com, without path and query."
NO_ADDRESS = "is no e-mail address: stock-plan@example.com, several with commas between them."
NO_NUMBER = "is no number above zero, such as 40 or 12.5."
TIME = "is no whole number from {} to 2147483647."
HIDDEN = " Its text may hold a password and is not shown; there, write %40 for @, %2F for / and %23 for #."
NO_DATABASE = f"DATABASE_URL is not an address like postgres://user:password@host:5432/name.{HIDDEN}"
NO_MAIL = f"EMAIL_URL is not an address like smtp+tls://user:password@host:587.{HIDDEN}"
NO_BROKER = (
    f"REDIS_URL is not an address like redis://host:6379/0 or rediss://user:password@host:6379/0.{HIDDEN}"
)  # fmt: skip
SECRET = "hunter2"


@pytest.fixture
def chosen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """An environment with what a start needs, and nothing else."""
    for name in list(os.environ):
        monkeypatch.delenv(name)
    for name, value in (KEY | {"PATH": os.defpath, "PORTAL_VAR": str(tmp_path)}).items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def settings_with(chosen: pytest.MonkeyPatch, environment: dict[str, str]) -> dict[str, Any]:
    """The settings, read anew here: a Python of its own for each of so many values takes minutes."""
    for name, value in environment.items():
        chosen.setenv(name, value)
    return runpy.run_path(str(ROOT / "config" / "settings.py"))


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("DEBUG", "maybe", f"DEBUG='maybe' {FLAGS}"),
        ("PORTAL_DEMO", "2", f"PORTAL_DEMO='2' {FLAGS}"),
        ("PORTAL_REHEARSAL", "y", f"PORTAL_REHEARSAL='y' {FLAGS}"),
        ("PORTAL_PLAIN_HTTP", "no-way", f"PORTAL_PLAIN_HTTP='no-way' {FLAGS}"),
        ("BEHIND_PROXY", "ture", f"BEHIND_PROXY='ture' {FLAGS}"),
        ("DATABASE_POOL", "x", f"DATABASE_POOL='x' {FLAGS}"),
        ("PORTAL_PROCESS", "cron", "PORTAL_PROCESS='cron' is none of web, worker, beat, command."),
        ("LOG_FORMAT", "xml", "LOG_FORMAT='xml' is none of json, line."),
        ("LOG_LEVEL", "LOUD", "LOG_LEVEL='LOUD' is none of DEBUG, INFO, WARNING, ERROR, CRITICAL."),
        ("PORTAL_VAR", "/dev/null/var",
         "PORTAL_VAR='/dev/null/var' is not a folder and cannot become one: Not a directory."),
        ("ALLOWED_HOSTS", "", "ALLOWED_HOSTS='' names no host: portal.example.com."),
        ("ALLOWED_HOSTS", " , ", "ALLOWED_HOSTS='' names no host: portal.example.com."),
        ("ALLOWED_HOSTS", "a,https://b", f"ALLOWED_HOSTS='https://b' {NO_HOST}"),
        ("ALLOWED_HOSTS", "portal.example.com:443", f"ALLOWED_HOSTS='portal.example.com:443' {NO_HOST}"),
        ("ALLOWED_HOSTS", "a b", f"ALLOWED_HOSTS='a b' {NO_HOST}"),
        ("CSRF_TRUSTED_ORIGINS", "portal.example.com", f"CSRF_TRUSTED_ORIGINS='portal.example.com' {NO_ORIGIN}"),
        ("CSRF_TRUSTED_ORIGINS", "https://a,https://b/c", f"CSRF_TRUSTED_ORIGINS='https://b/c' {NO_ORIGIN}"),
        ("PORTAL_URL", "portal.example.com", f"PORTAL_URL='portal.example.com' {NO_ORIGIN}"),
        ("PORTAL_URL", "ftp://portal.example.com", f"PORTAL_URL='ftp://portal.example.com' {NO_ORIGIN}"),
        ("PORTAL_URL", "https://a/portal", f"PORTAL_URL='https://a/portal' {NO_ORIGIN}"),
        ("PORTAL_URL", "https://a?b=c", f"PORTAL_URL='https://a?b=c' {NO_ORIGIN}"),
        ("PORTAL_URL", "https://a:65536", f"PORTAL_URL='https://a:65536' {NO_ORIGIN}"),
        ("PORTAL_URL", "https://a:", f"PORTAL_URL='https://a:' {NO_ORIGIN}"),
        ("PORTAL_URL", "https://*.example.com", f"PORTAL_URL='https://*.example.com' {NO_ORIGIN}"),
        ("PORTAL_URL", f"https://me:{SECRET}@a", f"PORTAL_URL='https://***@a' {NO_ORIGIN}"),
        ("SIGN_INS_A_MINUTE", "0", f"SIGN_INS_A_MINUTE='0' {TIME.format(1)}"),
        ("SIGN_INS_A_MINUTE", "many", f"SIGN_INS_A_MINUTE='many' {TIME.format(1)}"),
        ("DATABASE_LOCK_TIMEOUT_MS", "0", f"DATABASE_LOCK_TIMEOUT_MS='0' {TIME.format(1)}"),
        ("DATABASE_LOCK_TIMEOUT_MS", "3s", f"DATABASE_LOCK_TIMEOUT_MS='3s' {TIME.format(1)}"),
        ("DATABASE_STATEMENT_TIMEOUT_MS", "-1", f"DATABASE_STATEMENT_TIMEOUT_MS='-1' {TIME.format(0)}"),
        ("DATABASE_STATEMENT_TIMEOUT_MS", "2147483648",
         f"DATABASE_STATEMENT_TIMEOUT_MS='2147483648' {TIME.format(0)}"),
        ("DATABASE_STATEMENT_TIMEOUT_MS", "1e3", f"DATABASE_STATEMENT_TIMEOUT_MS='1e3' {TIME.format(0)}"),
        ("DATABASE_POOL_MIN", "0", f"DATABASE_POOL_MIN='0' {TIME.format(1)}"),
        ("DATABASE_POOL_MAX", "0", f"DATABASE_POOL_MAX='0' {TIME.format(1)}"),
        ("DATABASE_POOL_MIN", "9", "DATABASE_POOL_MIN=9 is above DATABASE_POOL_MAX=8."),
        ("ALARM_RECIPIENTS", "", "ALARM_RECIPIENTS='' names nobody: stock-plan@example.com."),
        ("ALARM_RECIPIENTS", " ,", "ALARM_RECIPIENTS='' names nobody: stock-plan@example.com."),
        ("ALARM_RECIPIENTS", "me@example.com, desk", f"ALARM_RECIPIENTS='desk' {NO_ADDRESS}"),
        ("ALARM_RECIPIENTS", "me@example.com;you@example.com",
         f"ALARM_RECIPIENTS='me@example.com;you@example.com' {NO_ADDRESS}"),
        ("QUESTION_RECIPIENTS", "", "QUESTION_RECIPIENTS='' names nobody: stock-plan@example.com."),
        ("QUESTION_RECIPIENTS", "desk", f"QUESTION_RECIPIENTS='desk' {NO_ADDRESS}"),
        ("DEFAULT_FROM_EMAIL", "Stock Plan",
         "DEFAULT_FROM_EMAIL='Stock Plan' is no sender like Stock Plan <stock-plan@example.com>."),
        ("MARKET_JUMP_PERCENT_STOCK", "NaN", f"MARKET_JUMP_PERCENT_STOCK='NaN' {NO_NUMBER}"),
        ("MARKET_JUMP_PERCENT_STOCK", "sNaN", f"MARKET_JUMP_PERCENT_STOCK='sNaN' {NO_NUMBER}"),
        ("MARKET_JUMP_PERCENT_STOCK", "-40", f"MARKET_JUMP_PERCENT_STOCK='-40' {NO_NUMBER}"),
        ("MARKET_JUMP_PERCENT_SP500", "0", f"MARKET_JUMP_PERCENT_SP500='0' {NO_NUMBER}"),
        ("MARKET_JUMP_PERCENT_SP500", "Infinity", f"MARKET_JUMP_PERCENT_SP500='Infinity' {NO_NUMBER}"),
        ("MARKET_JUMP_PERCENT_SP500", "15 %", f"MARKET_JUMP_PERCENT_SP500='15 %' {NO_NUMBER}"),
        ("MARKET_SOURCES", "stock", "MARKET_SOURCES is not JSON: Expecting value: line 1 column 1 (char 0)."),
        ("MARKET_SOURCES", '{"stock": NaN}', "MARKET_SOURCES is not JSON: NaN is no number."),
        ("MARKET_SOURCES", "[]", "MARKET_SOURCES is not an object with a list for each series (stock, sp500)."),
        ("MARKET_SOURCES", '{"bonds": []}', "MARKET_SOURCES has 'bonds', which is none of stock, sp500."),
        ("MARKET_SOURCES", '{"stock": {}}', "MARKET_SOURCES['stock'] is not a list."),
        ("MARKET_POLICY", "{", "MARKET_POLICY is not JSON: Expecting property name enclosed in double quotes: "
         "line 1 column 2 (char 1)."),
        ("MARKET_POLICY", "1", "MARKET_POLICY is not an object with an object for each series (stock, sp500)."),
        ("MARKET_POLICY", '{"Stock": {}}', "MARKET_POLICY has 'Stock', which is none of stock, sp500."),
        ("MARKET_POLICY", '{"sp500": 2}', "MARKET_POLICY['sp500'] is not an object."),
        ("SENTRY_DSN", "https://sentry.example.com/1",
         "SENTRY_DSN is not an address like https://key@sentry.example.com/1."),
    ],
)  # fmt: skip
def test_value_that_makes_no_sense_is_named(chosen: pytest.MonkeyPatch, name: str, value: str, message: str) -> None:
    with pytest.raises(ImproperlyConfigured) as refusal:
        settings_with(chosen, {name: value})
    assert str(refusal.value) == message


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("DATABASE_URL", "", NO_DATABASE),
        ("DATABASE_URL", SECRET, NO_DATABASE),
        ("DATABASE_URL", f"oracle://portal:{SECRET}@host/portal", NO_DATABASE),
        ("DATABASE_URL", f"postgres://portal:{SECRET}@host", NO_DATABASE),
        ("DATABASE_URL", f"postgres://portal:{SECRET}@host:5432/", NO_DATABASE),
        ("DATABASE_URL", f"postgres://portal:{SECRET}@host:port/portal", NO_DATABASE),
        ("DATABASE_URL", f"postgres://portal:{SECRET}/{SECRET}@host/portal", NO_DATABASE),
        ("DATABASE_URL", f"postgres://portal:1/{SECRET}@host/portal", NO_DATABASE),
        ("DATABASE_URL", "sqlite://", NO_DATABASE),
        ("DATABASE_URL", f"sqlite://{SECRET}", NO_DATABASE),
        ("REDIS_URL", f"127.0.0.1:6379/{SECRET}", NO_BROKER),
        ("REDIS_URL", f"http://:{SECRET}@127.0.0.1:6379/0", NO_BROKER),
        ("REDIS_URL", f"unix:///run/{SECRET}.sock", NO_BROKER),
        ("REDIS_URL", "redis://", NO_BROKER),
        ("REDIS_URL", f"redis://127.0.0.1:{SECRET}/0", NO_BROKER),
        ("REDIS_URL", f"redis://127.0.0.1:6379/{SECRET}", NO_BROKER),
        ("REDIS_URL", f"redis://:1/{SECRET}@127.0.0.1:6379/0", NO_BROKER),
        ("EMAIL_URL", "", NO_MAIL),
        ("EMAIL_URL", SECRET, NO_MAIL),
        ("EMAIL_URL", f"imap://me:{SECRET}@host", NO_MAIL),
        ("EMAIL_URL", "smtp+tls://", NO_MAIL),
        ("EMAIL_URL", f"smtp+tls://me:{SECRET}/{SECRET}@host:587", NO_MAIL),
        ("EMAIL_URL", f"smtp+tls://me:{SECRET}@host:mail", NO_MAIL),
        ("EMAIL_URL", f"filemail://[{SECRET}", NO_MAIL),
        ("MARKET_SOURCES", f'{{"stock": [{{"headers": {{"X": "{SECRET}"}}}}]',
         "MARKET_SOURCES is not JSON: Expecting ',' delimiter: line 1 column 42 (char 41)."),
        ("SENTRY_DSN", f"https://key:{SECRET}@host:{SECRET}/1",
         "SENTRY_DSN is not an address like https://key@sentry.example.com/1."),
        ("SENTRY_DSN", f"https://key@host/{SECRET}",
         "SENTRY_DSN is not an address like https://key@sentry.example.com/1."),
    ],
)  # fmt: skip
def test_what_may_hold_a_password_is_named_and_not_shown(
    chosen: pytest.MonkeyPatch, name: str, value: str, message: str
) -> None:
    with pytest.raises(ImproperlyConfigured) as refusal:
        settings_with(chosen, {name: value})
    assert str(refusal.value) == message
    raised: BaseException | None = refusal.value
    while raised is not None:
        assert SECRET not in str(raised)
        raised = None if raised.__suppress_context__ else raised.__cause__ or raised.__context__


@pytest.mark.parametrize(
    ("environment", "name", "expected"),
    [
        *(({"BEHIND_PROXY": text}, "BEHIND_PROXY", True) for text in ("1", "true", "Yes", "ON", " 1 ")),
        *(({"BEHIND_PROXY": text}, "BEHIND_PROXY", False) for text in ("0", "False", "no", "off", "")),
        ({"DEBUG": "1", "PORTAL_PLAIN_HTTP": ""}, "PLAIN_HTTP", True),
        ({"PORTAL_PROCESS": "beat"}, "PROCESS", "beat"),
        ({"LOG_FORMAT": "LINE"}, "LOG_FORMAT", "line"),
        ({"ALLOWED_HOSTS": "a, .b.example ,[::1],*,"}, "ALLOWED_HOSTS", ["a", ".b.example", "[::1]", "*"]),
        ({"CSRF_TRUSTED_ORIGINS": "https://a, https://*.b.example:8443"}, "CSRF_TRUSTED_ORIGINS",
         ["https://a", "https://*.b.example:8443"]),
        ({"CSRF_TRUSTED_ORIGINS": ""}, "CSRF_TRUSTED_ORIGINS", []),
        ({"PORTAL_URL": "https://portal.example.com:8443/"}, "PORTAL_URL", "https://portal.example.com:8443"),
        ({"PORTAL_URL": "http://[::1]:8000"}, "PORTAL_URL", "http://[::1]:8000"),
        ({"PORTAL_URL": "", "ALLOWED_HOSTS": "a"}, "PORTAL_URL", "https://a"),
        ({"ALARM_RECIPIENTS": "me@example.com, you@localhost"}, "ALARM_RECIPIENTS",
         ["me@example.com", "you@localhost"]),
        ({"ALARM_RECIPIENTS": "me@example.com"}, "QUESTION_RECIPIENTS", ["me@example.com"]),
        ({"DEFAULT_FROM_EMAIL": "Plan <plan@example.com>"}, "DEFAULT_FROM_EMAIL", "Plan <plan@example.com>"),
        ({"MARKET_JUMP_PERCENT_STOCK": "12.5", "MARKET_JUMP_PERCENT_SP500": ""}, "MARKET_JUMP_PERCENT",
         {"stock": Decimal("12.5"), "sp500": Decimal(15)}),
        ({"MARKET_SOURCES": '{"stock": []}'}, "MARKET_SOURCES", {"stock": []}),
        ({"MARKET_POLICY": '{"stock": {"require": 2}}'}, "MARKET_POLICY", {"stock": {"require": 2}}),
        ({"MARKET_POLICY": ""}, "MARKET_POLICY", {}),
        *(({"REDIS_URL": url}, "REDIS_URL", url) for url in ("", "redis://host", "rediss://me:%2F@host:6380/1")),
        ({"EMAIL_URL": "smtp+tls://me:a%2Fb@host:587"}, "EMAIL_HOST_PASSWORD", "a/b"),
        *(({"EMAIL_URL": url}, "EMAIL_BACKEND", f"django.core.mail.backends.{kind}.EmailBackend")
          for url, kind in (("smtp://host", "smtp"), ("filemail:///mail", "filebased"), ("consolemail://", "console"))),
        ({"COMPANY_NAME": ""}, "COMPANY_NAME", "Example Communications, Inc."),
        ({"SECRET_KEY": "$PATH and more "}, "SECRET_KEY", "$PATH and more "),
    ],
)  # fmt: skip
def test_value_that_makes_sense_is_read(
    chosen: pytest.MonkeyPatch, environment: dict[str, str], name: str, expected: object
) -> None:
    assert settings_with(chosen, environment)[name] == expected


@pytest.mark.parametrize(
    ("url", "name", "host"),
    [
        ("postgres://portal:a%40b%2Fc%23d@host:5432/portal", "portal", "host"),
        ("postgresql:///portal", "portal", ""),
        ("postgresql://portal@host/portal?sslmode=require", "portal", "host"),
        ("sqlite:////srv/portal.sqlite3", "/srv/portal.sqlite3", ""),
    ],
)
def test_database_that_has_a_name_is_read(chosen: pytest.MonkeyPatch, url: str, name: str, host: str) -> None:
    database = settings_with(chosen, {"DATABASE_URL": url})["DATABASES"]["default"]
    assert (database["NAME"], database["HOST"]) == (name, host)


def test_least_and_longest_times_are_taken(chosen: pytest.MonkeyPatch) -> None:
    times = {"DATABASE_LOCK_TIMEOUT_MS": "1", "DATABASE_STATEMENT_TIMEOUT_MS": "0"}
    options = settings_with(chosen, POSTGRESQL | times)["DATABASES"]["default"]["OPTIONS"]["options"]
    assert options.startswith("-c lock_timeout=1 -c statement_timeout=0 ")


def test_log_level_may_be_written_small(chosen: pytest.MonkeyPatch) -> None:
    assert settings_with(chosen, {"LOG_LEVEL": "warning"})["LOGGING"]["root"]["level"] == "WARNING"


@pytest.mark.parametrize("name", ["WEB_WORKERS", "WEB_THREADS"])
@pytest.mark.parametrize("value", ["0", "-1", "four", "1.5"])
def test_number_of_web_processes_and_threads_is_a_number(chosen: pytest.MonkeyPatch, name: str, value: str) -> None:
    chosen.setenv(name, value)
    with pytest.raises(ImproperlyConfigured) as refusal:
        gunicorn_settings(chosen)
    assert str(refusal.value) == f"{name}={value!r} is no whole number from 1 to 1000."


def test_web_server_reads_its_numbers(chosen: pytest.MonkeyPatch) -> None:
    chosen.setenv("WEB_WORKERS", "2")
    chosen.setenv("WEB_THREADS", "")
    found = gunicorn_settings(chosen)
    assert (found["workers"], found["threads"], found["bind"]) == (2, 4, "127.0.0.1:8000")


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"MARKET_SOURCES": '{"sp500": [{"kind": "ftp"}]}'},
         "MARKET_SOURCES['sp500'][0]: \"kind\" is 'ftp' and should be one of "
         "csv_file, folder, http_csv, http_json, simulated."),
        ({"MARKET_SOURCES": '{"stock": [{"kind": "simulated"}]}'},
         "MARKET_SOURCES['stock'][0]: \"simulated\" is for the demo only (PORTAL_DEMO=1)."),
        ({"MARKET_SOURCES": '{"stock": [{"kind": "simulated", "start": 5}]}', "PORTAL_DEMO": "1"},
         "MARKET_SOURCES['stock'][0]: fromisoformat: argument must be str."),
        ({"MARKET_POLICY": '{"sp500": {"require": 2}}'},
         "MARKET_POLICY['sp500']: \"require\" is 2, and the series has 0 sources."),
    ],
)  # fmt: skip
def test_every_process_looks_into_its_sources_at_its_start(
    tmp_path: Path, environment: dict[str, str], message: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import config.wsgi"],
        env={"PATH": os.defpath, "PORTAL_VAR": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1", **KEY, **environment},
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == f"django.core.exceptions.ImproperlyConfigured: {message}"


@pytest.mark.parametrize("dsn", ["", "https://key@sentry.example.com/1"])
def test_errors_are_reported_where_the_address_is_one(chosen: pytest.MonkeyPatch, dsn: str) -> None:
    told: list[str] = []
    chosen.setattr("config.errors.report_to", lambda address, **options: told.append(address))
    settings_with(chosen, {"SENTRY_DSN": dsn})
    assert told == ([dsn] if dsn else [])
