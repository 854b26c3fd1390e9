from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("awards", "0002_append_only"),
        ("market", "0003_held_alone"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="award",
            name="award_by_award_date",
        ),
        migrations.AddIndex(
            model_name="award",
            index=models.Index(fields=["award_date", "id"], name="award_in_order"),
        ),
        migrations.AddIndex(
            model_name="award",
            index=models.Index(
                condition=models.Q(("outstanding__gt", 0)),
                fields=["award_date", "initial_price", "master_agreement", "outstanding"],
                name="award_by_terms",
            ),
        ),
    ]
