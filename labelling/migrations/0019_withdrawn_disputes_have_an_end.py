from django.db import migrations


def say_when_they_ended(apps, schema_editor):
    """Disputes that an erasing withdrew had no moment. The audit log has it; where it does not, as
    where the account is gone, they stay without."""
    entries = apps.get_model("labelling", "AuditEntry").objects.order_by("at")
    erasings = entries.filter(action="image.submissions_erased")
    disputes = apps.get_model("labelling", "Dispute").objects
    ended = disputes.filter(state="withdrawn", answered_at=None, by__isnull=False)
    for dispute in ended.order_by("pk"):
        theirs = erasings.filter(subject=f"image:{dispute.image_id}", details__person=dispute.by_id)
        first = theirs.filter(at__gte=dispute.opened_at).first()
        if first is not None:
            disputes.filter(pk=dispute.pk, answered_at=None).update(answered_at=first.at)


class Migration(migrations.Migration):

    dependencies = [
        ('labelling', '0018_orders_of_lists'),
    ]

    operations = [
        migrations.RunPython(say_when_they_ended, migrations.RunPython.noop),
    ]
