"""A site learns by itself from the start; administrators change how, and read what was decided."""

from django.conf import settings
from django.contrib.auth.management import create_permissions
from django.db import migrations

WANTED = [
    "add_retrainingpolicy",
    "change_retrainingpolicy",
    "delete_retrainingpolicy",
    "view_retrainingpolicy",
    "view_policyevaluation",
]


def make_policy(apps, schema_editor):
    policies = apps.get_model("worker", "RetrainingPolicy").objects
    policies.get_or_create(
        name="Learn from new labels",
        defaults={"min_new_labels": settings.RETRAIN_MIN_NEW_LABELS, "monthly_minutes": 600},
    )


def widen_role(apps, schema_editor):
    # Permissions are usually made after all migrations; the role needs them now.
    config = apps.get_app_config("worker")
    config.models_module = True
    create_permissions(config, apps=apps, verbosity=0)
    config.models_module = None
    role, _ = apps.get_model("auth", "Group").objects.get_or_create(name="Administrators")
    permissions = apps.get_model("auth", "Permission").objects
    role.permissions.add(*permissions.filter(content_type__app_label="worker", codename__in=WANTED))


class Migration(migrations.Migration):
    dependencies = [
        ("worker", "0006_policies_and_the_life_of_a_run"),
        ("labelling", "0002_roles"),
    ]
    operations = [
        migrations.RunPython(make_policy, migrations.RunPython.noop),
        migrations.RunPython(widen_role, migrations.RunPython.noop),
    ]
