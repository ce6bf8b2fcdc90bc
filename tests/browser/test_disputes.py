"""From the upload to the answer, with two people before browsers of their own."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit, Visitor
from tests.browser.test_upload import choose, file, row
from tests.labelling.pictures import noise

pytestmark = [pytest.mark.browser, pytest.mark.site]

REASON = "I painted it with gouache in 2019, and I have the sketches."
ANSWER = "We see the grain of the paper. Thank you for telling us."


def test_a_dispute_from_the_upload_to_the_answer(visit: Visit, uploader: Visitor) -> None:
    page = uploader.page
    uploader.open("/")
    choose(page, file("gouache.jpg", noise(601)))
    expect(row(page, "gouache.jpg").locator(".verdict")).to_be_visible()
    row(page, "gouache.jpg").get_by_role("link").click()

    page.get_by_text("This is wrong").click()
    page.get_by_label("What do you know about how it was made?").fill(REASON)
    page.get_by_role("button", name="Dispute the verdict").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your dispute")
    expect(page.locator(".to-come").first).to_contain_text("Two people look at it")
    own = page.url.removeprefix(uploader.url)

    judge = visit("jo")
    judge.open("/disputes/")
    judge.page.get_by_role("link", name=REASON).first.click()
    expect(judge.page).to_have_url(judge.url + own)
    judge.page.get_by_label("It cannot be told").check()
    judge.page.get_by_label("Your answer").fill(ANSWER)
    judge.page.get_by_role("button", name="Send the answer").click()
    expect(judge.page.get_by_role("button", name="Send the answer")).to_have_count(0)

    page.reload()
    expect(page.locator(".steps")).to_contain_text("Declined")
    expect(page.get_by_text(ANSWER)).to_be_visible()
    uploader.open("/uploads/?show=disputed")
    answered = page.locator(".handed", has_text="gouache.jpg")
    expect(answered).to_contain_text("Your dispute was declined")
    assert uploader.complaints == judge.complaints == []


def test_a_reviewer_does_not_learn_of_it(reviewer_at_desk: Visitor, uploader: Visitor) -> None:
    uploader.open("/")
    choose(uploader.page, file("pencil.jpg", noise(602)))
    expect(row(uploader.page, "pencil.jpg").locator(".verdict")).to_be_visible()
    row(uploader.page, "pencil.jpg").get_by_role("link").click()
    picture = uploader.page.url.removeprefix(uploader.url)
    uploader.page.get_by_text("This is wrong").click()
    uploader.page.get_by_label("What do you know about how it was made?").fill(REASON)
    uploader.page.get_by_role("button", name="Dispute the verdict").click()
    expect(uploader.page.get_by_role("heading", level=1)).to_have_text("Your dispute")
    own = uploader.page.url.removeprefix(uploader.url)

    reviewer_at_desk.open(picture)
    expect(reviewer_at_desk.page.get_by_text("dispute")).to_have_count(0)
    reviewer_at_desk.open(own)
    expect(reviewer_at_desk.page.get_by_text("There is nothing here")).to_be_visible()
