"""Full text of translations, apart from that of the sources: an FTS5 table on SQLite, an index on PostgreSQL."""

from django.db import migrations


def make(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute(
            "CREATE VIRTUAL TABLE courses_search_languages USING fts5(title, plain, tokenize = \"unicode61 remove_diacritics 2\", prefix = '2 3')"
        )
    elif schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "CREATE INDEX courses_translation_words ON courses_translation USING gin (to_tsvector('simple', title || ' ' || plain))"
        )


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP TABLE courses_search_languages")
    elif schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX courses_translation_words")


class Migration(migrations.Migration):
    dependencies = [("courses", "0013_languages")]
    operations = [migrations.RunPython(make, drop, elidable=False)]
