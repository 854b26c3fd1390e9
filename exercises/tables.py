from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import django_tables2 as tables
from django.utils.translation import gettext_lazy as _

from awards.on_behalf import is_own
from awards.templatetags.figures import (
    addresses,
    day,
    instant,
    moment,
    money,
    options,
    state_badge,
    words_and_tone,
)
from awards.written import Writing, writing
from awards.written_rows import written_row
from exercises.models import ExerciseNotice


class NoticesTable(tables.Table):
    """Exercises, newest first, sorted and paged by the database."""

    number = tables.Column(accessor="pk", verbose_name=_("Receipt"))
    received = tables.Column(accessor="received_at", verbose_name=_("Received"))
    award = tables.Column(accessor="award__award_date", verbose_name=_("Award"))
    options = tables.Column(verbose_name=_("Options"), attrs={"th": {"class": "num"}})
    exercise_date = tables.Column(verbose_name=_("Exercise Date"))
    consideration = tables.Column(
        accessor="pricing__consideration", verbose_name=_("Consideration"), attrs={"th": {"class": "num"}}
    )
    state = tables.Column(verbose_name=_("State"), orderable=False, empty_values=())

    grantee = tables.Column(accessor="award__grantee__name", verbose_name=_("Grantee"), visible=False)

    def value_number(self, record: ExerciseNotice) -> str:
        return record.number

    def value_award(self, record: ExerciseNotice) -> str:
        return record.award.number

    def value_received(self, value: datetime) -> str:
        """A spreadsheet knows no time zones: the instant as the receipt writes it."""
        return instant(value)

    def value_state(self, record: ExerciseNotice) -> str:
        return words_and_tone(record.state)["text"]

    class Meta:
        model = ExerciseNotice
        fields = ()
        sequence = ("number", "received", "award", "options", "exercise_date", "consideration", "state", "grantee")
        template_name = "exercises/_notices_table.html"
        order_by = ("-received",)

    def written(self) -> Iterator[str]:
        """The rows of the page in HTML."""
        how, receipt, award = writing(), addresses("exercises:receipt"), addresses("awards:award")
        user = self.request.user
        return (_written(row.record, user, how, receipt, award) for row in self.paginated_rows)


def _written(
    notice: ExerciseNotice, user: Any, how: Writing, receipt: Callable[[int], str], of_award: Callable[[int], str]
) -> str:
    award = notice.award
    words = {
        "receipt": receipt(notice.pk),
        "number": notice.number,
        "received": moment(notice.received_at, how),
        "award": of_award(award.pk),
        "award_date": day(award.award_date, how),
        "grantee": None if is_own(award, user) else award.grantee.name,
        "options": options(notice.options, how),
        "exercise_date": day(notice.exercise_date, how),
        "consideration": money(notice.pricing.consideration, how) if notice.is_priced else None,
        "state": state_badge(notice.state),
    }
    return written_row("exercises/_notice_row.html", how.language, words)
