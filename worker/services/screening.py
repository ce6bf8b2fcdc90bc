"""Before anything is learned: what measures, and what is left out of the labels to learn from.

What people settled is checked for copies of pictures that measure, for labels that are probably
wrong, and for one person's weight. Each picture that is left out gets its reason in words.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from classifier.detector.detector import Detector
from classifier.errors import NoModel
from classifier.models import ModelVersion
from classifier.serving import serving_detector
from classifier.training.progress import Progress, part, silent
from labelling.models import Image
from worker.models import SnapshotItem
from worker.services.examining import examine_missing
from worker.services.fingerprints import make_missing_fingerprints
from worker.services.screening_copies import Family, compared_images, find_families
from worker.services.screening_doubts import DISTRUSTED, ask_about, distrusted, doubted
from worker.services.screening_rows import Candidate, Row, read_rows
from worker.services.screening_shares import Gift, surplus

__all__ = ["Candidate", "Screened", "screen"]

Use = SnapshotItem.Use
Serving = tuple[ModelVersion, Detector]

IS_COPY = (
    "It shows nearly the same as a picture that measures, so learning it would give that away."
)


@dataclass(frozen=True)
class Screened:
    """What a picture is used for, why it is left out if it is, and whom it belongs with.

    ``group`` is the sha256 of the oldest of its near twins, itself included.
    """

    use: str
    why: str
    group: str


def screen(candidates: Iterable[Candidate], progress: Progress = silent) -> dict[str, Screened]:
    """Say of each settled picture, by its sha256, what a training may use it for.

    1. Its marks say whether it measures.
    2. Copies of what measures are left out.
    3. So are labels that are probably wrong; a second person is asked for those.
    4. So is what one person gave beyond their share of what is new.

    The same labels, votes and marks always come out the same. A label that was taken back
    meanwhile is missing in the answer.
    """
    serving = _serving()
    _look_at_missing(serving, progress)
    progress(0.8, "looking for copies, wrong labels and one-sided ones")
    rows = read_rows(candidates)
    found = find_families(rows, serving[0] if serving else None)
    why = _copies(rows, found)
    if serving is not None:
        why |= _doubts(rows, why, found, serving)
    why |= _surplus(rows, why)
    return {
        row.candidate.sha256: Screened(
            Use.LEFT_OUT if at in why else row.use, why.get(at, ""), found[at].group
        )
        for at, row in enumerate(rows)
    }


def _serving() -> Serving | None:
    try:
        return serving_detector()
    except NoModel:
        return None


def _look_at_missing(serving: Serving | None, progress: Progress) -> None:
    """Examine what this network has not seen, and make the fingerprints that are not there."""
    if serving is not None:
        version, detector = serving
        settled = Image.objects.filter(label__isnull=False)
        seen = part(progress, 0.0, 0.6)
        examine_missing(images=settled, version=version, detector=detector, progress=seen)
    make_missing_fingerprints(images=compared_images(), progress=part(progress, 0.6, 0.8))


def _copies(rows: Sequence[Row], found: Sequence[Family]) -> dict[int, str]:
    """What would train and shows nearly the same as something that measures."""
    return {at: IS_COPY for at in _training(rows, ()) if found[at].measured}


def _doubts(
    rows: Sequence[Row], left_out: Mapping[int, str], found: Sequence[Family], serving: Serving
) -> dict[int, str]:
    """Labels that are probably wrong, and the rest of whoever gave many of them.

    Somebody else is asked about the first, where there is somebody.
    """
    trained = _training(rows, left_out)
    beyond = _surplus(rows, left_out)
    places = doubted(
        [rows[at] for at in trained],
        [found[at].group for at in trained],
        {place for place, at in enumerate(trained) if at in beyond},
        *serving,
    )
    doubtful = [trained[place] for place in places]
    apart = distrusted(rows, doubtful)
    why = {at: DISTRUSTED for at in trained if rows[at].alone and rows[at].deciders & apart}
    asked = ask_about([rows[at] for at in doubtful]) if doubtful else ""
    return why | dict.fromkeys(doubtful, asked)


def _surplus(rows: Sequence[Row], left_out: Collection[int]) -> dict[int, str]:
    """What one person gave of the new labels beyond their share."""
    new = [at for at in _training(rows, left_out) if rows[at].new]
    return {new[place]: why for place, why in surplus([_gift(rows[at]) for at in new]).items()}


def _gift(row: Row) -> Gift:
    """Nobody's alone is what two people agreed on, and what an administrator imported."""
    alone = row.alone and row.uploader is not None
    return Gift(
        reviewer=next(iter(row.deciders), None) if alone else None,
        uploader=row.uploader if alone else None,
        settled_at=row.settled_at,
        name=row.candidate.sha256,
    )


def _training(rows: Sequence[Row], left_out: Collection[int]) -> list[int]:
    return [at for at, row in enumerate(rows) if row.use == Use.TRAIN and at not in left_out]
