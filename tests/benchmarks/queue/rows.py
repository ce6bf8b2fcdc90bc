"""A site of a million pictures, made inside Postgres; only the embeddings come from here."""

from uuid import UUID

import numpy as np
from django.db import connection

from classifier.models import ModelVersion
from labelling.models import QueueItem, User
from tests.benchmarks.ground import analyse
from tests.people import REVIEWERS, make_person

BACKBONE = "b" * 64
WIDTH = 768  # numbers of an embedding, as the shipped detector's
TWINS = 20  # pictures that look alike, one beside the other in the ranking
WITH_EMBEDDINGS = 4000  # at the head of each ranking

VERSION = f"""
INSERT INTO classifier_modelversion (number, digest, backbone_digest, head_digest, state,
    reference, thresholds, metrics, created_at, promoted_at, taken_back)
VALUES (1, '{"d" * 64}', '{BACKBONE}', '', 'production',
    'local:1', '{{}}', '{{}}', now(), now(), '')
"""

# One in a hundred is settled; of these one in five measures. One in ten is an audit picture, one
# in 25,000 is contradicted by its file.
IMAGES = """
INSERT INTO labelling_image (id, sha256, original, content_type, width, height, size, state,
    failure_code, failure, received_at, votes_wanted, gold_wanted, unusable, audit)
SELECT gen_random_uuid(), encode(sha256(n::text::bytea), 'hex'), n::text, 'image/png', 640, 480,
    1000, 'classified', '', '', now() - n * interval '1 second', 1, n %% 500 = 0, false, n %% 10 = 1
FROM generate_series(1, %s) n
"""
PREDICTIONS = """
INSERT INTO labelling_prediction (image_id, version_id, probability_ai, logit, verdict, reasons,
    priority, novelty, created_at)
SELECT id, (SELECT id FROM classifier_modelversion), 0.4, -0.4, 'human', '[]',
    CASE WHEN audit THEN random() ELSE random() ^ 2 END, random() * 1.4, received_at
FROM labelling_image
"""
EVIDENCE = """
INSERT INTO labelling_evidence (image_id, place, kind, says, tool, "where", verified, sentence,
    prompt)
SELECT id, 0, 'generator', 'ai', 'Example', 'chunk', false, 'It says so.', ''
FROM labelling_image WHERE original::int %% 25000 = 7
"""
LABELS = """
INSERT INTO labelling_label (image_id, value, gold, settled_at)
SELECT id, 'human', gold_wanted, received_at FROM labelling_image WHERE original::int %% 100 = 0
"""
REVIEWS = """
INSERT INTO labelling_review (image_id, reviewer_id, answer, created_at, silent, adjudicates, note)
SELECT l.image_id, p.id, 'human', i.received_at, false, false, ''
FROM labelling_label l JOIN labelling_image i ON i.id = l.image_id
JOIN labelling_user p ON p.username IN ('voter-1', CASE WHEN l.gold THEN 'voter-2' ELSE '' END)
"""
PLACES = """
INSERT INTO labelling_queueitem (image_id, lane, why, rank, novelty, since, begun)
SELECT i.id,
    CASE WHEN i.audit THEN 'audit' WHEN e.id IS NULL THEN 'ranked' ELSE 'urgent' END,
    CASE WHEN i.audit THEN 'audit' WHEN e.id IS NULL THEN 'uncertain' ELSE 'contradicted' END,
    CASE WHEN i.audit OR e.id IS NULL THEN p.priority ELSE 2 + 0.9 * p.priority END,
    CASE WHEN i.audit OR e.id IS NOT NULL THEN NULL ELSE p.novelty END,
    i.received_at, false
FROM labelling_image i JOIN labelling_prediction p ON p.image_id = i.id
LEFT JOIN labelling_label l ON l.image_id = i.id
LEFT JOIN labelling_evidence e ON e.image_id = i.id
WHERE l.id IS NULL
"""
UNSURE = """
INSERT INTO labelling_review (image_id, reviewer_id, answer, created_at, silent, adjudicates, note)
SELECT image_id, %s, 'unsure', now(), false, false, ''
FROM labelling_queueitem WHERE lane = 'ranked' AND NOT begun ORDER BY rank DESC LIMIT %s
"""
BEGIN = """
UPDATE labelling_queueitem SET begun = true, novelty = NULL
WHERE image_id IN (SELECT image_id FROM labelling_review WHERE answer = 'unsure')
"""


def fill(images: int) -> None:
    """Make the rows and let Postgres look at them."""
    for name in ("voter-1", "voter-2"):
        make_person(name, REVIEWERS)
    with connection.cursor() as cursor:
        cursor.execute(VERSION)
        cursor.execute(IMAGES, [images])
        for statement in (PREDICTIONS, EVIDENCE, LABELS, REVIEWS, PLACES):
            cursor.execute(statement, [])
    _embed("rank")
    _embed("novelty")
    analyse()


def be_unsure(reviewer: User, votes: int) -> None:
    """Let the reviewer be unsure about the head of the ranking, of which they are asked no more."""
    with connection.cursor() as cursor:
        cursor.execute(UNSURE, [reviewer.pk, votes])
        cursor.execute(BEGIN, [])
    analyse()


def _embed(by: str) -> None:
    """Give the head of a ranking embeddings, in groups that look alike."""
    ranked = QueueItem.objects.filter(lane="ranked", **{f"{by}__isnull": False})
    ids = list(ranked.order_by(f"-{by}").values_list("image", flat=True)[:WITH_EMBEDDINGS])
    random = np.random.default_rng(0)
    groups = random.normal(size=(len(ids) // TWINS + 1, WIDTH))
    with connection.cursor() as cursor:
        for start in range(0, len(ids), 500):
            rows = [
                (image_id, (groups[at // TWINS] + 0.1 * random.normal(size=WIDTH)))
                for at, image_id in enumerate(ids[start : start + 500], start)
            ]
            cursor.executemany(
                "INSERT INTO labelling_embedding (image_id, backbone_digest, vector, created_at) "
                "VALUES (%s, %s, %s, now()) ON CONFLICT DO NOTHING",
                [(image_id, BACKBONE, vector.astype("<f4").tobytes()) for image_id, vector in rows],
            )


def sample_of_ids(count: int) -> list[UUID]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM labelling_image TABLESAMPLE BERNOULLI (1) LIMIT %s", [count])
        return [row[0] for row in cursor.fetchall()]


def version() -> ModelVersion:
    return ModelVersion.objects.get()
