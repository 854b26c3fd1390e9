import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from awards.market.append_only import append_only_through
from awards.market.indexing import DropIndexOfField


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("awards", "0011_award_by_terms_alone"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = append_only_through(
        "awards_optionentry",
        DropIndexOfField(
            model_name="optionentry",
            name="recorded_by",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
    )
