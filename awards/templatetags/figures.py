"""How money, options, percentages, days and instants are written on a page, in the reader's language.

English is written as the Agreement writes it; another language with Django's marks and order for it. `how` is that of
the active language: whoever writes hundreds of figures asks for it once, and hands it on.
Figures are rounded here for display only, half up (away from zero), and never change what is stored or added up.
What is not there is an em dash; what is not exact (a float) or not certain (an instant without a zone) is refused.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_DOWN, ROUND_HALF_UP, Context, Decimal
from functools import lru_cache
from typing import NamedTuple

from django import template
from django.conf import settings
from django.template.loader import render_to_string
from django.urls import get_script_prefix, get_urlconf, reverse
from django.utils.dateformat import format as format_date
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from awards.agreement.worksheet import Step
from awards.written import Writing, writing
from config.clock import NEW_YORK

register = template.Library()

NOTHING = "—"
MINUS = "−"
CENTS = 2
PRICE_PLACES = 6
PERCENT_PLACES = 3
EXACT_PLACES = 10
# A table repeats its days, and those of all Awards are few: grants and lapses share theirs.
_WRITTEN = 4096
# `abs()` and `quantize()` of the thread's own context would round, or refuse, what has over 28 digits.
_WIDE = Context(prec=100)


def _decimal(value: object) -> Decimal:
    """The value as a finite Decimal. A float, a bool, text or a NaN is a TypeError or ValueError: never guessed at."""
    if isinstance(value, bool) or not isinstance(value, Decimal | int):
        raise TypeError(f"a figure is a Decimal or an int, not {type(value).__name__}: {value!r}")
    number = Decimal(value)
    if not number.is_finite():
        raise ValueError(f"not a figure: {value!r}")
    return number


def _rounded(number: Decimal, places: int, rounding: str = ROUND_HALF_UP) -> Decimal:
    return number.quantize(Decimal(1).scaleb(-places), rounding=rounding, context=_WIDE)


def _without_zeros(digits: str, at_least: int) -> str:
    """The digits without the zeros at their end, `at_least` places kept."""
    whole, _, fraction = digits.partition(".")
    kept = fraction.rstrip("0").ljust(at_least, "0")
    return f"{whole}.{kept}" if kept else whole


def _signed(number: Decimal, digits: str, *, unit: str = "{}", plus: str = "", how: Writing | None = None) -> str:
    """The unsigned English digits in the reader's marks, with unit and sign; one rounded to zero has no sign."""
    # Digits, marks and our own units hold nothing to escape, and a table holds hundreds of them.
    sign = MINUS if number < 0 else plus
    if sign and not any(digit in "123456789…" for digit in digits):
        sign = ""
    return SafeString(f"{sign}{unit.format((how or writing()).marked(digits))}")


@register.filter
def money(value: Decimal | int | None, how: Writing | None = None) -> str:
    """Dollars and cents: `$6,233.80`."""
    if value is None:
        return NOTHING
    number, how = _decimal(value), how or writing()
    return _signed(number, f"{_rounded(number, CENTS).copy_abs():,f}", unit=how.dollars, how=how)


@register.filter
def signed_money(value: Decimal | int | None) -> str:
    """A change in dollars and cents, with its sign: `+$24.75`, `−$13.75`."""
    if value is None:
        return NOTHING
    number = _decimal(value)
    return _signed(number, f"{_rounded(number, CENTS).copy_abs():,f}", unit=writing().dollars, plus="+")


@register.filter
def price(value: Decimal | int | None, how: Writing | None = None) -> str:
    """A price per share or per OSO, 2 to 6 places: `$5.18`, `$2.130200…`. A longer one is cut, and says so (I10)."""
    if value is None:
        return NOTHING
    how = how or writing()
    return _signed(_decimal(value), _cut(value, PRICE_PLACES, CENTS), unit=how.dollars, how=how)


def _cut(value: Decimal | int, places: int, least_places: int = 0) -> str:
    """The unsigned digits, unrounded: those beyond `places` are left out and `…` stands for them."""
    number = _decimal(value)
    cut = _rounded(number, places, ROUND_DOWN)
    digits = f"{cut.copy_abs():,f}"
    return _without_zeros(digits, least_places) if cut == number else f"{digits}…"


@register.filter
def index_level(value: Decimal | int | None) -> str:
    """A close or an average of the index, at least 2 places, unrounded to 10: `1,437.50`."""
    return NOTHING if value is None else _signed(_decimal(value), _cut(value, EXACT_PLACES, CENTS))


@register.filter
def exact(value: Decimal | int | None) -> str:
    """The figure unrounded. One longer than 10 places is cut there, not rounded, and ends in `…`."""
    if value is None:
        return NOTHING
    return _signed(_decimal(value), _cut(value, EXACT_PLACES))


@register.filter
def exact_dollars(value: Decimal | int | None) -> str:
    """An amount unrounded, as `exact` gives it, in dollars."""
    return NOTHING if value is None else _signed(_decimal(value), _cut(value, EXACT_PLACES), unit=writing().dollars)


@register.filter
def to_places(value: Decimal | int | None, places: int | None) -> str:
    """The figure at exactly these places; None shows all of it, as `exact` does."""
    if value is None or places is None:
        return exact(value)
    number = _decimal(value)
    return _signed(number, f"{_rounded(number, places).copy_abs():,f}")


@register.filter
def options(value: int | None, how: Writing | None = None) -> str:
    """A number of OSOs: `10,000`. OSOs are whole: anything but an int is a TypeError."""
    if value is None:
        return NOTHING
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"OSOs are whole, not {type(value).__name__}: {value!r}")
    return SafeString((how or writing()).marked(f"{value:,d}").replace("-", MINUS))


@register.filter
def percent(value: Decimal | int | None) -> str:
    """A percentage with its sign, 3 places: `+10.014%`, `−3.200%`."""
    if value is None:
        return NOTHING
    number = _decimal(value)
    return _signed(number, f"{_rounded(number, PERCENT_PLACES).copy_abs():,f}", plus="+") + "%"


@register.filter
def percent_as_is(value: Decimal | int | None) -> str:
    """A percentage of the terms: `11%`."""
    return NOTHING if value is None else exact(value) + "%"


@register.filter
def multiplier(value: Decimal | int | None) -> str:
    """The Multiplier, 3 places (§2.7): `3.182×`."""
    return NOTHING if value is None else to_places(value, 3) + "×"


@register.filter
def years(value: Decimal | int | None) -> str:
    """A Duration in years, 3 places (§2.7): `2.000 years`."""
    return NOTHING if value is None else _in_years(to_places(value, 3))


def _in_years(digits: str) -> str:
    return gettext("%(number)s years") % {"number": digits}


class Unit(NamedTuple):
    form: str = "{}"
    plus: str = ""
    least_places: int = 0


def _unit_of(step: Step) -> Unit:
    """The unit of a step, which its defined term tells: the index has none, prices and amounts are dollars."""
    if "Percentage" in step.name:
        return Unit("{}%", plus="+")
    if step.name == "Duration":
        return Unit(_in_years("{}"))
    if step.name == "Multiplier":
        return Unit("{}×")
    return Unit("{}" if step.name.startswith("S&P") else writing().dollars, least_places=CENTS)


def _in_unit(step: Step, value: Decimal, places: int | None) -> str:
    unit = _unit_of(step)
    if places is None:
        digits = _cut(value, EXACT_PLACES, unit.least_places)
    else:
        digits = f"{_rounded(_decimal(value), places).copy_abs():,f}"
    return _signed(value, digits, unit=unit.form, plus=unit.plus)


@register.filter
def step_value(step: Step) -> str:
    """A step's figure in its unit: at the agreement's places, or all of it where the agreement does not round (I10)."""
    return _in_unit(step, step.value, step.places)


@register.filter
def step_unrounded(step: Step) -> str:
    """The same figure before its rounding or its floor; empty where nothing was changed."""
    return "" if step.unrounded == step.value else _in_unit(step, step.unrounded, None)


@lru_cache(maxsize=_WRITTEN)
def _written(value: date, pattern: str, language: str) -> str:
    return SafeString(format_date(value, pattern))


def _day(value: date) -> date:
    if isinstance(value, datetime) or not isinstance(value, date):
        raise TypeError(f"a day is a date, not {type(value).__name__}: {value!r}")
    return value


@register.filter
def day(value: date | None, how: Writing | None = None) -> str:
    """`Apr 2, 2007`."""
    if value is None:
        return NOTHING
    how = how or writing()
    return _written(_day(value), how.day, how.language)


@register.filter
def weekday_day(value: date | None) -> str:
    """`Monday, April 2, 2007`."""
    return NOTHING if value is None else _written(_day(value), writing().weekday_day, writing().language)


@register.filter
def machine_day(value: date | None) -> str:
    """`2007-04-02`, for `datetime` attributes and identifiers."""
    return "" if value is None else _day(value).isoformat()


def _in_new_york(value: datetime, pattern: str) -> str:
    if not isinstance(value, datetime):
        raise TypeError(f"an instant is a datetime, not {type(value).__name__}: {value!r}")
    if value.utcoffset() is None:
        raise ValueError(f"an instant needs a time zone: {value!r}")
    return _written(value.astimezone(NEW_YORK), pattern, writing().language)


@register.filter
def instant(value: datetime | None) -> str:
    """An instant to the second in New York time: `Apr 2, 2007, 11:00:00 AM EDT`."""
    return NOTHING if value is None else _in_new_york(value, f"{writing().day}, {writing().second}")


@register.filter
def minute(value: datetime | None) -> str:
    """An instant to the minute in New York time: `Mon, Apr 2, 2007, 4:00 PM EDT`."""
    return NOTHING if value is None else _in_new_york(value, f"{writing().weekday_short}, {writing().minute}")


@register.filter
def weekday_of(value: datetime | None) -> str:
    """The day of an instant, in New York: `Mon, Apr 2, 2007`."""
    return NOTHING if value is None else _in_new_york(value, writing().weekday_short)


@register.filter
def time_of_day(value: datetime | None) -> str:
    """The time alone, in New York: `4:00 PM EDT`."""
    return NOTHING if value is None else _in_new_york(value, writing().minute)


@register.filter
def moment(value: datetime | None, how: Writing | None = None) -> str:
    """An instant to the minute, as an element that breaks only between the day and the time."""
    return NOTHING if value is None else _moment(value, (how or writing()).language)


@lru_cache(maxsize=_WRITTEN)
def _moment(value: datetime, language: str) -> str:
    on, at = (part.replace(" ", "\N{NO-BREAK SPACE}") for part in (weekday_of(value), time_of_day(value)))
    return format_html('<time datetime="{}">{}, {}</time>', value.astimezone(NEW_YORK).isoformat(), on, at)


STATES = {
    "proposed": (_("Proposed"), "wait"),
    "approved": (_("Approved"), "good"),
    "rejected": (_("Rejected"), "bad"),
    "letter issued": (_("Waiting for you to accept"), "warn"),
    "accepted": (_("Accepted"), "good"),
    "declined": (_("Declined"), "bad"),
    "waiting": (_("Waiting for the close"), "wait"),
    "priced": (_("Priced"), "good"),
    "chosen": (_("Payment chosen"), "wait"),
    "provided": (_("Withholding provided for"), "wait"),
    "paid": (_("Paid"), "good"),
}


def words_and_tone(state: str) -> dict[str, str]:
    text, tone = STATES.get(state, (state.capitalize(), ""))
    return {"text": str(text), "tone": tone}


@register.simple_tag
def state_badge(state: str) -> str:
    """The state of an Award or of an exercise, as a shape and words."""
    return _badge(state, get_language())


@lru_cache(maxsize=256)
def _badge(state: str, language: str | None) -> str:
    return SafeString(render_to_string("_badge.html", words_and_tone(state)).strip())


# No address holds it but where the key stands.
_SOME_KEY = 2**62


@register.filter
def address(key: int, name: str) -> str:
    """The address of the page `name` of one row, as `url` gives it."""
    return addresses(name)(key)


def addresses(name: str) -> Callable[[int], str]:
    """Gives the address of the page `name` of each row; for tables, which ask for many of one kind."""
    before, after = _around_key(name, get_urlconf() or settings.ROOT_URLCONF, get_script_prefix())
    return lambda key: f"{before}{key:d}{after}"


@lru_cache(maxsize=256)
def _around_key(name: str, urlconf: str, prefix: str) -> tuple[str, ...]:
    return tuple(reverse(name, urlconf, args=[_SOME_KEY]).split(str(_SOME_KEY)))


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a bar: where it starts and how long it is, in per cent of the bar, as SVG attributes."""

    name: str
    label: str
    options: int
    start: str
    length: str


def _parts(counts: Iterable[tuple[str, str, int]]) -> list[Part]:
    rows = list(counts)
    total = sum(count for *_, count in rows) or 1
    parts, before = [], 0
    for name, label, count in rows:
        start, end = (_rounded(Decimal(100 * edge) / total, 3) for edge in (before, before + count))
        parts.append(Part(name, label, count, f"{start}%", f"{end - start}%"))
        before += count
    return parts


@register.inclusion_tag("awards/_holding_bar.html")
def holding_bar(
    *, exercised: int, vested: int, unvested: int, lapsed: int, cancelled: int = 0, legend: bool = True
) -> dict[str, object]:
    """Where the OSOs of an Award stand, as one stacked bar with a legend that says the same in words."""
    rows = [
        ("exercised", gettext("Exercised"), exercised),
        ("vested", gettext("Vested, not exercised"), vested),
        ("unvested", gettext("Not yet vested"), unvested),
        ("lapsed", gettext("Lapsed"), lapsed),
        ("cancelled", gettext("Cancelled"), cancelled),
    ]
    parts = _parts(row for row in rows if row[2])
    words = "; ".join(f"{part.label}: {options(part.options)}" for part in parts) or gettext("none")
    return {"parts": parts, "words": words, "legend": legend}
