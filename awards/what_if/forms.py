"""What a reader may suppose. Each form reads an address: what it does not name stays as it is on the first page."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Self

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from awards.agreement.calendar import TradingCalendar
from awards.agreement.employment import Cessation
from awards.agreement.rounding import round_half_up
from awards.agreement.worksheet import Worksheet
from awards.market.chart import scale
from awards.market.models import CLOSE_LIMIT, plain
from awards.options_field import OptionsField
from awards.templatetags.figures import day as day_in_words
from awards.templatetags.figures import options as in_figures
from awards.what_if.waiting import trading_day_from

CLOSE_PLACES = 6
LEAST = Decimal("0.01")
MOST_DOLLARS = Decimal("999999999999.99")
_STEPS = 100


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self, first: date | None = None, last: date | None = None) -> None:
        limits = {"min": first and first.isoformat(), "max": last and last.isoformat()}
        super().__init__({name: limit for name, limit in limits.items() if limit}, format="%Y-%m-%d")


class Asked(forms.Form):
    """Always bound: to what the address names, and for the rest to the initial values."""

    @classmethod
    def of(cls, given: QueryDict, initial: dict[str, Any], **about: Any) -> Self:
        named = {name: given[name] for name in cls.base_fields if name in given}
        return cls({**initial, **named}, **about)

    def _day_between(self, name: str, first: date, last: date) -> date:
        """The Exercise Date that the day gives (I7), inside what can be asked."""
        asked: date = self.cleaned_data[name]
        if not first <= asked <= last:
            span = {"first": day_in_words(first), "last": day_in_words(last)}
            raise forms.ValidationError(gettext("Choose a day from %(first)s to %(last)s.") % span)
        return asked


def _close(label: Any, help_text: Any) -> forms.DecimalField:
    return forms.DecimalField(
        label=label,
        help_text=help_text,
        min_value=LEAST,
        max_value=CLOSE_LIMIT,
        decimal_places=CLOSE_PLACES,
        max_digits=20,
        widget=forms.NumberInput(attrs={"step": "any", "inputmode": "decimal", "autocomplete": "off"}),
    )


@dataclass(frozen=True, slots=True)
class Slider:
    """A range beside a number field. For a day it counts the days from `start`."""

    low: str
    high: str
    step: str
    value: str
    start: date | None = None


class WhatIfForm(Asked):
    stock = _close(_("Stock price"), _("Dollars a share."))
    index = _close(_("S&P 500"), _("The level of the index."))
    day = forms.DateField(label=_("Exercise on"))
    options = OptionsField(label=_("Number of options"))
    amount = forms.DecimalField(
        label=_("An amount to reach"),
        help_text=_("Dollars before taxes: how many options would it take?"),
        required=False,
        min_value=LEAST,
        max_value=MOST_DOLLARS,
        decimal_places=2,
        max_digits=20,
        widget=forms.NumberInput(attrs={"step": "any", "inputmode": "decimal", "autocomplete": "off"}),
    )

    def __init__(
        self, *args: Any, sheet: Worksheet, last_day: date, most: int, calendar: TradingCalendar, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.sheet, self.last_day, self.most, self.calendar = sheet, last_day, most, calendar
        self._limit_options()
        self.fields["day"].widget = DayInput(sheet.exercise_date, last_day)
        self.fields["day"].help_text = gettext("Until %(last)s, the last day to exercise.") % {
            "last": day_in_words(last_day)
        }

    def _limit_options(self) -> None:
        field: Any = self.fields["options"]
        most = {"most": in_figures(self.most)}
        limits = ngettext(
            "%(most)s option of this Award is not exercised and not lapsed; enter 1.",
            "%(most)s options of this Award are not exercised and not lapsed; enter a number from 1 to %(most)s.",
            self.most,
        )
        field.limit_to(self.most, limits % most)

    @classmethod
    def first_values(cls, sheet: Worksheet, options: int) -> dict[str, Any]:
        last = sheet.closes.window[-1]
        return {
            "stock": plain(_shown(last.stock)),
            "index": plain(_shown(last.sp500)),
            "day": sheet.exercise_date.isoformat(),
            "options": options,
        }

    def clean_stock(self) -> Decimal:
        return _as_recorded(self.cleaned_data["stock"], self.sheet.closes.window[-1].stock)

    def clean_index(self) -> Decimal:
        return _as_recorded(self.cleaned_data["index"], self.sheet.closes.window[-1].sp500)

    def clean_day(self) -> date:
        asked = self._day_between("day", self.sheet.exercise_date, self.last_day)
        return trading_day_from(asked, self.calendar)

    @property
    def is_left(self) -> dict[str, bool]:
        """Which closes were left as they are, when the form is valid."""
        last = self.sheet.closes.window[-1]
        return {
            "stock": self.cleaned_data["stock"] == last.stock,
            "index": self.cleaned_data["index"] == last.sp500,
        }

    def sliders(self) -> dict[str, Slider]:
        last = self.sheet.closes.window[-1]
        asked = self.cleaned_data
        days = (asked.get("day", self.sheet.exercise_date) - self.sheet.exercise_date).days
        span = (self.last_day - self.sheet.exercise_date).days
        return {
            "stock": _levels(last.stock, asked.get("stock", last.stock)),
            "index": _levels(last.sp500, asked.get("index", last.sp500)),
            "day": Slider("0", str(span), "1", str(days), self.sheet.exercise_date),
            "options": Slider("1", str(self.most), "1", str(asked.get("options", self.sheet.options))),
        }


def _shown(close: Decimal) -> Decimal:
    """A close as the field shows it: one on another basis may have fifty digits (§6)."""
    return round_half_up(close, CLOSE_PLACES)


def _as_recorded(given: Decimal, last: Decimal) -> Decimal:
    return last if given == _shown(last) else given


def _levels(last: Decimal, asked: Decimal) -> Slider:
    """From about a third of the last close to about twice, or as far as was asked."""
    step, low, high = scale(min(last * 3, asked * 10) / 10, max(last * 2, asked))
    fine = step / _STEPS
    return Slider(f"{max(low, fine):f}", f"{high:f}", f"{fine:f}", f"{asked:f}")


class ChangeForm(Asked):
    """Two Exercise Dates to compare, both with closes on record."""

    earlier = forms.DateField(label=_("From"))
    later = forms.DateField(label=_("To"))

    def __init__(self, *args: Any, first: date, last: date, calendar: TradingCalendar, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.first, self.last, self.calendar = first, last, calendar
        for name in ("earlier", "later"):
            self.fields[name].widget = DayInput(first, last)

    def clean_earlier(self) -> date:
        return trading_day_from(self._day_between("earlier", self.first, self.last), self.calendar)

    def clean_later(self) -> date:
        return trading_day_from(self._day_between("later", self.first, self.last), self.calendar)

    def clean(self) -> None:
        earlier, later = self.cleaned_data.get("earlier"), self.cleaned_data.get("later")
        if earlier is not None and later is not None and earlier >= later:
            self.add_error("later", gettext("Choose a later day than the first."))


class WaitForm(Asked):
    """The later Exercise Date."""

    until = forms.DateField(label=_("Wait until"))

    def __init__(self, *args: Any, first: date, last: date, calendar: TradingCalendar, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.first, self.last, self.calendar = first, last, calendar
        self.fields["until"].widget = DayInput(first, last)

    def clean_until(self) -> date:
        return trading_day_from(self._day_between("until", self.first, self.last), self.calendar)


REASONS = (
    (Cessation.OTHER, _("Resignation, or any other reason")),
    (Cessation.RETIREMENT, _("Retirement under the Company's Retirement Benefit")),
    (Cessation.DISABILITY, _("Permanent Total Disability")),
    (Cessation.DEATH, _("Death")),
    (Cessation.CAUSE, _("Termination for Cause")),
)


class LeaveForm(Asked):
    """The day on which employment would end."""

    day = forms.DateField(label=_("The last day of employment"))

    def __init__(self, *args: Any, first: date, last: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.first, self.last = first, last
        self.fields["day"].widget = DayInput(first, last)

    def clean_day(self) -> date:
        return self._day_between("day", self.first, self.last)


class LeaveAllForm(LeaveForm):
    reason = forms.ChoiceField(label=_("Why it ends"), choices=[(reason.value, text) for reason, text in REASONS])

    field_order = ("reason", "day")
