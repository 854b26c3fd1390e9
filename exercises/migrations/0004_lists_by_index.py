from django.conf import settings
from django.db import migrations, models

from awards.market.indexing import AddIndexBesideWriters


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("awards", "0005_lists_by_index"),
        ("exercises", "0003_slices_of_a_run"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        AddIndexBesideWriters(
            model_name="exercisenotice",
            index=models.Index(fields=["received_at", "id"], name="exercisenotice_in_order"),
        ),
        AddIndexBesideWriters(
            model_name="jobrun",
            index=models.Index(
                models.Case(
                    models.When(state="failed", then=models.Value(0)),
                    models.When(state="waiting", then=models.Value(1)),
                    models.When(state="running", then=models.Value(2)),
                    default=models.Value(9),
                ),
                models.OrderBy(models.F("business_date"), descending=True),
                models.F("kind"),
                name="jobrun_troubles_first",
            ),
        ),
        AddIndexBesideWriters(
            model_name="jobrun",
            index=models.Index(fields=["business_date"], name="jobrun_by_date"),
        ),
        AddIndexBesideWriters(
            model_name="jobrun",
            index=models.Index(
                condition=models.Q(("problem", ""), _negated=True), fields=["business_date"], name="jobrun_with_problem"
            ),
        ),
    ]
