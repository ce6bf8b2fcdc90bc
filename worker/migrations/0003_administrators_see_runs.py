"""The administrators' role may look at what runs by itself."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

WANTED = ["view_datasetsnapshot", "view_trainingrun"]


def widen_role(apps, schema_editor):
    # Permissions are usually made after all migrations; the role needs them now.
    config = apps.get_app_config("worker")
    config.models_module = True
    create_permissions(config, apps=apps, verbosity=0)
    config.models_module = None
    role, _ = apps.get_model("auth", "Group").objects.get_or_create(name="Administrators")
    permissions = apps.get_model("auth", "Permission").objects
    role.permissions.add(
        *permissions.filter(content_type__app_label="worker", codename__in=WANTED)
    )


class Migration(migrations.Migration):
    dependencies = [
        ("worker", "0002_training_run_sent_at"),
        ("labelling", "0002_roles"),
    ]
    operations = [migrations.RunPython(widen_role, migrations.RunPython.noop)]
