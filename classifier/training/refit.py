"""A new head on stored embeddings: what people settled, learned in seconds, without torch."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from classifier.detector.bundle import REPLAY, Bundle, read_bundle, write_bundle
from classifier.detector.decision import Judge
from classifier.detector.polarity import FloatArray
from classifier.detector.replay import Replay
from classifier.training.card import model_card
from classifier.training.gate import GateDecision, compare
from classifier.training.metrics import Judged, Metrics, measure
from classifier.training.progress import Progress, silent
from classifier.training.relearn import (
    Embeddings,
    Examples,
    Gain,
    measure_gain,
    relearn,
    stacked,
)
from classifier.training.tiers import CLEAN
from classifier.vocabulary import Label


@dataclass(frozen=True)
class RefitResult:
    """The new bundle and how it does beside its parent on the same gold pictures.

    ``gain`` is the same on the new labels; None where too few are new to tell.
    """

    bundle: Bundle
    champion: Metrics
    challenger: Metrics
    decision: GateDecision
    gain: Gain | None


def refit(
    *,
    parent: Path,
    origin: Path | None = None,
    train: Examples,
    gold: Examples,
    out: Path,
    lineage: Mapping[str, Any],
    learned: Collection[str] = (),
    progress: Progress = silent,
) -> RefitResult:
    """Learn a head from ``train`` and the parent's replay set and write a bundle at ``out``.

    The backbone is the parent's, untouched. The new head stays near the one of ``origin`` (the
    parent, if you name none): give the first version of the backbone, so that what comes out
    depends on the labels alone and small losses do not add up from one refit to the next.

    Both heads are measured on ``gold`` together with the held-out part of the replay set. The
    replay set stays as it is: settled labels live in the database, so a picture that is deleted
    there leaves nothing behind in a bundle.

    ``learned`` are the ids in ``train`` that the parent has learned from already.
    Raises ValueError where train and gold overlap or embeddings do not fit, BundleCorrupt,
    BundleIncompatible, FileExistsError, RefitFailed where the labels contradict the replay set.
    """
    champion = read_bundle(parent)
    _check(champion, train, gold)
    replay = champion.replay()
    progress(0.1, "learning a new head")
    relearned = relearn(_first_judge(origin, champion), replay, train)
    progress(0.7, "comparing with the version in use")
    test = _gold_set(gold, replay)
    before, after = _measured(champion.judge(), test), _measured(relearned.judge, test)
    decision = compare(before.judged, after.judged)
    gain = measure_gain(champion.judge(), relearned, train, learned)
    progress(0.9, "writing the bundle")
    bundle = write_bundle(
        out,
        backbone=champion.backbone,
        judge=relearned.judge,
        preprocessing=champion.preprocessing,
        replay=parent / REPLAY,
        metrics={
            "gold": after.metrics.to_dict(),
            "gate": decision.to_dict(),
            **({"new_labels": asdict(gain)} if gain else {}),
        },
        lineage={**_lineage(champion, train), **lineage},
        card=model_card,
    )
    progress(1.0, "done")
    return RefitResult(bundle, before.metrics, after.metrics, decision, gain)


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


@dataclass(frozen=True)
class _GoldSet:
    embeddings: Embeddings
    labels: Sequence[Label]
    groups: Sequence[str]
    disagreements: FloatArray


@dataclass(frozen=True)
class _Measured:
    judged: Judged
    metrics: Metrics


def _gold_set(gold: Examples, replay: Replay) -> _GoldSet:
    held_out = replay.part("test", tier=CLEAN)
    return _GoldSet(
        stacked(held_out.embeddings, gold.embeddings),
        [*held_out.labels, *gold.labels],
        [*held_out.generators, *["gold"] * len(gold.labels)],
        np.concatenate([held_out.disagreements, gold.disagreements]),
    )


def _measured(judge: Judge, gold: _GoldSet) -> _Measured:
    said = judge.judge(gold.embeddings, disagreements=gold.disagreements)
    return _Measured(
        Judged.of(said.probabilities, gold.labels, said.verdicts),
        measure(said.probabilities, gold.labels, said.verdicts, gold.groups),
    )


def _check(champion: Bundle, train: Examples, gold: Examples) -> None:
    if shared := set(train.ids) & set(gold.ids):
        raise ValueError(f"{len(shared)} pictures are both to learn from and to measure with.")
    width = len(champion.head().weight)
    for examples in (train, gold):
        if len(examples.labels) and examples.embeddings.shape[1] != width:
            raise ValueError(f"The embeddings must have {width} numbers each, as the backbone's.")
        if not np.isfinite(examples.embeddings).all():
            raise ValueError("An embedding holds a number that is not finite.")
