"""Rows in batches: each once, in order, whatever is written between two of them."""

from collections.abc import Callable

import pytest

from labelling.keyset import in_batches
from labelling.models import AuditEntry, Image
from labelling.services.audit_log import write_entry
from tests.labelling.rows import make_image

pytestmark = pytest.mark.django_db
Queries = Callable[[int], object]


def write(letters: str) -> None:
    for letter in letters:
        write_entry(action="test.written", subject=f"test:{letter}", by="test")


def letters(batch: list[AuditEntry]) -> str:
    return "".join(entry.subject[-1] for entry in batch)


@pytest.mark.parametrize(
    ("size", "expected"),
    [(2, ["ab", "cd", "e"]), (5, ["abcde"]), (9, ["abcde"]), (1, list("abcde"))],
)
def test_each_row_comes_once_in_its_order(size: int, expected: list[str]) -> None:
    write("abcde")
    assert [letters(batch) for batch in in_batches(AuditEntry.objects.all(), size)] == expected


def test_of_nothing_there_is_no_batch() -> None:
    assert list(in_batches(AuditEntry.objects.all(), 3)) == []


def test_what_is_written_between_two_batches_does_no_harm() -> None:
    write("abcd")
    seen: list[str] = []
    for batch in in_batches(AuditEntry.objects.all(), 2):
        seen.append(letters(batch))
        if len(seen) == 1:
            write("e")
    assert seen == ["ab", "cd", "e"]


def test_a_key_that_is_no_number_and_one_query_for_each_batch(
    django_assert_num_queries: Queries,
) -> None:
    ids = sorted(make_image(f"{number}").pk for number in range(5))
    with django_assert_num_queries(4):
        found = [image.pk for batch in in_batches(Image.objects.all(), 2) for image in batch]
    assert found == ids
