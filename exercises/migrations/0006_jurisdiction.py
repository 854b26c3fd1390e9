from django.db import migrations, models

from awards.market.append_only import append_only_still
from awards.market.indexing import AddCheckOfNewRows


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("exercises", "0005_statement")]

    operations = [
        AddCheckOfNewRows(
            model_name="withholdingrate",
            constraint=models.CheckConstraint(
                condition=models.Q(("jurisdiction__regex", r"^[A-Z]{2}(-[A-Z0-9]{1,3}){0,2}\Z")),
                name="withholdingrate_jurisdiction_is_a_code",
                violation_error_message="Give a country, or a country and state, by their codes: US, US-CO.",
            ),
        ),
        append_only_still("exercises_withholdingrate"),
    ]
