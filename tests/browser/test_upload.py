"""Handing pictures in with a real browser."""

import base64
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Locator, Page, expect

from tests.browser.conftest import Visit, Visitor
from tests.labelling.pictures import TEXT, noise
from tests.site import Site

pytestmark = [pytest.mark.browser, pytest.mark.site]

WORDS = {"ai": "AI-made", "human": "Human-made", "uncertain": "Uncertain"}
REFUSED = "This is not a JPEG, PNG or WebP picture."
DROP = """(files) => {
  const carried = new DataTransfer();
  for (const [name, content] of files) {
    const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
    carried.items.add(new File([bytes], name));
  }
  for (const type of ["dragenter", "dragover", "drop"]) {
    const event = new DragEvent(type, { dataTransfer: carried, bubbles: true, cancelable: true });
    document.querySelector("h1").dispatchEvent(event);
  }
}"""


def file(name: str, content: bytes) -> FilePayload:
    return {"name": name, "mimeType": "image/jpeg", "buffer": content}


def row(page: Page, name: str) -> Locator:
    return page.locator(".upload", has_text=name)


def choose(page: Page, *files: FilePayload) -> None:
    page.set_input_files("#files", files)


def test_each_file_has_its_own_verdict_or_its_own_error(uploader: Visitor, site: Site) -> None:
    uploader.open("/")
    choose(uploader.page, file("good.jpg", noise(501)), file("bad.jpg", TEXT))

    expect(row(uploader.page, "bad.jpg")).to_contain_text(REFUSED)
    good = row(uploader.page, "good.jpg")
    expect(good.locator(".verdict")).to_be_visible()
    newest = site.api("GET", "/api/v1/images/", token=uploader.token).json()["results"][0]
    expect(good.locator(".verdict-word")).to_have_text(WORDS[newest["finding"]["verdict"]])
    good.get_by_role("link").click()
    expect(uploader.page).to_have_url(f"{site.url}/images/{newest['id']}/")
    expect(uploader.page.locator(".rows")).to_contain_text(newest["sha256"])


def test_pictures_can_be_dropped_anywhere_on_the_page(uploader: Visitor) -> None:
    uploader.open("/")
    carried = [
        [name, base64.b64encode(content).decode()]
        for name, content in (("one.jpg", noise(502)), ("two.jpg", noise(503)), ("no.txt", TEXT))
    ]
    uploader.page.evaluate(DROP, carried)
    for name in ("one.jpg", "two.jpg"):
        expect(row(uploader.page, name).locator(".verdict")).to_be_visible()
    expect(row(uploader.page, "no.txt")).to_contain_text(REFUSED)


def test_of_twelve_files_ten_are_taken_and_two_are_named(uploader: Visitor) -> None:
    uploader.open("/")
    choose(uploader.page, *[file(f"letter-{number:02}.txt", TEXT) for number in range(12)])
    expect(uploader.page.locator(".upload")).to_have_count(10)
    expect(uploader.page.locator(".upload", has_text=REFUSED)).to_have_count(10)
    expect(uploader.page.locator("#left-out")).to_have_text(
        "At most 10 pictures go at once. The first 10 were taken; "
        "left out: letter-10.txt, letter-11.txt."
    )


def test_a_file_that_is_too_large_is_refused_before_it_is_sent(
    uploader: Visitor, tmp_path: Path
) -> None:
    huge = tmp_path / "huge.jpg"
    huge.write_bytes(bytes(20 * 2**20 + 1))
    sent: list[str] = []
    uploader.page.on("request", lambda request: sent.append(request.method))
    uploader.open("/")
    uploader.page.set_input_files("#files", huge)
    expect(row(uploader.page, "huge.jpg")).to_contain_text("This file is larger than 20 MB.")
    assert "POST" not in sent


def test_what_got_lost_on_the_way_can_be_sent_again(uploader: Visitor) -> None:
    uploader.page.route("**/api/v1/images/", lambda route: route.abort(), times=1)
    uploader.open("/")
    choose(uploader.page, file("lost.jpg", noise(504)))
    lost = row(uploader.page, "lost.jpg")
    expect(lost).to_contain_text("This picture was not taken in; send it again.")
    lost.get_by_role("button", name="Send again").click()
    expect(lost.locator(".verdict")).to_be_visible()


def test_the_image_page_shows_the_verdict_without_a_reload(uploader: Visitor, site: Site) -> None:
    """The picture is looked at while the browser already waits for it."""
    answer = site.api(
        "POST", "/api/v1/images/", token=uploader.token, files={"file": ("a.jpg", noise(505))}
    )
    uploader.open(f"/images/{answer.json()['id']}/")
    expect(uploader.page.locator(".verdict.large")).to_be_visible()
    expect(uploader.page.locator("[hx-trigger='every 1s']")).to_have_count(0)


def test_without_javascript_pictures_are_handed_in_by_the_plain_form(visit: Visit) -> None:
    plain = visit("umi", java_script_enabled=False)
    plain.open("/")
    choose(plain.page, file("plain.jpg", noise(506)), file("letter.txt", TEXT))
    plain.page.get_by_role("button", name="Hand in").click()
    expect(plain.page).to_have_url(f"{plain.url}/uploads/")
    said = plain.page.locator(".notices")
    expect(said).to_contain_text("plain.jpg was taken in.")
    expect(said).to_contain_text(f"letter.txt was not taken in. {REFUSED}")
    expect(plain.page.locator(".handed", has_text="plain.jpg")).to_be_visible()


def test_rows_of_your_uploads_become_verdicts_by_themselves(uploader: Visitor, site: Site) -> None:
    """The pictures are looked at while the page already shows them as waiting."""
    for number in range(3):
        files = {"file": (f"live-{number}.jpg", noise(510 + number, size=(900, 700)))}
        site.api("POST", "/api/v1/images/", token=uploader.token, files=files)
    uploader.open("/uploads/?q=live-")
    judged = uploader.page.locator(".handed .badge")
    expect(judged).to_have_count(3)
    expect(uploader.page.locator("#waiting[hx-get]")).to_have_count(0)
    assert uploader.complaints == []
