"""Each form is read back by a reader that knows nothing of the writer."""

import csv
import io
import json
import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import IO, Any

import pytest

from labelling.models import Image
from worker.exporting.annotations import write_coco, write_label_studio
from worker.exporting.row import COLUMNS, Exported, Row
from worker.exporting.tables import write_csv, write_jsonl

AT = datetime(2026, 3, 5, 12, 30, tzinfo=UTC)
SETTLED = Row(
    id="11111111-1111-4111-8111-111111111111",
    sha256="a" * 64,
    filename="Ärger, „so“.jpg",
    content_type="image/jpeg",
    width=40,
    height=30,
    size=900,
    received_at=AT,
    state="classified",
    blind=False,
    verdict="ai",
    probability_ai=0.9,
    model_version=7,
    label="human",
    settled_at=AT,
)
OPEN = replace(
    SETTLED,
    id="22222222-2222-4222-8222-222222222222",
    sha256="b" * 64,
    filename="",
    blind=True,
    verdict="",
    probability_ai=None,
    model_version=None,
    label="",
    settled_at=None,
)
Write = Callable[[Iterable[Exported], IO[bytes]], None]


def exported(*rows: Row) -> list[Exported]:
    return [Exported(row, Image()) for row in rows]


def written(write: Write, *rows: Row) -> bytes:
    out = io.BytesIO()
    write(exported(*rows), out)
    return out.getvalue()


def test_csv_is_a_table_that_a_spreadsheet_reads() -> None:
    data = written(write_csv, SETTLED, OPEN)
    first, second = csv.DictReader(io.StringIO(data.decode("utf-8-sig")))
    assert first == {
        "id": SETTLED.id,
        "sha256": "a" * 64,
        "filename": "Ärger, „so“.jpg",
        "content_type": "image/jpeg",
        "width": "40",
        "height": "30",
        "size": "900",
        "received_at": "2026-03-05T12:30:00Z",
        "state": "classified",
        "blind": "false",
        "verdict": "ai",
        "probability_ai": "0.9",
        "model_version": "7",
        "label": "human",
        "settled_at": "2026-03-05T12:30:00Z",
    }
    assert second["blind"] == "true"
    assert {second[name] for name in ("verdict", "probability_ai", "label", "settled_at")} == {""}
    assert data.startswith(b"\xef\xbb\xbfid,sha256,")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_is_a_formula(start: str) -> None:
    evil = replace(SETTLED, filename=f"{start}HYPERLINK(1)")
    data = written(write_csv, evil).decode("utf-8-sig")
    assert next(csv.DictReader(io.StringIO(data, newline="")))["filename"] == f"'{evil.filename}"


def test_jsonl_is_an_object_a_line_with_null_for_the_unknown() -> None:
    first, second = map(json.loads, written(write_jsonl, SETTLED, OPEN).splitlines())
    assert tuple(first) == COLUMNS
    assert first["probability_ai"] == 0.9
    assert first["received_at"] == "2026-03-05T12:30:00Z"
    assert (second["verdict"], second["label"], second["filename"]) == (None, None, None)
    assert second["blind"] is True


def test_coco_has_its_three_lists() -> None:
    found = json.loads(written(write_coco, OPEN, SETTLED))
    assert found == {
        "info": {"description": "aivh"},
        "images": [
            {
                "id": 1,
                "file_name": "b" * 12,
                "width": 40,
                "height": 30,
                "date_captured": "2026-03-05T12:30:00Z",
                "aivh_id": OPEN.id,
                "sha256": "b" * 64,
            },
            {
                "id": 2,
                "file_name": "Ärger, „so“.jpg",
                "width": 40,
                "height": 30,
                "date_captured": "2026-03-05T12:30:00Z",
                "aivh_id": SETTLED.id,
                "sha256": "a" * 64,
                "detector": {"verdict": "ai", "probability_ai": 0.9, "model_version": 7},
            },
        ],
        "annotations": [
            {
                "id": 1,
                "image_id": 2,
                "category_id": 2,
                "bbox": [0, 0, 40, 30],
                "area": 1200,
                "iscrowd": 0,
            }
        ],
        "categories": [
            {"id": 1, "name": "ai"},
            {"id": 2, "name": "human"},
            {"id": 3, "name": "unusable"},
        ],
    }


def test_label_studio_has_tasks_with_annotations_and_predictions() -> None:
    write = partial(write_label_studio, site="https://aivh.example/")
    first, second = json.loads(written(write, SETTLED, OPEN))

    def choice(word: str) -> dict[str, Any]:
        return {
            "from_name": "label",
            "to_name": "image",
            "type": "choices",
            "value": {"choices": [word]},
        }

    assert first == {
        "id": 1,
        "data": {
            "image": f"https://aivh.example/api/v1/images/{SETTLED.id}/original/",
            "aivh_id": SETTLED.id,
            "filename": "Ärger, „so“.jpg",
        },
        "annotations": [{"result": [choice("Human")]}],
        "predictions": [{"model_version": "7", "score": 0.9, "result": [choice("AI")]}],
    }
    assert (second["annotations"], second["predictions"]) == ([], [])


@pytest.mark.parametrize(
    "write", [write_csv, write_jsonl, write_coco, partial(write_label_studio, site="")]
)
def test_nothing_at_all_is_still_a_whole_file(write: Write) -> None:
    data = written(write)
    if write not in (write_csv, write_jsonl):
        json.loads(data)
    assert data == b"" if write is write_jsonl else data.endswith(b"\n")


class Nowhere(io.RawIOBase):
    """Counts what is written to it and keeps nothing."""

    size = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.size += len(data)
        return len(data)


@pytest.mark.parametrize(
    "write", [write_csv, write_jsonl, write_coco, partial(write_label_studio, site="")]
)
def test_ten_times_the_rows_need_no_more_memory(write: Write) -> None:
    peaks = {}
    for count in (500, 5_000):
        out = Nowhere()
        tracemalloc.start()
        write(many(count), out)  # type: ignore[arg-type]
        peaks[count] = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert out.size > 100 * count
    assert peaks[5_000] < peaks[500] + 200_000  # of some 2 MB that came


def many(count: int) -> Iterator[Exported]:
    for _ in range(count):
        yield Exported(SETTLED, Image())
