"""The two roles that an installation starts with."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

REVIEWERS = ["labelling.add_review"]
ADMINISTRATORS = [
    "labelling.add_review",
    "labelling.view_image",
    "labelling.change_image",
    "labelling.view_label",
    "labelling.view_prediction",
    "labelling.view_review",
    "labelling.view_submission",
    "labelling.add_user",
    "labelling.change_user",
    "labelling.view_user",
    "classifier.change_modelversion",
    "classifier.view_modelversion",
]


def make_roles(apps, schema_editor):
    # Permissions are usually made after all migrations; the roles need them now.
    for name in ("labelling", "classifier"):
        config = apps.get_app_config(name)
        config.models_module = True
        create_permissions(config, apps=apps, verbosity=0)
        config.models_module = None
    group = apps.get_model("auth", "Group")
    permission = apps.get_model("auth", "Permission")
    for role, wanted in (("Reviewers", REVIEWERS), ("Administrators", ADMINISTRATORS)):
        row, _ = group.objects.get_or_create(name=role)
        for spelled in wanted:
            app, codename = spelled.split(".")
            row.permissions.add(
                permission.objects.get(content_type__app_label=app, codename=codename)
            )


class Migration(migrations.Migration):
    dependencies = [
        ("labelling", "0001_initial"),
        ("classifier", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [migrations.RunPython(make_roles, migrations.RunPython.noop)]
