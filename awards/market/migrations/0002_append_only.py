from django.db import migrations

from awards.market.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("market", "0001_initial")]

    operations = [append_only("market_closingprice"), append_only("market_tradingdayoverride")]
