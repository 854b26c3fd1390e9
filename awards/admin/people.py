"""How the desk finds people, and what is on record about them: by name, employee number or e-mail address."""

from typing import Any

from django.contrib.auth.models import User
from django.db.models import QuerySet

from awards.market.finding import Finder, Search
from awards.models import Grantee
from awards.models.words import HasWords, words_of

HELP = "The beginnings of a name's words, an employee number, or the beginning of an e-mail address"


def accounts(search: Search) -> list[int]:
    """The keys of those who sign in under an address that begins so, or have such a name."""
    text, users = search.text, User.objects.order_by()
    at_address = search.keys(users.filter(email__istartswith=text)) if len(text.split()) == 1 else []
    words = [] if "@" in text else words_of(text)
    named = search.keys(users.filter(HasWords("first_name", "last_name", words=words))) if words else []
    return [*at_address, *named]


def grantees(search: Search) -> list[int]:
    """The keys of Grantees of such a name or employee number, or who sign in under such a name or address."""
    named = [] if "@" in search.text else search.keys(Grantee.objects.named(search.text).order_by())
    signed_in = accounts(search)
    return [*named, *search.keys(Grantee.objects.filter(user__in=signed_in).order_by())] if signed_in else named


def by_account(field: str) -> Finder:
    """Rows of those who sign in under such a name or address."""
    return lambda rows, search: _of(rows, field, accounts(search), search)


def by_grantee(field: str) -> Finder:
    """Rows of such Grantees; of `pk`, they themselves."""
    return lambda rows, search: _of(rows, field, grantees(search), search)


def _of(rows: QuerySet[Any], field: str, keys: list[int], search: Search) -> list[int]:
    return search.keys(rows.filter(**{f"{field}__in": keys})) if keys else []
