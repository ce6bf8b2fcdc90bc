"""What a training run can be told."""

from dataclasses import asdict, dataclass, field
from typing import Any

from classifier.detector.preprocessing import Preprocessing
from classifier.training.augmentation import Degradation


@dataclass(frozen=True)
class TrainingConfig:
    """``epochs=0`` leaves the ImageNet features as they are and learns only the head."""

    epochs: int = 18
    batch: int = 32
    crop: int = 160
    learning_rate: float = 6e-4
    weight_decay: float = 0.05
    warmup: float = 0.06
    label_smoothing: float = 0.04
    ema: float = 0.997
    seed: int = 7
    threads: int = 2
    bfloat16: bool = False
    degradation: Degradation = field(default_factory=Degradation)
    preprocessing: Preprocessing = field(default_factory=Preprocessing)

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)
