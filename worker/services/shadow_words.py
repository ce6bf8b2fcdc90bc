"""How the life of a version is told in a training's outcome. Pure: figures in, words out."""

from classifier.models import ModelVersion
from worker.services.shadow_bounds import LEAST, Agreement


def passed_words(found: Agreement) -> str:
    """What both versions said, as a clause."""
    if found.compared < LEAST:
        at_hand = "1 picture was" if found.compared == 1 else f"{found.compared} pictures were"
        return f"only {at_hand} at hand that neither version had learned from; the gate decided"
    turned = "1 verdict" if found.flips == 1 else f"{found.flips} verdicts"
    return (
        f"both versions judged {found.compared} pictures that neither had learned from: "
        f"{turned} turned, probabilities {found.mean_difference:.2f} apart on average"
    )


def shadow_words(version: ModelVersion, champion: ModelVersion, told: str) -> str:
    """The outcome of a training whose version goes into shadow; ``told`` is what it measured."""
    head = (
        f"in shadow: version {version.number} passed the gate and judges beside version "
        f"{champion.number}, unseen"
    )
    return f"{head}; {told}"


def promoted_words(version: ModelVersion, words: str, before: str) -> str:
    """The outcome once it answers; what the training had told ``before`` is kept."""
    _, _, told = before.partition("; ")
    parts = [f"promoted: version {version.number} answers from now on", words, told]
    return "; ".join(part for part in parts if part)
