from django.conf import settings
from django.db import migrations, models

from awards.market.indexing import AddIndexBesideWriters


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("market", "0003_held_alone"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        AddIndexBesideWriters(
            model_name="closingprice",
            index=models.Index(fields=["-trading_day", "series", "-revision"], name="market_closing_price_in_order"),
        ),
        AddIndexBesideWriters(
            model_name="closingprice",
            index=models.Index(fields=["source"], name="market_closing_price_source"),
        ),
        AddIndexBesideWriters(
            model_name="heldclose",
            index=models.Index(fields=["outcome", "-trading_day", "series", "id"], name="market_held_close_in_order"),
        ),
    ]
