"""The rules' answers on the lapses of plain terms, each asked once: for `exercises.suspects` to hold ledgers against.

Plain is an employee, and one who left once for no special reason. What lapses unvested depends on the dates only in how
many tranches had vested (§2.3), so that is asked once for each number of OSOs and of tranches.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple

from awards.agreement.employment import EMPLOYED, Cessation, Employment
from awards.agreement.errors import AgreementError
from awards.agreement.standing import Standing, standing
from awards.agreement.terms import Terms
from awards.agreement.vesting import vesting_schedule
from awards.models import MasterAgreement

# Stands for the day on which an employee left.
NEVER = date.max


class Key(NamedTuple):
    """An Award Date, an agreement, and the day on which the Grantee left."""

    award_date: date
    agreement: int
    left_on: date


class Lapses(NamedTuple):
    """When what is left lapses, when employment ended, and how many tranches had vested by then."""

    lapses_on: date
    ended_on: date | None
    tranches: int


class Answers(NamedTuple):
    """`terms` by key; `unvested`: the OSOs that lapse unvested, by agreement, tranches vested and OSOs awarded."""

    terms: dict[Key, Lapses]
    unvested: dict[tuple[int, int, int], int]


def answers(award_dates: Iterable[date], leavers: Iterable[tuple[Key, int]]) -> Answers:
    """For those Award Dates under every agreement, and for the keys of leavers with the OSOs of their Awards.

    A key that the rules refuse has no answer. Everything vests within the term, so that what lapses later is vested.
    """
    every = {row.pk: row.terms for row in MasterAgreement.objects.defer("document")}
    rows = list(leavers)
    keys = {Key(day, agreement, NEVER) for day in award_dates for agreement in every} | {key for key, _ in rows}
    terms = {key: answer for key in keys if (answer := _lapses(key, every[key.agreement]))}
    unvested: dict[tuple[int, int, int], int] = {}
    for key, options in rows:
        if key not in terms or terms[key].ended_on is None:
            continue
        of = key.agreement, terms[key].tranches, options
        if of not in unvested:
            unvested[of] = _leaving(key, options, every[key.agreement]).unvested_lapsed
    return Answers(terms, unvested)


def _lapses(key: Key, terms: Terms) -> Lapses | None:
    try:
        last = _leaving(key, 1, terms).lapse.lapses_on
        schedule = vesting_schedule(award_date=key.award_date, options=1, terms=terms)
    except AgreementError:
        return None
    ended_on = _employment(key).ended_on
    return Lapses(last, ended_on, sum(ended_on is not None and row.vests_on <= ended_on for row in schedule))


def _leaving(key: Key, options: int, terms: Terms) -> Standing:
    return standing(
        award_date=key.award_date,
        options=options,
        unlapsed=options,
        on=key.left_on,
        employment=_employment(key),
        terms=terms,
    )


def _employment(key: Key) -> Employment:
    """Who left before the Award Date was hired again since: an employee, as far as the Award goes."""
    if not key.award_date <= key.left_on < NEVER:
        return EMPLOYED
    return Employment(ceased_on=key.left_on, cessation=Cessation.OTHER)


def as_rows(found: Answers) -> dict[str, list[dict[str, Any]]]:
    """Both as plain rows, dates as ISO text, for a statement to read."""
    terms = [
        {name: value.isoformat() if isinstance(value, date) else value for name, value in row.items()}
        for row in (key._asdict() | answer._asdict() for key, answer in found.terms.items())
    ]
    names = ("agreement", "tranches", "options", "unvested")
    return {
        "terms": terms,
        "unvested": [dict(zip(names, (*of, many), strict=True)) for of, many in found.unvested.items()],
    }
