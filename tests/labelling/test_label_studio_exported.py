"""What Label Studio exports, read back: whose label is whose."""

import json
from typing import Any
from uuid import UUID

import pytest

from classifier.vocabulary import Label
from labelling.label_studio.exported import Task, read_tasks
from tests.labelling.test_label_studio_words import ID, choices


def annotated(*answers: str, **changed: Any) -> dict[str, Any]:
    """A task as JSON has it, with an annotation for each answer."""
    annotations = [{"result": [choices(answer)]} for answer in answers]
    data = {"image": "/data/upload/1/0a1b2c3d-cat.jpg"}
    return {"id": 5, "data": data, "annotations": annotations, **changed}


def copied(answer: str, **changed: Any) -> dict[str, Any]:
    """An annotation that was made of a prediction, by many at once, without looking."""
    return {"result": [choices(answer)], "parent_prediction": 6, "lead_time": None, **changed}


def read(*tasks: object) -> list[Task]:
    found = read_tasks(json.dumps(tasks).encode())
    assert found is not None
    return found


def test_a_task_may_have_the_name_that_it_was_uploaded_with() -> None:
    [task] = read(annotated("AI", file_upload="0a1b2c3d-cat.jpg"))

    assert task == Task("5", frozenset({"0a1b2c3d-cat.jpg", "cat.jpg"}), None, Label.AI)


@pytest.mark.parametrize(
    ("task", "label"),
    [
        (annotated("Human"), "human"),
        (annotated("AI", "AI"), "ai"),
        (annotated("AI", "Human"), None),
        (annotated(), None),
        (annotated("Unsure"), None),
        (annotated("Unusable"), None),
        (annotated("AI", annotations=[{"was_cancelled": True, "result": [choices("AI")]}]), None),
        (
            annotated(
                annotations=[
                    {"was_cancelled": True, "result": []},
                    {"result": [choices("real")]},
                ]
            ),
            "human",
        ),
        (annotated(annotations=["x", None]), None),
        (annotated(annotations=[copied("AI")]), None),
        (annotated(annotations=[copied("AI"), {"result": [choices("Human")]}]), "human"),
        (annotated(annotations=[copied("AI", lead_time=4.2)]), "ai"),  # seen, and agreed with
        ({"id": 5, "image": "/data/upload/1/cat.jpg", "label": "AI", "annotator": 1}, "ai"),
        ({"id": 5, "image": "a.png", "label": {"choices": ["Human", "nice"]}}, "human"),
        ({"id": 5, "image": "a.png", "label": {"choices": ["Human", "AI"]}}, None),
        ({"id": 5, "image": "a.png", "origin": "AI", "filename": "human"}, "ai"),
    ],
)
def test_the_label_is_what_its_annotations_agree_on(task: dict[str, Any], label: str) -> None:
    assert read(task)[0].label == label


@pytest.mark.parametrize(
    ("data", "names", "image_id"),
    [
        ({"photo": "https://x.example/in/a%20b.png"}, {"a b.png"}, None),
        ({"image": "/data/local-files/?d=in/a.webp"}, {"a.webp"}, None),
        (
            {"image": f"https://aivh.example/api/v1/images/{ID}/original/", "filename": "c.jpg"},
            {"original", "c.jpg"},
            UUID(ID),
        ),
        ({"image": "b.jpg", "aivh_id": ID}, {"b.jpg"}, UUID(ID)),
        ({"image": "b.jpg", "aivh_id": "7"}, {"b.jpg"}, None),
    ],
)
def test_where_its_picture_is(data: dict[str, str], names: set[str], image_id: UUID | None) -> None:
    [task] = read({"id": 1, "data": data, "annotations": []})

    assert (set(task.names), task.image_id) == (names, image_id)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[]",
        b"{}",
        b"[1]",
        b'[{"data": {"text": "AI"}}]',
        b'{"images": [], "annotations": []}',
        b'[{"image": "a.jpg"}, {"text": "b"}]',
        b'[{"image": "http://[a.txt"}]',
        b"[" * 100_000,
        b"\xff\xfe",
    ],
)
def test_what_is_no_export_of_pictures_is_none(data: bytes) -> None:
    assert read_tasks(data) is None
