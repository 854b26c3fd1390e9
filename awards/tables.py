from collections.abc import Iterator
from datetime import datetime
from typing import Any

import django_tables2 as tables
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from awards.queries import Holding
from awards.templatetags.figures import address, day, minute, moment, money, options, price, words_and_tone
from awards.worksheet_states import states


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

    def written(self) -> Iterator[dict[str, Any]]:
        """The rows of the page in words: looked up and formatted by the template, they cost four times as much."""
        return (_written(row.record) for row in self.paginated_rows)


def _written(holding: Holding) -> dict[str, Any]:
    award, standing, value = holding.award, holding.standing, holding.value
    sheet = holding.worth.worksheet if holding.worth else None
    award_date = day(award.award_date)
    granted = {"options": options(award.options), "initial_price": price(award.initial_price)}
    return {
        "award": address(award.pk, "awards:award"),
        "award_date": award_date,
        "the_award": gettext("the Award of %(award_date)s") % {"award_date": award_date},
        "granted": gettext("%(options)s at %(initial_price)s ·") % granted,
        "number": award.number,
        "state": None if award.is_accepted else award.state,
        "vested": options(standing.exercisable),
        "unvested": options(standing.unvested),
        "exercisable": options(holding.exercisable),
        "last_moment": moment(holding.last_moment) if standing.exercisable or standing.unvested else None,
        "value": money(value),
        "has_value": value is not None,
        "states": states(sheet) if sheet is not None and value is not None else (),
        "value_reason": holding.value_reason,
        "exercise": address(award.pk, "exercises:enter") if holding.can_exercise else None,
    }
