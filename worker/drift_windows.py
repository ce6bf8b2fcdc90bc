"""Which pictures a look at drift compares: the newest, the month before, what was learned from."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from functools import lru_cache
from uuid import UUID

import numpy as np
from django.db.models import Exists, OuterRef, QuerySet

from classifier.detector.bundle import Bundle, read_bundle
from classifier.detector.replay import Replay
from classifier.models import ModelVersion
from classifier.monitoring.look import WINDOW, Against
from classifier.monitoring.pictures import Pictures
from classifier.serving import registry
from labelling.models import Embedding, Image, Prediction
from worker.drift_columns import columns_of
from worker.models import DriftLook
from worker.queries import trained_on

MONTH = timedelta(days=30)
LONGEST_REFERENCE = 1000  # pictures of the month before; more would make no test sharper
HELD_OUT = 800  # rows of the replay set, the same for each look at a version
COLUMNS = fields(Pictures)

Picked = list[tuple[UUID, datetime]]
Span = tuple[datetime, datetime]


@dataclass(frozen=True, eq=False)
class Window:
    """Pictures in the order in which they came, or were settled, and when that was."""

    ids: list[UUID]
    pictures: Pictures
    first_at: datetime
    last_at: datetime


def judged(version: ModelVersion) -> QuerySet[Image]:
    """Pictures that this version judged, whose embedding is there, and that are not in the bin."""
    said = Prediction.objects.filter(image=OuterRef("pk"), version=version)
    seen = Embedding.objects.filter(image=OuterRef("pk"), backbone_digest=version.backbone_digest)
    return Image.objects.filter(Exists(said), Exists(seen), deleted_at__isnull=True)


def newest(version: ModelVersion, kind: str, size: int = WINDOW) -> Window | None:
    """The newest ``size`` pictures, or as many as there are; None where there is none."""
    moment = _moment(kind)
    rows = judged(version).filter(**{f"{moment}__isnull": False}).order_by(f"-{moment}", "-pk")
    return _window(list(rows.values_list("pk", moment)[:size]), version)


def month_before(version: ModelVersion, kind: str, window: Window) -> Pictures | None:
    """Up to ``LONGEST_REFERENCE`` that came, or were settled, in the month before the window.

    What alarmed against that month is no measure for what comes after: without it a change that is
    over would be told as a change back, and one that lasts would become what is usual in days.
    """
    moment, begins = _moment(kind), window.first_at - MONTH
    rows = judged(version).exclude(pk__in=window.ids)
    rows = rows.filter(**{f"{moment}__lte": window.first_at, f"{moment}__gt": begins})
    for first, last in alarmed_since(version, kind, begins):
        rows = rows.exclude(**{f"{moment}__gte": first, f"{moment}__lte": last})
    newest_first = rows.order_by(f"-{moment}", "-pk").values_list("pk", moment)
    found = _window(list(newest_first[:LONGEST_REFERENCE]), version)
    return found.pictures if found else None


def alarmed_since(version: ModelVersion, kind: str, begins: datetime) -> list[Span]:
    """From when to when windows alarmed against their month; those that overlap are one."""
    looks = DriftLook.objects.filter(version=version, window=kind, last_at__gt=begins)
    spans: list[Span] = []
    for first, last, rung in looks.order_by("number").values_list("first_at", "last_at", "alarms"):
        if all(alarm["against"] != Against.LAST_MONTH for alarm in rung):
            continue
        begun = spans.pop()[0] if spans and first <= spans[-1][1] else first
        spans.append((begun, last))
    return spans


def is_judged(version: ModelVersion, size: int = WINDOW) -> bool:
    """Whether the newest pictures have their predictions; after a promotion that takes a while."""
    present = Image.objects.filter(state=Image.State.CLASSIFIED, deleted_at__isnull=True)
    ids = list(present.order_by("-received_at", "-pk").values_list("pk", flat=True)[:size])
    return Prediction.objects.filter(image__in=ids, version=version).count() == len(ids)


def count_since(version: ModelVersion, kind: str, moment: datetime | None, *, most: int) -> int:
    """How many have come, or were settled, since then, or ever; counted up to ``most``."""
    name = _moment(kind)
    known = {f"{name}__gt": moment} if moment else {f"{name}__isnull": False}
    return judged(version).filter(**known).order_by().values("pk")[:most].count()


def references(version: ModelVersion, kind: str, window: Window) -> dict[Against, Pictures]:
    """What a window is compared with. Raises AivhError where the bundle cannot be had."""
    month = month_before(version, kind, window)
    learned = learned_from(version, but=window.ids)
    found = {Against.TRAINED_ON: learned}
    return found if month is None else found | {Against.LAST_MONTH: month}


def learned_from(version: ModelVersion, *, but: Sequence[UUID] = ()) -> Pictures:
    """What the version was trained on, as far as it is known: the bundle's and the site's pictures.

    Of the bundle's own pictures only embeddings and labels were kept; of the site's those of its
    run's snapshot that are still there, without ``but``. Sizes are known of too few to compare.
    """
    bundled = held_out(version)
    own = judged(version).filter(snapshotitem__in=trained_on(version).order_by())
    newest_first = own.exclude(pk__in=but).order_by("-received_at", "-pk")
    ids = list(newest_first.values_list("pk", flat=True)[:LONGEST_REFERENCE])
    return _joined(bundled, columns_of(ids, version)) if ids else bundled


def held_out(version: ModelVersion) -> Pictures:
    """Rows of the bundle's replay set that it was not fitted to, as it judges them now.

    Its scores on them are what it says of such pictures when they are new. Raises AivhError.
    """
    return _held_out(version.digest, version.reference)


@lru_cache(maxsize=2)
def _held_out(digest: str, reference: str) -> Pictures:
    """The same for every look at a version. ``digest`` tells one bundle from another."""
    bundle = read_bundle(registry().get(reference))
    replay = bundle.replay()
    rows = np.flatnonzero(np.array(replay.splits) != "train")
    drawn = np.random.default_rng(0).permutation(rows)[:HELD_OUT]
    return _replayed(bundle, replay.rows(sorted(drawn.tolist())))


def _replayed(bundle: Bundle, rows: Replay) -> Pictures:
    embeddings = np.asarray(rows.embeddings, np.float32)
    said = bundle.judge().judge(embeddings, disagreements=np.asarray(rows.disagreements))
    nothing = np.full(len(rows), "", np.str_)
    return Pictures(
        containers=nothing,
        channels=nothing,
        qualities=np.full(len(rows), np.nan),
        embeddings=embeddings,
        probabilities=said.probabilities,
        verdicts=np.array(said.verdicts, np.str_),
        labels=np.array(rows.labels, np.str_),
        label_sources=nothing,
    )


def _joined(first: Pictures, second: Pictures) -> Pictures:
    """Both below each other, with the columns that both have."""
    pairs = {one.name: (getattr(first, one.name), getattr(second, one.name)) for one in COLUMNS}
    return Pictures(
        **{
            name: np.concatenate(pair)
            for name, pair in pairs.items()
            if pair[0] is not None and pair[1] is not None
        }
    )


def _moment(kind: str) -> str:
    return "label__settled_at" if kind == DriftLook.Window.LABELS else "received_at"


def _window(newest_first: Picked, version: ModelVersion) -> Window | None:
    if not newest_first:
        return None
    ids = [image_id for image_id, _ in reversed(newest_first)]
    pictures = columns_of(ids, version)
    return Window(ids, pictures, newest_first[-1][1], newest_first[0][1])
