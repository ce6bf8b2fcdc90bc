"""Reading many rows without a cursor that stays open."""

from collections.abc import Iterator
from typing import TypeVar

from django.db.models import Model, QuerySet

Row = TypeVar("Row", bound=Model)


def in_batches(rows: QuerySet[Row], size: int, *, key: str = "pk") -> Iterator[list[Row]]:
    """All rows in the order of ``key``, which is unique, ``size`` at a time; each batch is a query.

    For whoever works between two rows: what is added or goes meanwhile is seen where it comes
    later. A cursor left open would hold SQLite to what it read first,
    and then nothing more can be written once anybody else has: "database is locked". On Postgres it
    would hold a connection, or its snapshot, as long as the work lasts.
    """
    ordered = left = rows.order_by(key)
    while batch := list(left[:size]):
        yield batch
        left = ordered.filter(**{f"{key}__gt": getattr(batch[-1], key)})
