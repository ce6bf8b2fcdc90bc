"""What a camera writes into a picture. Weak: anyone can write it, and an editor keeps it."""

from collections.abc import Mapping

from classifier.detector.provenance.clue import LONGEST_NAME, Clue, Kind, Says, plain
from classifier.detector.provenance.exif import Tag


def camera_clue(fields: Mapping[Tag, str]) -> Clue | None:
    """A clue where the fields name a camera and at least one setting of its exposure.

    A name alone is no camera's mark: scanners, and some programs, write one too.
    """
    camera = _name(fields.get(Tag.MAKE, ""), fields.get(Tag.MODEL, ""))
    exposure = _exposure(fields)
    if not (camera and exposure):
        return None
    return Clue(
        kind=Kind.CAMERA,
        says=Says.HUMAN,
        tool=camera,
        where="EXIF, Make, Model and exposure",
        verified=False,
        sentence=f"The file names a camera, {camera}, and its exposure ({exposure}). "
        "Anyone can write these fields.",
    )


def _name(make: str, model: str) -> str:
    """Make and model without saying the make twice."""
    make, model = plain(make, LONGEST_NAME), plain(model, LONGEST_NAME)
    return plain(model if model.lower().startswith(make.lower()) else f"{make} {model}", 80)


def _exposure(fields: Mapping[Tag, str]) -> str:
    said = (
        (fields.get(Tag.EXPOSURE_TIME), "{} s"),
        (fields.get(Tag.F_NUMBER), "f/{}"),
        (fields.get(Tag.SENSITIVITY), "ISO {}"),
    )
    return ", ".join(form.format(value) for value, form in said if value)
