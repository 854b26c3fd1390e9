"""How the desk finds people, and what is on record about them: by name, employee number or e-mail address."""

from typing import Any

from django.contrib.auth.models import User
from django.db.models import QuerySet

from awards.market.finding import Finder, Search
from awards.models import Grantee
from awards.models.words import having_words, words_of

HELP = "The beginnings of a name's words, an employee number, or the beginning of an e-mail address"


def at_address(search: Search) -> list[int]:
    """The keys of those who sign in under an address that begins so."""
    is_one_word = len(search.text.split()) == 1
    return search.keys(User.objects.filter(email__istartswith=search.text).order_by()) if is_one_word else []


def accounts(search: Search) -> list[int]:
    """The keys of those who sign in under such an address, or have such a name."""
    words = [] if "@" in search.text else words_of(search.text)
    named = search.keys(having_words(User.objects.all(), "first_name", "last_name", words=words)) if words else []
    return [*at_address(search), *named]


def grantees(search: Search) -> list[int]:
    """The keys of Grantees of such a name or employee number, or who sign in under such an address."""
    named = [] if "@" in search.text else search.keys(Grantee.objects.named(search.text).order_by())
    signed_in = at_address(search)
    return [*named, *search.keys(Grantee.objects.filter(user__in=signed_in).order_by())] if signed_in else named


def by_account(field: str) -> Finder:
    """Rows of those who sign in under such a name or address."""
    return lambda rows, search: _of(rows, field, accounts(search), search)


def by_grantee(field: str) -> Finder:
    """Rows of such Grantees; of `pk`, they themselves."""
    return lambda rows, search: _of(rows, field, grantees(search), search)


def _of(rows: QuerySet[Any], field: str, keys: list[int], search: Search) -> list[int]:
    return search.keys(rows.filter(**{f"{field}__in": keys})) if keys else []
