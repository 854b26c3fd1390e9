"""What an entry names as its cause stays unique but for lapses, which name their place: that is unique already."""

from django.db import migrations, models

from awards.market.append_only import append_only_through
from awards.market.indexing import AddUniqueBesideWriters, RemoveUniqueBesideWriters


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("awards", "0016_first_view")]

    operations = append_only_through(
        "awards_optionentry",
        # First the new one: at no time may an act be written twice.
        AddUniqueBesideWriters(
            model_name="optionentry",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind__in", ["lapsed_unvested", "lapsed_vested"]), _negated=True),
                fields=("award", "cause"),
                name="optionentry_act_once",
                violation_error_message="The ledger has an entry for this already.",
            ),
        ),
        RemoveUniqueBesideWriters(model_name="optionentry", name="optionentry_cause_once"),
    )
