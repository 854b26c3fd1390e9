"""People found by the beginnings of their words and addresses: indexes on PostgreSQL, nothing on SQLite."""

from typing import Any

from django.conf import settings
from django.db import migrations

from awards.market.indexing import drop_beside_writers, make_beside_writers
from awards.models.words import POSTGRESQL_FUNCTION

INDEXES = {
    # What `HasWords` is asked of, the columns in the same order. Without a list of pending rows, which every search
    # would read from end to end.
    "grantee_words": "awards_grantee USING gin (words_of(name || ' ' || employee_number)) WITH (fastupdate = off)",
    "user_words": "auth_user USING gin (words_of(first_name || ' ' || last_name)) WITH (fastupdate = off)",
    # What Django's `istartswith` and `iexact` are asked of.
    "user_address": "auth_user (upper(email) text_pattern_ops)",
    "outboxmessage_address": 'awards_outboxmessage (upper("to") text_pattern_ops)',
}


def make(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(POSTGRESQL_FUNCTION)
        for name, columns in INDEXES.items():
            make_beside_writers(schema_editor, name, columns)


def remove(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        for name in INDEXES:
            drop_beside_writers(schema_editor, name)
        schema_editor.execute("DROP FUNCTION IF EXISTS words_of(text)")


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("awards", "0005_lists_by_index"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [migrations.RunPython(make, remove, elidable=False)]
