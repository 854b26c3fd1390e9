from django.db import migrations

from awards.market.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("awards", "0001_initial"), ("market", "0002_append_only")]

    operations = [
        append_only("awards_optionentry"),
        append_only("awards_auditevent"),
        append_only("awards_auditseal"),
        append_only("awards_agreementacceptance"),
        append_only("awards_employmentfact"),
    ]
