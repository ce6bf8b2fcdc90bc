"""The Celery application. Its tasks are in ``worker/tasks.py``, their clock in ``schedule.py``."""

import os
import warnings

from celery import Celery

from worker.schedule import SCHEDULE

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aivh.settings")

# Celery warns root because a pickled task runs code. Ours are JSON, and nothing else is accepted.
warnings.filterwarnings("ignore", message="You're running the worker with superuser privileges")

app = Celery("aivh", task_cls="worker.time_limit:LimitedTask")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.beat_schedule = SCHEDULE
app.autodiscover_tasks(["worker"])
