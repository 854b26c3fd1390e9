import re

import django_filters as filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from awards.filters import a_day
from exercises.models import ExerciseNotice

NUMBER = re.compile(r"(EX-|A-)?0*([0-9]{1,9})", re.IGNORECASE)


class NoticesFilter(filters.FilterSet):
    """What a reader asks of the list of exercises, answered by the database."""

    q = filters.CharFilter(
        label=_("Search"),
        method="with_words",
        help_text=_("A number such as EX-000123 or A-000123, or a name."),
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off", "maxlength": 100}),
    )
    from_on = a_day(_("Exercise Date from"), "gte", "exercise_date")
    to_on = a_day(_("to"), "lte", "exercise_date")
    priced = filters.ChoiceFilter(
        label=_("Show"),
        method="by_price",
        empty_label=_("All"),
        choices=[("yes", _("Priced")), ("no", _("Waiting for the close"))],
    )

    class Meta:
        model = ExerciseNotice
        fields: tuple[str, ...] = ()

    def with_words(self, rows: QuerySet[ExerciseNotice], name: str, words: str) -> QuerySet[ExerciseNotice]:
        """A number is of a receipt or of an Award, as its letters say; anything else is part of the Grantee's name."""
        number = NUMBER.fullmatch(words)
        if number is None:
            return rows.filter(award__grantee__name__icontains=words)
        letters, digits = (number[1] or "").upper(), number[2]
        receipt, award = Q(pk=digits), Q(award=digits)
        return rows.filter({"EX-": receipt, "A-": award}.get(letters, receipt | award))

    def by_price(self, rows: QuerySet[ExerciseNotice], name: str, priced: str) -> QuerySet[ExerciseNotice]:
        return rows.filter(pricing__isnull=priced == "no")
