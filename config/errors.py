"""Errors reported to a Sentry, where SENTRY_DSN names one: what failed and where, and nothing about people."""

from typing import Any

from django.core.exceptions import ImproperlyConfigured

from config.logs import discreet, request_id


def report_to(dsn: str, **options: Any) -> None:
    """Send every unhandled error and logged error from now on."""
    import sentry_sdk  # not for those who have no use for it

    if not _is_dsn(dsn):
        raise ImproperlyConfigured("SENTRY_DSN is not an address like https://key@sentry.example.com/1.")
    sentry_sdk.init(
        dsn=dsn,
        before_send=without_people,
        send_default_pii=False,
        include_local_variables=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        **options,
    )


def _is_dsn(dsn: str) -> bool:
    from sentry_sdk.utils import BadDsn, Dsn

    try:
        Dsn(dsn)
    except (BadDsn, ValueError):
        return False
    return True


def without_people(event: Any, hint: dict[str, Any]) -> Any:
    """The event without whoever asked and what they sent; of the request its method and its id remain."""
    asked = event.pop("request", {})
    for name in ("user", "extra", "breadcrumbs"):
        event.pop(name, None)
    event["tags"] = {**(event.get("tags") or {}), "method": asked.get("method", ""), "request_id": request_id.get()}
    for raised in (event.get("exception") or {}).get("values", []):
        raised["value"] = discreet(str(raised.get("value", "")))
    _make_discreet(event.get("logentry") or {})
    return event


def _make_discreet(said: dict[str, Any]) -> None:
    said.pop("params", None)
    for name in ("message", "formatted"):
        if name in said:
            said[name] = discreet(str(said[name]))
