from datetime import datetime

import django_tables2 as tables
from django.utils.translation import gettext_lazy as _

from awards.templatetags.figures import minute, words_and_tone


class HoldingsTable(tables.Table):
    """My awards: one row a Holding, sorted in memory because vested and worth are the rules' answers, not columns."""

    award = tables.Column(accessor="award__award_date", verbose_name=_("Award"))
    vested = tables.Column(accessor="standing__exercisable", verbose_name=_("Vested"), attrs={"th": {"class": "num"}})
    unvested = tables.Column(
        accessor="standing__unvested", verbose_name=_("Not yet vested"), attrs={"th": {"class": "num"}}
    )
    exercisable = tables.Column(verbose_name=_("Exercisable"), attrs={"th": {"class": "num"}})
    lapses = tables.Column(accessor="last_moment", verbose_name=_("Last moment to exercise"))
    value = tables.Column(verbose_name=_("Worth now"), attrs={"th": {"class": "num"}}, empty_values=())
    number = tables.Column(accessor="award__number", verbose_name=_("Number"), visible=False)
    grantee = tables.Column(accessor="award__grantee__name", verbose_name=_("Grantee"), visible=False)
    granted = tables.Column(accessor="award__options", verbose_name=_("Options granted"), visible=False)
    initial_price = tables.Column(accessor="award__initial_price", verbose_name=_("Initial Price"), visible=False)
    state = tables.Column(accessor="award__state", verbose_name=_("State"), visible=False)
    actions = tables.Column(empty_values=(), orderable=False, verbose_name="", exclude_from_export=True)

    class Meta:
        template_name = "awards/_holdings_table.html"
        order_by = ("-award",)

    def value_lapses(self, value: datetime) -> str:
        """A spreadsheet knows no time zones: the last moment as the page writes it."""
        return minute(value)

    def value_state(self, value: str) -> str:
        return words_and_tone(value)["text"]

    def order_value(self, data: list, is_descending: bool) -> tuple[list, bool]:
        """What has no value sorts below what is worth nothing."""
        worth = sorted(data, key=lambda row: (row.value is not None, row.value or 0), reverse=is_descending)
        return worth, True
