"""Settings, all from the environment. What must be set and is not, or makes no sense, stops the start with its name.

`docs/operations.md` lists every variable.
"""

from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from config import environment as env
from config import errors, logs

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = env.folder("PORTAL_VAR", default=BASE_DIR / "var")

DEBUG = env.flag("DEBUG", default=False)
DEMO = env.flag("PORTAL_DEMO", default=False)
REHEARSAL = env.flag("PORTAL_REHEARSAL", default=False)

# Set by `config.wsgi` and by the units of worker and beat; anything else is a command.
PROCESS = env.one_of("PORTAL_PROCESS", "web", "worker", "beat", "command", default="command")

SECRET_KEY = env.text("SECRET_KEY", default="only-for-debugging-on-one-machine" if DEBUG else "")
if not SECRET_KEY:
    raise ImproperlyConfigured("SECRET_KEY is not set. Set it to 50 or more random characters (or DEBUG=1 to develop).")

PORTAL_NOW = env.instant("PORTAL_NOW")
if PORTAL_NOW and not (DEBUG or REHEARSAL):
    raise ImproperlyConfigured("PORTAL_NOW fixes the clock. Set PORTAL_REHEARSAL=1 as well if that is meant.")

ALLOWED_HOSTS = env.hosts("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.origins("CSRF_TRUSTED_ORIGINS")
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "config",
    "awards.market",
    "awards",
    "exercises",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.forms",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "awards.sessions_app.UserSessionsConfig",
    "csp",
    "django_filters",
    "django_htmx",
    "django_tables2",
    "import_export",
]

MIDDLEWARE = [
    "config.middleware.watch",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "awards.sessions.note",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "config.language.ReaderLanguage",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "awards.context.portal",
            ],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# Database.
DATABASES = {"default": env.database("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'portal.sqlite3'}")}
# A page gives up before its reader does; a job is ended by its own time limit; a migration takes what it takes.
_longest = {"web": 30_000, "worker": 540_000, "beat": 30_000, "command": 0}
_session = {
    "lock_timeout": env.whole_number("DATABASE_LOCK_TIMEOUT_MS", default=3_000, least=1),
    "statement_timeout": env.whole_number("DATABASE_STATEMENT_TIMEOUT_MS", default=_longest[PROCESS], least=0),
    "idle_in_transaction_session_timeout": 60_000 if PROCESS == "web" else 0,
}
_pooled = env.flag("DATABASE_POOL", default=True)
_pool = {
    "min_size": env.whole_number("DATABASE_POOL_MIN", default=1, least=1),
    "max_size": env.whole_number("DATABASE_POOL_MAX", default=8, least=1),
    "timeout": 5,
}
if _pool["min_size"] > _pool["max_size"]:
    raise ImproperlyConfigured(f"DATABASE_POOL_MIN={_pool['min_size']} is above DATABASE_POOL_MAX={_pool['max_size']}.")
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        # A transaction that will write takes the write lock at its start, so that two of them queue and neither fails.
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
    }
else:
    DATABASES["default"]["OPTIONS"] = {
        **DATABASES["default"].get("OPTIONS", {}),
        "application_name": f"portal-{PROCESS}",
        "connect_timeout": 5,
        # A server that is gone without a word is noticed in half a minute, whether something was sent to it or not.
        "keepalives_idle": 15,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 30_000,
        # What `awards.market.rows` sends for the third time on a connection is kept ready there from then on.
        "prepare_threshold": 2,
        "options": " ".join(f"-c {name}={value}" for name, value in _session.items()),
    }
    # Only the web's threads share connections: a worker's child has one task, and a fork shares none.
    if PROCESS == "web" and _pooled:
        DATABASES["default"]["OPTIONS"]["pool"] = _pool
        # The database may have been started anew since its connections were last used.
        DATABASES["default"]["ENGINE"] = "config.postgresql"

# Cache and sessions stay in the database: the counts of sign-ins must survive the loss of Redis too.
REDIS_URL = env.broker("REDIS_URL")
CACHES = {"default": {"BACKEND": "config.cache.KeptCache", "LOCATION": "portal_cache"}}
SESSION_ENGINE = "config.sessions"
SESSION_COOKIE_AGE = 8 * 60 * 60
SESSION_EXPIRE_AT_BROWSER_CLOSE = True

# Who may sign in.
AUTHENTICATION_BACKENDS = [
    "awards.sign_in.PortalBackend",
    "awards.sign_in.PortalEmailBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_REDIRECT_URL = "awards:home"
LOGIN_URL = "account_login"
ACCOUNT_ADAPTER = "awards.sign_in.PortalAccountAdapter"
ACCOUNT_USER_DISPLAY = "awards.sign_in.display_name"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = "username"
ACCOUNT_EMAIL_VERIFICATION = "none"  # accounts are opened by the Company with a work address
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = False
# From one address, which a whole office may share; of one account five fail in five minutes, wherever they come from.
_sign_ins = env.whole_number("SIGN_INS_A_MINUTE", default=30, least=1)
ACCOUNT_RATE_LIMITS = {"login": f"{_sign_ins}/m/ip", "login_failed": f"{-(-_sign_ins // 3)}/m/ip,5/300s/key"}
ACCOUNT_REAUTHENTICATION_REQUIRED = True  # whoever could add an address could have the password reset to it
MFA_ADAPTER = "awards.sign_in.PortalMFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_ISSUER = "Outperform Stock Options"
MFA_ALLOW_UNVERIFIED_EMAIL = True  # nobody signs up, so nobody can keep the owner of an address out of their account
MFA_PASSKEY_LOGIN_ENABLED = True
# A touch shows that somebody is there; a finger, face or PIN, that it is they. So a passkey may stand alone.
MFA_WEBAUTHN_USER_VERIFICATION = "required"
MFA_FORMS = {
    "add_webauthn": "awards.passkeys.AddPasskeyForm",
    "authenticate_webauthn": "awards.passkeys.AuthenticateByPasskeyForm",
    "login_webauthn": "awards.passkeys.SignInByPasskeyForm",
    "reauthenticate_webauthn": "awards.passkeys.ReauthenticateByPasskeyForm",
}
USERSESSIONS_TRACK_ACTIVITY = False  # a statement a page; `awards.sessions` needs one in ten minutes

# Web security.
PLAIN_HTTP = env.flag("PORTAL_PLAIN_HTTP", default=DEBUG)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = not PLAIN_HTTP
SECURE_HSTS_SECONDS = 0 if PLAIN_HTTP else 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = not PLAIN_HTTP
BEHIND_PROXY = env.flag("BEHIND_PROXY", default=False)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
# Sign-ins are counted by the address that the proxy saw, and not by the proxy's own.
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if BEHIND_PROXY else 0
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "manifest-src": [SELF],
    },
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1_000

# Language, time, files.
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("es", "Español")]
LOCALE_PATHS = [BASE_DIR / "locale"]
LANGUAGE_COOKIE_SECURE, LANGUAGE_COOKIE_HTTPONLY, LANGUAGE_COOKIE_SAMESITE = not PLAIN_HTTP, True, "Lax"
TIME_ZONE = "America/New_York"
USE_I18N = True
USE_TZ = True
USE_THOUSAND_SEPARATOR = False
STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
MEDIA_ROOT = VAR_DIR / "media"
DJANGO_TABLES2_TEMPLATE = "tables/table.html"

# Mail.
EMAIL_FILE_PATH = str(VAR_DIR / "mail")
vars().update(env.mail("EMAIL_URL", default="filemail://"))
if not EMAIL_FILE_PATH:
    EMAIL_FILE_PATH = str(VAR_DIR / "mail")
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.sender("DEFAULT_FROM_EMAIL", default="Stock Plan <stock-plan@localhost>")

# Where people reach the portal: the links in mail, and the names of a calendar's days.
_first_host = next(iter(ALLOWED_HOSTS), "localhost").lstrip(".")
_address = "http://127.0.0.1:8000" if PLAIN_HTTP else f"https://{_first_host}"
PORTAL_URL = env.origin("PORTAL_URL", default=_address)

# Jobs: `docs/operations.md` says what each guards against.
_broker_folder = VAR_DIR / "broker"
CELERY_TIMEZONE = "America/New_York"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_TIME_LIMIT = 600
CELERY_TASK_SOFT_TIME_LIMIT = 540
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 30
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SYNC_EVERY = 1
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "beat-schedule")
if REDIS_URL:
    CELERY_BROKER_URL = REDIS_URL
    CELERY_VISIBILITY_TIMEOUT = 900
    CELERY_RESULT_BACKEND_TRANSPORT_OPTIONS = {"visibility_timeout": 900}
    CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {
        "visibility_timeout": 900,
        "socket_timeout": 5,
        "socket_connect_timeout": 5,
        "socket_keepalive": True,
        "health_check_interval": 25,
        "unacked_restore_interval": 10,
        "unacked_restore_throttle": 1,
    }
else:
    for _folder in ("queue", "processed", "control"):
        (_broker_folder / _folder).mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_URL = "filesystem://localhost//"
    # Remote control listens under a new name each time, and files keep what nobody fetches.
    CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(_broker_folder / "queue"),
        "data_folder_out": str(_broker_folder / "queue"),
        "processed_folder": str(_broker_folder / "processed"),
        "control_folder": str(_broker_folder / "control"),
        "store_processed": False,
    }

# The Company and its market data.
COMPANY_NAME = env.text("COMPANY_NAME", default="Example Communications, Inc.")
STOCK_SYMBOL = env.text("STOCK_SYMBOL", default="EXCO")
ALARM_RECIPIENTS = env.addresses("ALARM_RECIPIENTS", default=["stock-plan@localhost"])
QUESTION_RECIPIENTS = env.addresses("QUESTION_RECIPIENTS", default=ALARM_RECIPIENTS)
# A list of sources per series; `docs/operations.md` describes each kind and its keys.
_simulation = [{"kind": "simulated"}] if DEMO else []
MARKET_SOURCES = env.by_series("MARKET_SOURCES", list, default={"stock": _simulation, "sp500": _simulation})
# How many sources of a series must agree, or which is preferred; without it each is believed.
MARKET_POLICY = env.by_series("MARKET_POLICY", dict, default={})
# A close further than this many per cent from the one before is held for two people to look at.
MARKET_JUMP_PERCENT = {
    "stock": env.percent("MARKET_JUMP_PERCENT_STOCK", default="40"),
    "sp500": env.percent("MARKET_JUMP_PERCENT_SP500", default="15"),
}

# What the portal tells of itself.
LOG_FORMAT = env.one_of("LOG_FORMAT", "json", "line", default="line" if DEBUG or DEMO else "json")
LOGGING = logs.configuration(form=LOG_FORMAT, level=env.one_of("LOG_LEVEL", *env.LEVELS, default="INFO"))
METRICS_TOKEN = env.text("METRICS_TOKEN")
SENTRY_DSN = env.text("SENTRY_DSN")
if SENTRY_DSN:
    errors.report_to(SENTRY_DSN, environment=env.text("SENTRY_ENVIRONMENT", default="production"), server_name=PROCESS)
