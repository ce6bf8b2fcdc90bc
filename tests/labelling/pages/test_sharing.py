"""The page that anybody with a link sees."""

import pytest
from django.test import Client

from classifier.detector.provenance import Clue, Kind, Says
from labelling.models import Image, ShareLink, User
from labelling.pages import sharing
from labelling.services.findings import record_evidence
from labelling.services.review import record_review
from labelling.services.sharing import create_share_link, revoke_share_link
from tests.labelling.pages.conftest import TOLD

SECRETS = ("mine.jpg", "olli", "robin", "a shark in the sea", "PNG text")
CLUE = Clue(
    kind=Kind.GENERATOR,
    says=Says.AI,
    tool="ComfyUI",
    where="PNG text “prompt”",
    verified=False,
    sentence="The file names ComfyUI, a program that generates pictures, as its maker.",
    prompt="a shark in the sea",
)


@pytest.fixture
def image(picture, outsider) -> Image:
    made = picture(outsider)
    record_evidence(image_id=made.pk, clues=[CLUE])
    return made


@pytest.fixture
def link(image: Image, outsider: User) -> ShareLink:
    return create_share_link(image_id=image.pk, by=outsider)


def look(link: ShareLink, path: str = "", client: Client | None = None):
    return (client or Client()).get(f"/r/{link.token}/{path}")


def test_a_stranger_sees_the_verdict_and_what_it_means(link: ShareLink) -> None:
    answer = look(link)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert TOLD in page
    assert "AI-made" in page
    assert "Version 7 of the detector" in page
    assert CLUE.sentence in page
    assert "It is no proof." in page
    assert "it called 2% of the human-made ones AI (with 95% certainty at most 3%)" in page
    assert "found 60% of the AI-made ones" in page
    assert "500 settled and held-out pictures" in page
    rows = "".join(page.split()).replace("about", "")
    for ai_made, right, at_worst in ((1, 22, 14), (10, 76, 64), (50, 96, 94)):
        assert f"<tr><td>{ai_made}</td><td>{right}</td><td>{at_worst}</td></tr>" in rows


def test_the_shared_page_and_the_pictures_own_quote_one_rate(
    browse, link: ShareLink, version, outsider: User
) -> None:
    strangers = {"accused": {"value": 0.06}, "found": {"value": 0.2}, "n": 900}
    version.metrics |= {"left_out": {"tiers": {"web": strangers}}}
    version.save()
    own = browse(outsider).get(f"/images/{link.image_id}/").content.decode()
    assert "kinds that it had not learned from, about 6 of 100 human-made ones" in own
    shared = look(link).content.decode()
    assert "900 pictures of kinds that it had not learned from, it called 6% of the" in shared


def test_nothing_private_is_shown(link: ShareLink, image: Image, reviewer: User) -> None:
    record_review(image_id=image.pk, reviewer=reviewer, answer="human")
    page = look(link).content.decode()
    for secret in (*SECRETS, str(image.pk), image.sha256):
        assert secret not in page
    assert "badge human" in page
    assert "Settled:" in page


def test_the_page_shows_the_state_at_the_time_of_looking(
    link: ShareLink, image: Image, reviewer: User
) -> None:
    assert "People have not settled it." in look(link).content.decode()
    record_review(image_id=image.pk, reviewer=reviewer, answer="ai")
    assert "People have not settled it." not in look(link).content.decode()
    Image.objects.filter(pk=image.pk).update(disputed_at=link.created_at)
    assert "People are looking at it again." in look(link).content.decode()


def test_a_picture_that_waits_or_was_never_measured_says_so(
    picture, version, outsider: User
) -> None:
    waiting = create_share_link(image_id=picture(outsider, None).pk, by=outsider)
    assert "It has not looked at this picture yet." in look(waiting).content.decode()
    version.metrics = {}
    version.save()
    found = create_share_link(image_id=picture(outsider).pk, by=outsider)
    assert "Nobody has measured yet" in look(found).content.decode()


@pytest.mark.parametrize("path", ["", "picture/"])
def test_nothing_is_kept_anywhere_and_no_cookie_is_set(link: ShareLink, path: str) -> None:
    answer = look(link, path)
    assert answer.headers["X-Robots-Tag"] == "noindex, nofollow, noarchive"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert not answer.cookies
    assert "Cookie" not in answer.headers.get("Vary", "")


def test_the_picture_is_a_copy_without_metadata(link: ShareLink) -> None:
    answer = look(link, "picture/")
    assert answer.headers["Content-Type"] == "image/webp"
    assert answer.content[8:12] == b"WEBP"
    assert b"EXIF" not in answer.content
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_it_is_the_same_page_for_whoever_is_signed_in(
    browse, link: ShareLink, administrator: User, outsider: User
) -> None:
    for person in (administrator, outsider):
        page = look(link, client=browse(person)).content.decode()
        assert person.username not in page
        assert "Log out" not in page


@pytest.mark.parametrize("path", ["", "picture/"])
def test_every_link_that_leads_nowhere_is_the_same_404(
    link: ShareLink, picture, outsider: User, path: str
) -> None:
    binned = create_share_link(image_id=picture(outsider).pk, by=outsider)
    Image.objects.filter(pk=binned.image_id).update(deleted_at=binned.created_at)
    revoke_share_link(link_id=link.pk, by=outsider)
    unknown = ShareLink(token="A" * 43)
    answers = [look(one, path) for one in (link, binned, unknown)]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert {answer.headers["Cache-Control"] for answer in answers} == {"private, no-store"}


def test_whoever_opens_too_many_waits(link: ShareLink, monkeypatch) -> None:
    assert sharing.LOOKS == 120
    monkeypatch.setattr(sharing, "LOOKS", 2)
    assert [look(link).status_code for _ in range(3)] == [200, 200, 429]
    elsewhere = Client(REMOTE_ADDR="203.0.113.9")
    assert look(link, client=elsewhere).status_code == 200


def test_only_looking_is_possible(link: ShareLink) -> None:
    assert Client().post(f"/r/{link.token}/").status_code == 405


def test_many_clues_need_no_more_queries(
    link: ShareLink, image: Image, django_assert_num_queries
) -> None:
    for clues in ([CLUE], [CLUE] * 4):
        record_evidence(image_id=image.pk, clues=clues)
        with django_assert_num_queries(4):
            look(link)


# --- on the picture's page -------------------------------------------------------------------


def test_the_owner_makes_a_link_and_revokes_it(browse, image: Image, outsider: User) -> None:
    client, page = browse(outsider), f"/images/{image.pk}/"
    assert "Make a link" in client.get(page).content.decode()
    assert client.post(f"{page}links/").url == f"{page}#sharing"
    link = ShareLink.objects.get()
    assert f"http://testserver/r/{link.token}/" in client.get(page).content.decode()
    assert client.post(f"/links/{link.pk}/revoke/").url == f"{page}#sharing"
    assert link.token not in client.get(page).content.decode()
    assert look(link).status_code == 404


def test_others_see_no_link(
    browse, link: ShareLink, reviewer, second_reviewer, adjudicator, administrator
) -> None:
    page = f"/images/{link.image_id}/"
    for person in (reviewer, second_reviewer, adjudicator):
        text = browse(person).get(page).content.decode()
        assert link.token not in text
        assert "Share the result" not in text
    assert link.token in browse(administrator).get(page).content.decode()


def test_more_links_need_no_more_queries(
    browse, link: ShareLink, outsider: User, django_assert_num_queries
) -> None:
    client, page = browse(outsider), f"/images/{link.image_id}/"
    for _ in range(2):
        with django_assert_num_queries(20):
            client.get(page)
        for _ in range(5):
            create_share_link(image_id=link.image_id, by=outsider)
