"""What the schema promised, and what a new one would break of it.

Programs go on if what they send is still taken and what they read is still there. Compared are
operations, what a request must and may have, and what an answer has; words may change freely.
"""

from collections.abc import Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]
METHODS = ("get", "post", "put", "patch", "delete")


def breaks(promised: Schema, now: Schema) -> list[str]:
    """In sentences what programs that rely on ``promised`` would miss in ``now``."""
    return sorted(_breaks(promised, now))


def _breaks(promised: Schema, now: Schema) -> Iterator[str]:
    for path, method, operation in operations(promised):
        name = f"{method.upper()} {path}"
        today = now.get("paths", {}).get(path, {}).get(method)
        if today is None:
            yield f"{name} is gone."
            continue
        yield from _parameters(name, operation, today)
        yield from _request(name, _body(operation), _body(today), promised, now)
        for status, answer in operation.get("responses", {}).items():
            current = today.get("responses", {}).get(status)
            if current is None:
                yield f"{name} no longer answers {status}."
                continue
            yield from _answer(
                f"{name} {status}", _content(answer), _content(current), promised, now
            )


def operations(schema: Schema) -> Iterator[tuple[str, str, Schema]]:
    """Path, method and description of each."""
    for path, methods in schema.get("paths", {}).items():
        for method in METHODS:
            if method in methods:
                yield path, method, methods[method]


def _parameters(name: str, promised: Schema, now: Schema) -> Iterator[str]:
    before, today = _named(promised), _named(now)
    for key, parameter in today.items():
        was_required = before.get(key, {}).get("required", False)
        if parameter.get("required") and not was_required and parameter["in"] != "path":
            yield f"{name} now needs the {key[0]} parameter {key[1]}."
    for key in before.keys() - today.keys():
        yield f"{name} no longer takes the {key[0]} parameter {key[1]}."


def _named(operation: Schema) -> dict[tuple[str, str], Schema]:
    return {(one["in"], one["name"]): one for one in operation.get("parameters", [])}


def _body(operation: Schema) -> Schema:
    return _content(operation.get("requestBody", {}))


def _content(part: Schema) -> Schema:
    """The schema of each media type."""
    return {kind: it.get("schema", {}) for kind, it in part.get("content", {}).items()}


def _request(
    name: str, promised: Schema, now: Schema, old_all: Schema, new_all: Schema
) -> Iterator[str]:
    for kind, schema in promised.items():
        if kind not in now:
            yield f"{name} no longer takes {kind}."
            continue
        old, new = _resolved(schema, old_all), _resolved(now[kind], new_all)
        for field in sorted(set(new.get("required", [])) - set(old.get("required", []))):
            yield f"{name} now needs the field {field}."
        for field in sorted(set(old.get("properties", {})) - set(new.get("properties", {}))):
            yield f"{name} no longer takes the field {field}."


def _answer(
    name: str, promised: Schema, now: Schema, old_all: Schema, new_all: Schema
) -> Iterator[str]:
    for kind, schema in promised.items():
        if kind not in now:
            yield f"{name} is no longer {kind}."
            continue
        yield from _members(name, schema, now[kind], old_all, new_all, seen=())


def _members(
    name: str, old: Schema, new: Schema, old_all: Schema, new_all: Schema, seen: tuple[str, ...]
) -> Iterator[str]:
    """What an answer had and has no more, however deep."""
    reference = old.get("$ref", "")
    if reference and reference in seen:
        return
    seen = (*seen, reference) if reference else seen
    old, new = _resolved(old, old_all), _resolved(new, new_all)
    if old.get("type") != new.get("type"):
        yield f"{name} is {new.get('type')} and no longer {old.get('type')}."
    for field, schema in old.get("properties", {}).items():
        if field not in new.get("properties", {}):
            yield f"{name} has no {field} any more."
        else:
            inner = new["properties"][field]
            yield from _members(f"{name} {field}", schema, inner, old_all, new_all, seen)
    if "items" in old and "items" in new:
        yield from _members(f"{name}[]", old["items"], new["items"], old_all, new_all, seen)


def _resolved(schema: Schema, whole: Schema) -> Schema:
    """Where a schema only names another one, alone or beside ``null``, that one."""
    for alternatives in ("allOf", "oneOf", "anyOf"):
        named = [one for one in schema.get(alternatives, []) if "$ref" in one]
        if len(named) == 1:
            schema = named[0]
    if "$ref" not in schema:
        return schema
    found: Any = whole
    for part in schema["$ref"].removeprefix("#/").split("/"):
        found = found[part]
    return _resolved(found, whole)
