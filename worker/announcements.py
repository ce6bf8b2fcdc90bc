"""What runs by itself tells others of its own room, as ``classifier.announcements`` does."""

from django.dispatch import Signal

drift_alerted = Signal()  # what comes in has changed; send it after the alert is committed
alert_raised = Signal()  # alert_id: int — something is wrong that was not wrong before
alert_resolved = Signal()  # alert_id: int — it is over
