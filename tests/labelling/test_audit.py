"""The audit sample: drawn by chance as pictures come, from nothing that anybody chooses."""

from uuid import UUID

import pytest

from labelling.audit import is_audited
from labelling.models import Image, Submission
from labelling.services.submit import submit_image
from tests.classifier.training.data.pictures import saved, scene

IDS = [UUID(int=number) for number in range(4000)]


@pytest.mark.parametrize("share", [0.05, 0.10, 0.5])
def test_about_the_wanted_share_is_drawn(settings, share: float) -> None:
    settings.AUDIT_SHARE = share
    drawn = sum(map(is_audited, IDS)) / len(IDS)
    assert drawn == pytest.approx(share, abs=0.03)


@pytest.mark.parametrize(("share", "drawn"), [(0.0, set()), (1.0, set(IDS))])
def test_none_and_all_are_shares_too(settings, share: float, drawn: set[UUID]) -> None:
    settings.AUDIT_SHARE = share
    assert {one for one in IDS if is_audited(one)} == drawn


def test_the_draw_hangs_on_the_sites_secret(settings) -> None:
    settings.AUDIT_SHARE = 0.5
    first = [is_audited(one) for one in IDS]
    assert [is_audited(one) for one in IDS] == first
    settings.SECRET_KEY = "another"
    assert [is_audited(one) for one in IDS] != first


def test_a_larger_share_keeps_what_a_smaller_one_drew(settings) -> None:
    settings.AUDIT_SHARE = 0.05
    small = {one for one in IDS if is_audited(one)}
    settings.AUDIT_SHARE = 0.10
    assert small < {one for one in IDS if is_audited(one)}


@pytest.mark.django_db
def test_a_picture_is_drawn_when_it_comes_and_stays_as_it_was(settings) -> None:
    settings.AUDIT_SHARE = 1.0
    data = saved(scene(1))
    submit_image(data=data, filename="a.png", channel=Submission.Channel.PAGE, submitter=None)
    settings.AUDIT_SHARE = 0.0
    for again in (data, saved(scene(2))):
        submit_image(data=again, filename="b.png", channel=Submission.Channel.API, submitter=None)

    assert list(Image.objects.order_by("received_at").values_list("audit", flat=True)) == [
        True,
        False,
    ]
    assert [is_audited(image.pk) for image in Image.objects.all()] == [False, False]


@pytest.mark.django_db
def test_the_draw_is_the_ids_and_not_the_pictures(settings) -> None:
    """Whoever hands pictures in chooses their bytes, and so their sha256, but not the id."""
    settings.AUDIT_SHARE = 0.5
    for seed in range(12):
        submit_image(
            data=saved(scene(seed, width=40, height=30)),
            filename="a.png",
            channel=Submission.Channel.PAGE,
            submitter=None,
        )

    drawn = {image.pk: image.audit for image in Image.objects.all()}
    assert drawn == {pk: is_audited(pk) for pk in drawn}
