"""What a training run leaves behind: settings, figures, pictures and how it ended."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from classifier.detector.bundle import Bundle
from classifier.detector.decoding import Pixels
from classifier.registry.runs import DatasetReference


class Record(ABC):
    """Takes what a run has to tell. Every home keeps the same content."""

    @abstractmethod
    def settings(self, values: Mapping[str, Any]) -> None:
        """Keep what the run was told and what it learns from: plain values, nested or not."""

    @abstractmethod
    def metrics(self, epoch: int, figures: Mapping[str, float]) -> None:
        """Keep the figures of one epoch, counted from one."""

    @abstractmethod
    def images(self, name: str, pixels: Sequence[Pixels], captions: Sequence[str]) -> None:
        """Keep N pictures, (H, W, 3) each, with a caption each."""

    @abstractmethod
    def dataset(self, dataset: DatasetReference) -> None:
        """Name what the run learns from. No picture goes with it."""

    @abstractmethod
    def model(self, bundle: Bundle) -> None:
        """Keep the bundle that the run made."""

    @abstractmethod
    def summary(self, values: Mapping[str, Any]) -> None:
        """Add to what is said of the whole run."""

    @abstractmethod
    def close(self, *, finished: bool) -> None:
        """Nothing comes after this; ``finished`` is False for a run that was broken off."""


class NothingKept(Record):
    """For callers who want the network alone, and for the other processes of a run."""

    def settings(self, values: Mapping[str, Any]) -> None:
        pass

    def metrics(self, epoch: int, figures: Mapping[str, float]) -> None:
        pass

    def images(self, name: str, pixels: Sequence[Pixels], captions: Sequence[str]) -> None:
        pass

    def dataset(self, dataset: DatasetReference) -> None:
        pass

    def model(self, bundle: Bundle) -> None:
        pass

    def summary(self, values: Mapping[str, Any]) -> None:
        pass

    def close(self, *, finished: bool) -> None:
        pass


NOTHING_KEPT = NothingKept()


class Several(Record):
    """One run told to several homes."""

    def __init__(self, *homes: Record) -> None:
        self._homes = homes

    def settings(self, values: Mapping[str, Any]) -> None:
        for home in self._homes:
            home.settings(values)

    def metrics(self, epoch: int, figures: Mapping[str, float]) -> None:
        for home in self._homes:
            home.metrics(epoch, figures)

    def images(self, name: str, pixels: Sequence[Pixels], captions: Sequence[str]) -> None:
        for home in self._homes:
            home.images(name, pixels, captions)

    def dataset(self, dataset: DatasetReference) -> None:
        for home in self._homes:
            home.dataset(dataset)

    def model(self, bundle: Bundle) -> None:
        for home in self._homes:
            home.model(bundle)

    def summary(self, values: Mapping[str, Any]) -> None:
        for home in self._homes:
            home.summary(values)

    def close(self, *, finished: bool) -> None:
        for home in self._homes:
            home.close(finished=finished)
