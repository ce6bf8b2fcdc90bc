"""What a training run can be told."""

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from classifier.detector.preprocessing import Preprocessing
from classifier.training.augmentation import Degradation
from classifier.training.data.care import Care

Accelerator = Literal["auto", "cpu", "cuda", "mps"]
Precision = Literal["32-true", "bf16-mixed", "16-mixed"]
# Where a run happens, and not what it learns: a run may go on under others than it began with.
HARDWARE = ("accelerator", "devices", "nodes", "strategy", "precision", "threads")


@dataclass(frozen=True)
class Validation:
    """How the averaged network is watched on the split ``val`` while it learns.

    ``every`` so many epochs (0 never) at most ``pictures`` of each class are scored, one centre
    crop of each, as they are and in the hard tier. ``patience`` 0 never stops early and keeps the
    last weights; N stops after N such looks without a better ``metric`` and keeps the best.
    """

    every: int = 1
    pictures: int = 100
    metric: Literal["val_auroc", "val_auroc_clean", "val_auroc_hard", "val_nll"] = "val_auroc"
    patience: int = 0

    def __post_init__(self) -> None:
        _at_least(self, 0, "every", "patience")
        _at_least(self, 1, "pictures")
        if self.patience and not self.every:
            raise ValueError("`patience` needs `every` above 0: nothing is measured otherwise")


@dataclass(frozen=True)
class Compression:
    """How small the exported network is made.

    ``neurons`` is the share of each transformer block's neurons that stay; ``embedding`` how many
    numbers an embedding keeps (0: as many as the network gives); ``weights`` how they are stored.
    """

    neurons: float = 1.0
    embedding: int = 0
    weights: Literal["float32", "int8"] = "float32"

    def __post_init__(self) -> None:
        _between(self, 0.1, 1, "neurons")
        _at_least(self, 0, "embedding")


@dataclass(frozen=True)
class TrainingConfig:
    """``epochs=0`` leaves the pretrained features as they are and learns only the head.

    ``pretrained`` is the file of the weights to start from, for networks whose weights come with
    no package.

    ``batch`` counts the crops of one step over all devices together. ``devices`` are those of one
    machine, -1 takes all that are there; torchrun, which starts the processes itself, decides
    instead of them. ``nodes`` are the machines that learn together.

    ``reconstructions`` is a folder that ``manage.py reconstruct`` made, "" for none;
    ``reconstruction_share`` of each batch are then such fakes beside what they were made from.
    """

    network: str = "efficientnet-lite0"
    epochs: int = 18
    batch: int = 32
    crop: int = 160
    learning_rate: float = 6e-4
    weight_decay: float = 0.05
    warmup: float = 0.06
    label_smoothing: float = 0.04
    ema: float = 0.997
    seed: int = 7
    balance_domains: bool = True
    reconstructions: str = ""
    reconstruction_share: float = 0.25
    pretrained: str = ""
    threads: int = 2
    accelerator: Accelerator = "auto"
    devices: int = 1
    nodes: int = 1
    strategy: Literal["auto", "ddp"] = "auto"
    precision: Precision = "32-true"
    validation: Validation = field(default_factory=Validation)
    compression: Compression = field(default_factory=Compression)
    data: Care = field(default_factory=Care)
    degradation: Degradation = field(default_factory=Degradation)
    preprocessing: Preprocessing = field(default_factory=Preprocessing)

    def __post_init__(self) -> None:
        _at_least(self, 0, "epochs", "learning_rate", "weight_decay", "seed")
        _at_least(self, 1, "batch", "threads", "nodes")
        _at_least(self, 8, "crop")
        _between(self, 0, 1, "reconstruction_share", "ema")
        _between(self, 0, 0.5, "warmup", "label_smoothing")
        if self.devices < 1 and self.devices != -1:
            raise ValueError("`devices` must be 1 or more, or -1 for all")

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    def recipe(self) -> dict[str, Any]:
        """What decides about the weights: everything but where the run happens."""
        return {key: value for key, value in self.to_dict().items() if key not in HARDWARE}


def _at_least(config: object, least: float, *names: str) -> None:
    for name in names:
        if getattr(config, name) < least:
            raise ValueError(f"`{name}` must be {least:g} or more, not {getattr(config, name)}")


def _between(config: object, least: float, most: float, *names: str) -> None:
    for name in names:
        if not least <= getattr(config, name) <= most:
            value = getattr(config, name)
            raise ValueError(f"`{name}` must be between {least:g} and {most:g}, not {value}")
