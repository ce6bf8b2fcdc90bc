"""What the API says of a picture."""

from typing import Any

FINDING = {"verdict": "ai", "probability_ai": 0.973, "reasons": [], "model_version": 4}


def picture(**changed: Any) -> dict[str, Any]:
    """One that is classified, but for what is ``changed``."""
    page = "http://site/images/0b7f/"
    known = {"id": "0b7f", "page": page, "state": "classified", "finding": FINDING}
    return {**known, "failure": None, "blind": False, "contradiction": False, **changed}
