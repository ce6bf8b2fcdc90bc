"""Fine-tune the network end to end on degraded native-resolution crops."""

import math
import time
from pathlib import Path

import torch
from torch import nn

from classifier.training.checkpoint import Average, load_checkpoint, save_checkpoint
from classifier.training.config import TrainingConfig
from classifier.training.dataset import Batch, Pictures, training_batches
from classifier.training.network import Network, imagenet_network
from classifier.training.progress import Progress

CHECKPOINT = "checkpoint.safetensors"


def fit(
    pictures: Pictures, config: TrainingConfig, out: Path, *, resume: bool, progress: Progress
) -> Network:
    """Return the network with averaged weights. A checkpoint lies in ``out`` after each epoch.

    ``progress`` gets the share done and a sentence. Raises FloatingPointError where the loss
    is no longer a number.
    """
    torch.manual_seed(config.seed)
    torch.set_num_threads(config.threads)
    network = imagenet_network()
    average = Average.of(network, config.ema)
    optimiser = _optimiser(network, config)
    done = 0
    if resume and (out / CHECKPOINT).is_file():
        done = load_checkpoint(out / CHECKPOINT, network, average, optimiser)
    for epoch in range(done, config.epochs):
        started = time.monotonic()
        loss = _epoch(network, average, optimiser, pictures, config, epoch)
        save_checkpoint(out / CHECKPOINT, network, average, optimiser, epoch + 1)
        left = (time.monotonic() - started) * (config.epochs - epoch - 1) / 60
        progress(
            (epoch + 1) / config.epochs,
            f"epoch {epoch + 1} of {config.epochs}, loss {loss:.3f}, about {left:.0f} min left",
        )
    network.load_state_dict(average.weights)
    return network.eval()


def _epoch(
    network: Network,
    average: Average,
    optimiser: torch.optim.Optimizer,
    pictures: Pictures,
    config: TrainingConfig,
    epoch: int,
) -> float:
    network.train()
    losses = []
    steps = max(len(pictures.entries) // config.batch, 1)
    batches = training_batches(
        pictures,
        epoch=epoch,
        seed=config.seed,
        batch=config.batch,
        crop=config.crop,
        how=config.degradation,
    )
    for index, batch in enumerate(batches):
        step = epoch * steps + index
        rate = config.learning_rate * _schedule(step / (steps * config.epochs), config.warmup)
        for group in optimiser.param_groups:
            group["lr"] = rate
        losses.append(_step(network, optimiser, batch, config))
        average.update(network, step)
    return sum(losses) / len(losses)


def _step(
    network: Network, optimiser: torch.optim.Optimizer, batch: Batch, config: TrainingConfig
) -> float:
    crops, targets = torch.from_numpy(batch[0]), torch.from_numpy(batch[1])
    targets = targets * (1 - config.label_smoothing) + config.label_smoothing / 2
    with torch.autocast("cpu", torch.bfloat16, enabled=config.bfloat16):
        logits = network(crops)
    loss = nn.functional.binary_cross_entropy_with_logits(logits.float(), targets)
    if not torch.isfinite(loss):
        raise FloatingPointError("The loss is not a number any more; try a lower learning rate.")
    optimiser.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    nn.utils.clip_grad_norm_(network.parameters(), 5.0)
    optimiser.step()
    return float(loss.detach())


def _schedule(done: float, warmup: float) -> float:
    """Rise straight to one, then fall along a cosine to a hundredth."""
    if done < warmup:
        return max(done / warmup, 0.01)
    return max(0.5 * (1 + math.cos(math.pi * (done - warmup) / (1 - warmup))), 0.01)


def _optimiser(network: Network, config: TrainingConfig) -> torch.optim.Optimizer:
    """AdamW; biases and normalisation are not decayed."""
    decayed = [p for p in network.parameters() if p.ndim > 1]
    plain = [p for p in network.parameters() if p.ndim <= 1]
    groups = [
        {"params": decayed, "weight_decay": config.weight_decay},
        {"params": plain, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=config.learning_rate)
