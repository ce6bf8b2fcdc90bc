"""The workbench's first rows: four roles, the queue's policy, and a place for each open picture."""

from django.contrib.auth.management import create_permissions
from django.db import migrations
from django.db.models import Exists, OuterRef, Subquery

ROLES = {
    "Uploaders": ["labelling.add_submission"],
    "Reviewers": ["labelling.add_submission", "labelling.add_review"],
    "Adjudicators": [
        "labelling.add_submission",
        "labelling.add_review",
        "labelling.adjudicate_image",
    ],
    "Administrators": [
        "labelling.add_submission",
        "labelling.adjudicate_image",
        "labelling.view_auditentry",
        "labelling.change_queuepolicy",
        "labelling.view_queuepolicy",
        "labelling.view_dispute",
        "labelling.view_flag",
        "labelling.view_showing",
        "labelling.view_invitation",
    ],
}
BATCH = 2000


def make_roles(apps, schema_editor):
    # Permissions are usually made after all migrations; the roles need them now.
    config = apps.get_app_config("labelling")
    config.models_module = True
    create_permissions(config, apps=apps, verbosity=0)
    config.models_module = None
    group = apps.get_model("auth", "Group")
    permission = apps.get_model("auth", "Permission")
    for role, wanted in ROLES.items():
        row, _ = group.objects.get_or_create(name=role)
        for spelled in wanted:
            app, codename = spelled.split(".")
            row.permissions.add(
                permission.objects.get(content_type__app_label=app, codename=codename)
            )


def let_everybody_upload_as_before(apps, schema_editor):
    uploaders = apps.get_model("auth", "Group").objects.get(name="Uploaders")
    uploaders.user_set.add(*apps.get_model("labelling", "User").objects.all())


def make_single_rows(apps, schema_editor):
    for name in ("QueuePolicy", "AuditHead"):
        model = apps.get_model("labelling", name)
        if not model.objects.exists():
            model.objects.create()


def mark_gold(apps, schema_editor):
    """Until now a picture that wanted two votes was gold; the two are apart from here on."""
    apps.get_model("labelling", "Image").objects.filter(votes_wanted__gte=2).update(
        gold_wanted=True
    )


def make_places(apps, schema_editor):
    """Give each open picture its place. ``manage.py rebuild_queue`` makes them exact."""
    image, item, label, prediction = (
        apps.get_model("labelling", name) for name in ("Image", "QueueItem", "Label", "Prediction")
    )
    said = prediction.objects.filter(image=OuterRef("pk"), version__state="production")
    settled = label.objects.filter(image=OuterRef("pk"))
    waiting = (
        image.objects.filter(~Exists(settled))
        .exclude(state="failed")
        .annotate(rank=Subquery(said.values("priority")[:1]))
        .values_list("pk", "audit", "doubted_at", "received_at", "rank")
    )
    rows = []
    for pk, audit, doubted_at, received_at, rank in waiting.order_by().iterator(BATCH):
        lane = "urgent" if doubted_at else "audit" if audit else "ranked"
        why = {"urgent": "doubted", "audit": "audit"}.get(
            lane, "unjudged" if rank is None else "uncertain"
        )
        rows.append(
            item(
                image_id=pk,
                lane=lane,
                why=why,
                rank=rank or 0.0,
                since=doubted_at or received_at,
            )
        )
        if len(rows) == BATCH:
            item.objects.bulk_create(rows)
            rows = []
    item.objects.bulk_create(rows)


class Migration(migrations.Migration):
    dependencies = [("labelling", "0009_workbench")]
    operations = [
        migrations.RunPython(step, migrations.RunPython.noop)
        for step in (
            make_roles,
            let_everybody_upload_as_before,
            make_single_rows,
            mark_gold,
            make_places,
        )
    ]
