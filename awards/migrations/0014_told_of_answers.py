from django.db import migrations, models

from awards.market.indexing import AddCheckBesideWriters

KINDS = [
    ("letter_issued", "Award Letter"),
    ("vested", "Vested"),
    ("lapse_ahead", "Lapse ahead"),
    ("lapsed", "Lapsed"),
    ("receipt", "Receipt of an exercise"),
    ("priced", "Exercise priced"),
    ("paid", "Payment"),
    ("close_corrected", "Close corrected"),
    ("fact_reversed", "Record corrected"),
    ("answered", "Question answered"),
]


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("awards", "0013_jurisdiction")]

    operations = [
        # The check of the same name takes the old one's place, and no database knows the names of the kinds.
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveConstraint(model_name="message", name="message_kind_known"),
                migrations.AlterField(
                    model_name="message", name="kind", field=models.CharField(choices=KINDS, max_length=16)
                ),
            ]
        ),
        AddCheckBesideWriters(
            model_name="message",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", [kind for kind, _ in KINDS])),
                name="message_kind_known",
                violation_error_message="Choose one of the kinds that there are.",
            ),
        ),
    ]
