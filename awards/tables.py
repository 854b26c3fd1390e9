from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, NamedTuple

import django_tables2 as tables
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from awards.on_behalf import is_own
from awards.queries import Holding
from awards.templatetags.figures import addresses, day, minute, moment, money, options, price, words_and_tone
from awards.vocabulary import told
from awards.worksheet_states import Badge, badges
from awards.written import Writing, writing
from awards.written_rows import written_row


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
    actions = tables.Column(empty_values=(), orderable=False, verbose_name="", exclude_from_export=True)

    class Meta:
        template_name = "awards/_holdings_table.html"
        order_by = ("-award",)

    def value_lapses(self, record: Holding, value: datetime) -> str | None:
        """A spreadsheet knows no time zones: the last moment as the page writes it; none where nothing is left."""
        return minute(value) if record.left else None

    def order_value(self, data: list, is_descending: bool) -> tuple[list, bool]:
        """What has no value sorts below what is worth nothing."""
        worth = sorted(data, key=lambda row: (row.value is not None, row.value or 0), reverse=is_descending)
        return worth, True

    def written(self) -> Iterator[str]:
        """The rows of the page in HTML."""
        reader = _Reader.of(self.request)
        return (_written(row.record, reader) for row in self.paginated_rows)


class ExportedHoldingsTable(HoldingsTable):
    """With what its file says beside that; a page without one is spared these columns, each of which is made anew."""

    number = tables.Column(accessor="award__number", verbose_name=_("Number"), visible=False)
    grantee = tables.Column(accessor="award__grantee__name", verbose_name=_("Grantee"), visible=False)
    granted = tables.Column(accessor="award__options", verbose_name=_("Options granted"), visible=False)
    initial_price = tables.Column(accessor="award__initial_price", verbose_name=_("Initial Price"), visible=False)
    state = tables.Column(accessor="award__state", verbose_name=_("State"), visible=False)

    class Meta(HoldingsTable.Meta):
        pass

    def value_state(self, value: str) -> str:
        return words_and_tone(value)["text"]


class _Reader(NamedTuple):
    """What every row needs to know of who reads it: asked for once, for the asking costs more than the writing."""

    user: Any
    how: Writing
    award: Callable[[int], str]
    exercise: Callable[[int], str]
    the_award: str
    granted: str

    @classmethod
    def of(cls, request: HttpRequest) -> "_Reader":
        return cls(
            request.user,
            writing(),
            addresses("awards:award"),
            addresses("exercises:enter"),
            the_award=gettext("the Award of %(award_date)s"),
            granted=gettext("%(options)s at %(initial_price)s ·"),
        )


def _written(holding: Holding, reader: _Reader) -> str:
    award, standing, value, how = holding.award, holding.standing, holding.value, reader.how
    award_date = day(award.award_date, how)
    granted = {"options": options(award.options, how), "initial_price": price(award.initial_price, how)}
    words = {
        "award": reader.award(award.pk),
        "award_date": award_date,
        "the_award": reader.the_award % {"award_date": award_date},
        "granted": reader.granted % granted,
        "number": award.number,
        "grantee": None if is_own(award, reader.user) else award.grantee.name,
        "vested": options(standing.exercisable, how),
        "unvested": options(standing.unvested, how),
        "exercisable": options(holding.exercisable, how),
        "last_moment": moment(holding.last_moment, how) if holding.left else None,
        "value": None if value is None else money(value, how),
        "value_reason": told(holding.value_reason) if value is None else None,
        "exercise": reader.exercise(award.pk) if holding.can_exercise else None,
    }
    shape = {"state": None if award.is_accepted else award.state, "badges": _badges(holding, how)}
    return written_row("awards/_holding_row.html", how.language, words, shape)


def _badges(holding: Holding, how: Writing) -> tuple[Badge, ...]:
    one = holding.worth.of_one if holding.worth else None
    return () if one is None or holding.value is None else badges(one, holding.value, how.language)
