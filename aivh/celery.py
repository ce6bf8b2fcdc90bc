"""The Celery application. Tasks stand in ``worker/tasks.py``, their clock in ``worker/schedule.py``."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aivh.settings")

app = Celery("aivh")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["worker"])
