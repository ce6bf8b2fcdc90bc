"""Pictures that came before the site kept their JPEG quality get theirs, a few at a time, once."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone
from PIL import Image as Pillow

from labelling.models import Image, Submission
from labelling.services import qualities
from labelling.services.qualities import read_qualities
from labelling.services.submit import submit_image
from tests.labelling.pictures import encoded, noise, plain
from tests.labelling.rows import make_image

pytestmark = pytest.mark.django_db
Queries = Callable[[int], object]


def jpeg(quality: int) -> bytes:
    return encoded(Pillow.new("RGB", (16, 16)), "JPEG", quality=quality)


def old(name: str, content: bytes | None, *, days: int = 0, kind: str = "image/jpeg") -> Image:
    """A picture that came before the column; ``content`` None where the storage has lost it."""
    image = make_image(name, content_type=kind)
    if content is not None:
        default_storage.save(image.original, ContentFile(content))
    Image.objects.filter(pk=image.pk).update(received_at=timezone.now() - timedelta(days=days))
    return image


def qualities_of(*images: Image) -> list[int | None]:
    found = dict(Image.objects.values_list("pk", "jpeg_quality"))
    return [found[image.pk] for image in images]


def test_each_is_read_once_and_whatever_has_none_is_marked(
    django_assert_num_queries: Queries,
) -> None:
    images = [
        old("fine", jpeg(83)),
        old("coarse", jpeg(40)),
        old("other", plain(), kind="image/png"),
        old("broken", b"\xff\xd8\xff"),
        old("lost", None),
    ]

    assert read_qualities() == 5

    assert qualities_of(*images) == [83, 40, 0, 0, 0]
    with django_assert_num_queries(1):
        assert read_qualities() == 0


def test_a_few_at_a_time_the_newest_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(qualities, "READ_AT_ONCE", 2)
    images = [old(f"{days} days", jpeg(70), days=days) for days in (9, 1, 2)]

    assert read_qualities() == 2
    assert qualities_of(*images) == [None, 70, 70]
    assert (read_qualities(), read_qualities()) == (1, 0)
    assert qualities_of(*images) == [70, 70, 70]


def test_while_the_storage_does_not_answer_nothing_is_marked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    image = old("away", jpeg(70))

    def away(name: str) -> None:
        raise ConnectionError(name)

    with monkeypatch.context() as patch:
        patch.setattr(default_storage, "open", away)
        with pytest.raises(ConnectionError):
            read_qualities()
    assert qualities_of(image) == [None]

    assert read_qualities() == 1
    assert qualities_of(image) == [70]


def test_what_comes_in_now_needs_no_second_look() -> None:
    images = [
        submit_image(data=data, filename="", channel=Submission.Channel.API, submitter=None).image
        for data in (jpeg(91), plain(), noise(kind="WEBP"))
    ]
    assert qualities_of(*images) == [91, 0, 0]
    assert read_qualities() == 0
