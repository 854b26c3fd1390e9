"""The portal's settings as the tests want them, whatever the environment of the person who runs them says.

Only DATABASE_URL and REDIS_URL are taken from outside: `tests.servers` sets both.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

FOLDER = Path(tempfile.mkdtemp(prefix="portal-tests-"))
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)

LEFT_OUT = {
    "DEBUG", "PORTAL_DEMO", "PORTAL_REHEARSAL", "PORTAL_NOW", "ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS", "BEHIND_PROXY",
    "DATABASE_LOCK_TIMEOUT_MS", "DATABASE_STATEMENT_TIMEOUT_MS", "EMAIL_URL", "DEFAULT_FROM_EMAIL", "COMPANY_NAME",
    "STOCK_SYMBOL", "ALARM_RECIPIENTS", "MARKET_SOURCES", "MARKET_POLICY", "MARKET_JUMP_PERCENT_STOCK",
    "MARKET_JUMP_PERCENT_SP500", "LOG_LEVEL", "DATABASE_POOL_MIN", "DATABASE_POOL_MAX", "METRICS_TOKEN",
    "SENTRY_DSN", "SENTRY_ENVIRONMENT", "PORTAL_URL", "QUESTION_RECIPIENTS", "SIGN_INS_A_MINUTE",
}  # fmt: skip
for name in LEFT_OUT:
    os.environ.pop(name, None)
os.environ["SECRET_KEY"] = "only-for-tests-" + "0123456789" * 4
os.environ["PORTAL_PLAIN_HTTP"] = "1"
os.environ["PORTAL_VAR"] = str(FOLDER)
os.environ["PORTAL_PROCESS"] = "web"
os.environ["LOG_FORMAT"] = "line"
os.environ["DATABASE_POOL"] = "0"
os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = str(Path(__file__).parent.parent / "var" / "cache" / "hypothesis")

from config.settings import *  # noqa: E402
from config.settings import DATABASES, STORAGES  # noqa: E402

if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # A file: threads that share a database in memory share its one connection too, and prove nothing about locks.
    DATABASES["default"]["TEST"] = {"NAME": str(FOLDER / "test.sqlite3")}

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
STATIC_ROOT = FOLDER / "static"
STATIC_ROOT.mkdir(exist_ok=True)
