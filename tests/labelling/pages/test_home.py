"""The page on which pictures are handed in."""

from labelling.models import Image, User

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
        with django_assert_num_queries(7):
            assert client.get("/").status_code == 200
    assert Image.objects.count() == 7


def test_the_menu_offers_what_you_may_do(browse, outsider: User, reviewer: User) -> None:
    assert ">Review</a>" not in browse(outsider).get("/").content.decode()
    assert ">Review</a>" in browse(reviewer).get("/").content.decode()
