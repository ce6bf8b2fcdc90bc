"""The queue asks of each open picture whether this reviewer has voted on it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("labelling", "0002_roles")]
    operations = [
        migrations.AddIndex(
            model_name="review",
            index=models.Index(fields=["image", "reviewer"], name="review_on_image"),
        )
    ]
