"""Disputes that an earlier erasing withdrew without a moment get the one that the log tells."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.utils import timezone

from classifier.models import ModelVersion
from labelling.models import AuditEntry, Dispute, Image, User
from labelling.services.erasing import erase_upload
from tests.labelling.rows import make_image

pytestmark = pytest.mark.django_db
migration = import_module("labelling.migrations.0019_withdrawn_disputes_have_an_end")
NOW = timezone.now().replace(microsecond=0)
HOUR = timedelta(hours=1)


@pytest.fixture
def version() -> ModelVersion:
    return ModelVersion.objects.create(number=1, digest="d" * 64)


def disputed(
    image: Image, by: User | None, version: ModelVersion, state: str = "withdrawn"
) -> Dispute:
    """A dispute of a day ago that has no end."""
    dispute = Dispute.objects.create(
        image=image,
        by=by,
        version=version,
        verdict="ai",
        probability_ai=0.9,
        reason="No.",
        state=state,
    )
    Dispute.objects.filter(pk=dispute.pk).update(opened_at=NOW - 24 * HOUR)
    return dispute


def erased(image: Image, person: User, hours_ago: int) -> None:
    AuditEntry.objects.create(
        action="image.submissions_erased",
        subject=f"image:{image.pk}",
        at=NOW - hours_ago * HOUR,
        details={"person": person.pk},
    )


def ends() -> dict[int, object]:
    migration.say_when_they_ended(apps, None)
    return dict(Dispute.objects.values_list("pk", "answered_at"))


def test_it_ended_with_the_first_erasing_by_its_opener_after_it_began(
    version: ModelVersion, outsider: User, reviewer: User
) -> None:
    image = make_image("one", owner=outsider)
    dispute = disputed(image, outsider, version)
    erased(image, outsider, 30)
    erased(image, reviewer, 20)
    erased(make_image("two", owner=outsider), outsider, 15)
    erased(image, outsider, 10)
    erased(image, outsider, 5)
    assert ends() == {dispute.pk: NOW - 10 * HOUR}
    assert ends() == {dispute.pk: NOW - 10 * HOUR}


def test_the_log_of_a_real_erasing_is_read(
    version: ModelVersion, outsider: User, reviewer: User
) -> None:
    image = make_image("one", owner=outsider)
    image.submissions.create(submitter=reviewer, channel="page")
    dispute = disputed(image, outsider, version, "open")
    assert erase_upload(image_id=image.pk, person=outsider, by=outsider) is False
    Dispute.objects.update(answered_at=None)
    assert ends() == {dispute.pk: AuditEntry.objects.get().at}


def test_what_the_log_does_not_tell_stays_without(
    version: ModelVersion, outsider: User, reviewer: User
) -> None:
    image = make_image("one", owner=outsider)
    unlogged, gone = disputed(image, reviewer, version), disputed(image, None, version)
    erased(image, outsider, 10)
    assert ends() == {unlogged.pk: None, gone.pk: None}


def test_what_has_an_end_or_is_open_is_left_alone(version: ModelVersion, outsider: User) -> None:
    image = make_image("one", owner=outsider)
    waiting, withdrawn = (
        disputed(image, outsider, version, "open"),
        disputed(image, outsider, version),
    )
    Dispute.objects.filter(pk=withdrawn.pk).update(answered_at=NOW)
    erased(image, outsider, 10)
    assert ends() == {waiting.pk: None, withdrawn.pk: NOW}
