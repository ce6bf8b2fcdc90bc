from argparse import ArgumentParser
from typing import Any

import yaml
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiYamlRenderer

from aivh.promise import breaks

PROMISED = settings.BASE_DIR / "docs" / "openapi.yml"


def current_schema() -> dict[str, Any]:
    """The schema that the site serves now."""
    generator: Any = SchemaGenerator
    renderer: Any = OpenApiYamlRenderer
    schema = generator().get_schema(request=None, public=True)
    return yaml.safe_load(renderer().render(schema, renderer_context={}))


def promised_schema() -> dict[str, Any]:
    return yaml.safe_load(PROMISED.read_text()) if PROMISED.exists() else {}


class Command(BaseCommand):
    help = "Write down the API's schema as promised to programs; refuses to break the last promise."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--break", action="store_true", dest="breaking", help="break it all the same"
        )

    def handle(self, *args: Any, breaking: bool, **options: Any) -> None:
        now = current_schema()
        broken = breaks(promised_schema(), now)
        if broken and not breaking:
            raise CommandError("Programs rely on this:\n" + "\n".join(broken))
        PROMISED.write_text(yaml.safe_dump(now, sort_keys=False, allow_unicode=True, width=100))
        self.stdout.write(f"Promised {len(now['paths'])} addresses in {PROMISED.name}.")
