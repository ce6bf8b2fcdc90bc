from django.apps import AppConfig


class WorkerConfig(AppConfig):
    name = "worker"
    verbose_name = "Background work"

    def ready(self) -> None:
        from worker import heartbeat, listeners  # noqa: F401  (connect to what is announced)
