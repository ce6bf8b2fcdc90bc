"""The words on the buttons of an annotation tool, and the answers that they mean."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from classifier.training.data.folder import CLASS_FOLDERS

AI, HUMAN, UNSURE, UNUSABLE = "ai", "human", "unsure", "unusable"
# Besides the names of folders; in any case, with spaces, dashes or none between their words.
MEANINGS = {
    **{word: label.value for word, label in CLASS_FOLDERS.items()},
    "ai generated": AI,
    "ai made": AI,
    "synthetic": AI,
    "human made": HUMAN,
    "uncertain": UNSURE,
    "unsure": UNSURE,
    "not sure": UNSURE,
    "unusable": UNUSABLE,
}
BETWEEN = re.compile(r"[\s_-]+")


def meaning_of(choice: object) -> str | None:
    """``ai``, ``human``, ``unsure`` or ``unusable``; None where the word says none of them."""
    if not isinstance(choice, str):
        return None
    return MEANINGS.get(BETWEEN.sub(" ", choice).strip().lower())


def answer_in(result: object) -> str | None:
    """What an annotation's regions say of the picture; None where nothing, or no single thing."""
    regions = result if isinstance(result, Sequence) and not isinstance(result, str) else []
    said = {meaning_of(choice) for region in regions for choice in _choices(region)}
    said.discard(None)
    return said.pop() if len(said) == 1 else None


def _choices(region: object) -> Sequence[Any]:
    if not isinstance(region, Mapping) or region.get("type") != "choices":
        return ()
    value = region.get("value")
    choices = value.get("choices") if isinstance(value, Mapping) else None
    return choices if isinstance(choices, list) else ()
