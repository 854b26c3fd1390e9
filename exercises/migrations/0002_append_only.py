from django.db import migrations

from awards.market.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("exercises", "0001_initial"), ("market", "0002_append_only")]

    operations = [
        append_only("exercises_exercisenotice"),
        append_only("exercises_pricing"),
        append_only("exercises_pinnedclose"),
        append_only("exercises_withholdingline"),
        append_only("exercises_withholdingrate"),
    ]
