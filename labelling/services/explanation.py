"""Showing where the score of a picture comes from, to those who may know the score."""

from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from django.core.files.storage import default_storage

from classifier.detector.decoding import inspect
from classifier.detector.detector import Detector
from classifier.detector.explanation import explain
from classifier.errors import NotAllowed
from classifier.models import ModelVersion
from classifier.serving import serving_detector
from labelling.blindness import sight_of
from labelling.copies import keep_copy
from labelling.errors import Conflict
from labelling.models import Image
from labelling.originals import read_original
from labelling.overlay import DRAWING, Legend, draw_overlay, read_legend
from labelling.permissions import Person
from labelling.pixel_budget import room_to_decode
from labelling.queries import current_prediction, image_for

FOLDER = "explanations"


@dataclass(frozen=True)
class Explained:
    """The picture, its overlay (a PNG as large as the view), and how to read that."""

    image: Image
    overlay: bytes
    legend: Legend


def explain_image(*, image_id: UUID, person: Person) -> Explained:
    """The heat map of the version that answers now; drawn once and kept beside the originals.

    1. Ask whether this person may know what the detector thinks of this picture.
    2. Take the overlay of this version from the storage.
    3. Where there is none, draw it. Two who draw at once write the same file.

    Raises NotFound, NotAllowed (still blind to the finding), Conflict (nothing found yet), NoModel,
    PictureRefused (the original is damaged), NotExplainable.
    """
    image = explainable_image(image_id=image_id, person=person)
    version, detector = serving_detector()
    name = overlay_name(image, version)
    try:
        with default_storage.open(name) as file:
            overlay = bytes(file.read())
    except FileNotFoundError:
        overlay = _draw(image, version, detector)
        keep_copy(image, name, overlay)
        _discard_others(image, keep=name)
    return Explained(image, overlay, read_legend(overlay))


def explainable_image(*, image_id: UUID, person: Person) -> Image:
    """The picture, if this person may know its finding and there is one."""
    image = image_for(person, image_id)
    if not sight_of(person, image).finding:
        raise NotAllowed(
            "You have not answered for this picture yet, so what the detector found in it "
            "stays hidden from you."
        )
    if current_prediction(image) is None:
        raise Conflict("The detector has found nothing for this picture yet.")
    return image


def discard_overlays(image: Image) -> None:
    """Delete every heat map of a picture."""
    with suppress(FileNotFoundError):  # none was ever drawn
        _discard_others(image, keep="")


def overlay_name(image: Image, version: ModelVersion) -> str:
    """Where the overlay lies in the storage: one for each picture, bundle and way of drawing."""
    return f"{_folder(image)}/{version.digest}-{DRAWING}.png"


def _folder(image: Image) -> str:
    return f"{FOLDER}/{image.sha256}"


def _draw(image: Image, version: ModelVersion, detector: Detector) -> bytes:
    original = read_original(image)
    with room_to_decode(inspect(original)):
        explanation = explain(detector, original)
    calibrated = explanation.calibrated(detector.bundle.calibration)
    return draw_overlay(calibrated, version=version.number)


def _discard_others(image: Image, *, keep: str) -> None:
    """Delete what earlier versions drew; if one of them answers again, it draws again."""
    folder = _folder(image)
    for name in default_storage.listdir(folder)[1]:
        if f"{folder}/{name}" != keep and not name.startswith("."):
            default_storage.delete(f"{folder}/{name}")
