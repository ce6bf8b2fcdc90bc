from django.apps import AppConfig


class WorkerConfig(AppConfig):
    name = "worker"
    verbose_name = "Background work"

    def ready(self) -> None:
        # Each connects to what is announced.
        from worker import heartbeat, listeners, stopping  # noqa: F401
