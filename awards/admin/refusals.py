"""Why an action did not take place, in words for the person at the page."""

from collections.abc import Iterator

from django.apps import apps
from django.db import IntegrityError, OperationalError
from django.db.models import BaseConstraint, Model, UniqueConstraint

from awards.actions.refusal import Refused
from awards.agreement.errors import AgreementError

# What an action raises when it has written nothing: its own refusals, the Agreement's, and the database's.
REFUSALS = (Refused, AgreementError, IntegrityError, OperationalError)


def reason_of(error: Exception) -> str:
    """The text of a refusal; for one of the database, the message of the constraint that was kept."""
    if isinstance(error, IntegrityError):
        return _broken(str(error))
    if isinstance(error, OperationalError):
        return "Somebody else is at work on this record. Nothing was written; try again in a moment."
    return str(error)


def _broken(said: str) -> str:
    for model, constraint in _constraints():
        if constraint.name in said or said.endswith(_columns(model, constraint)):
            return str(constraint.get_violation_error_message())
    if "unique" in said.lower():
        return "The same is on record already."
    return "The records do not allow this. Nothing was written."


def _constraints() -> Iterator[tuple[type[Model], BaseConstraint]]:
    yield from ((model, constraint) for model in apps.get_models() for constraint in model._meta.constraints)


def _columns(model: type[Model], constraint: BaseConstraint) -> str:
    """How SQLite names a unique constraint: by its columns."""
    fields = constraint.fields if isinstance(constraint, UniqueConstraint) else ()
    table = model._meta.db_table
    return ": " + (", ".join(f"{table}.{model._meta.get_field(name).column}" for name in fields) or "no columns")  # type: ignore[union-attr]
