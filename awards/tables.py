import django_tables2 as tables
from django.utils.translation import gettext_lazy as _


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
    actions = tables.Column(empty_values=(), orderable=False, verbose_name="")

    class Meta:
        template_name = "awards/_holdings_table.html"
        order_by = ("-award",)

    def order_value(self, data: list, is_descending: bool) -> tuple[list, bool]:
        """What has no value sorts below what is worth nothing."""
        worth = sorted(data, key=lambda row: (row.value is not None, row.value or 0), reverse=is_descending)
        return worth, True
