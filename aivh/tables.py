"""Whether the database's tables are those of this code."""

from dataclasses import dataclass

from django.db import connection
from django.db.migrations.executor import MigrationExecutor


@dataclass(frozen=True)
class Tables:
    """``lacking`` are migrations of this code that the database has not seen, ``unknown`` are
    applied ones that this code does not have; each as ``app.name``."""

    lacking: list[str]
    unknown: list[str]


def compare_tables() -> Tables:
    """Read which migrations were applied. Raises django.db.Error."""
    executor = MigrationExecutor(connection)
    loader = executor.loader
    plan = executor.migration_plan(loader.graph.leaf_nodes())
    ours = {app for app, _ in loader.disk_migrations}
    unknown = {key for key in loader.applied_migrations if key[0] in ours}
    return Tables(
        lacking=[f"{migration.app_label}.{migration.name}" for migration, _ in plan],
        unknown=sorted(".".join(key) for key in unknown - set(loader.disk_migrations)),
    )
