"""Clues for tests that are not about reading files."""

from collections.abc import Sequence

from classifier.detector.provenance import Clue, Kind, Says
from labelling.models import Evidence, Image
from labelling.services.findings import record_evidence

AI_PROMPT = "a red fox in deep snow"
DECLARED_AI = Clue(
    kind=Kind.GENERATOR,
    says=Says.AI,
    tool="Example Dreamer",
    where="PNG text “parameters”",
    verified=False,
    sentence="The file says that Example Dreamer wrote it.",
    prompt=AI_PROMPT,
)
VERIFIED_AI = Clue(
    kind=Kind.CREDENTIALS,
    says=Says.AI,
    tool="Example Dreamer",
    where="C2PA manifest, signed by Example",
    verified=True,
    sentence="The content credentials say that it was made by generative AI.",
)
VERIFIED_HUMAN = Clue(
    kind=Kind.CREDENTIALS,
    says=Says.HUMAN,
    tool="Example One",
    where="C2PA manifest, signed by Example",
    verified=True,
    sentence="The content credentials say that it was taken with a digital camera.",
)
DECLARED_HUMAN = Clue(
    kind=Kind.CAMERA,
    says=Says.HUMAN,
    tool="Example One",
    where="EXIF, Make, Model and exposure",
    verified=False,
    sentence="The file names a camera, Example One.",
)
NEUTRAL = Clue(
    kind=Kind.CREDENTIALS,
    says=Says.NEUTRAL,
    tool="",
    where="C2PA manifest",
    verified=False,
    sentence="The file carries content credentials, but they could not be read.",
)


def give(image: Image, *clues: Clue) -> None:
    """Let the picture's file say so."""
    record_evidence(image_id=image.pk, clues=clues)


def said_of(image: Image) -> Sequence[Clue]:
    """What is stored of the picture, as it was read."""
    names = Clue.__dataclass_fields__
    return [Clue(**row) for row in Evidence.objects.filter(image=image).values(*names)]
