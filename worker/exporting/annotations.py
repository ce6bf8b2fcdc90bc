"""The forms of annotation tools: COCO's one object, and the list of tasks of Label Studio.

Both are written while they are read: neither is ever held in memory as a whole.
"""

import shutil
from collections.abc import Iterable, Iterator
from functools import partial
from tempfile import TemporaryFile
from typing import IO, Any

from worker.exporting.row import Exported, Row
from worker.exporting.tables import as_json, moment

CATEGORIES = {"ai": 1, "human": 2, "unusable": 3}
CHOICES = {"ai": "AI", "human": "Human", "unusable": "Unusable", "uncertain": "Uncertain"}


def write_coco(rows: Iterable[Exported], out: IO[bytes]) -> None:
    """COCO's keys: ``images``, ``annotations`` (a settled label, over the whole picture),
    ``categories``. What the detector says stands with each picture under ``detector``.

    https://cocodataset.org/#format-data
    """
    with TemporaryFile() as labels:
        out.write(b'{"info":{"description":"aivh"},"images":[')
        annotations = 0
        for number, exported in enumerate(rows, start=1):
            out.write(_comma(number) + as_json(_coco_image(number, exported.row)))
            if exported.row.label:
                annotations += 1
                made = _coco_annotation(annotations, number, exported.row)
                labels.write(_comma(annotations) + as_json(made))
        out.write(b'],"annotations":[')
        labels.seek(0)
        shutil.copyfileobj(labels, out)
        categories = [{"id": number, "name": name} for name, number in CATEGORIES.items()]
        out.write(b'],"categories":' + as_json(categories) + b"}\n")


def write_label_studio(rows: Iterable[Exported], out: IO[bytes], *, site: str) -> None:
    """Label Studio's list of tasks: a settled label is an annotation, a finding a prediction.

    ``site`` is the address before the path of each picture. The labelling interface needs a
    ``Choices`` named ``label`` on an ``Image`` named ``image``.
    https://labelstud.io/guide/export#Label-Studio-JSON-format-of-annotated-tasks
    """
    out.write(b"[")
    for number, task in enumerate(_tasks(rows, site), start=1):
        out.write(_comma(number) + b"\n" + as_json(task))
    out.write(b"\n]\n")


def _tasks(rows: Iterable[Exported], site: str) -> Iterator[dict[str, Any]]:
    address = partial("{site}/api/v1/images/{id}/original/".format, site=site.rstrip("/"))
    for number, exported in enumerate(rows, start=1):
        row = exported.row
        said = {"model_version": f"{row.model_version}", "score": row.probability_ai}
        yield {
            "id": number,
            "data": {"image": address(id=row.id), "aivh_id": row.id, "filename": row.filename},
            "annotations": [{"result": [_choice(row.label)]}] if row.label else [],
            "predictions": [said | {"result": [_choice(row.verdict)]}] if row.verdict else [],
        }


def _choice(word: str) -> dict[str, Any]:
    return {
        "from_name": "label",
        "to_name": "image",
        "type": "choices",
        "value": {"choices": [CHOICES[word]]},
    }


def _coco_image(number: int, row: Row) -> dict[str, Any]:
    image: dict[str, Any] = {
        "id": number,
        "file_name": row.filename or f"{row.sha256[:12]}",
        "width": row.width,
        "height": row.height,
        "date_captured": moment(row.received_at),
        "aivh_id": row.id,
        "sha256": row.sha256,
    }
    if row.verdict:
        image["detector"] = {
            "verdict": row.verdict,
            "probability_ai": row.probability_ai,
            "model_version": row.model_version,
        }
    return image


def _coco_annotation(number: int, image: int, row: Row) -> dict[str, Any]:
    return {
        "id": number,
        "image_id": image,
        "category_id": CATEGORIES[row.label],
        "bbox": [0, 0, row.width, row.height],
        "area": row.width * row.height,
        "iscrowd": 0,
    }


def _comma(number: int) -> bytes:
    return b"," if number > 1 else b""
