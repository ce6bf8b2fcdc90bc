"""The vocabulary of the IPTC for where a picture comes from, as far as it takes a side here.

https://cv.iptc.org/newscodes/digitalsourcetype
"""

from classifier.detector.provenance.clue import Says

AI, HUMAN, NEUTRAL = Says.AI, Says.HUMAN, Says.NEUTRAL

# Each word with its side and how a sentence goes on that began "The file says that the picture …".
SOURCE_TYPES: dict[str, tuple[Says, str]] = {
    "trainedAlgorithmicMedia": (AI, "was made by generative AI"),
    "compositeWithTrainedAlgorithmicMedia": (AI, "was changed in parts by generative AI"),
    "compositeSynthetic": (AI, "was put together from parts, some of them by generative AI"),
    "digitalCapture": (HUMAN, "was taken with a digital camera"),
    "computationalCapture": (HUMAN, "was taken with a digital camera, from several shots"),
    "compositeCapture": (HUMAN, "was put together from camera pictures"),
    "negativeFilm": (HUMAN, "was scanned from a negative"),
    "positiveFilm": (HUMAN, "was scanned from a slide"),
    "print": (HUMAN, "was scanned from a print"),
    "minorHumanEdits": (HUMAN, "was retouched by a person"),
    "humanEdits": (HUMAN, "was edited by a person, without generative AI"),
    "digitalArt": (HUMAN, "was drawn by a person with digital tools"),
    "digitalCreation": (HUMAN, "was made by a person with digital tools"),
    "algorithmicallyEnhanced": (NEUTRAL, "was enhanced by a program"),
    "algorithmicMedia": (NEUTRAL, "was computed by a program that learned from no pictures"),
    "dataDrivenMedia": (NEUTRAL, "was drawn by a program from data"),
    "softwareImage": (NEUTRAL, "was made with software"),
    "composite": (NEUTRAL, "was put together from several pictures"),
    "screenCapture": (NEUTRAL, "is a screenshot"),
    "virtualRecording": (NEUTRAL, "was recorded in a virtual world"),
}


def source_type(value: object) -> tuple[Says, str] | None:
    """Look up an address or a bare word; None where the vocabulary does not know it."""
    if not isinstance(value, str) or len(value) > 200:
        return None
    word = value.strip().rstrip("/").rpartition("/")[2].rpartition(":")[2]
    return SOURCE_TYPES.get(word)
