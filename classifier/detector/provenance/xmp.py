"""What an XMP packet declares. A document type, and with it every entity, is refused."""

from xml.parsers import expat

from classifier.detector.provenance.clue import LONGEST_PLACE

IPTC_EXTENSION = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
XMP = "http://ns.adobe.com/xap/1.0/"
SOURCE_TYPE, CREATOR_TOOL = "DigitalSourceType", "CreatorTool"
WANTED = {f"{IPTC_EXTENSION} {SOURCE_TYPE}": SOURCE_TYPE, f"{XMP} {CREATOR_TOOL}": CREATOR_TOOL}


class _Refused(Exception):
    """The packet holds what no program writes into XMP."""


def read_xmp(packet: bytes) -> dict[str, str]:
    """Return ``DigitalSourceType`` and ``CreatorTool`` where they stand; a broken packet is empty.

    The first of each counts. XMP writes a property as an attribute, as an element with text, or
    as an element that points to its value.
    """
    listener = _Listener()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartDoctypeDeclHandler = listener.refuse
    parser.StartElementHandler = listener.start
    parser.CharacterDataHandler = listener.text
    parser.EndElementHandler = listener.end
    try:
        # Programs pad the packet with blanks or zeros; the second would not be XML.
        parser.Parse(packet.strip(b"\x00 \r\n\t"), True)
    except (expat.ExpatError, _Refused, ValueError, LookupError):
        return {}
    return listener.found


class _Listener:
    def __init__(self) -> None:
        self.found: dict[str, str] = {}
        self._within = ""
        self._text = ""

    def refuse(self, *_: object) -> None:
        raise _Refused

    def start(self, name: str, attributes: dict[str, str]) -> None:
        for attribute, value in attributes.items():
            self._note(WANTED.get(attribute, ""), value)
        self._within, self._text = WANTED.get(name, ""), ""
        self._note(self._within, attributes.get(f"{RDF} resource", ""))

    def text(self, text: str) -> None:
        if self._within and len(self._text) < LONGEST_PLACE:
            self._text += text

    def end(self, _: str) -> None:
        self._note(self._within, self._text)
        self._within = ""

    def _note(self, name: str, value: str) -> None:
        if name and value.strip():
            self.found.setdefault(name, value.strip()[:LONGEST_PLACE])
