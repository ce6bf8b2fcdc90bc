"""aivh tells AI-made pictures from human-made ones, with people in the loop."""

from aivh.celery import app as celery_app

__all__ = ["celery_app"]
__version__ = "0.1.0"
