"""The audit log: what is written commits with its change, is chained, and shows any tampering."""

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, models, transaction
from django.test.utils import CaptureQueriesContext

from classifier.services import promote_version, put_in_shadow, reject_version
from labelling import audit_chain
from labelling.audit_chain import check_chain
from labelling.models import AuditEntry, AuditHead, User
from labelling.services import audit_log
from labelling.services.audit_log import seal, seal_all, write_entry
from tests.labelling.audit_race import EACH, WRITERS
from tests.labelling.rows import make_version
from tests.races import RunModule

pytestmark = pytest.mark.django_db


def plain() -> models.QuerySet[AuditEntry]:
    """The table as somebody with a database client has it."""
    return models.QuerySet(AuditEntry)


@pytest.fixture
def chain() -> list[AuditEntry]:
    """Six sealed entries."""
    for place in range(6):
        write_entry(action="label.settled", subject=f"image:{place}", by="robin", value="ai")
    assert seal() == 6
    return list(AuditEntry.objects.order_by("number"))


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("audit_log", *arguments, stdout=out)
    return out.getvalue()


def test_entries_are_numbered_in_order_and_chained(chain: list[AuditEntry]) -> None:
    assert [entry.number for entry in chain] == [1, 2, 3, 4, 5, 6]
    assert [entry.subject for entry in chain] == [f"image:{place}" for place in range(6)]
    assert [entry.before_hash for entry in chain] == ["", *(entry.hash for entry in chain[:-1])]
    head = AuditHead.objects.get()
    assert (head.number, head.hash) == (6, chain[-1].hash)
    assert seal() == 0
    assert check_chain().fault == ""


def test_an_entry_says_who_and_what(administrator: User) -> None:
    entry = write_entry(action="role.given", subject="person:7", by=administrator, role="Reviewers")
    entry.refresh_from_db()
    assert (entry.actor, entry.action, entry.subject) == ("alex", "role.given", "person:7")
    assert entry.details == {"role": "Reviewers"}
    assert (entry.number, entry.hash) == (None, "")
    assert write_entry(action="model.archived", subject="version:1").actor == ""


def test_an_entry_is_sealed_once_its_change_has_committed(
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        write_entry(action="label.settled", subject="image:1")
        write_entry(action="label.settled", subject="image:2")
        assert AuditHead.objects.get().number == 0
    assert AuditHead.objects.get().number == 2


def test_what_is_rolled_back_leaves_no_entry() -> None:
    with suppress(OSError), transaction.atomic():
        write_entry(action="label.settled", subject="image:1")
        raise OSError("the change failed")
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize(
    ("action", "subject"),
    [
        ("settled", "image:1"),
        ("Label.settled", "image:1"),
        ("label." + "x" * 40, "image:1"),
        ("label.settled", ""),
        ("label.settled", "x" * 121),
    ],
)
def test_a_word_that_is_no_action_is_refused(action: str, subject: str) -> None:
    with pytest.raises(ValueError, match=r"is no action|A subject has"):
        write_entry(action=action, subject=subject)
    assert not AuditEntry.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_nothing_is_written() -> None:
    with pytest.raises(transaction.TransactionManagementError):
        write_entry(action="label.settled", subject="image:1")
    assert not AuditEntry.objects.exists()


def test_nothing_in_our_code_changes_or_deletes_an_entry(chain: list[AuditEntry]) -> None:
    for attempt in (
        chain[0].save,
        chain[0].delete,
        AuditEntry.objects.all().delete,
        lambda: AuditEntry.objects.update(actor="nobody"),
        lambda: AuditEntry.objects.bulk_update([chain[0]], ["actor"]),
    ):
        with pytest.raises(TypeError), transaction.atomic():
            attempt()
    AuditEntry.objects.write_seals([chain[0]])  # sealed already, so left as it is
    assert check_chain().fault == ""
    assert list(AuditEntry.objects.order_by("number").values()) == [
        {name: getattr(entry, name) for name in AuditEntry.objects.values()[0]} for entry in chain
    ]


def test_a_text_that_is_no_text_is_sealed_like_any_other() -> None:
    write_entry(action="label.settled", subject="image:1", note="\ud83d half a smile, ü, \u2028")
    assert seal() == 1
    assert check_chain().fault == ""


def test_what_a_crash_left_is_sealed_a_batch_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_log, "BATCH", 2)
    for place in range(5):
        write_entry(action="label.settled", subject=f"image:{place}")
    assert seal_all() == 5
    assert check_chain().entries == 5


CHANGES: dict[str, Any] = {
    "at": lambda entry: entry.at + timedelta(microseconds=1),
    "actor": lambda entry: "sasha",
    "action": lambda entry: "label.removed",
    "subject": lambda entry: "image:other",
    "details": lambda entry: {"value": "human"},
    "before_hash": lambda entry: "0" * 64,
    "hash": lambda entry: "0" * 64,
}


@pytest.mark.parametrize("place", [0, 2, 5])
@pytest.mark.parametrize("field", CHANGES)
def test_a_change_of_any_field_is_found_and_named(
    chain: list[AuditEntry], field: str, place: int
) -> None:
    entry = chain[place]
    plain().filter(pk=entry.pk).update(**{field: CHANGES[field](entry)})
    assert check_chain().fault == f"Entry {place + 1} was changed after it was sealed."


def test_a_change_that_was_hashed_anew_is_found_by_the_next(chain: list[AuditEntry]) -> None:
    chain[2].actor = "sasha"
    plain().filter(pk=chain[2].pk).update(actor="sasha", hash=audit_chain.entry_hash(chain[2]))
    assert check_chain().fault == "Entry 3 was replaced: entry 4 is chained to another."
    chain[5].actor = "sasha"
    plain().filter(pk=chain[2].pk).update(actor="robin", hash=chain[2].hash)
    plain().filter(pk=chain[5].pk).update(actor="sasha", hash=audit_chain.entry_hash(chain[5]))
    assert "Entry 6 is not the one that was sealed last." in check_chain().fault


@pytest.mark.parametrize(
    ("places", "fault"),
    [
        ([0], "Entry 1 is missing."),
        ([3], "Entry 4 is missing."),
        ([5], "Entry 6 is missing: the end of the chain was cut off."),
        ([4, 5], "Entries 5 to 6 are missing: the end of the chain was cut off."),
        (range(6), "Entries 1 to 6 are missing: the end of the chain was cut off."),
    ],
)
def test_what_was_deleted_is_named(chain: list[AuditEntry], places: list[int], fault: str) -> None:
    plain().filter(pk__in=[chain[place].pk for place in places]).delete()
    assert check_chain().fault == fault


def test_a_chain_without_its_end_is_no_chain(chain: list[AuditEntry]) -> None:
    AuditHead.objects.all().delete()
    assert check_chain().fault == "The row that holds the end of the chain is gone."


def test_two_that_were_swapped_are_found(chain: list[AuditEntry]) -> None:
    second, third = chain[1], chain[2]
    plain().filter(pk=second.pk).update(number=None)
    plain().filter(pk=third.pk).update(number=2)
    plain().filter(pk=second.pk).update(number=3)
    assert check_chain().fault == "Entry 2 was changed after it was sealed."


def test_one_that_was_put_in_between_is_found(chain: list[AuditEntry]) -> None:
    for entry in reversed(chain[3:]):
        plain().filter(pk=entry.pk).update(number=(entry.number or 0) + 1)
    forged = AuditEntry(
        number=4, at=chain[2].at, actor="sasha", action="label.settled", subject="image:9"
    )
    forged.before_hash = chain[2].hash
    forged.hash = audit_chain.entry_hash(forged)
    forged.save()
    AuditHead.objects.update(number=7)
    assert check_chain().fault == "Entry 5 was changed after it was sealed."


def test_one_that_was_put_behind_the_end_is_found(chain: list[AuditEntry]) -> None:
    forged = AuditEntry(number=7, at=chain[5].at, action="label.settled", subject="image:9")
    forged.before_hash = chain[5].hash
    forged.hash = audit_chain.entry_hash(forged)
    forged.save()
    assert "Entry 7 stands behind the end of the chain" in check_chain().fault


def test_a_chain_that_was_written_anew_lacks_the_hash_that_was_noted(
    chain: list[AuditEntry],
) -> None:
    noted = chain[3].hash
    assert check_chain(noted).fault == ""
    before = ""
    for entry in chain[:5]:  # somebody with every right cuts one off and chains the rest again
        entry.actor, entry.before_hash = "sasha", before
        before = entry.hash = audit_chain.entry_hash(entry)
        plain().filter(pk=entry.pk).update(
            actor=entry.actor, before_hash=entry.before_hash, hash=entry.hash
        )
    plain().filter(pk=chain[5].pk).delete()
    AuditHead.objects.update(number=5, hash=before)
    assert check_chain().fault == ""
    assert noted in check_chain(noted).fault


def test_the_chain_is_read_in_batches(
    chain: list[AuditEntry], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_chain, "BATCH", 2)
    with CaptureQueriesContext(connection) as asked:
        assert check_chain() == audit_chain.Checked(6, chain[-1].hash)
    assert len([query for query in asked if "LIMIT 2" in query["sql"]]) == 4
    plain().filter(pk=chain[4].pk).delete()
    assert check_chain().fault == "Entry 5 is missing."


def test_the_command_tells_that_the_chain_holds(chain: list[AuditEntry]) -> None:
    write_entry(action="label.settled", subject="image:1")
    said = run("verify", "--head", chain[3].hash)
    assert "The chain holds: 6 entries, 1 not sealed yet." in said
    assert chain[-1].hash in said
    assert run("head").split() == ["6", chain[-1].hash]


def test_the_command_fails_where_it_does_not_hold(chain: list[AuditEntry]) -> None:
    with pytest.raises(CommandError, match="is not in the chain") as refused:
        run("verify", "--head", "f" * 64)
    assert refused.value.returncode == 1
    plain().filter(pk=chain[1].pk).delete()
    with pytest.raises(CommandError, match=r"Entry 2 is missing\. 1 entries before that hold"):
        run("verify")


def test_the_command_shows_what_was_asked_for(chain: list[AuditEntry], administrator: User) -> None:
    write_entry(action="policy.queue", subject="queue-policy", by=administrator, gold_share=0.1)
    lines = [json.loads(line) for line in run("show").splitlines()]
    assert [line["number"] for line in lines] == [None, 6, 5, 4, 3, 2, 1]
    assert lines[0]["details"] == {"gold_share": 0.1}
    assert [
        json.loads(line)["actor"] for line in run("show", "--action", "policy").splitlines()
    ] == ["alex"]
    assert len(run("show", "--action", "label.settled", "--limit", "2").splitlines()) == 2
    assert len(run("show", "--subject", "image:3", "--actor", "robin").splitlines()) == 1
    assert run("show", "--subject", "image:3", "--actor", "alex") == ""


def test_each_move_of_a_version_is_written_down() -> None:
    version, other = make_version(1, live=True), make_version(2)
    other.state = "candidate"
    other.save()
    put_in_shadow(version=other, by="alex", reason="To compare.")
    reject_version(version=other, reason="It is worse.")
    promote_version(version=other, by="alex", reason="It is wanted.")
    told = list(AuditEntry.objects.order_by("pk").values_list("action", "subject", "actor"))
    assert told == [
        ("model.shadowed", "version:2", "alex"),
        ("model.rejected", "version:2", ""),
        ("model.archived", "version:1", "alex"),
        ("model.promoted", "version:2", "alex"),
    ]
    last = AuditEntry.objects.order_by("pk").last()
    assert last is not None
    assert last.details == {
        "before": "rejected",
        "reason": "It is wanted.",
        "digest": other.digest,
    }
    assert version.changes.count() == 1


def test_a_move_that_cannot_be_written_down_is_not_made(monkeypatch: pytest.MonkeyPatch) -> None:
    make_version(1, live=True)
    other = make_version(2)
    monkeypatch.setattr("labelling.listeners.MOVES", {})
    with pytest.raises(KeyError):
        promote_version(version=other)
    other.refresh_from_db()
    assert other.state == "archived"
    assert not AuditEntry.objects.exists()


def test_many_write_and_seal_at_once_and_the_chain_holds(run_module: RunModule) -> None:
    left = run_module("tests.labelling.audit_race")
    committed = [place for place in range(EACH) if place % 3 != 2]
    assert left["done"] == WRITERS + 2
    assert left["subjects"] == sorted(f"image:{w}.{t}" for w in range(WRITERS) for t in committed)
    assert left["numbers"] == list(range(1, WRITERS * len(committed) + 1))
    assert left["head"] == left["numbers"][-1]
    assert left["fault"] == ""
