from django.db import migrations, models

from awards.market.append_only import append_only_through
from awards.market.indexing import AddCheckOfNewRows


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("exercises", "0005_statement")]

    operations = append_only_through(
        "exercises_withholdingrate",
        AddCheckOfNewRows(
            model_name="withholdingrate",
            constraint=models.CheckConstraint(
                condition=models.Q(("jurisdiction__regex", r"^[A-Z]{2}(-[A-Z0-9]{1,3}){0,2}\Z")),
                name="withholdingrate_jurisdiction_is_a_code",
                violation_error_message="Give a country, or a country and state, by their codes: US, US-CO.",
            ),
        ),
    )
