"""The audit log's table, and the triggers that let lines be added only."""

from django.db import migrations

SQLITE = [
    "CREATE UNIQUE INDEX people_one_line ON people_entry (workspace, number)",
    """CREATE TRIGGER people_entry_no_update BEFORE UPDATE ON people_entry
       BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END""",
    """CREATE TRIGGER people_entry_no_delete BEFORE DELETE ON people_entry
       BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END""",
    # INSERT OR REPLACE removes a row without firing the trigger above
    """CREATE TRIGGER people_entry_no_replace BEFORE INSERT ON people_entry
       WHEN EXISTS (SELECT 1 FROM people_entry
                    WHERE id = NEW.id OR (workspace = NEW.workspace AND number = NEW.number))
       BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END""",
]
POSTGRESQL = [
    "CREATE UNIQUE INDEX people_one_line ON people_entry (workspace, number)",
    """CREATE FUNCTION people_entry_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$""",
    """CREATE TRIGGER people_entry_no_change BEFORE UPDATE OR DELETE ON people_entry
       FOR EACH ROW EXECUTE FUNCTION people_entry_refuse()""",
    """CREATE TRIGGER people_entry_no_truncate BEFORE TRUNCATE ON people_entry
       FOR EACH STATEMENT EXECUTE FUNCTION people_entry_refuse()""",
]


def make(apps, schema_editor):
    schema_editor.create_model(apps.get_model("people", "Entry"))
    for statement in POSTGRESQL if schema_editor.connection.vendor == "postgresql" else SQLITE:
        schema_editor.execute(statement, params=None)


def unmake(apps, schema_editor):
    schema_editor.delete_model(apps.get_model("people", "Entry"))
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP FUNCTION people_entry_refuse()", params=None)


class Migration(migrations.Migration):
    dependencies = [("people", "0001_initial")]

    operations = [migrations.RunPython(make, unmake)]
