"""Answering a request once, however often it comes: the answer is kept under the sender's key."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, NoReturn

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from labelling.errors import Conflict
from labelling.models import KeptAnswer, User

KEPT = timedelta(hours=24)
GIVEN_UP = timedelta(minutes=2)  # who has not answered by then has died over it


def claim_answer(*, owner: User, key: str, request_digest: str) -> tuple[KeptAnswer, bool]:
    """The row of this key, and whether the caller is the one to answer.

    Of many at once one is. Raises Conflict where the key came with another request, and where
    that was refused this moment.
    """
    now = timezone.now()
    try:
        with transaction.atomic():
            return KeptAnswer.objects.create(
                owner=owner, key=key, request_digest=request_digest, begun_at=now
            ), True
    except IntegrityError:
        row = KeptAnswer.objects.filter(owner=owner, key=key).first() or refused_meanwhile()
    if row.request_digest != request_digest:
        raise Conflict(
            "This Idempotency-Key came with another request before. Use a new one.",
            code="idempotency_key_reused",
        )
    if row.begun_at > now - GIVEN_UP or not _claim(row).update(begun_at=now):
        return row, False
    row.begun_at = now
    return row, True


def keep_answer(*, row: KeptAnswer, status: int, body: Any, headers: Mapping[str, str]) -> None:
    """From now on the same request gets this; unless somebody else has the claim by now."""
    _claim(row).update(status=status, body=body, headers=dict(headers))


def drop_claim(*, row: KeptAnswer) -> None:
    """Nothing came of it; the next one with this key tries again."""
    _claim(row).delete()


def _claim(row: KeptAnswer) -> QuerySet[KeptAnswer]:
    """The row while it is still claimed by whoever claimed it as ``row`` says."""
    return KeptAnswer.objects.filter(pk=row.pk, begun_at=row.begun_at, status__isnull=True)


def refused_meanwhile() -> NoReturn:
    raise Conflict(
        "The first of these requests was refused. Send it again.", code="still_answering"
    )


def forget_old_answers() -> int:
    """Delete what is older than a day; how many."""
    return KeptAnswer.objects.filter(begun_at__lt=timezone.now() - KEPT).delete()[0]
