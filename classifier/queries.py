"""Reading the versions."""

from classifier.models import ModelVersion


def production_version() -> ModelVersion | None:
    """The version that answers, or None before the first one is registered."""
    return ModelVersion.objects.filter(state=ModelVersion.State.PRODUCTION).first()
