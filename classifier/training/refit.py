"""A new head on stored embeddings: what people settled, learned in seconds, without torch."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from classifier.detector.bundle import REPLAY, Bundle, read_bundle, write_bundle
from classifier.detector.decision import Judge
from classifier.training.card import model_card
from classifier.training.gate import GateDecision, decide, same_network_rows
from classifier.training.held_out import gather
from classifier.training.metrics import Metrics
from classifier.training.progress import Progress, silent
from classifier.training.relearn import Examples, Gain, measure_gain, relearn


@dataclass(frozen=True)
class RefitResult:
    """The new bundle and how it does beside its parent on the same gold pictures.

    ``gain`` is the same on the new labels; None where too few are new to tell. ``epochs`` are the
    figures of each epoch, where a network learned.
    """

    bundle: Bundle
    champion: Metrics
    challenger: Metrics
    decision: GateDecision
    gain: Gain | None
    epochs: Sequence[Mapping[str, Any]] = ()


def refit(
    *,
    parent: Path,
    origin: Path | None = None,
    train: Examples,
    held_out: Mapping[str, Examples],
    out: Path,
    lineage: Mapping[str, Any],
    learned: Collection[str] = (),
    progress: Progress = silent,
) -> RefitResult:
    """Learn a head from ``train`` and the parent's replay set and write a bundle at ``out``.

    The backbone is the parent's, untouched. The new head stays near the one of ``origin`` (the
    parent, if you name none): give the first version of the backbone, so that what comes out
    depends on the labels alone and small losses do not add up from one refit to the next.

    ``held_out`` has the settled pictures to measure with, by the name of their set (``gold``,
    ``audit``, ``regression``). Gold is measured together with the held-out part of the replay
    set. The replay set stays as it is: settled labels live in the database, so a picture that is
    deleted there leaves nothing behind in a bundle.

    ``learned`` are the ids in ``train`` that the parent has learned from already.
    Raises ValueError where a picture is both to learn from and to measure with, or embeddings do
    not fit, BundleCorrupt, BundleIncompatible, FileExistsError, RefitFailed where the labels
    contradict the replay set.
    """
    champion = read_bundle(parent)
    _check(champion, train, held_out)
    replay, old = champion.replay(), champion.judge()
    progress(0.1, "learning a new head")
    relearned = relearn(_first_judge(origin, champion), replay, train)
    progress(0.7, "comparing with the version in use")
    sets, crops = gather(replay, held_out), champion.preprocessing
    decision = decide(
        [one.compared(old, relearned.judge, crops) for one in sets], same_network_rows(champion)
    )
    before, after = sets[0].metrics(old, crops), sets[0].metrics(relearned.judge, crops)
    gain = measure_gain(old, relearned, train, learned)
    progress(0.9, "writing the bundle")
    bundle = write_bundle(
        out,
        backbone=champion.backbone,
        judge=relearned.judge,
        preprocessing=champion.preprocessing,
        replay=parent / REPLAY,
        metrics={
            "gold": after.to_dict(),
            "gate": decision.to_dict(),
            **({"new_labels": asdict(gain)} if gain else {}),
        },
        lineage={**_lineage(champion, train), **lineage},
        card=model_card,
    )
    progress(1.0, "done")
    return RefitResult(bundle, before, after, decision, gain)


def _first_judge(origin: Path | None, champion: Bundle) -> Judge:
    first = read_bundle(origin) if origin else champion
    if first.backbone_digest != champion.backbone_digest:
        raise ValueError("origin and parent must have the same backbone")
    return first.judge()


def _lineage(champion: Bundle, train: Examples) -> dict[str, Any]:
    return {
        "kind": "refit",
        "parent": champion.digest,
        "parent_name": champion.name,
        "new_labels": len(train.labels),
        "network_lineage": champion.lineage.get("network_lineage", champion.lineage),
    }


def _check(champion: Bundle, train: Examples, held_out: Mapping[str, Examples]) -> None:
    measured = {name for some in held_out.values() for name in some.ids}
    if shared := set(train.ids) & measured:
        raise ValueError(f"{len(shared)} pictures are both to learn from and to measure with.")
    width = len(champion.head().weight)
    for examples in (train, *held_out.values()):
        if len(examples.labels) and examples.embeddings.shape[1] != width:
            raise ValueError(f"The embeddings must have {width} numbers each, as the backbone's.")
        if not np.isfinite(examples.embeddings).all():
            raise ValueError("An embedding holds a number that is not finite.")
