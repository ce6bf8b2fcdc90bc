"""What Label Studio's machine learning backends answer.

https://labelstud.io/guide/ml_create and the ``api.py`` of label-studio-ml 2.x
"""

from typing import Any

from labelling.label_studio.interface import Interface
from labelling.label_studio.words import UNSURE

UNCERTAIN = "uncertain"


def prediction(
    interface: Interface, *, verdict: str, probability_ai: float, version: int
) -> dict[str, Any]:
    """A finding in the words of the project. Where it has none for a doubt, nothing is chosen."""
    choice = interface.choices.get(UNSURE if verdict == UNCERTAIN else verdict)
    result = [] if choice is None else [region(interface.from_name, interface.to_name, choice)]
    return {"result": result, "score": probability_ai, "model_version": str(version)}


def no_prediction(*, code: str, detail: str) -> dict[str, Any]:
    """As many answers as tasks are expected; this one says why it is empty."""
    return {"result": [], "score": None, "error": {"code": code, "detail": detail}}


def region(from_name: str, to_name: str, choice: str) -> dict[str, Any]:
    return {
        "from_name": from_name,
        "to_name": to_name,
        "type": "choices",
        "value": {"choices": [choice]},
    }
