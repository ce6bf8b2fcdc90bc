"""Fine-tune the network end to end on degraded native-resolution crops."""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from lightning_fabric import Fabric
from torch import Tensor, nn

from classifier.training.checkpoint import (
    Average,
    load_checkpoint,
    load_weights_file,
    save_checkpoint,
    save_weights,
)
from classifier.training.config import TrainingConfig
from classifier.training.dataset import Pictures
from classifier.training.drawing import plan_epoch, training_batches
from classifier.training.hardware import launch, prepared, share_of
from classifier.training.network import Network, build_network
from classifier.training.progress import Progress, silent
from classifier.training.record import NOTHING_KEPT, Record
from classifier.training.validation import Best, Watch

CHECKPOINT = "checkpoint.safetensors"
BEST = "best.safetensors"
LARGEST_GRADIENT = 5.0
# The share of the crops that were judged right while they were learned from.
EPOCH_ACCURACY = "train/epoch_acc"


Start = Callable[[TrainingConfig], Network]


def pretrained(config: TrainingConfig) -> Network:
    """The network that the config names, with the weights that it comes with."""
    return build_network(config.network, config.pretrained)


@dataclass(frozen=True)
class Beginning:
    """Where learning begins, and who hears of every batch and may stop the run by raising."""

    start: Start = pretrained
    each_batch: Progress = silent


FROM_PRETRAINED = Beginning()


@dataclass(frozen=True)
class Learner:
    """What one process holds: ``module`` is ``network`` as Fabric runs it.

    ``beginning`` builds the network as it was when nothing had been learned.
    """

    fabric: Fabric
    config: TrainingConfig
    beginning: Beginning
    network: Network
    module: Any
    optimiser: Any
    average: Average


def fit(
    pictures: Pictures,
    config: TrainingConfig,
    out: Path,
    *,
    resume: bool,
    progress: Progress,
    watch: Watch | None = None,
    record: Record = NOTHING_KEPT,
    beginning: Beginning = FROM_PRETRAINED,
) -> Network:
    """Return the network with averaged weights. A checkpoint lies in ``out`` after each epoch.

    ``progress`` gets the share done and a sentence, ``record`` the figures of each epoch, those of
    ``watch`` among them. With several devices every process comes here and returns the same; only
    the first writes and tells. ``beginning`` is the network to learn on from; what it keeps still
    (``requires_grad``) stays so. Raises ConfigError where the machine cannot train that way,
    FloatingPointError where the loss is no longer a number.
    """
    if config.epochs == 0:
        return beginning.start(config).eval()
    fabric = launch(config)
    learner = _learner(fabric, config, beginning)
    best = Best(config.validation.metric)
    done = 0
    if resume and (out / CHECKPOINT).is_file():
        done, notes = _load(learner, out / CHECKPOINT)
        best = Best(**notes["best"])
    for epoch in range(done, config.epochs):
        if _stopped(best, config):
            break
        started = time.monotonic()
        figures = _epoch(learner, pictures, epoch)
        if fabric.is_global_zero:
            figures |= _look(learner, watch, best, out, epoch + 1)
            _save(learner, out, epoch + 1, best)
            figures["seconds"] = round(time.monotonic() - started, 1)
            record.metrics(epoch + 1, figures)
            progress((epoch + 1) / config.epochs, _words(config, epoch + 1, figures))
        best = Best(**fabric.broadcast(best.to_dict()))
    fabric.barrier()
    return _finished(learner, out, best)


def _learner(fabric: Fabric, config: TrainingConfig, beginning: Beginning) -> Learner:
    torch.manual_seed(config.seed)
    network = prepared(fabric, beginning.start(config))
    optimiser = _optimiser(network, config)
    module, wrapped = fabric.setup(network, optimiser)
    average = Average.of(network, config.ema)
    return Learner(fabric, config, beginning, network, module, wrapped, average)


def _epoch(learner: Learner, pictures: Pictures, epoch: int) -> dict[str, float]:
    config, fabric = learner.config, learner.fabric
    # Each epoch and process has a random stream of its own, so that a run which was interrupted
    # goes on exactly as it would have.
    torch.manual_seed((config.seed * 100_003 + epoch) * 1009 + fabric.global_rank)
    learner.module.train()
    steps = len(plan_epoch(pictures, config, epoch))
    batches = training_batches(pictures, config, epoch=epoch, share=share_of(fabric))
    seen, rate = [], 0.0
    for index, (crops, targets) in enumerate(batches):
        step = epoch * steps + index
        rate = config.learning_rate * _schedule(step / (steps * config.epochs), config.warmup)
        for group in learner.optimiser.param_groups:
            group["lr"] = rate
        seen.append(_step(learner, torch.from_numpy(crops), torch.from_numpy(targets)))
        learner.average.update(learner.network, step)
        done = (step + 1) / (steps * config.epochs)
        learner.beginning.each_batch(done, f"epoch {epoch + 1} of {config.epochs}")
    means: Any = fabric.all_reduce(torch.stack(seen).mean(dim=0), reduce_op="mean")
    loss, right = (round(float(mean), 5) for mean in means)
    return {"loss": loss, EPOCH_ACCURACY: right, "learning_rate": rate}


def _step(learner: Learner, crops: Tensor, targets: Tensor) -> Tensor:
    """Learn from one batch; return its loss and the share that was right before, (2,)."""
    config, fabric = learner.config, learner.fabric
    crops, targets = fabric.to_device((crops, targets))
    logits = learner.module(crops).float()
    right = ((logits > 0) == (targets > 0)).float().mean()
    targets = targets * (1 - config.label_smoothing) + config.label_smoothing / 2
    loss = nn.functional.binary_cross_entropy_with_logits(logits, targets)
    loss = loss + learner.network.other_loss()
    if not torch.isfinite(loss):
        raise FloatingPointError("The loss is not a number any more; try a lower learning rate.")
    learner.optimiser.zero_grad(set_to_none=True)
    fabric.backward(loss)
    fabric.clip_gradients(
        learner.module,
        learner.optimiser,
        max_norm=LARGEST_GRADIENT,
        # With 16-mixed a step may overflow: the scaler leaves it out and goes on.
        error_if_nonfinite=False,
    )
    learner.optimiser.step()
    return torch.stack([loss.detach(), right])


def _look(
    learner: Learner, watch: Watch | None, best: Best, out: Path, epoch: int
) -> dict[str, float]:
    """Measure the averaged weights, and keep them where they are the best so far."""
    how = learner.config.validation
    if watch is None or not how.every or epoch % how.every:
        return {}
    figures = watch.measure(_averaged(learner, learner.average.weights).to(learner.fabric.device))
    if best.take(epoch, figures) and how.patience:
        save_weights(out / BEST, learner.average.weights, {"epoch": str(epoch)})
    return figures


def _averaged(learner: Learner, weights: Mapping[str, Tensor]) -> Network:
    network = learner.beginning.start(learner.config)
    network.load_state_dict(weights)
    return network.eval()


def _finished(learner: Learner, out: Path, best: Best) -> Network:
    """The averaged weights: the last ones, or the best ones where stopping early is asked for."""
    if learner.config.validation.patience and best.value is not None:
        return _averaged(learner, load_weights_file(out / BEST)[0])
    return _averaged(learner, learner.average.weights)


def _stopped(best: Best, config: TrainingConfig) -> bool:
    return bool(config.validation.patience) and best.waited >= config.validation.patience


def _save(learner: Learner, out: Path, epoch: int, best: Best) -> None:
    path, optimiser = out / CHECKPOINT, learner.optimiser.optimizer
    notes = {"best": best.to_dict()}
    save_checkpoint(path, learner.network, learner.average, optimiser, epoch, notes)


def _load(learner: Learner, path: Path) -> tuple[int, dict[str, Any]]:
    return load_checkpoint(path, learner.network, learner.average, learner.optimiser.optimizer)


def _words(config: TrainingConfig, done: int, figures: Mapping[str, float]) -> str:
    left = figures["seconds"] * (config.epochs - done) / 60
    watched = ""
    if "val_auroc" in figures:
        watched = f", AUROC {figures['val_auroc_clean']:.3f}, hard {figures['val_auroc_hard']:.3f}"
    loss = f"loss {figures['loss']:.3f}"
    return f"epoch {done} of {config.epochs}, {loss}{watched}, about {left:.0f} min left"


def _schedule(done: float, warmup: float) -> float:
    """Rise straight to one, then fall along a cosine to a hundredth."""
    if done < warmup:
        return max(done / warmup, 0.01)
    return max(0.5 * (1 + math.cos(math.pi * (done - warmup) / (1 - warmup))), 0.01)


def _optimiser(network: nn.Module, config: TrainingConfig) -> torch.optim.Optimizer:
    """AdamW; biases and normalisation are not decayed."""
    learning = [p for p in network.parameters() if p.requires_grad]
    decayed = [p for p in learning if p.ndim > 1]
    plain = [p for p in learning if p.ndim <= 1]
    groups = [
        {"params": decayed, "weight_decay": config.weight_decay},
        {"params": plain, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=config.learning_rate)
