"""Where a training runs: Lightning Fabric on a CPU, a GPU or several."""

import warnings

import torch
from lightning_fabric import Fabric
from lightning_fabric.plugins.environments.torchelastic import TorchElasticEnvironment
from lightning_fabric.utilities.rank_zero import rank_zero_only
from torch import nn

from classifier.training.config import TrainingConfig
from classifier.training.config_file import ConfigError
from classifier.training.drawing import Share
from classifier.training.network import Network


def launch(config: TrainingConfig) -> Fabric:
    """Start the processes that the config asks for; with several, each goes on from here.

    The others run the same command anew and meet here; where torchrun has started them already
    they only meet. Raises ConfigError.
    """
    torch.set_num_threads(config.threads)
    fabric = _fabric(config)
    _check(config, fabric)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*number of threads.*")
        fabric.launch()
    torch.set_num_threads(config.threads)
    return fabric


def is_first() -> bool:
    """Whether this is the process that writes and tells; so is one that learns alone."""
    return getattr(rank_zero_only, "rank", 0) == 0


def share_of(fabric: Fabric) -> Share:
    """Return this process's part of each batch."""
    return Share(fabric.global_rank, fabric.world_size)


def prepared(fabric: Fabric, network: Network) -> Network:
    """Let batch normalisation see the whole batch where it lies on several GPUs."""
    if fabric.world_size > 1 and fabric.device.type == "cuda":
        converted: Network = nn.SyncBatchNorm.convert_sync_batchnorm(network)  # type: ignore[no-untyped-call]
        return converted
    return network


def _fabric(config: TrainingConfig) -> Fabric:
    try:
        return Fabric(
            accelerator=config.accelerator,
            devices=_devices(config),
            num_nodes=config.nodes,
            strategy=config.strategy,
            precision=config.precision,
        )
    except (ValueError, RuntimeError, TypeError) as error:  # what Fabric says of a missing device
        raise ConfigError(f"This machine cannot train that way: {error}") from error


def _devices(config: TrainingConfig) -> int:
    """As many as torchrun started processes on this machine; without it, what the config says.

    Left to itself Fabric would not ask torchrun, and every process would learn and write alone.
    """
    if not TorchElasticEnvironment.detect():
        return config.devices
    started = TorchElasticEnvironment().world_size()
    if started % config.nodes:
        raise ConfigError(
            f"`nodes` ({config.nodes}) must divide the {started} processes that torchrun started."
        )
    return started // config.nodes


def _check(config: TrainingConfig, fabric: Fabric) -> None:
    if config.batch % fabric.world_size:
        raise ConfigError(
            f"`batch` ({config.batch}) must be a multiple of the {fabric.world_size} devices."
        )
    if config.precision == "16-mixed" and fabric.device.type == "cpu":
        raise ConfigError("`precision` 16-mixed needs a GPU; a CPU takes 32-true or bf16-mixed.")
