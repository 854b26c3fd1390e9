import django_tables2 as tables
from django.utils.translation import gettext_lazy as _

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

    class Meta:
        model = ExerciseNotice
        fields = ()
        sequence = ("number", "received", "award", "options", "exercise_date", "consideration", "state")
        template_name = "exercises/_notices_table.html"
        order_by = ("-received",)
