"""Database constraints that several tables share: who and when together, and two people for one decision."""

from collections.abc import Sequence

from django.db.models import CheckConstraint, F, Q


def all_or_none(table: str, *fields: str) -> CheckConstraint:
    """The fields are all set or all null."""
    every = Q(**{f"{field}__isnull": False for field in fields})
    none = Q(**{f"{field}__isnull": True for field in fields})
    return CheckConstraint(
        condition=every | none,
        name=f"{table}_{fields[0]}_with_its_instant",
        violation_error_message="Who and when are recorded together, or neither is.",
    )


def known(table: str, field: str, values: Sequence[str]) -> CheckConstraint:
    """The field has one of its choices."""
    return CheckConstraint(
        condition=Q(**{f"{field}__in": list(values)}),
        name=f"{table}_{field}_known",
        violation_error_message="Choose one of the kinds that there are.",
    )


# ISO 3166: a country, and what of it taxes for itself.
JURISDICTION = r"^[A-Z]{2}(-[A-Z0-9]{1,3}){0,2}\Z"


def jurisdiction_known(table: str, *, may_be_empty: bool) -> CheckConstraint:
    """A country, or a country and state: `US`, `US-CO`. Empty, where it may be, says that it is not on record."""
    known = Q(jurisdiction__regex=JURISDICTION)
    return CheckConstraint(
        condition=known | Q(jurisdiction="") if may_be_empty else known,
        name=f"{table}_jurisdiction_is_a_code",
        violation_error_message="Give a country, or a country and state, by their codes: US, US-CO.",
    )


def with_its_reason(table: str, step: str, reason: str) -> CheckConstraint:
    """The instant `step` is set only where the text `reason` says why."""
    return CheckConstraint(
        condition=Q(**{f"{step}__isnull": True}) | ~Q(**{reason: ""}),
        name=f"{table}_{step}_with_its_reason",
        violation_error_message="Say why.",
    )


def two_people(table: str, first: str = "proposed_by", second: str = "approved_by") -> CheckConstraint:
    """One proposes, another approves."""
    return CheckConstraint(
        condition=Q(**{f"{second}__isnull": True}) | ~Q(**{second: F(first)}),
        name=f"{table}_{second}_is_another",
        violation_error_message="The person who proposed this cannot also approve it.",
    )


def not_both(table: str, one: str, other: str) -> CheckConstraint:
    """At most one of the two fields is set."""
    return CheckConstraint(
        condition=Q(**{f"{one}__isnull": True}) | Q(**{f"{other}__isnull": True}),
        name=f"{table}_not_{one}_and_{other}",
        violation_error_message="This has been decided the other way already.",
    )


def only_after(table: str, later: str, earlier: str) -> CheckConstraint:
    """`later` is set only where `earlier` is."""
    return CheckConstraint(
        condition=Q(**{f"{later}__isnull": True}) | Q(**{f"{earlier}__isnull": False}),
        name=f"{table}_{later}_after_{earlier}",
        violation_error_message="The step before this one has not been taken.",
    )
