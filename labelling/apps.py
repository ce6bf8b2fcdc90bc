from django.apps import AppConfig


class LabellingConfig(AppConfig):
    name = "labelling"
    verbose_name = "Labelling"

    def ready(self) -> None:
        # Each connects to what is announced, or adds its part to a picture's history.
        from labelling import history_sources, listeners  # noqa: F401
