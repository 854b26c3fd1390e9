"""What the rules and the ledger say, in the reader's language.

`awards.agreement` knows no languages, and a ledger or a message keeps the English text it was written with. `told`
finds the saying that such a text has the form of, and says it in the active language; another text stays as it is.
"""

import re
from collections.abc import Iterator
from datetime import date, datetime
from functools import lru_cache

from django.utils.translation import get_language, gettext, gettext_noop

from awards.templatetags.figures import day, minute
from awards.written import writing
from config.clock import NEW_YORK

# The defined terms of a worksheet's steps.
TERMS = (
    gettext_noop("S&P Start Number"),
    gettext_noop("S&P End Number"),
    gettext_noop("Aggregate Percentage S&P Performance"),
    gettext_noop("Adjusted Price"),
    gettext_noop("Duration"),
    gettext_noop("Stock Start Number"),
    gettext_noop("Stock End Number"),
    gettext_noop("Annualized Percentage S&P Performance"),
    gettext_noop("Annualized Percentage Company Stock Price Performance"),
    gettext_noop("Outperform Percentage"),
    gettext_noop("Multiplier"),
    gettext_noop("Fair Market Value"),
    gettext_noop("Gain per OSO"),
    gettext_noop("Consideration per OSO"),
    gettext_noop("Exercise Consideration"),
)
# The limbs of §4.2, as their reasons are named.
LIMBS = (
    gettext_noop("Term"),
    gettext_noop("Death"),
    gettext_noop("Disability"),
    gettext_noop("Cause"),
    gettext_noop("Cessation"),
)
FORMULAS = (
    gettext_noop("the index's close on the Period's first day"),
    gettext_noop("the average of the index's closes on the %(averaging_days)s Trading Days before the Exercise Date"),
    gettext_noop("(S&P End Number − S&P Start Number) × 100 ÷ S&P Start Number"),
    gettext_noop("Initial Price × (1 + Aggregate Percentage S&P Performance ÷ 100), never below the Initial Price"),
    gettext_noop("Initial Price × (1 + Aggregate Percentage S&P Performance ÷ 100)"),
    gettext_noop("whole years, and the remaining days over the days of their year"),
    gettext_noop("the Stock's close on the Period's first day"),
    gettext_noop("the average of the Stock's closes on the %(averaging_days)s Trading Days before the Exercise Date"),
    gettext_noop("(S&P End Number − S&P Start Number) × 100 ÷ (S&P Start Number × Duration)"),
    gettext_noop("(Stock End Number − Stock Start Number) × 100 ÷ (Stock Start Number × Duration)"),
    gettext_noop("Annualized Stock − Annualized S&P"),
    gettext_noop("Outperform Percentage × %(times)s/%(percent)s, from 0 to %(top)s"),
    gettext_noop("the Stock's close on the Period's last day"),
    gettext_noop("Fair Market Value − Adjusted Price"),
    gettext_noop("Gain per OSO × Multiplier, never below 0"),
    gettext_noop("Consideration per OSO × %(options)s"),
)
REFUSALS = (
    gettext_noop(
        "The Period still begins and ends on %(period_start)s: its Duration is 0.000, "
        "and no exercise is effective before it has a length."
    ),
    gettext_noop(
        "The Period would end on %(period_end)s, before it begins on %(period_start)s: "
        "the Exercise Date is earlier than the Award."
    ),
    gettext_noop("%(day)s is not a Trading Day."),
    gettext_noop(
        "The Exercise Date would be %(exercise_date)s, "
        "but the last moment to exercise was %(last_moment)s New York time."
    ),
    gettext_noop("No close of the Stock is recorded for %(day)s, a Trading Day."),
    gettext_noop("No close of the S&P 500 is recorded for %(day)s, a Trading Day."),
    gettext_noop("%(months)s months from %(day)s is a date that the calendar does not have."),
    # Of a holding, as a message keeps them.
    gettext_noop("Accept the Award Letter first"),
    gettext_noop("Nothing can be exercised now"),
    gettext_noop("The last moment to exercise has passed"),
)
NOTES = (
    gettext_noop("Declined by the Grantee"),
    gettext_noop("By the facts on record now this had not lapsed, or not on that day."),
    gettext_noop("%(new)s-for-%(old)s; fraction dropped: %(dropped)s OSO"),
    gettext_noop("%(number)s was received in time"),
    gettext_noop("Sweep of %(day)s"),
    # A close that was questioned, as the question keeps it.
    gettext_noop("Stock %(stock)s, S&P 500 %(index)s"),
)
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_NUMBER = re.compile(r"\d{1,3}(,\d{3})*(\.\d+)?|\d+(\.\d+)?")
_MINUTE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d")


def told(text: str) -> str:
    """The text in the active language; English, and what has no known form, as it is."""
    language = get_language() or "en"
    return text if language.startswith("en") else _told(text, language)


@lru_cache(maxsize=4096)
def _told(text: str, language: str) -> str:
    if _NUMBER.fullmatch(text):
        return writing().marked(text)
    for form, saying in _forms():
        found = form.fullmatch(text)
        if found:
            return gettext(saying) % {name: _written(value) for name, value in found.groupdict().items()}
    return text


@lru_cache(maxsize=1)
def _forms() -> list[tuple[re.Pattern[str], str]]:
    return list(_compiled())


def _compiled() -> Iterator[tuple[re.Pattern[str], str]]:
    for saying in (*TERMS, *LIMBS, *FORMULAS, *REFUSALS, *NOTES):
        parts = re.split(r"%\((\w+)\)s", saying)
        form = "".join(f"(?P<{part}>.+?)" if at % 2 else re.escape(part) for at, part in enumerate(parts))
        yield re.compile(form), saying


def _written(value: str) -> str:
    """A day, a minute or a whole number as the reader's language writes it; anything else as it stands."""
    if _DAY.fullmatch(value):
        return day(date.fromisoformat(value))
    if _MINUTE.fullmatch(value):
        return minute(datetime.fromisoformat(value).replace(tzinfo=NEW_YORK))
    return writing().marked(value) if _NUMBER.fullmatch(value) else value
