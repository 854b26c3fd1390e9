"""Where a Grantee is taxed may be not on record, and is otherwise a code.

A row that is neither stops the release at its last step. The desk corrects it, and the migration runs again.
"""

from django.db import migrations, models

from awards.market.indexing import AddCheckBesideWriters


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("awards", "0012_recorder_without_index")]

    operations = [
        # A default of Django's is in no database: there is nothing to change in the table.
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name="grantee",
                    name="jurisdiction",
                    field=models.CharField(
                        blank=True,
                        help_text=(
                            "Where payments are taxed: a country, or a country and state such as US-CO. "
                            "Empty: not known yet; no withholding can be estimated or provided for."
                        ),
                        max_length=12,
                    ),
                )
            ]
        ),
        AddCheckBesideWriters(
            model_name="grantee",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("jurisdiction__regex", r"^[A-Z]{2}(-[A-Z0-9]{1,3}){0,2}\Z"), ("jurisdiction", ""), _connector="OR"
                ),
                name="grantee_jurisdiction_is_a_code",
                violation_error_message="Give a country, or a country and state, by their codes: US, US-CO.",
            ),
        ),
    ]
