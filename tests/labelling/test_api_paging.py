"""Going through a list page by page gives each of its rows once, whatever they have in common."""

import pytest
from django.test import Client
from django.utils import timezone

from labelling.models import Image, User
from tests.labelling.programs import IMAGES, with_token
from tests.labelling.rows import make_image, make_version, predict

pytestmark = pytest.mark.django_db

ALL = 1_100  # more than the framework would count within equal values


@pytest.fixture
def ids() -> set[str]:
    """Of pictures that came at one moment and have one size."""
    images = Image.objects.bulk_create(
        Image(sha256=f"{number:064x}", content_type="image/png", width=8, height=6, size=100)
        for number in range(ALL)
    )
    Image.objects.update(received_at=timezone.now())
    return {str(image.pk) for image in images}


def walked(program: Client, address: str, onward: str = "next") -> list[str]:
    """The ids of all pages, and the address of the last one at the end."""
    found: list[str] = []
    step: str | None = address
    while step and len(found) <= ALL:
        address, body = step, program.get(step).json()
        found += [row["id"] for row in body["results"]]
        step = body[onward]
    return [*found, address]


@pytest.mark.parametrize("sort", ["newest", "oldest", "largest"])
def test_equal_rows_come_once_each_forwards_and_backwards(
    administrator: User, ids: set[str], sort: str
) -> None:
    program = with_token(administrator)

    *there, last = walked(program, f"{IMAGES}?sort={sort}&limit=200&fields=id")
    *back, _ = walked(program, last, "previous")

    assert (len(there), set(there)) == (ALL, ids)
    assert (len(back), set(back)) == (ALL, ids)


@pytest.mark.parametrize("sort", ["uncertain", "ai", "human"])
def test_equal_findings_come_once_each(administrator: User, sort: str) -> None:
    version = make_version(1, live=True)
    made = [make_image(f"picture {number}") for number in range(7)]
    for number, image in enumerate(made):
        predict(image, version, 0.1 + 0.2 if number < 5 else 0.7)
    program = with_token(administrator)

    *there, last = walked(program, f"{IMAGES}?sort={sort}&limit=2&fields=id")
    *back, _ = walked(program, last, "previous")

    assert sorted(there) == sorted(back) == sorted(str(image.pk) for image in made)


def test_what_comes_and_goes_on_the_way_moves_nothing_else(
    administrator: User, ids: set[str]
) -> None:
    program = with_token(administrator)
    first = program.get(f"{IMAGES}?limit=200&fields=id").json()
    edge = first["results"][-1]["id"]
    seen = [row["id"] for row in first["results"]]

    Image.objects.filter(pk__in=[edge, seen[0]]).update(deleted_at=timezone.now())
    Image.objects.create(sha256="f" * 64, content_type="image/png", width=8, height=6, size=100)
    *rest, _ = walked(program, first["next"])

    assert len(seen) + len(rest) == ALL
    assert {*seen, *rest} == ids


def test_where_all_have_gone_it_leads_back_to_what_is_left(
    administrator: User, ids: set[str]
) -> None:
    program = with_token(administrator)
    address = f"{IMAGES}?sort=oldest&limit=200&fields=id"
    first = program.get(address).json()
    second = program.get(first["next"]).json()
    ours = [row["id"] for row in first["results"]]

    Image.objects.exclude(pk__in=ours).update(deleted_at=timezone.now())
    beyond = program.get(first["next"]).json()
    assert (beyond["results"], beyond["next"]) == ([], None)
    assert program.get(beyond["previous"]).json()["results"] == first["results"]

    Image.objects.exclude(pk__in=ours).update(deleted_at=None)
    Image.objects.filter(pk__in=ours).update(deleted_at=timezone.now())
    before = program.get(second["previous"]).json()
    assert (before["results"], before["previous"]) == ([], None)
    assert program.get(before["next"]).json()["results"] == second["results"]
