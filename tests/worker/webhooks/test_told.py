"""Who is told what: what really happens on the site, and nobody learns what the pages hide."""

from typing import Any

import pytest

from classifier.models import ModelVersion
from classifier.services import promote_version
from classifier.vocabulary import Label
from labelling.models import Image, Submission, User
from labelling.models import Label as Settled
from labelling.services.deletion import bin_image, restore_image
from labelling.services.disputes import open_dispute, withdraw_dispute
from labelling.services.people import deactivate_person
from labelling.services.review import ask_for_gold, record_review, undo_last_review
from tests.labelling.rows import make_image, make_version, predict
from tests.servers.far import Far
from tests.worker import conftest as real
from tests.worker.small import picture
from tests.worker.webhooks.conftest import Hook, happen
from worker.models import Alert, Job, WebhookDelivery, WebhookEndpoint, WebhookEvent
from worker.services.alerts import raise_alert
from worker.services.drift import raise_alerts
from worker.services.inference import classify_image
from worker.services.jobs import endings
from worker.services.jobs.lease import attempt, claim
from worker.services.jobs.running import run_job
from worker.services.webhooks.delivering import serve
from worker.webhooks.facts import TELL
from worker.webhooks.hearing import MAY_HEAR

pytestmark = pytest.mark.django_db

REASON = "I painted it with gouache in 2019; the scans are at my studio."
KINDS = tuple(kind for kind in WebhookEvent.Kind.values if kind != "webhook.test")


@pytest.fixture
def hooks(
    hook: Hook,
    outsider: User,
    reviewer: User,
    second_reviewer: User,
    adjudicator: User,
    administrator: User,
) -> dict[int, str]:
    """Everybody wants to know everything; of two administrators' webhooks one is told it."""
    people = (outsider, reviewer, second_reviewer, adjudicator, administrator)
    ordinary = tuple(kind for kind in KINDS if kind != "drift.alerted")
    made = {hook(person, *ordinary).pk: person.get_username() for person in people}
    return made | {hook(administrator, *KINDS, everything=True).pk: "everything"}


@pytest.fixture
def live() -> ModelVersion:
    return make_version(7, live=True)


@pytest.fixture
def image(live: ModelVersion, outsider: User) -> Image:
    """A picture of the outsider's that is called AI."""
    made = make_image("theirs", owner=outsider)
    predict(made, live, 0.9)
    return made


def told(kind: str, subject: object, hooks: dict[int, str]) -> set[str]:
    return {hooks[delivery.endpoint_id] for delivery in happen(kind, subject)}


def data() -> dict[str, Any]:
    body: dict[str, Any] = WebhookDelivery.objects.first().payload["data"]  # type: ignore[union-attr]
    return body


def test_a_finding_is_told_to_whoever_handed_the_picture_in(
    hooks: dict[int, str], image: Image, settings
) -> None:
    settings.SITE_URL = "https://aivh.example"
    assert told("image.classified", image.pk, hooks) == {"olli", "everything"}
    assert data() == {
        "image": {
            "id": str(image.pk),
            "url": f"https://aivh.example/api/v1/images/{image.pk}/",
            "page": f"https://aivh.example/images/{image.pk}/",
            "sha256": image.sha256,
        },
        "finding": {"verdict": "ai", "probability_ai": 0.9, "model_version": 7},
    }


def test_no_reviewer_is_told_of_a_finding_before_or_after_the_vote(
    hooks: dict[int, str], image: Image, reviewer: User, adjudicator: User
) -> None:
    record_review(reviewer=reviewer, image_id=image.pk, answer="ai")
    assert told("image.classified", image.pk, hooks) == {"olli", "everything"}
    Submission.objects.create(image=image, submitter=reviewer, channel="api")
    assert told("image.classified", image.pk, hooks) == {"olli", "robin", "everything"}


def test_what_lies_in_the_bin_is_told_to_nobody(
    hooks: dict[int, str], image: Image, outsider: User
) -> None:
    bin_image(image_id=image.pk, by=outsider)
    for kind in ("image.classified", "label.settled"):
        assert told(kind, image.pk, hooks) == set()
    events = happened()
    restore_image(image_id=image.pk, by=outsider)
    assert happened() == events, "nor afterwards"


def test_a_label_is_told_to_whoever_voted_and_to_the_uploader(
    hooks: dict[int, str], image: Image, reviewer: User
) -> None:
    record_review(reviewer=reviewer, image_id=image.pk, answer="human")
    assert told("label.settled", image.pk, hooks) == {"olli", "robin", "everything"}
    label = Image.objects.get(pk=image.pk).label
    assert data()["label"] == {"value": "human", "settled_at": label.settled_at.isoformat()}


def test_a_reviewer_who_takes_the_vote_back_is_told_no_more(
    hooks: dict[int, str], far: Far, image: Image, reviewer: User
) -> None:
    """Between the making of a message and each try to send it, its owner may have become blind."""
    record_review(reviewer=reviewer, image_id=image.pk, answer="human")
    told("label.settled", image.pk, hooks)
    undo_last_review(reviewer=reviewer)
    theirs = WebhookEndpoint.objects.get(owner=reviewer)
    serve(endpoint_id=theirs.pk)
    assert far.got == []
    row = theirs.deliveries.get()
    assert (row.state, row.error) == ("failed", "You may not see this any more.")


def test_a_dispute_is_told_to_whoever_opened_it_and_to_adjudicators(
    hooks: dict[int, str], image: Image, outsider: User
) -> None:
    dispute = open_dispute(image_id=image.pk, by=outsider, reason=REASON)
    assert told("dispute.opened", dispute.pk, hooks) == {"olli", "jo", "alex", "everything"}
    assert data()["dispute"] == {
        "id": dispute.pk,
        "url": f"/api/v1/disputes/{dispute.pk}/",
        "page": f"/disputes/{dispute.pk}/",
        "verdict": "ai",
    }
    assert REASON not in str(data())


def test_a_promotion_is_told_to_everybody(hooks: dict[int, str], version: ModelVersion) -> None:
    change = version.changes.get(after="production")
    assert told("model.promoted", change.pk, hooks) == set(hooks.values())


def test_drift_is_told_where_everything_is(hooks: dict[int, str]) -> None:
    alert, _ = raise_alert(key="drift:input:x", kind=Alert.Kind.DRIFT, sentence="It moved.")
    assert told("drift.alerted", alert.pk, hooks) == {"everything"}
    assert data()["alert"]["sentence"] == "It moved."


def test_a_failed_job_is_told_to_whoever_asked_for_it(
    hooks: dict[int, str], reviewer: User
) -> None:
    job = Job.objects.create(kind="export", title="Export", requested_by=reviewer, outcome="Broke.")
    assert told("job.failed", job.pk, hooks) == {"robin", "everything"}
    assert data()["job"] == {
        "id": job.pk,
        "kind": "export",
        "url": f"/api/v1/jobs/{job.pk}/",
        "page": f"/jobs/{job.pk}/",
        "outcome": "Broke.",
    }


def test_who_administers_no_longer_is_told_of_their_own_alone(
    hooks: dict[int, str], image: Image, administrator: User
) -> None:
    administrator.groups.clear()
    administrator.is_staff = False
    administrator.save()
    assert told("image.classified", image.pk, hooks) == {"olli"}


def test_a_closed_account_is_told_nothing(
    hooks: dict[int, str], far: Far, image: Image, outsider: User, administrator: User
) -> None:
    told("image.classified", image.pk, hooks)
    deactivate_person(person_id=outsider.pk, by=administrator)
    serve(endpoint_id=WebhookEndpoint.objects.get(owner=outsider).pk)
    assert far.got == []
    assert told("image.classified", image.pk, hooks) == {"everything"}


# --- what really happens --------------------------------------------------------------------


def happened() -> list[tuple[str, str]]:
    return list(WebhookEvent.objects.order_by("pk").values_list("kind", "subject"))


def test_a_picture_is_told_of_once_when_it_is_examined(
    hooks: dict[int, str], version: ModelVersion
) -> None:
    WebhookEvent.objects.all().delete()
    image = real.make_image(picture(Label.AI, 1))
    classify_image(image_id=image.pk)
    classify_image(image_id=image.pk)
    broken = real.make_image(b"no picture")
    classify_image(image_id=broken.pk)
    assert happened() == [
        ("image.classified", str(image.pk)),
        ("image.failed", str(broken.pk)),
    ]
    told("image.failed", broken.pk, hooks)
    assert data()["failure"]["code"] == "unsupported_type"


def test_a_vote_that_settles_and_a_dispute_are_told_of(
    hooks: dict[int, str], image: Image, reviewer: User, outsider: User
) -> None:
    record_review(reviewer=reviewer, image_id=image.pk, answer="human")
    dispute = open_dispute(image_id=image.pk, by=outsider, reason=REASON)
    assert happened() == [
        ("label.settled", str(image.pk)),
        ("dispute.opened", str(dispute.pk)),
    ]


def test_settled_is_what_people_settle_and_not_what_comes_back(
    hooks: dict[int, str],
    image: Image,
    outsider: User,
    reviewer: User,
    second_reviewer: User,
    administrator: User,
) -> None:
    """Out of the bin, and out of a dispute that is withdrawn, a label comes by no new vote."""
    record_review(reviewer=reviewer, image_id=image.pk, answer="human")
    settled = ("label.settled", str(image.pk))
    assert happened() == [settled]
    for _ in range(2):
        bin_image(image_id=image.pk, by=outsider)
        restore_image(image_id=image.pk, by=outsider)
    assert happened() == [settled]
    dispute = open_dispute(image_id=image.pk, by=outsider, reason=REASON)
    withdraw_dispute(dispute_id=dispute.pk, by=outsider)
    assert Settled.objects.get(image=image).value == "human"
    assert happened() == [settled, ("dispute.opened", str(dispute.pk))]
    undo_last_review(reviewer=reviewer)
    record_review(reviewer=reviewer, image_id=image.pk, answer="human")
    assert happened()[2:] == [settled], "the same, by another vote"
    ask_for_gold(image_id=image.pk, by=administrator)
    record_review(reviewer=second_reviewer, image_id=image.pk, answer="human")
    assert happened()[3:] == [settled]


def test_what_votes_settle_later_than_they_are_given_is_told(
    hooks: dict[int, str], image: Image, outsider: User, reviewer: User, second_reviewer: User
) -> None:
    """Two disagree, one takes the vote back while the picture lies in the bin."""
    record_review(reviewer=reviewer, image_id=image.pk, answer="human")
    record_review(reviewer=second_reviewer, image_id=image.pk, answer="ai")
    bin_image(image_id=image.pk, by=outsider)
    undo_last_review(reviewer=reviewer)
    assert len(happened()) == 1
    restore_image(image_id=image.pk, by=outsider)
    assert happened() == [("label.settled", str(image.pk))] * 2


def test_that_a_picture_is_unusable_is_settled_too(
    hooks: dict[int, str], image: Image, outsider: User, reviewer: User
) -> None:
    review = record_review(reviewer=reviewer, image_id=image.pk, answer="unusable")
    assert happened() == [("label.settled", str(image.pk))]
    assert told("label.settled", image.pk, hooks) == {"olli", "robin", "everything"}
    assert data()["label"] == {
        "value": "unusable",
        "settled_at": review.created_at.isoformat(),
    }
    bin_image(image_id=image.pk, by=outsider)
    restore_image(image_id=image.pk, by=outsider)
    assert len(happened()) == 2


def test_of_what_is_open_again_nothing_is_told(
    hooks: dict[int, str], image: Image, reviewer: User
) -> None:
    record_review(reviewer=reviewer, image_id=image.pk, answer="unusable")
    undo_last_review(reviewer=reviewer)
    assert told("label.settled", image.pk, hooks) == set()


def test_only_the_version_that_answers_is_told_of(
    hooks: dict[int, str], version: ModelVersion
) -> None:
    promoted = version.changes.get(after="production").pk
    assert happened() == [("model.promoted", str(promoted))]
    promote_version(version=version)
    assert len(happened()) == 1


def test_an_alert_of_drift_is_told_of_when_it_begins(hooks: dict[int, str], monkeypatch) -> None:
    class Found:
        reading, sentence, advice, rows = None, "It moved.", "", ()

    monkeypatch.setattr("worker.services.drift.key_of", lambda _: "drift:input:x")
    for _ in range(2):
        raise_alerts([Found()], None)  # type: ignore[arg-type, list-item]
    assert happened() == [("drift.alerted", str(Alert.objects.get().pk))]


def test_a_job_that_breaks_or_loses_its_workers_is_told_of(
    hooks: dict[int, str], reviewer: User, monkeypatch
) -> None:
    breaks, lost = (
        Job.objects.create(kind="export", title="Export", requested_by=reviewer) for _ in range(2)
    )

    def break_down(_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("worker.services.jobs.running.HANDLERS", {Job.Kind.EXPORT: break_down})
    run_job(breaks.pk)
    taken = claim(lost.pk)
    assert taken is not None
    Job.objects.filter(pk=lost.pk).update(attempts=5)
    taken.refresh_from_db()
    endings.take_back(taken, attempt(taken), lost="fell silent")
    assert happened() == [("job.failed", str(breaks.pk)), ("job.failed", str(lost.pk))]


def test_of_every_kind_it_is_known_what_is_told_and_to_whom() -> None:
    assert set(TELL) == set(MAY_HEAR) == set(WebhookEvent.Kind)
