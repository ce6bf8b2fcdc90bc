"""Let the places that an earlier migration made be made anew: they know votes and novelty now."""

from uuid import UUID

from django.db import migrations


def requeue(apps, schema_editor):
    if not apps.get_model("labelling", "Image").objects.exists():
        return
    # The sweeper sees this and begins, a batch at a time.
    apps.get_model("labelling", "QueuePolicy").objects.update(requeued_to=UUID(int=0))


class Migration(migrations.Migration):
    dependencies = [("labelling", "0013_novel_places")]
    operations = [migrations.RunPython(requeue, migrations.RunPython.noop)]
