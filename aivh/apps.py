from django.apps import AppConfig


class AivhConfig(AppConfig):
    name = "aivh"
    verbose_name = "aivh"

    def ready(self) -> None:
        from aivh import checks  # noqa: F401  (registers what is checked at the start)
        from aivh.logs import sentry, tracing
        from aivh.logs import tasks as task_lines  # noqa: F401  (writes what Celery does)
        from aivh.metrics import tasks  # noqa: F401  (counts what Celery does)

        sentry.start()
        tracing.start()
