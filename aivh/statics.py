"""Static files under names that carry their content's hash, so that browsers may keep them."""

from collections.abc import Iterator
from typing import Any

from django.contrib.staticfiles.apps import StaticFilesConfig
from whitenoise.storage import CompressedManifestStaticFilesStorage

# The page to try the API on: megabytes that few ever load. Hashing and compressing them would
# cost each start of a fresh site as much as all of our own files together, twice over.
AS_THEY_ARE = "drf_spectacular_sidecar/"


class CollectedFiles(StaticFilesConfig):
    """Without what no page loads: another such page, maps for its makers, the framework's pages."""

    ignore_patterns = [  # noqa: RUF012  (the base class has it so)
        *StaticFilesConfig.ignore_patterns,
        *("redoc", "swagger-ui*.map", "rest_framework"),
    ]


class HashedStaticFiles(CompressedManifestStaticFilesStorage):
    """Also what a script imports gets its hashed name; the plain one is not served."""

    support_js_module_import_aggregation = True

    def post_process(self, paths: dict[str, Any], **options: Any) -> Iterator[Any]:
        ours = {name: at for name, at in paths.items() if not name.startswith(AS_THEY_ARE)}
        return super().post_process(ours, **options)

    def stored_name(self, name: str) -> str:
        return name if name.startswith(AS_THEY_ARE) else super().stored_name(name)
