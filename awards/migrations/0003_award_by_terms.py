from django.conf import settings
from django.db import migrations, models

from awards.market.indexing import AddIndexBesideWriters, RemoveIndexBesideWriters


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("awards", "0002_append_only"),
        ("market", "0003_held_alone"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        RemoveIndexBesideWriters(
            model_name="award",
            name="award_by_award_date",
        ),
        AddIndexBesideWriters(
            model_name="award",
            index=models.Index(fields=["award_date", "id"], name="award_in_order"),
        ),
        AddIndexBesideWriters(
            model_name="award",
            index=models.Index(
                condition=models.Q(("outstanding__gt", 0)),
                fields=["award_date", "initial_price", "master_agreement", "outstanding"],
                name="award_by_terms",
            ),
        ),
    ]
