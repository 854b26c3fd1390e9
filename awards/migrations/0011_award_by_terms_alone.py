"""Which Award it is, in the index of the terms: the value of every Award is read from that alone.

In between, what is outstanding is counted by reading every Award.
"""

from django.db import migrations, models

from awards.market.indexing import AddIndexBesideWriters, RemoveIndexBesideWriters


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("awards", "0010_preferences_language")]

    operations = [
        RemoveIndexBesideWriters(model_name="award", name="award_by_terms"),
        AddIndexBesideWriters(
            model_name="award",
            index=models.Index(
                condition=models.Q(("outstanding__gt", 0)),
                fields=["award_date", "initial_price", "master_agreement", "outstanding", "id"],
                name="award_by_terms",
            ),
        ),
    ]
