"""The page on which pictures are handed in."""

from django.core.files.uploadedfile import SimpleUploadedFile

from classifier.detector.decoding import MAX_BYTES
from labelling.models import Image, Submission, User
from tests.labelling.pictures import TEXT, noise, padded_to
from tests.labelling.traces import assert_nothing_was_left

SILENT = 'id="silent">No detector has been seen for 30 seconds.'


def test_a_stranger_is_sent_to_log_in(client, db: None) -> None:
    answer = client.get("/", headers={"accept": "text/html"})
    assert (answer.status_code, answer.url) == (302, "/accounts/login/?next=/")


def test_you_see_your_own_pictures_and_nobody_elses(browse, picture, outsider, reviewer) -> None:
    mine, other = picture(outsider), picture(reviewer)
    page = browse(outsider).get("/").content.decode()
    assert str(mine.pk) in page
    assert str(other.pk) not in page


def test_a_picture_handed_in_twice_stands_there_once(browse, picture, outsider) -> None:
    image = picture(outsider)
    image.submissions.create(submitter=outsider, channel="page")
    page = browse(outsider).get("/").content.decode()
    assert page.count(f'href="/images/{image.pk}/"') == 1


def test_a_silent_detector_is_said_in_words(browse, outsider) -> None:
    assert SILENT in browse(outsider).get("/").content.decode()


def test_nothing_is_said_while_a_worker_is_there(browse, outsider, worker_seen) -> None:
    assert SILENT not in browse(outsider).get("/").content.decode()


def test_more_pictures_need_no_more_queries(
    browse, picture, outsider, django_assert_num_queries
) -> None:
    client = browse(outsider)
    for more in (1, 6):
        for _ in range(more):
            picture(outsider)
        with django_assert_num_queries(8):
            assert client.get("/").status_code == 200
    assert Image.objects.count() == 7


def test_the_menu_offers_what_you_may_do(browse, outsider: User, reviewer: User) -> None:
    assert ">Review</a>" not in browse(outsider).get("/").content.decode()
    assert ">Review</a>" in browse(reviewer).get("/").content.decode()


# --- the plain form --------------------------------------------------------------------------


def file(name: str, content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="image/jpeg")


def said(answer) -> list[str]:
    return [str(message) for message in answer.context["messages"]]


def test_without_the_script_several_pictures_are_taken_and_each_is_named(browse, outsider) -> None:
    files = [file("one.jpg", noise(1)), file("no.txt", TEXT), file("two.jpg", noise(2))]
    answer = browse(outsider).post("/upload/", {"files": files}, follow=True)
    assert answer.redirect_chain == [("/uploads/", 302)]
    assert said(answer) == [
        "one.jpg was taken in.",
        "no.txt was not taken in. This is not a JPEG, PNG or WebP picture.",
        "two.jpg was taken in.",
    ]
    names = Submission.objects.order_by("pk").values_list("filename", "submitter", "channel")
    assert list(names) == [("one.jpg", outsider.pk, "page"), ("two.jpg", outsider.pk, "page")]


def test_where_nothing_was_taken_you_are_back_at_the_form(browse, outsider) -> None:
    client = browse(outsider)
    nothing = client.post("/upload/", follow=True)
    assert nothing.redirect_chain == [("/", 302)]
    assert said(nothing) == ["Choose one or more pictures first, then hand them in."]
    bad = client.post("/upload/", {"files": [file("no.txt", TEXT)]}, follow=True)
    assert bad.redirect_chain == [("/", 302)]
    assert_nothing_was_left()


def test_a_picture_that_is_too_large_is_refused_by_its_name_and_the_others_are_taken(
    browse, outsider
) -> None:
    files = [file("huge.png", padded_to(MAX_BYTES + 2**20)), file("small.jpg", noise())]
    answer = browse(outsider).post("/upload/", {"files": files}, follow=True)
    assert said(answer) == [
        "huge.png was not taken in. This file is larger than 20 MB.",
        "small.jpg was taken in.",
    ]
    assert Submission.objects.get().filename == "small.jpg"


def test_pictures_that_are_too_much_together_are_refused_unread(browse, outsider) -> None:
    body = {"files": [file(f"{number}.png", padded_to(MAX_BYTES)) for number in range(4)]}
    answer = browse(outsider).post("/upload/", body)
    assert answer.status_code == 413
    assert "at most 60 MB" in answer.content.decode()
    assert_nothing_was_left()


def test_eleven_files_are_refused_with_a_sentence(browse, outsider) -> None:
    files = [file(f"{number}.jpg", noise(number)) for number in range(11)]
    answer = browse(outsider).post("/upload/", {"files": files})
    assert answer.status_code == 400
    assert "at most 10 files" in answer.content.decode()
    assert_nothing_was_left()


def test_a_stranger_gets_no_room_for_several(client, db: None) -> None:
    files = [file("a.png", padded_to(MAX_BYTES)), file("b.png", padded_to(2**20))]
    assert client.post("/upload/", {"files": files}).status_code == 413
    answer = client.post("/upload/", {"files": files[1:]})
    assert answer.url == "/accounts/login/?next=/upload/"
    assert_nothing_was_left()


def test_without_the_role_nothing_can_be_handed_in(browse, outsider) -> None:
    outsider.groups.clear()
    client = browse(outsider)
    page = client.get("/").content.decode()
    assert "no role that hands pictures in" in page
    assert 'type="file"' not in page
    assert client.post("/upload/", {"files": [file("a.jpg", noise())]}).status_code == 403
    assert_nothing_was_left()
