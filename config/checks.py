"""What the release step refuses besides what Django does: settings that are for demonstrations and rehearsals.

They read the settings alone. The step may run before there is a database.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register


@register(Tags.security, deploy=True)
def fit_for_production(app_configs: Sequence[AppConfig] | None, **options: Any) -> list[CheckMessage]:
    return list(_unfit())


def _unfit() -> Iterator[CheckMessage]:
    if settings.PORTAL_NOW or settings.REHEARSAL:
        yield Error(
            "PORTAL_NOW or PORTAL_REHEARSAL is set: the clock stands still or may be made to.",
            hint="Unset both. Notices would be received, and lapses decided, at an instant that somebody chose.",
            id="portal.E001",
        )
    if settings.DEMO:
        yield Error(
            "PORTAL_DEMO is set: closes are simulated, and every page calls the company fictional.",
            hint="Unset it, and name the sources of closes in MARKET_SOURCES.",
            id="portal.E002",
        )
    if "*" in settings.ALLOWED_HOSTS:
        yield Error(
            "ALLOWED_HOSTS has *: whoever asks chooses the name in the links of an answer.",
            hint="List the names under which people reach the portal.",
            id="portal.E003",
        )
    if not settings.REDIS_URL:
        yield Error(
            "REDIS_URL is not set: jobs would go through files, which serve one machine and its demonstrations.",
            hint="Set it to an address like redis://127.0.0.1:6379/0.",
            id="portal.E004",
        )
    if settings.DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
        yield Error(
            "The database is SQLite: one writer at a time, and no role that is kept from changing what happened.",
            hint="Set DATABASE_URL to an address like postgres://user:password@host:5432/name.",
            id="portal.E005",
        )
