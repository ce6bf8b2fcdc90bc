"""Reading bodies."""

import codecs
import json
from collections import Counter
from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser
from rest_framework.utils.json import strict_constant


class ShallowJSONParser(JSONParser):
    """Refuses what can be written and not be meant: nesting so deep that Python gives up on it, a
    member that comes twice, half a character."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        encoding = (parser_context or {}).get("encoding", settings.DEFAULT_CHARSET)
        try:
            return _read(codecs.getreader(encoding)(stream).read())
        except RecursionError as error:
            raise ParseError("This JSON is nested too deeply.") from error
        except UnicodeEncodeError as error:
            raise ParseError("This JSON has half a character, a lone surrogate.") from error
        except ValueError as error:
            raise ParseError(f"JSON parse error - {error}") from error


def _read(text: str) -> Any:
    data = json.loads(text, object_pairs_hook=_each_once, parse_constant=strict_constant)
    if "\\u" in text:
        json.dumps(data, ensure_ascii=False).encode()
    return data


def _each_once(members: list[tuple[str, Any]]) -> dict[str, Any]:
    """Raises ValueError for a member that comes twice, of which only the last would count."""
    counted = Counter(name for name, _ in members)
    if twice := [name for name, times in counted.items() if times > 1]:
        raise ValueError(f"{json.dumps(twice[0][:60])} comes twice in one object")
    return dict(members)


# Where a body has lists, numbers or truth values, which a form cannot say.
JSON_ONLY = (ShallowJSONParser,)
