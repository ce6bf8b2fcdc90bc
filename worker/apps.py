from django.apps import AppConfig


class WorkerConfig(AppConfig):
    name = "worker"
    verbose_name = "Background work"

    def ready(self) -> None:
        from worker import listeners  # noqa: F401  (connects to the announcements)
