"""A snapshot's line says what the picture was used for, and outlives the picture."""

from typing import Any

from django.db import migrations, models
from django.db.models import F
from django.utils import timezone


def read_from_gold(apps: Any, _: Any) -> None:
    """Older lines knew gold and the rest, and no twins: each picture was its own group."""
    items = apps.get_model("worker", "SnapshotItem").objects
    items.update(group=F("sha256"))
    items.filter(gold=True).update(use="gold")
    items.filter(image__isnull=True).update(deleted_at=timezone.now())


def back_to_gold(apps: Any, _: Any) -> None:
    apps.get_model("worker", "SnapshotItem").objects.filter(use="gold").update(gold=True)


class Migration(migrations.Migration):
    dependencies = [("worker", "0003_administrators_see_runs")]

    operations = [
        migrations.AddField(
            "snapshotitem",
            "use",
            models.CharField(
                max_length=10,
                default="train",
                choices=[
                    ("train", "trains"),
                    ("gold", "measures"),
                    ("audit", "audits"),
                    ("regression", "guards"),
                    ("left_out", "left out"),
                ],
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            "snapshotitem",
            "why",
            models.CharField(
                max_length=200, blank=True, default="", help_text="why it was left out, if it was"
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            "snapshotitem",
            "group",
            models.CharField(
                max_length=64, default="", help_text="sha256 of the oldest of its near twins"
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            "snapshotitem",
            "source",
            models.CharField(
                max_length=20, blank=True, default="", help_text="how it came in first"
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            "snapshotitem",
            "review_ids",
            models.JSONField(default=list, help_text="the votes that the label stands on"),
        ),
        migrations.AddField(
            "snapshotitem",
            "deleted_at",
            models.DateTimeField(null=True, blank=True, help_text="when the picture was"),
        ),
        # Its default is for the way back only, where the column comes again before its values.
        migrations.AlterField("snapshotitem", "gold", models.BooleanField(default=False)),
        migrations.RunPython(read_from_gold, back_to_gold),
        migrations.RemoveField("snapshotitem", "gold"),
        migrations.AddIndex(
            "snapshotitem", models.Index(fields=["sha256"], name="snapshot_item_sha256")
        ),
    ]
