"""A stored message in words: the same for the inbox and for e-mail, as text and as HTML.

Each kind has `templates/told/mail/<kind>_subject.txt` and `<kind>_body.txt`. A subject holds no amount: it is shown on
locked screens and kept by mail servers.
"""

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.conf import settings
from django.template.loader import render_to_string

from awards.models import Message

READ: dict[str, Callable[[str], Any]] = {"_on": date.fromisoformat, "_at": datetime.fromisoformat, "_amount": Decimal}


class Mail(NamedTuple):
    """An e-mail as it is sent: `body` is text, and `html` says the same."""

    subject: str
    body: str
    html: str


def said(message: Message) -> dict[str, Any]:
    """What the message says, as days, instants and exact amounts again."""
    return {name: _read(name, value) for name, value in message.data.items()}


def _read(name: str, value: Any) -> Any:
    read = next((read for ending, read in READ.items() if name.endswith(ending)), None)
    return value if read is None or value is None else read(value)


def subject(message: Message) -> str:
    return _rendered(message, "subject")


def body(message: Message) -> str:
    """Paragraphs of plain text, with a blank line between them."""
    return _rendered(message, "body")


def _rendered(message: Message, part: str) -> str:
    context = {"message": message, "award": message.award, **said(message)}
    rendered = render_to_string(f"told/mail/{message.kind}_{part}.txt", context)
    # Taken apart and put together it is plain text again, which a page or an HTML mail escapes.
    paragraphs = re.split(r"\n\s*\n", rendered.strip())
    return "\n\n".join("\n".join(line.strip() for line in lines.splitlines()) for lines in paragraphs)


def mail(message: Message) -> Mail:
    """The whole e-mail: what is said, where to look, the time zone, and that the Agreement governs."""
    about = subject(message)
    context = {
        "subject": about,
        "body": body(message),
        "message": message,
        "company_name": settings.COMPANY_NAME,
        "portal_url": settings.PORTAL_URL,
        "is_demo": settings.DEMO,
    }
    return Mail(
        about,
        render_to_string("told/mail/mail.txt", context).strip() + "\n",
        render_to_string("told/mail/mail.html", context),
    )
