"""Links to a result: who makes, sees and revokes them."""

from uuid import uuid4

import pytest

from classifier.errors import NotAllowed
from labelling.errors import Conflict, NotFound
from labelling.models import AuditEntry, Image, ShareLink, User
from labelling.services import sharing as service
from labelling.services.sharing import (
    create_share_link,
    may_share,
    revoke_share_link,
    share_links,
    shared_link,
)
from tests.labelling.rows import make_image, make_judged

pytestmark = pytest.mark.django_db


@pytest.fixture
def image(outsider: User) -> Image:
    return make_judged("shared", owner=outsider)


def test_a_link_cannot_be_guessed_and_the_log_does_not_tell_it(
    image: Image, outsider: User
) -> None:
    tokens = {create_share_link(image_id=image.pk, by=outsider).token for _ in range(3)}
    assert {len(token) for token in tokens} == {43}  # 256 bits
    assert len(tokens) == 3
    entries = AuditEntry.objects.filter(action="link.created")
    assert {(entry.actor, entry.subject) for entry in entries} == {("olli", f"image:{image.pk}")}
    assert not any(token in str(entry.details) for entry in entries for token in tokens)


def test_whoever_handed_it_in_and_administrators_make_links_and_nobody_else(
    image: Image,
    outsider: User,
    administrator: User,
    reviewer: User,
    second_reviewer: User,
    adjudicator: User,
) -> None:
    for person in (outsider, administrator):
        assert create_share_link(image_id=image.pk, by=person).by == person
    for person in (reviewer, second_reviewer, adjudicator):
        assert not may_share(person, image)
        with pytest.raises(NotAllowed):
            create_share_link(image_id=image.pk, by=person)
    assert ShareLink.objects.count() == AuditEntry.objects.count() == 2


def test_a_strangers_picture_and_one_in_the_bin_are_not_there(
    image: Image, outsider: User, reviewer: User
) -> None:
    theirs = make_image("theirs", owner=reviewer)
    for wanted in (theirs.pk, uuid4()):
        with pytest.raises(NotFound):
            create_share_link(image_id=wanted, by=outsider)
    link = create_share_link(image_id=image.pk, by=outsider)
    Image.objects.filter(pk=image.pk).update(deleted_at=link.created_at)
    with pytest.raises(NotFound):
        create_share_link(image_id=image.pk, by=outsider)
    with pytest.raises(NotFound):
        shared_link(link.token)
    assert ShareLink.objects.count() == 1


def test_a_picture_has_twenty_live_links_at_most(
    image: Image, outsider: User, administrator: User, monkeypatch
) -> None:
    assert service.MOST_LIVE == 20
    monkeypatch.setattr(service, "MOST_LIVE", 2)
    first = create_share_link(image_id=image.pk, by=outsider)
    create_share_link(image_id=image.pk, by=administrator)
    with pytest.raises(Conflict):
        create_share_link(image_id=image.pk, by=outsider)
    assert ShareLink.objects.count() == 2
    revoke_share_link(link_id=first.pk, by=outsider)
    create_share_link(image_id=image.pk, by=outsider)
    assert ShareLink.objects.count() == 3


def test_a_revoked_link_leads_nowhere_and_stays_so(image: Image, outsider: User) -> None:
    link = create_share_link(image_id=image.pk, by=outsider)
    assert shared_link(link.token) == link
    revoked = revoke_share_link(link_id=link.pk, by=outsider)
    again = revoke_share_link(link_id=link.pk, by=outsider)
    assert again.revoked_at == revoked.revoked_at
    with pytest.raises(NotFound):
        shared_link(link.token)
    assert AuditEntry.objects.filter(action="link.revoked").count() == 1


def test_nobody_elses_link_is_seen_or_revoked_but_by_administrators(
    image: Image,
    outsider: User,
    reviewer: User,
    second_reviewer: User,
    adjudicator: User,
    administrator: User,
) -> None:
    image.submissions.create(submitter=reviewer, channel="page")
    link = create_share_link(image_id=image.pk, by=outsider)
    for person in (reviewer, second_reviewer, adjudicator):
        assert list(share_links(image=image, person=person)) == []
        with pytest.raises(NotFound):
            revoke_share_link(link_id=link.pk, by=person)
    link.refresh_from_db()
    assert link.revoked_at is None
    assert list(share_links(image=image, person=administrator)) == [link]
    revoke_share_link(link_id=link.pk, by=administrator)
    assert list(share_links(image=image, person=outsider)) == []


@pytest.mark.parametrize("token", ["", "x", "é" * 43, "' OR 1=1 --", "x" * 5000, "\x00"])
def test_a_wild_token_is_none(image: Image, token: str) -> None:
    with pytest.raises(NotFound):
        shared_link(token)
