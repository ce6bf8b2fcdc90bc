from django.apps import AppConfig


class WorkerConfig(AppConfig):
    name = "worker"
    verbose_name = "Background work"

    def ready(self) -> None:
        # Each connects to what is announced, or adds its part to a picture's history.
        from worker import heartbeat, history, listeners, stopping, vigil, work_signs  # noqa: F401
