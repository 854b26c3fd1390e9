from django.conf import settings
from django.db import migrations, models

from awards.market.indexing import AddIndexBesideWriters


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("awards", "0003_award_by_terms"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        AddIndexBesideWriters(
            model_name="grantee",
            index=models.Index(fields=["name", "id"], name="grantee_in_order"),
        ),
    ]
