"""All clues of a file, the strongest kind first."""

import logging

from classifier.detector.provenance.camera import camera_clue
from classifier.detector.provenance.clue import (
    LONGEST_NAME,
    LONGEST_PROMPT,
    Clue,
    Kind,
    Says,
    plain,
)
from classifier.detector.provenance.container import NotWhole, open_container
from classifier.detector.provenance.credentials import credentials_clue
from classifier.detector.provenance.exif import Tag, read_exif
from classifier.detector.provenance.generators import Generated, generators_in
from classifier.detector.provenance.metadata import Metadata, metadata_of
from classifier.detector.provenance.source_types import source_type
from classifier.detector.provenance.xmp import CREATOR_TOOL, SOURCE_TYPE, read_xmp

log = logging.getLogger(__name__)

TEXT_FIELDS = {
    Tag.DESCRIPTION: "EXIF ImageDescription",
    Tag.MAKE: "EXIF Make",
    Tag.MODEL: "EXIF Model",
    Tag.SOFTWARE: "EXIF Software",
    Tag.MAKER_NOTE: "EXIF MakerNote",
    Tag.USER_COMMENT: "EXIF UserComment",
}


def read_provenance(data: bytes) -> tuple[Clue, ...]:
    """Return what a JPEG, PNG or WebP file says of its own origin; mostly nothing.

    Only what stands inside the picture's own structure counts. Time and memory are bounded
    whatever the bytes are, and nothing is raised: what is broken says nothing.
    """
    try:
        return _read(data)
    except NotWhole:
        return ()
    except Exception:  # no clue is worth the finding that is waiting to be stored
        log.exception("The metadata of a picture of %d bytes could not be read.", len(data))
        return ()


def _read(data: bytes) -> tuple[Clue, ...]:
    container = open_container(data)
    metadata = metadata_of(container)
    credentials = (credentials_clue(data, container),) if metadata.has_manifest else ()
    return (*credentials, *_declared(metadata))


def _declared(metadata: Metadata) -> list[Clue]:
    """What was only written down, by whoever wrote the file."""
    exif = read_exif(metadata.exif)
    xmp = read_xmp(metadata.xmp) if metadata.xmp else {}
    texts = {keyword: _decoded(raw) for keyword, raw in metadata.texts.items()}
    texts |= {name: exif[tag] for tag, name in TEXT_FIELDS.items() if tag in exif}
    texts["XMP CreatorTool"] = xmp.get(CREATOR_TOOL, "")
    generators = [_generator_clue(found) for found in generators_in(texts)]
    borrowed = any(clue.where in ("EXIF Make", "EXIF Model") for clue in generators)
    clues = [_source_type_clue(xmp.get(SOURCE_TYPE)), *generators]
    clues.append(None if borrowed else camera_clue(exif))
    return [clue for clue in clues if clue is not None]


def _source_type_clue(value: str | None) -> Clue | None:
    known = source_type(value)
    if known is None:
        return None
    says, claim = known
    return Clue(
        kind=Kind.SOURCE_TYPE,
        says=says,
        tool="",
        where="XMP, Iptc4xmpExt:DigitalSourceType",
        verified=False,
        sentence=f"The file says that the picture {claim}. Nobody has signed this.",
    )


def _generator_clue(found: Generated) -> Clue:
    outside_png = found.field.startswith(("EXIF ", "XMP "))
    return Clue(
        kind=Kind.GENERATOR,
        says=Says.AI,
        tool=plain(found.generator, LONGEST_NAME),
        where=found.field if outside_png else f"PNG text “{found.field}”",
        verified=False,
        sentence=f"The file names {found.generator}, a program that generates pictures, as its "
        "maker. Nobody has signed this.",
        prompt=plain(found.prompt, LONGEST_PROMPT),
    )


def _decoded(raw: bytes) -> str:
    """PNG says Latin-1; many programs write UTF-8, which is hardly ever valid by chance."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")
