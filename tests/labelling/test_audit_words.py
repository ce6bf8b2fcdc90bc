"""The table of docs/audit-log.md, the words for people and what our code writes are one list."""

import ast
import re

import pytest

from labelling.audit_words import WORDS, words_of
from labelling.models import AuditEntry
from labelling.pages.audit_log import ROOMS
from tests.requirements import ROOT

APPS = ("aivh", "classifier", "labelling", "worker")
ACTION = re.compile(r"[a-z]+\.[a-z_]+")
IMPORTS = "from labelling.services.audit_log import"


def written() -> set[str]:
    """Every text that looks like an action, in the modules that write to the log."""
    sources = [path.read_text() for app in APPS for path in (ROOT / app).rglob("*.py")]
    texts = [
        node.value
        for source in sources
        if IMPORTS in source
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    found = {text for text in texts if ACTION.fullmatch(text)}
    return {text for text in found if not (text.startswith(APPS) or text.endswith(".json"))}


def documented() -> dict[str, str]:
    page = (ROOT / "docs" / "audit-log.md").read_text()
    return dict(re.findall(r"^\| `([a-z]+\.[a-z_]+)` \| `([a-z -]+)[:`]", page, re.MULTILINE))


def test_the_page_lists_what_the_code_writes_and_nothing_else() -> None:
    assert written() - set(documented()) == set(), "add rows to docs/audit-log.md"
    assert set(documented()) - written() == set()


def test_every_action_has_words_for_people() -> None:
    assert set(WORDS) == set(documented())


def test_every_action_is_found_under_a_kind_of_the_pages_filter() -> None:
    assert {action.split(".")[0] for action in WORDS} == set(ROOMS) - {""}


@pytest.mark.parametrize(
    ("action", "words"), [("label.settled", "Settled"), ("thing.made_up", "thing: made up")]
)
def test_an_action_of_another_release_is_spelled_out(action: str, words: str) -> None:
    assert words_of(AuditEntry(action=action)) == words
