"""Just enough GraphQL for a test server: parse a document, then select from nested Python values.

An object is a dict. A field that takes arguments is a function in it. Asking for a field that an
object does not have is an error, as on a real server, so that our answers cannot drift unnoticed
from what a client asks.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

TOKEN = re.compile(r'#[^\n]*|\.\.\.|[!$(){}:=@\[\]]|"(?:[^"\\]|\\.)*"|-?\d+|[A-Za-z_]\w*')


@dataclass
class Field:
    """``name`` as the server knows it, ``key`` as the client wants it called."""

    name: str
    key: str
    arguments: dict[str, Any] = field(default_factory=dict)
    include: Any = True
    selection: "list[Field | Spread]" = field(default_factory=list)


@dataclass
class Spread:
    """A named fragment, or an inline one with its type (None: any)."""

    fragment: str | None = None
    on: str | None = None
    selection: "list[Field | Spread]" = field(default_factory=list)


@dataclass(frozen=True)
class Variable:
    name: str


@dataclass
class Document:
    """One operation; ``kind`` is query or mutation."""

    kind: str = ""
    operation: str = ""
    defaults: dict[str, Any] = field(default_factory=dict)
    selection: list[Field | Spread] = field(default_factory=list)
    fragments: dict[str, Spread] = field(default_factory=dict)


class GraphQLError(Exception):
    """What the server answers under ``errors``."""


class _Parser:
    def __init__(self, text: str) -> None:
        self.tokens = [token for token in TOKEN.findall(text) if token[0] != "#"]
        self.at = 0

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def next(self, expected: str | None = None) -> str:
        token = self.peek()
        if not token or (expected is not None and token != expected):
            raise GraphQLError(f"Syntax error at {token!r}, wanted {expected!r}")
        self.at += 1
        return token

    def skip(self, token: str) -> bool:
        found = self.peek() == token
        self.at += found
        return found

    def document(self) -> Document:
        document = Document()
        while self.peek():
            kind = self.next()
            if kind == "fragment":
                name, _, on = self.next(), self.next("on"), self.next()
                document.fragments[name] = Spread(on=on, selection=self.selection())
            else:
                document.kind, document.operation = kind, self.next()
                document.defaults = dict(self.variables())
                document.selection = self.selection()
        return document

    def variables(self) -> Iterator[tuple[str, Any]]:
        if not self.skip("("):
            return
        while not self.skip(")"):
            self.next("$")
            name = self.next()
            self.next(":")
            self.type()
            yield name, self.value() if self.skip("=") else None

    def type(self) -> None:
        if self.skip("["):
            self.type()
            self.next("]")
        else:
            self.next()
        self.skip("!")

    def selection(self) -> list[Field | Spread]:
        self.next("{")
        found: list[Field | Spread] = []
        while not self.skip("}"):
            found.append(self.spread() if self.skip("...") else self.field())
        return found

    def spread(self) -> Spread:
        if self.skip("on"):
            return Spread(on=self.next(), selection=self.selection())
        return Spread(fragment=self.next())

    def field(self) -> Field:
        name = key = self.next()
        if self.skip(":"):
            name = self.next()
        found = Field(name, key)
        if self.skip("("):
            found.arguments = self.pairs(")")
        while self.skip("@"):
            negative = self.next() == "skip"
            self.next("(")
            found.include = (self.pairs(")")["if"], negative)
        if self.peek() == "{":
            found.selection = self.selection()
        return found

    def pairs(self, end: str) -> dict[str, Any]:
        found = {}
        while not self.skip(end):
            name = self.next()
            self.next(":")
            found[name] = self.value()
        return found

    def value(self) -> Any:
        token = self.next()
        if token == "$":
            return Variable(self.next())
        if token == "{":
            return self.pairs("}")
        if token == "[":
            found = []
            while not self.skip("]"):
                found.append(self.value())
            return found
        if token[0] == '"':
            return token[1:-1]
        if re.fullmatch(r"-?\d+", token):
            return int(token)
        return {"true": True, "false": False, "null": None}.get(token, token)


def parse(text: str) -> Document:
    """Raises GraphQLError."""
    return _Parser(text).document()


def execute(document: Document, variables: dict[str, Any], root: dict[str, Any]) -> dict[str, Any]:
    """What the document asks of ``root``. Raises GraphQLError where it asks for what is not."""
    answer = _Selection(document, {**document.defaults, **variables}).of(document.selection, root)
    assert isinstance(answer, dict)
    return answer


class _Selection:
    def __init__(self, document: Document, variables: dict[str, Any]) -> None:
        self.document = document
        self.variables = variables

    def of(self, selection: list[Field | Spread], value: Any) -> Any:
        if value is None or not selection:
            return value
        if isinstance(value, list):
            return [self.of(selection, item) for item in value]
        answer: dict[str, Any] = {}
        for part in selection:
            if isinstance(part, Spread):
                answer |= self.spread(part, value)
            elif self.included(part):
                answer[part.key] = self.field(part, value)
        return answer

    def spread(self, part: Spread, value: dict[str, Any]) -> dict[str, Any]:
        fragment = self.document.fragments[part.fragment] if part.fragment else part
        kinds = value.get("__typename"), value.get("__interface")
        if fragment.on not in kinds and kinds != (None, None):
            return {}
        answer = self.of(fragment.selection, value)
        assert isinstance(answer, dict)
        return answer

    def included(self, part: Field) -> bool:
        if part.include is True:
            return True
        condition, negative = part.include
        return bool(self.resolve(condition)) != negative

    def field(self, part: Field, value: dict[str, Any]) -> Any:
        if part.name not in value:
            kind = value.get("__typename", "object")
            raise GraphQLError(f'Cannot query field "{part.name}" on type "{kind}".')
        found = value[part.name]
        if callable(found):
            found = found(**self.resolve(part.arguments))
        return self.of(part.selection, found)

    def resolve(self, value: Any) -> Any:
        if isinstance(value, Variable):
            return self.variables.get(value.name)
        if isinstance(value, dict):
            return {name: self.resolve(item) for name, item in value.items()}
        if isinstance(value, list):
            return [self.resolve(item) for item in value]
        return value
