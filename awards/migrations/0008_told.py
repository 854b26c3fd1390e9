import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("awards", "0007_award_letters"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CalendarFeed",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "with_amounts",
                    models.BooleanField(
                        default=False,
                        help_text="Whether it tells numbers of OSOs. Whoever has the address can read them.",
                    ),
                ),
                ("made_at", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="calendar_feeds",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-made_at", "-pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("revoked_at__isnull", True)),
                        fields=("user",),
                        name="calendarfeed_one_address",
                        violation_error_message="There is an address already. Revoke it first.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("revoked_at__isnull", True), ("revoked_at__gte", models.F("made_at")), _connector="OR"
                        ),
                        name="calendarfeed_revoked_after_it_was_made",
                        violation_error_message="An address is revoked after it was made.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Message",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("letter_issued", "Award Letter"),
                            ("vested", "Vested"),
                            ("lapse_ahead", "Lapse ahead"),
                            ("lapsed", "Lapsed"),
                            ("receipt", "Receipt of an exercise"),
                            ("priced", "Exercise priced"),
                            ("paid", "Payment"),
                            ("close_corrected", "Close corrected"),
                            ("fact_reversed", "Record corrected"),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "key",
                    models.CharField(
                        help_text="What it is told of. Once per person: a second one changes nothing.", max_length=80
                    ),
                ),
                (
                    "about_on",
                    models.DateField(help_text="The business date it is about, however late it was told."),
                ),
                (
                    "data",
                    models.JSONField(help_text="What it says: amounts as exact text, days and instants as ISO text."),
                ),
                ("said_at", models.DateTimeField()),
                ("read_at", models.DateTimeField(blank=True, null=True)),
                ("posted_at", models.DateTimeField(blank=True, editable=False, null=True)),
                (
                    "award",
                    models.ForeignKey(
                        help_text="Empty: every Award of a Grantee.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="messages",
                        to="awards.award",
                    ),
                ),
                (
                    "recipient",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="messages",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-said_at", "-pk"],
                "indexes": [
                    models.Index(fields=["recipient", "-said_at", "-id"], name="message_inbox"),
                    models.Index(fields=["said_at", "id"], name="message_in_order"),
                    models.Index(
                        condition=models.Q(("read_at__isnull", True)), fields=["recipient"], name="message_unread"
                    ),
                    models.Index(
                        condition=models.Q(("posted_at__isnull", True)), fields=["id"], name="message_unposted"
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "kind__in",
                                [
                                    "letter_issued",
                                    "vested",
                                    "lapse_ahead",
                                    "lapsed",
                                    "receipt",
                                    "priced",
                                    "paid",
                                    "close_corrected",
                                    "fact_reversed",
                                ],
                            )
                        ),
                        name="message_kind_known",
                        violation_error_message="Choose one of the kinds that there are.",
                    ),
                    models.UniqueConstraint(
                        fields=("recipient", "key"),
                        name="message_told_once",
                        violation_error_message="This person was told this already.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("award__isnull", False), ("kind", "fact_reversed"), _connector="OR"),
                        name="message_is_of_an_award",
                        violation_error_message=(
                            "A message is of an Award, unless a record of a person was corrected."
                        ),
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("read_at__isnull", True), ("read_at__gte", models.F("said_at")), _connector="OR"
                        ),
                        name="message_read_after_it_was_said",
                        violation_error_message="Nothing is read before it is said.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Preferences",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("mail_vested", models.BooleanField(default=True, verbose_name="Options vested")),
                (
                    "mail_lapse_ahead",
                    models.BooleanField(
                        default=True,
                        help_text="The reminders of the last 7 days are always sent.",
                        verbose_name="Options lapse in 180, 90, 60, 30 and 14 days",
                    ),
                ),
                ("mail_lapsed", models.BooleanField(default=True, verbose_name="Options lapsed")),
                (
                    "mail_priced",
                    models.BooleanField(default=True, verbose_name="An exercise that waited for a close was priced"),
                ),
                ("mail_paid", models.BooleanField(default=True, verbose_name="An exercise was paid")),
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="preferences",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={"verbose_name_plural": "preferences"},
        ),
        migrations.AddField(
            model_name="outboxmessage",
            name="can_wait",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="outboxmessage",
            name="html",
            field=models.TextField(
                blank=True,
                db_default="",
                default="",
                help_text="The same as HTML, beside the text; empty: text alone.",
            ),
        ),
    ]
