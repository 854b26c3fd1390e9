from django.db import migrations, models

from awards.market.indexing import AddIndexBesideWriters, RemoveIndexBesideWriters


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("awards", "0008_told")]

    operations = [
        AddIndexBesideWriters(
            model_name="outboxmessage",
            index=models.Index(
                condition=models.Q(("sent_at__isnull", True)),
                fields=["can_wait", "created_at"],
                name="outboxmessage_to_send",
            ),
        ),
        RemoveIndexBesideWriters(model_name="outboxmessage", name="outboxmessage_unsent"),
    ]
