"""A run's record on Weights & Biases."""

import logging
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

from PIL import Image

from classifier.detector.decoding import Pixels
from classifier.errors import RegistryUnavailable
from classifier.registry import WandbSettings
from classifier.training.learning_curve import draw_learning_curve
from classifier.training.record import Record
from classifier.training.record_folder import read_metrics
from classifier.training.wandb_talk import WandbTalk

logger = logging.getLogger(__name__)
RUN_ID = "wandb-run-id"


class WandbRecord(Record):
    """One W&B run; ``folder`` holds the run's id, so that a resumed training goes on in it.

    The training never fails because of it: the first trouble is logged, and from then on only
    the record in the folder is kept.
    """

    def __init__(
        self,
        settings: WandbSettings,
        folder: Path,
        *,
        name: str,
        resume: bool = False,
        talk: WandbTalk | None = None,
    ) -> None:
        self._settings, self._folder = settings, folder
        self._number, self._epoch = 0, 0
        self._talk = talk
        self._owns_talk = talk is None
        if talk is None:
            self._guarded(lambda: self._begin(name, _run_id(folder, resume=resume)))

    def settings(self, values: Mapping[str, Any]) -> None:
        self._tell({"do": "settings", "values": dict(values)})

    def metrics(self, epoch: int, figures: Mapping[str, float]) -> None:
        self._epoch = epoch
        self._tell({"do": "metrics", "epoch": epoch, "figures": dict(figures)})

    def images(self, name: str, pixels: Sequence[Pixels], captions: Sequence[str]) -> None:
        pictures = [Image.fromarray(picture) for picture in pixels]
        self._send_images(name, pictures, captions)

    def summary(self, values: Mapping[str, Any]) -> None:
        self._tell({"do": "summary", "values": dict(values)})

    def close(self, *, finished: bool) -> None:
        if rows := read_metrics(self._folder):
            self._send_curve(draw_learning_curve(rows))
        self._guarded(lambda: self._end(finished=finished))
        if self._talk is not None and self._owns_talk:
            self._talk.end()
        self._talk = None

    def _begin(self, name: str, run_id: str) -> None:
        place = {"entity": self._settings.entity or None, "project": self._settings.project}
        run = {**place, "name": name, "id": run_id, "resume": "allow"}
        self._talk = WandbTalk(self._settings, {"do": "run", "run": run})
        self._talk.hear(limit=self._settings.timeout + 15)

    def _end(self, *, finished: bool) -> None:
        if self._talk is not None:
            self._talk.tell({"do": "finish", "finished": finished})
            self._talk.hear(limit=self._settings.transfer_timeout)

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


def _run_id(folder: Path, *, resume: bool) -> str:
    path = folder / RUN_ID
    if resume and path.is_file():
        return path.read_text().strip()
    run_id = uuid4().hex[:8]
    path.write_text(f"{run_id}\n")
    return run_id
