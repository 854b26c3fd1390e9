import django_tables2 as tables

from exercises.models import ExerciseNotice


class NoticesTable(tables.Table):
    """Exercises, newest first, sorted and paged by the database."""

    number = tables.Column(accessor="pk", verbose_name="Receipt")
    received = tables.Column(accessor="received_at", verbose_name="Received")
    award = tables.Column(accessor="award__award_date", verbose_name="Award")
    options = tables.Column(verbose_name="Options", attrs={"th": {"class": "num"}})
    exercise_date = tables.Column(verbose_name="Exercise Date")
    consideration = tables.Column(
        accessor="pricing__consideration", verbose_name="Consideration", attrs={"th": {"class": "num"}}
    )
    state = tables.Column(orderable=False, empty_values=())

    class Meta:
        model = ExerciseNotice
        fields = ()
        sequence = ("number", "received", "award", "options", "exercise_date", "consideration", "state")
        template_name = "exercises/_notices_table.html"
        order_by = ("-received",)
