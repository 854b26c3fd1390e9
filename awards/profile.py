"""What a person's profile says of their account: second factors, and by which browsers they are signed in."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.mfa.models import Authenticator
from django.utils.translation import gettext as _

# The first that is named decides: most browsers and systems name those that they descend from, too.
_BROWSERS = {
    "Edg": "Edge",
    "OPR/": "Opera",
    "SamsungBrowser/": "Samsung Internet",
    "Firefox/": "Firefox",
    "FxiOS/": "Firefox",
    "Chrome/": "Chrome",
    "CriOS/": "Chrome",
    "Safari/": "Safari",
}
_SYSTEMS = {
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Android": "Android",
    "Windows": "Windows",
    "CrOS": "ChromeOS",
    "Macintosh": "Mac",
    "Linux": "Linux",
}
_FIRST_WORD = re.compile(r"[\w.-]+")


@dataclass(frozen=True, slots=True)
class SecondFactors:
    """What is enrolled. `codes_left` is None where there are no recovery codes."""

    app_since: datetime | None
    passkeys: tuple[str, ...]
    codes_left: int | None

    @property
    def any(self) -> bool:
        return self.app_since is not None or bool(self.passkeys)


def second_factors(user: Any) -> SecondFactors:
    """One query."""
    enrolled = list(Authenticator.objects.filter(user_id=user.pk).order_by("created_at", "pk"))
    app = _of_type(enrolled, Authenticator.Type.TOTP)
    codes = _of_type(enrolled, Authenticator.Type.RECOVERY_CODES)
    return SecondFactors(
        app_since=app[0].created_at if app else None,
        passkeys=tuple(str(each) for each in _of_type(enrolled, Authenticator.Type.WEBAUTHN)),
        codes_left=len(codes[0].wrap().get_unused_codes()) if codes else None,
    )


def _of_type(enrolled: Iterable[Authenticator], type: str) -> list[Authenticator]:
    return [each for each in enrolled if each.type == type]


def browser(user_agent: str) -> str:
    """A browser as people know it, such as "Firefox on Windows"; of another program, what it calls itself first."""
    name, system = _named(user_agent, _BROWSERS), _named(user_agent, _SYSTEMS)
    if name and system:
        return _("%(browser)s on %(system)s") % {"browser": name, "system": system}
    first = _FIRST_WORD.match(user_agent)
    return name or system or (first.group() if first else _("Unknown browser"))


def _named(user_agent: str, marks: dict[str, str]) -> str:
    return next((name for mark, name in marks.items() if mark in user_agent), "")
