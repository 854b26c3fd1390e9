"""What a reader asks of the list of Awards: each answered by the database, but for what only the rules know."""

import re
from collections.abc import Iterable
from typing import Any, TypeVar

import django_filters as filters
from django import forms
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from awards.models import Award
from awards.queries import Holding

Filter = TypeVar("Filter", bound=filters.FilterSet)
NUMBER = re.compile(r"(A-)?0*([0-9]{1,9})", re.IGNORECASE)
# A day of the year 0, or of one beyond this, is no day.
LAST_YEAR = 9999
SHOWN = {
    "exercisable": (_("Can be exercised now"), lambda holding: holding.can_exercise),
    "unvested": (_("Not yet vested"), lambda holding: holding.standing.unvested > 0),
    "waiting": (_("Waiting for acceptance"), lambda holding: holding.award.awaits_acceptance),
    "over": (_("Nothing left"), lambda holding: not holding.left),
}


def a_day(label: Any, lookup: str, field: str) -> filters.DateFilter:
    """The first or the last day of a span, both included."""
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return filters.DateFilter(field_name=field, lookup_expr=lookup, label=label, widget=widget)


def asked(request: HttpRequest, kind: type[Filter], rows: QuerySet[Any]) -> Filter | None:
    """The filter, where the address asks anything of it. One that nobody asks is not made: its form costs a page."""
    return kind(request.GET, queryset=rows) if request.GET.keys() & kind.base_filters.keys() else None


class AwardsFilter(filters.FilterSet):
    q = filters.CharFilter(
        label=_("Search"),
        method="with_words",
        help_text=_("A number such as A-000123, a year, or a name."),
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off", "maxlength": 100}),
    )
    from_on = a_day(_("Award Date from"), "gte", "award_date")
    to_on = a_day(_("to"), "lte", "award_date")
    show = filters.ChoiceFilter(
        label=_("Show"),
        method="by_the_rules",
        empty_label=_("All"),
        choices=[(name, text) for name, (text, _) in SHOWN.items()],
    )

    class Meta:
        model = Award
        fields: tuple[str, ...] = ()

    def with_words(self, rows: QuerySet[Award], name: str, words: str) -> QuerySet[Award]:
        """A number, without its letters perhaps a year; anything else is part of the Grantee's name."""
        found = NUMBER.fullmatch(words)
        if found is None:
            return rows.filter(grantee__name__icontains=words)
        number = int(found[2])
        may_be_a_year = found[1] is None and 1 <= number <= LAST_YEAR
        return rows.filter(Q(pk=number) | Q(award_date__year=number) if may_be_a_year else Q(pk=number))

    def by_the_rules(self, rows: QuerySet[Award], name: str, shown: str) -> QuerySet[Award]:
        """Left to `of`: the database does not know what is vested."""
        return rows

    def of(self, found: Iterable[Holding]) -> list[Holding]:
        """Of the holdings of `qs` those that the reader wants to be shown."""
        wanted = self.form.cleaned_data.get("show")
        return [holding for holding in found if not wanted or SHOWN[wanted][1](holding)]
