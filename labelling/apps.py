from django.apps import AppConfig


class LabellingConfig(AppConfig):
    name = "labelling"
    verbose_name = "Labelling"

    def ready(self) -> None:
        # Connects to what is announced.
        from labelling import listeners  # noqa: F401
