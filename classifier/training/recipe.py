"""How a network learns on: few small steps, held near where it was."""

from dataclasses import dataclass, replace

from classifier.training.config import TrainingConfig, Validation


@dataclass(frozen=True)
class Recipe:
    """``pull`` is what it costs that an embedding moves as far as one picture is from another.

    ``most_pictures`` are decoded into memory, at most 5 MB each, half of each class.
    """

    epochs: int = 4
    batch: int = 16
    learning_rate: float = 3e-5
    pull: float = 4.0
    ema: float = 0.95
    seed: int = 7
    threads: int = 2
    most_pictures: int = 1000

    def config(self, parent: TrainingConfig, pictures: int) -> TrainingConfig:
        """The settings to learn from so many pictures: crops and degradations as the parent's."""
        return replace(
            parent,
            epochs=self.epochs,
            batch=min(self.batch, pictures),
            learning_rate=self.learning_rate,
            ema=self.ema,
            seed=self.seed,
            threads=self.threads,
            devices=1,
            nodes=1,
            strategy="auto",
            reconstructions="",
            balance_domains=False,
            validation=Validation(every=0),
        )
