"""What the environment says, read in one place: a value that makes no sense is refused by the name of its variable.

Set to nothing is the same as not set, except where that would quietly give something else than was meant: a list of
people or hosts, the database, the server for mail. What may hold a password is named and never shown.
"""

import json
import os
import re
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal, InvalidOperation
from email.utils import parseaddr
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.validators import validate_email
from environ import Env

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
SERIES = ("stock", "sp500")
_FLAGS = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
_MOST = 2_147_483_647  # what PostgreSQL takes for a time
_NAME = r"(?:\[[0-9a-f:.]+\]|[a-z0-9_-]+(?:\.[a-z0-9_-]+)*)"
_HOST = re.compile(rf"\*|\.?{_NAME}", re.IGNORECASE)
_ORIGIN = re.compile(rf"https?://{_NAME}(?::[1-9]\d{{0,4}})?", re.IGNORECASE | re.ASCII)
_HIDDEN = "Its text may hold a password and is not shown; there, write %40 for @, %2F for / and %23 for #."


def _refuse(name: str, given: str, fault: str) -> NoReturn:
    raise ImproperlyConfigured(f"{name}={given!r} {fault}.")


def text(name: str, *, default: str = "") -> str:
    """As it stands: blanks may belong to a key."""
    given = os.environ.get(name, "")
    return given if given.strip() else default


def _stripped(name: str) -> str:
    return os.environ.get(name, "").strip()


def flag(name: str, *, default: bool) -> bool:
    given = _stripped(name)
    if given and given.lower() not in _FLAGS:
        _refuse(name, given, f"is none of {', '.join(_FLAGS)}")
    return _FLAGS[given.lower()] if given else default


def one_of(name: str, *allowed: str, default: str) -> str:
    given = _stripped(name) or default
    for each in allowed:
        if each.lower() == given.lower():
            return each
    _refuse(name, given, f"is none of {', '.join(allowed)}")


def whole_number(name: str, *, default: int, least: int, most: int = _MOST) -> int:
    given = _stripped(name)
    if not given:
        return default
    if not re.fullmatch(r"\d{1,10}", given, re.ASCII) or not least <= int(given) <= most:
        _refuse(name, given, f"is no whole number from {least} to {most}")
    return int(given)


def percent(name: str, *, default: str) -> Decimal:
    given = _stripped(name) or default
    try:
        number = Decimal(given)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or number <= 0:
        _refuse(name, given, "is no number above zero, such as 40 or 12.5")
    return number


def instant(name: str) -> datetime | None:
    given = _stripped(name)
    if not given:
        return None
    try:
        fixed = datetime.fromisoformat(given)
    except ValueError:
        _refuse(name, given, "is not an instant like 2007-04-02T11:00-04:00")
    if fixed.tzinfo is None:
        raise ImproperlyConfigured(f"{name}={given!r} names no time zone; write 2007-04-02T11:00-04:00.")
    return fixed


def folder(name: str, *, default: Path) -> Path:
    """The folder, made where it is not there yet."""
    found = Path(text(name, default=str(default)))
    try:
        found.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        _refuse(name, str(found), f"is not a folder and cannot become one: {error.strerror}")
    return found


def _listed(name: str, default: Iterable[str]) -> list[str]:
    """Without the blanks around commas, which would make of a name another one."""
    if name not in os.environ:
        return list(default)
    return [each.strip() for each in os.environ[name].split(",") if each.strip()]


def hosts(name: str, *, default: Iterable[str]) -> list[str]:
    found = _listed(name, default)
    for each in found:
        if not _HOST.fullmatch(each):
            _refuse(name, each, "is no name of a host: portal.example.com, without https:// and port")
    if not found:
        _refuse(name, "", "names no host: portal.example.com")
    return found


def origins(name: str) -> list[str]:
    found = _listed(name, ())
    for each in found:
        _check_origin(name, each, each.replace("://*.", "://", 1))
    return found


def origin(name: str, *, default: str) -> str:
    given = _stripped(name).rstrip("/")
    if given:
        _check_origin(name, given, given)
    return given or default


def _check_origin(name: str, given: str, address: str) -> None:
    """Neither path, query nor user: each would end up in the middle of an address that is made of it."""
    is_origin = _ORIGIN.fullmatch(address) is not None
    port = re.search(r":(\d+)$", address)
    if not is_origin or (port and int(port[1]) > 65_535):
        # A user and a password are refused too, and not repeated.
        shown = re.sub(r"//[^/]*@", "//***@", given)
        _refuse(name, shown, "is not an address like https://portal.example.com, without path and query")


def addresses(name: str, *, default: Iterable[str]) -> list[str]:
    found = _listed(name, default)
    for each in found:
        if not _is_address(each):
            _refuse(name, each, "is no e-mail address: stock-plan@example.com, several with commas between them")
    if not found:
        _refuse(name, "", "names nobody: stock-plan@example.com")
    return found


def sender(name: str, *, default: str) -> str:
    given = _stripped(name) or default
    if not _is_address(parseaddr(given)[1]):
        _refuse(name, given, "is no sender like Stock Plan <stock-plan@example.com>")
    return given


def _is_address(given: str) -> bool:
    try:
        validate_email(given)
    except ValidationError:
        return False
    return True


def by_series(name: str, kind: type, *, default: dict[str, Any]) -> dict[str, Any]:
    """A list or an object for each series. `awards.market` looks into them, once there are models."""
    given = _stripped(name)
    if not given:
        return default
    what = "a list" if kind is list else "an object"
    try:
        found = json.loads(given, parse_constant=_no_number)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} is not JSON: {error}.") from None  # its text may hold a token
    if not isinstance(found, dict):
        raise ImproperlyConfigured(f"{name} is not an object with {what} for each series ({', '.join(SERIES)}).")
    for series, value in found.items():
        if series not in SERIES:
            raise ImproperlyConfigured(f"{name} has {series!r}, which is none of {', '.join(SERIES)}.")
        if not isinstance(value, kind):
            raise ImproperlyConfigured(f"{name}[{series!r}] is not {what}.")
    return found


def _no_number(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number")


def database(name: str, *, default: str) -> dict[str, Any]:
    """An empty address is refused: it would stand for a new database beside the one that was meant."""
    url = os.environ.get(name, default).strip()
    scheme, _, rest = url.partition("://")
    found: dict[str, Any] = {}
    # Looked at before anything else: the library warns of what it does not know, and its warning has the password.
    if scheme in {"postgres", "postgresql"} or (scheme == "sqlite" and rest.startswith("/")):
        try:
            found = Env.db_url_config(url)
        except ValueError:
            found = {}
    named = found.get("NAME", "")
    if named in {"", ":memory:"} or (scheme != "sqlite" and re.search("[/@]", named)):
        expected = "postgres://user:password@host:5432/name"
        raise ImproperlyConfigured(f"{name} is not an address like {expected}. {_HIDDEN}")
    return found


def broker(name: str) -> str:
    """What Celery and the readiness check both read; unix://, which only the latter knows, would stop the workers."""
    url = _stripped(name)
    if url and not _is_server(url, schemes={"redis", "rediss"}, path=r"/?\d*"):
        raise ImproperlyConfigured(
            f"{name} is not an address like redis://host:6379/0 or rediss://user:password@host:6379/0. {_HIDDEN}"
        )
    return url


def mail(name: str, *, default: str) -> dict[str, Any]:
    """An empty address is refused: mail would go into files that nobody reads."""
    url = os.environ.get(name, default).strip()
    has_no_server = re.fullmatch(r"(?:console|file|memory|dummy)mail://[^\[\]@:]*", url) is not None
    if not has_no_server and not _is_server(url, schemes={"smtp", "smtps", "smtp+tls", "smtp+ssl"}, path="/?"):
        raise ImproperlyConfigured(f"{name} is not an address like smtp+tls://user:password@host:587. {_HIDDEN}")
    found: dict[str, Any] = Env.email_url_config(url)
    return found


def _is_server(url: str, *, schemes: set[str], path: str) -> bool:
    try:
        parts = urlsplit(url)
        has_host = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    return has_host and parts.scheme in schemes and re.fullmatch(path, parts.path) is not None and not parts.fragment
