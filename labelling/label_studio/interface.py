"""A project's labelling interface: which of its parts asks whether a machine made the picture."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from labelling.label_studio.words import AI, HUMAN, meaning_of

LONGEST = 200_000  # characters
NEEDED = (
    "The labelling interface needs an <Image> and, for it, <Choices> of which one says AI and "
    "one says Human."
)


class NoSuchInterface(ValueError):
    """The labelling interface does not ask what the detector answers."""


@dataclass(frozen=True)
class Interface:
    """``from_name`` and ``to_name`` of the choices, the key of a task's data that holds the
    picture, and for each answer the word of the project's own."""

    from_name: str
    to_name: str
    key: str
    choices: Mapping[str, str]


@dataclass
class _Choices:
    name: str
    image: str
    words: dict[str, str] = field(default_factory=dict)


class _Reader:
    """Collects the images and choices of an XML text, and refuses what could unfold in it."""

    def __init__(self) -> None:
        self.images: dict[str, str] = {}
        self.choices: list[_Choices] = []

    def read(self, text: str) -> None:
        parser = expat.ParserCreate()
        parser.StartElementHandler = self._element
        parser.StartDoctypeDeclHandler = _refuse
        parser.EntityDeclHandler = _refuse
        parser.Parse(text, True)

    def _element(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "Image":
            self.images[attributes.get("name", "")] = attributes.get("value", "").lstrip("$")
        elif tag == "Choices":
            self.choices.append(_Choices(attributes.get("name", ""), attributes.get("toName", "")))
        elif tag == "Choice" and self.choices:
            told = attributes.get("alias") or attributes.get("value", "")
            meaning = meaning_of(told) or meaning_of(attributes.get("value"))
            if meaning:
                self.choices[-1].words.setdefault(meaning, told)


def read_interface(text: str) -> Interface:
    """The first choices that tell AI from human. Raises NoSuchInterface."""
    reader = _Reader()
    try:
        reader.read(text if len(text) <= LONGEST else "")
    except (expat.ExpatError, ValueError) as error:
        raise NoSuchInterface(NEEDED) from error
    for choices in reader.choices:
        key = reader.images.get(choices.image)
        if key and {AI, HUMAN} <= set(choices.words):
            return Interface(choices.name, choices.image, key, choices.words)
    raise NoSuchInterface(NEEDED)


def _refuse(*args: object) -> None:
    raise ValueError("A labelling interface has no document type and no entities.")
