from django.db import migrations, models
from django.db.models import F, Value
from django.db.models.functions import Abs


def rank_by_doubt(apps, schema_editor):
    """What was predicted before keeps the order that it had: the nearer to one half the sooner."""
    doubt = Value(1.0) - Abs(F("probability_ai") - Value(0.5)) * Value(2.0)
    apps.get_model("labelling", "Prediction").objects.update(priority=doubt)


class Migration(migrations.Migration):
    dependencies = [
        ("labelling", "0006_clean_labels"),
        ("classifier", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="prediction",
            name="priority",
            field=models.FloatField(
                default=0.0,
                help_text="how much a person's answer would teach, 0 to 1; the queue's order",
            ),
        ),
        migrations.RunPython(rank_by_doubt, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="prediction",
            index=models.Index(fields=["version", "-priority"], name="prediction_to_ask"),
        ),
    ]
