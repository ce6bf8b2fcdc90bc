"""A run's record on Weights & Biases."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from PIL import Image

from classifier.detector.bundle import Bundle
from classifier.detector.decoding import Pixels
from classifier.errors import RegistryUnavailable
from classifier.registry import WandbSettings
from classifier.registry.runs import SENT, DatasetReference, Run, read_run
from classifier.registry.wandb_talk import WandbTalk
from classifier.training.record import Record
from classifier.training.record_folder import read_metrics

logger = logging.getLogger(__name__)


class WandbRecord(Record):
    """One W&B run, the one that began in ``folder``, so that a resumed training goes on in it.

    The training never fails because of it, nor does it wait for long: the first trouble is logged,
    and from then on only the record in the folder is kept. A file ``sent`` there says that W&B was
    told all of it; without that the registry can tell it later.
    """

    def __init__(
        self,
        settings: WandbSettings,
        folder: Path,
        *,
        talk: WandbTalk | None = None,
    ) -> None:
        self._settings, self._folder = settings, folder
        self._number, self._epoch = 0, 0
        self._talk = talk
        self._owns_talk = talk is None
        (folder / SENT).unlink(missing_ok=True)
        if talk is None:
            self._guarded(lambda: self._begin(read_run(folder)))

    def settings(self, values: Mapping[str, Any]) -> None:
        self._tell({"do": "settings", "values": dict(values)})

    def metrics(self, epoch: int, figures: Mapping[str, float]) -> None:
        self._epoch = epoch
        self._tell({"do": "metrics", "epoch": epoch, "figures": dict(figures)})

    def images(self, name: str, pixels: Sequence[Pixels], captions: Sequence[str]) -> None:
        pictures = [Image.fromarray(picture) for picture in pixels]
        self._send_images(name, pictures, captions)

    def dataset(self, dataset: DatasetReference) -> None:
        self._tell({"do": "dataset", "dataset": asdict(dataset)})

    def model(self, bundle: Bundle) -> None:
        named = {"artifact": self._settings.artifact, "linked": self._settings.linked}
        made = {"folder": str(bundle.path.resolve()), "digest": bundle.digest, "metadata": {}}
        self._tell({"do": "model", "model": {**named, **made}})

    def summary(self, values: Mapping[str, Any]) -> None:
        self._tell({"do": "summary", "values": dict(values)})

    def close(self, *, finished: bool) -> None:
        if rows := read_metrics(self._folder):
            from classifier.training.learning_curve import draw_learning_curve

            self._send_curve(draw_learning_curve(rows))
        self._guarded(lambda: self._end(finished=finished))
        if self._talk is not None and self._owns_talk:
            self._talk.end()
        self._talk = None

    def _begin(self, run: Run) -> None:
        place = {"entity": self._settings.entity or None, "project": self._settings.project}
        who = {"name": run.name, "id": run.id, "job_type": run.kind, "sweep": run.sweep}
        request = {"do": "run", "run": {**place, **who, "resume": "allow"}}
        self._talk = WandbTalk(self._settings, request)
        self._talk.hear(limit=self._settings.timeout + 15)

    def _end(self, *, finished: bool) -> None:
        if self._talk is not None:
            self._talk.tell({"do": "finish", "finished": finished})
            self._talk.hear(limit=self._settings.transfer_timeout)
            (self._folder / SENT).touch()

    def _send_curve(self, curve: bytes) -> None:
        if path := self._new_file():
            path.write_bytes(curve)
            self._tell_images("learning_curve", [path], [""])

    def _send_images(
        self, name: str, pictures: Sequence[Image.Image], captions: Sequence[str]
    ) -> None:
        paths = []
        for picture in pictures:
            if path := self._new_file():
                picture.save(path)
                paths.append(path)
        if paths:
            self._tell_images(name, paths, captions)

    def _tell_images(self, name: str, paths: Sequence[Path], captions: Sequence[str]) -> None:
        request = {"do": "images", "name": name, "epoch": self._epoch, "captions": list(captions)}
        self._tell({**request, "paths": [str(path) for path in paths]})

    def _new_file(self) -> Path | None:
        """A name in the client's own scratch folder; None where it is gone."""
        if self._talk is None:
            return None
        self._number += 1
        return self._talk.scratch / f"{self._number:04}.png"

    def _tell(self, request: Mapping[str, Any]) -> None:
        if self._talk is not None:
            talk = self._talk
            self._guarded(lambda: talk.tell(request))

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except RegistryUnavailable as error:
            logger.warning("The run goes on without Weights & Biases: %s", error.message)
            if self._talk is not None and self._owns_talk:
                self._talk.end()
            self._talk = None
