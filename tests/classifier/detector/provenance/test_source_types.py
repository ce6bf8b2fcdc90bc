"""The source type of the IPTC, as XMP declares it."""

import pytest

from classifier.detector.provenance import Clue, Kind, Says, read_provenance
from tests.classifier.detector.provenance.files import (
    IPTC,
    XMP_WRITERS,
    png_with_xmp,
    source_type,
    xmp,
)


@pytest.mark.parametrize("container", XMP_WRITERS)
def test_it_is_read_from_each_container(container: str) -> None:
    picture = XMP_WRITERS[container](source_type("trainedAlgorithmicMedia"))

    assert read_provenance(picture) == (
        Clue(
            kind=Kind.SOURCE_TYPE,
            says=Says.AI,
            tool="",
            where="XMP, Iptc4xmpExt:DigitalSourceType",
            verified=False,
            sentence="The file says that the picture was made by generative AI. "
            "Nobody has signed this.",
        ),
    )


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("compositeWithTrainedAlgorithmicMedia", Says.AI),
        ("compositeSynthetic", Says.AI),
        ("digitalCapture", Says.HUMAN),
        ("negativeFilm", Says.HUMAN),
        ("humanEdits", Says.HUMAN),
        ("digitalCreation", Says.HUMAN),
        ("algorithmicMedia", Says.NEUTRAL),
        ("screenCapture", Says.NEUTRAL),
    ],
)
def test_each_word_has_its_side_and_none_is_verified(word: str, says: Says) -> None:
    (clue,) = read_provenance(png_with_xmp(source_type(word)))
    assert (clue.says, clue.verified) == (says, False)


@pytest.mark.parametrize(
    "body",
    [
        f'<rdf:Description iptc:DigitalSourceType="{IPTC}digitalCapture"/>',
        '<rdf:Description iptc:DigitalSourceType="digitalCapture"/>',
        '<rdf:Description iptc:DigitalSourceType="digsrctype:digitalCapture"/>',
        f"<iptc:DigitalSourceType> {IPTC}digitalCapture\n</iptc:DigitalSourceType>",
        f'<rdf:li><iptc:DigitalSourceType rdf:resource="{IPTC}digitalCapture"/></rdf:li>',
    ],
)
def test_each_way_to_write_it_is_understood(body: str) -> None:
    (clue,) = read_provenance(png_with_xmp(xmp(body)))
    assert clue.says is Says.HUMAN


@pytest.mark.parametrize(
    "body",
    [
        '<rdf:Description iptc:DigitalSourceType="somethingNew"/>',
        '<rdf:Description iptc:DigitalSourceType=""/>',
        '<rdf:Description DigitalSourceType="trainedAlgorithmicMedia"/>',
        '<rdf:Description xmlns:other="urn:other" other:DigitalSourceType="digitalCapture"/>',
        "<rdf:Description>trainedAlgorithmicMedia</rdf:Description>",
    ],
)
def test_what_the_vocabulary_or_the_name_space_does_not_know_says_nothing(body: str) -> None:
    assert read_provenance(png_with_xmp(xmp(body))) == ()


def test_the_first_of_two_counts() -> None:
    both = (
        '<rdf:Description iptc:DigitalSourceType="digitalCapture"/>'
        '<rdf:Description iptc:DigitalSourceType="trainedAlgorithmicMedia"/>'
    )
    (clue,) = read_provenance(png_with_xmp(xmp(both)))
    assert clue.says is Says.HUMAN
