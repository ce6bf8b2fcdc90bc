"""Photo or art: what a picture shows itself as, whoever made it.

A table and no guess. It knows the sources of the lab's manifest; other manifests may have a column
``domain``. What is neither, or mixes both, is ``other``.
"""

from classifier.training.manifest import Entry

PHOTO, ART, OTHER = "photo", "art", "other"
DOMAINS = (PHOTO, ART, OTHER)

BY_SOURCE = {
    "bsds500": PHOTO,
    "camera_exif": PHOTO,
    "coco128": PHOTO,
    "imagenet1k_sample": PHOTO,
    "sd14_imagenet": PHOTO,
    "flux_cheatsheet": ART,
    "sd15_cheatsheet": ART,
    "wikiart224": ART,
}
# Where one source holds both, the generator or human origin tells.
BY_GENERATOR = {
    "dated-stock": PHOTO,
    "dated-digital": ART,
    "dated-painting": ART,
}


def domain_of(entry: Entry) -> str:
    """Return the entry's domain: the manifest's own word, else the table's, else ``other``."""
    if entry.domain:
        return entry.domain if entry.domain in DOMAINS else OTHER
    return BY_GENERATOR.get(entry.generator) or BY_SOURCE.get(entry.source, OTHER)
