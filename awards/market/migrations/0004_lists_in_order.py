from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("market", "0003_held_alone"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name="closingprice",
            index=models.Index(fields=["-trading_day", "series", "-revision"], name="market_closing_price_in_order"),
        ),
        migrations.AddIndex(
            model_name="closingprice",
            index=models.Index(fields=["source"], name="market_closing_price_source"),
        ),
        migrations.AddIndex(
            model_name="heldclose",
            index=models.Index(fields=["outcome", "-trading_day", "series", "id"], name="market_held_close_in_order"),
        ),
    ]
