"""`words_of` at the cost it has, so that no search reads a table for it. What it answers, and its indexes, stay."""

from typing import Any

from django.db import migrations

from awards.models.words import POSTGRESQL_FUNCTION


def replace(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(POSTGRESQL_FUNCTION)


class Migration(migrations.Migration):
    dependencies = [("awards", "0018_award_without_indexes_nobody_asks")]

    operations = [migrations.RunPython(replace, migrations.RunPython.noop, elidable=True)]
