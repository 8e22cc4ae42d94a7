"""Full text of materials: an FTS5 table on SQLite, an index on PostgreSQL."""

from django.db import migrations


def make(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute(
            "CREATE VIRTUAL TABLE courses_search USING fts5(title, plain, tokenize = \"unicode61 remove_diacritics 2\", prefix = '2 3')"
        )
    elif schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "CREATE INDEX courses_material_words ON courses_material USING gin (to_tsvector('simple', title || ' ' || plain))"
        )


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP TABLE courses_search")
    elif schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX courses_material_words")


class Migration(migrations.Migration):
    dependencies = [("courses", "0001_initial")]
    operations = [migrations.RunPython(make, drop, elidable=False)]
