"""A lapse is written into every index of its Award: those that nobody asks are dropped."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from awards.market.indexing import DropIndexOfField


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("awards", "0017_act_once"),
        ("market", "0004_lists_in_order"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        DropIndexOfField(
            model_name="award",
            name="proposed_close",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                editable=False,
                help_text="The Fair Market Value on the Trading Day before the Award Date, as the portal proposed it.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="market.closingprice",
            ),
        ),
        DropIndexOfField(
            model_name="award",
            name="rejected_by",
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
        DropIndexOfField(
            model_name="award",
            name="letter_issued_by",
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
        DropIndexOfField(
            model_name="award",
            name="accepted_by",
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
        DropIndexOfField(
            model_name="award",
            name="declined_by",
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
    ]
