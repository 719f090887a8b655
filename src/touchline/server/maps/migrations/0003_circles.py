from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("maps", "0002_workshops"),
    ]

    operations = [
        migrations.AddField(model_name="sheet", name="seen_by", field=models.JSONField(null=True)),
        migrations.AddField(model_name="sheet", name="changed_by", field=models.JSONField(null=True)),
    ]
