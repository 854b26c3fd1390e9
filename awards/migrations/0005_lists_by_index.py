import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from awards.market.append_only import append_only
from awards.market.indexing import AddIndexBesideWriters, DropIndexOfField


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("awards", "0004_grantee_in_order"),
        ("market", "0004_lists_in_order"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        DropIndexOfField(
            model_name="auditevent",
            name="actor",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        DropIndexOfField(
            model_name="auditevent",
            name="at",
            field=models.DateTimeField(),
        ),
        AddIndexBesideWriters(
            model_name="agreementacceptance",
            index=models.Index(fields=["accepted_at", "id"], name="acceptance_in_order"),
        ),
        AddIndexBesideWriters(
            model_name="auditevent",
            index=models.Index(fields=["at", "id"], name="auditevent_in_order"),
        ),
        AddIndexBesideWriters(
            model_name="auditevent",
            index=models.Index(fields=["action", "at", "id"], name="auditevent_by_action"),
        ),
        AddIndexBesideWriters(
            model_name="auditevent",
            index=models.Index(fields=["actor", "at", "id"], name="auditevent_by_actor"),
        ),
        AddIndexBesideWriters(
            model_name="award",
            index=models.Index(
                condition=models.Q(("approved_at__isnull", True), ("rejected_at__isnull", True)),
                fields=["proposed_at"],
                name="award_undecided",
            ),
        ),
        AddIndexBesideWriters(
            model_name="award",
            index=models.Index(
                condition=models.Q(("approved_at__isnull", False), ("letter_issued_at__isnull", True)),
                fields=["approved_at"],
                name="award_letter_to_issue",
            ),
        ),
        AddIndexBesideWriters(
            model_name="award",
            index=models.Index(
                condition=models.Q(
                    ("accepted_at__isnull", True), ("declined_at__isnull", True), ("letter_issued_at__isnull", False)
                ),
                fields=["letter_issued_at"],
                name="award_to_accept",
            ),
        ),
        AddIndexBesideWriters(
            model_name="award",
            index=models.Index(
                condition=models.Q(("declined_at__isnull", False)), fields=["declined_at"], name="award_declined"
            ),
        ),
        AddIndexBesideWriters(
            model_name="award",
            index=models.Index(
                condition=models.Q(("rejected_at__isnull", False)), fields=["rejected_at"], name="award_rejected"
            ),
        ),
        AddIndexBesideWriters(
            model_name="determination",
            index=models.Index(fields=["occurred_on", "id"], name="determination_in_order"),
        ),
        AddIndexBesideWriters(
            model_name="determination",
            index=models.Index(
                condition=models.Q(("approved_at__isnull", True), ("rejected_at__isnull", True)),
                fields=["proposed_at"],
                name="determination_undecided",
            ),
        ),
        AddIndexBesideWriters(
            model_name="employmentfact",
            index=models.Index(fields=["occurred_on", "id"], name="employmentfact_in_order"),
        ),
        AddIndexBesideWriters(
            model_name="grantee",
            index=models.Index(fields=["jurisdiction", "name", "id"], name="grantee_by_jurisdiction"),
        ),
        AddIndexBesideWriters(
            model_name="optionentry",
            index=models.Index(
                condition=models.Q(("kind", "exercised")), fields=["cause"], name="optionentry_exercises"
            ),
        ),
        AddIndexBesideWriters(
            model_name="outboxmessage",
            index=models.Index(fields=["created_at", "id"], name="outboxmessage_in_order"),
        ),
        AddIndexBesideWriters(
            model_name="representative",
            index=models.Index(fields=["from_on", "id"], name="representative_in_order"),
        ),
        AddIndexBesideWriters(
            model_name="representative",
            index=models.Index(
                condition=models.Q(("approved_at__isnull", True), ("rejected_at__isnull", True)),
                fields=["proposed_at"],
                name="representative_undecided",
            ),
        ),
        # SQLite has made the table anew, without its trigger.
        append_only("awards_auditevent"),
    ]
