"""What a person handed in goes for good; of what others handed in, too, only their part does."""

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse

from classifier.models import ModelVersion
from classifier.vocabulary import Label as LabelValue
from labelling.errors import NotFound
from labelling.history import history_of, reader_of
from labelling.models import (
    AuditEntry,
    Dispute,
    Embedding,
    Image,
    Label,
    ShareLink,
    Submission,
    User,
)
from labelling.services.deletion import bin_image
from labelling.services.erasing import erase_upload
from labelling.services.review import record_review
from labelling.services.submit import submit_image
from tests.people import PASSWORD
from tests.worker.jobs.conftest import Sent, run
from tests.worker.small import picture
from worker.models import Job, SnapshotItem
from worker.services.inference import classify_image
from worker.services.jobs.erasing import Uploads, request_erasing, to_erase
from worker.services.snapshots import freeze_snapshot

pytestmark = pytest.mark.django_db


def hand_in(seed: int, *people: User) -> Image:
    for person in people:
        image = submit_image(
            data=picture(LabelValue.AI, seed),
            filename="a.png",
            channel=Submission.Channel.PAGE,
            submitter=person,
        ).image
    return image


def test_everything_goes_but_what_others_handed_in(
    sent: Sent, version: ModelVersion, outsider: User, reviewer: User, second_reviewer: User
) -> None:
    own, binned = hand_in(1, outsider), hand_in(2, outsider)
    shared, theirs = hand_in(3, outsider, second_reviewer), hand_in(4, second_reviewer)
    for image in (own, binned, shared, theirs):
        classify_image(image_id=image.pk)
    record_review(image_id=own.pk, reviewer=reviewer, answer="ai")
    snapshot = freeze_snapshot()
    bin_image(image_id=binned.pk, by=outsider)
    assert Embedding.objects.count() == 4
    assert to_erase(outsider, outsider) == Uploads(alone=2, shared=1)

    job = run(request_erasing(person_id=outsider.pk, by=outsider))

    assert job.outcome.startswith("2 deleted for good, 1 stay")
    assert set(Image.objects.all()) == {shared, theirs}
    assert Embedding.objects.count() == 2
    assert not default_storage.exists(own.original)
    assert default_storage.exists(shared.original)
    assert not Submission.objects.filter(submitter=outsider).exists()
    item = SnapshotItem.objects.get(snapshot=snapshot)
    assert (item.sha256, item.deleted_at is not None) == (own.sha256, True)
    assert sorted(AuditEntry.objects.filter(actor="olli").values_list("action", flat=True)) == [
        "image.binned",
        "image.erased",
        "image.erased",
        "image.submissions_erased",
    ]
    assert run(job).outcome == job.outcome  # run again it changes nothing


def test_disputes_and_links_on_what_stays_end(
    version: ModelVersion, outsider: User, reviewer: User, second_reviewer: User
) -> None:
    shared = hand_in(1, outsider, second_reviewer)
    dispute = Dispute.objects.create(
        image=shared, by=outsider, version=version, verdict="ai", probability_ai=0.9, reason="no"
    )
    Image.objects.filter(pk=shared.pk).update(disputed_at=dispute.opened_at)
    ShareLink.objects.create(image=shared, by=outsider, token="secret")
    # Somebody who handed it in needs another's vote; now the picture is not theirs any more.
    record_review(image_id=shared.pk, reviewer=reviewer, answer="ai")
    assert not Label.objects.exists()  # a dispute wants two
    assert erase_upload(image_id=shared.pk, person=outsider, by=outsider) is False
    shared.refresh_from_db()
    dispute.refresh_from_db()
    assert (dispute.state, shared.disputed_at) == (Dispute.State.WITHDRAWN, None)
    told = history_of(shared, reader_of(shared, outsider))
    assert [event.at for event in told if event.words == "The dispute was withdrawn"] == [
        dispute.answered_at
    ]
    assert not ShareLink.objects.exists()
    assert Label.objects.get().value == "ai"


def test_only_oneself_and_administrators(
    sent: Sent,
    outsider: User,
    reviewer: User,
    second_reviewer: User,
    adjudicator: User,
    administrator: User,
) -> None:
    image = hand_in(1, outsider)
    for person in (reviewer, second_reviewer, adjudicator):
        with pytest.raises(NotFound):
            request_erasing(person_id=outsider.pk, by=person)
        with pytest.raises(NotFound):
            erase_upload(image_id=image.pk, person=outsider, by=person)
    assert not Job.objects.exists()
    assert Submission.objects.count() == 1
    run(request_erasing(person_id=outsider.pk, by=administrator))
    assert not Image.objects.exists()
    assert AuditEntry.objects.get(action="image.erased").actor == administrator.username


def test_the_name_has_to_be_typed(sent: Sent, outsider: User, client: Client) -> None:
    hand_in(1, outsider)
    client.login(username=outsider.username, password=PASSWORD)
    url = reverse("erase-person", args=[outsider.pk])
    page = client.get(url).content.decode()
    assert '<b class="figures">1</b> goes for good' in page
    assert "handed in by others" not in page
    assert client.post(url, {"name": "ollie"}).status_code == 400
    assert not Job.objects.exists()
    answer = client.post(url, {"name": "olli"})
    job = Job.objects.get()
    assert answer.headers["Location"] == reverse("job", args=[job.pk])
    assert (job.kind, job.total) == ("erase", 1)


def test_the_administrators_page_of_a_person_leads_there(
    outsider: User, administrator: User, client: Client
) -> None:
    client.login(username=administrator.username, password=PASSWORD)
    page = client.get(reverse("person", args=[outsider.pk])).content.decode()
    assert reverse("erase-person", args=[outsider.pk]) in page
