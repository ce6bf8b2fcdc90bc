"""What a labelling interface asks, what an annotation says, and where a picture may lie."""

from base64 import b64encode
from uuid import UUID

import pytest

from labelling.label_studio.answers import prediction
from labelling.label_studio.interface import NoSuchInterface, read_interface
from labelling.label_studio.places import Kind, NoSuchPlace, Place, place_of
from labelling.label_studio.words import answer_in, meaning_of

PLAIN = """
<View>
  <Image name="image" value="$image"/>
  <Choices name="label" toName="image"><Choice value="AI"/><Choice value="Human"/></Choices>
</View>
"""
OTHER = """
<View>
  <Text name="question" value="$question"/>
  <Image name="picture" value="$photo"/>
  <Choices name="quality" toName="picture"><Choice value="good"/><Choice value="bad"/></Choices>
  <Choices name="origin" toName="picture">
    <Choice value="AI-generated" alias="ai"/><Choice value="Real"/><Choice value="Not sure"/>
  </Choices>
</View>
"""
ID = "0b7f5f0e-4c1c-4f0e-9d2b-0f6a5b1c2d3e"
SITES = frozenset({"aivh.example", "localhost:8000"})
LABELS = "https://labels.example"


def choices(*words: object) -> dict[str, object]:
    return {"type": "choices", "value": {"choices": list(words)}}


@pytest.mark.parametrize(
    ("word", "meaning"),
    [
        ("AI", "ai"),
        ("AI-generated", "ai"),
        ("ai_generated", "ai"),
        (" Fake ", "ai"),
        ("Human", "human"),
        ("real", "human"),
        ("Human made", "human"),
        ("Uncertain", "unsure"),
        ("not sure", "unsure"),
        ("Unusable", "unusable"),
        ("aim", None),
        ("", None),
        (None, None),
        (1, None),
    ],
)
def test_the_words_that_mean_something(word: object, meaning: str | None) -> None:
    assert meaning_of(word) == meaning


@pytest.mark.parametrize(
    ("result", "answer"),
    [
        ([choices("AI")], "ai"),
        ([choices("nice"), choices("Real")], "human"),
        ([choices("AI"), choices("fake")], "ai"),
        ([choices("AI", "Human")], None),  # who says both says nothing
        ([{"type": "rectanglelabels", "value": {"choices": ["AI"]}}], None),
        ([{"type": "choices", "value": {"choices": "AI"}}], None),
        ([{"type": "choices", "value": "AI"}, 7, None], None),
        ([], None),
        (None, None),
        ("AI", None),
        ({"type": "choices"}, None),
    ],
)
def test_what_an_annotation_says(result: object, answer: str | None) -> None:
    assert answer_in(result) == answer


def test_the_choices_that_tell_ai_from_human_are_found_among_others() -> None:
    plain, other = read_interface(PLAIN), read_interface(OTHER)

    assert (plain.from_name, plain.to_name, plain.key) == ("label", "image", "image")
    assert plain.choices == {"ai": "AI", "human": "Human"}
    assert (other.from_name, other.to_name, other.key) == ("origin", "picture", "photo")
    assert other.choices == {"ai": "ai", "human": "Real", "unsure": "Not sure"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<View>",
        "<View/>",
        "not xml",
        PLAIN.replace("Human", "Robot"),
        PLAIN.replace('toName="image"', 'toName="text"'),
        f"<!DOCTYPE x>{PLAIN.strip()}",
        '<!DOCTYPE x [<!ENTITY a "AI"><!ENTITY b "&a;&a;&a;">]><View>&b;</View>',
        PLAIN + " " * 200_000,
    ],
)
def test_an_interface_that_does_not_ask_it_is_refused(text: str) -> None:
    with pytest.raises(NoSuchInterface):
        read_interface(text)


@pytest.mark.parametrize(
    ("verdict", "chosen"), [("ai", ["ai"]), ("human", ["Real"]), ("uncertain", ["Not sure"])]
)
def test_a_finding_in_the_project_s_own_words(verdict: str, chosen: list[str]) -> None:
    told = prediction(read_interface(OTHER), verdict=verdict, probability_ai=0.6, version=4)

    assert told == {
        "result": [
            {
                "from_name": "origin",
                "to_name": "picture",
                "type": "choices",
                "value": {"choices": chosen},
            }
        ],
        "score": 0.6,
        "model_version": "4",
    }


def test_a_doubt_without_a_word_for_it_chooses_nothing() -> None:
    interface = read_interface(PLAIN)

    told = prediction(interface, verdict="uncertain", probability_ai=0.5, version=4)

    assert told == {"result": [], "score": 0.5, "model_version": "4"}


@pytest.mark.parametrize(
    ("address", "place"),
    [
        (f"https://aivh.example/api/v1/images/{ID}/original/", Place(Kind.OURS, image_id=UUID(ID))),
        (f"http://localhost:8000/images/{ID}/", Place(Kind.OURS, image_id=UUID(ID))),
        (f"/api/v1/images/{ID}/rendition/view/", Place(Kind.OURS, image_id=UUID(ID))),
        ("gs://lab/incoming/a.jpg", Place(Kind.BUCKET, "gs://lab/incoming/a.jpg")),
        ("/data/upload/1/ab-cat.png", Place(Kind.LABEL_STUDIO, "/data/upload/1/ab-cat.png")),
        (
            f"{LABELS}/data/local-files/?d=in/a.jpg",
            Place(Kind.LABEL_STUDIO, "/data/local-files/?d=in/a.jpg"),
        ),
        (
            "data:image/png;base64," + b64encode(b"bytes").decode(),
            Place(Kind.DATA, data=b"bytes"),
        ),
    ],
)
def test_places_that_are_read(address: str, place: Place) -> None:
    assert place_of(address, sites=SITES, label_studio=LABELS) == place


@pytest.mark.parametrize(
    "address",
    [
        "http://169.254.169.254/latest/meta-data/",
        "https://elsewhere.example/a.jpg",
        "http://labels.example/a.jpg",  # another scheme is another place
        "https://labels.example:8080/a.jpg",
        "https://labels.example@evil.example/a.jpg",
        "https://evil.example/?https://labels.example/a.jpg",
        "//evil.example/a.jpg",
        "https:\\\\labels.example\\a.jpg",
        "https://labels.example\\@evil.example/a.jpg",
        f"https://evil.example/api/v1/images/{ID}/",
        "/data/../api/projects",
        "/data/%2e%2e/api/projects",
        "file:///etc/passwd",
        "ftp://labels.example/a.jpg",
        "data:text/html;base64,AAAA",
        "data:image/png;base64,*",
        "data:image/png,raw",
        "https://[::1/a.jpg",
        "https://labels.example:port/a.jpg",
        "https://labels.example/a.jpg\r\nX: y",
        "a.jpg",
        "",
        None,
        7,
        ["https://labels.example/a.jpg"],
    ],
)
def test_places_that_nobody_is_sent_to(address: object) -> None:
    with pytest.raises(NoSuchPlace):
        place_of(address, sites=SITES, label_studio=LABELS)


@pytest.mark.parametrize("address", ["/data/upload/1/a.png", f"{LABELS}/data/upload/1/a.png"])
def test_without_the_setting_no_label_studio_is_asked(address: str) -> None:
    with pytest.raises(NoSuchPlace):
        place_of(address, sites=SITES, label_studio="")
