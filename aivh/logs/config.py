"""Django's ``LOGGING``. The settings read it, so it needs nothing that needs them."""

from typing import Any


def config(*, form: str, level: str) -> dict[str, Any]:
    """One handler with one format: ``json``, ``text``, or ``auto`` for what suits the output."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"lines": {"()": "aivh.logs.format.formatter", "form": form}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "lines"}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            "django": {"handlers": [], "level": "INFO", "propagate": True},
            "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
            # A refused request has its line of ours; what broke is told with its traceback.
            "django.request": {"level": "ERROR"},
            # Each task has its line of ours.
            "celery": {"level": "WARNING"},
            "kombu": {"level": "WARNING"},
        },
    }
