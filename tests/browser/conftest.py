"""A real browser before the running site. It keeps what the browser complains of."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    StorageState,
)

from labelling.permissions import ADJUDICATORS, REVIEWERS
from tests.chromium import PATIENCE, running_chromium
from tests.labelling.pictures import noise
from tests.site import Site

PASSWORD = "a-long-one-7"
SEEDS = count(1_000_000)  # of pictures that no other test hands in
CLEAR_THE_DESK = """
from django.db.models import Q
from django.utils import timezone
from labelling.models import Image, Review, Showing, User
from labelling.services.places import refresh_places
left = Image.objects.filter(Q(place__isnull=False) | Q(pk__in=Review.objects.values("image")))
ids = list(left.values_list("pk", flat=True))
Image.objects.filter(pk__in=ids).update(deleted_at=timezone.now())
Showing.objects.filter(ended_at=None).update(ended_at=timezone.now(), outcome="released")
refresh_places(image_ids=ids)
User.objects.update(auto_advance=True)
"""


@dataclass
class Visitor:
    """A person before a browser of their own."""

    page: Page
    context: BrowserContext
    url: str
    token: str
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str) -> None:
        self.page.goto(self.url + path)

    def another_tab(self) -> Page:
        return self.watched(self.context.new_page())

    def watched(self, page: Page) -> Page:
        """Note errors on the console, CSP violations and scripts that broke."""
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._hear)
        return page

    def _hear(self, said: ConsoleMessage) -> None:
        if said.type in ("error", "warning"):
            self.complaints.append(f"{said.text} {said.location['url']}")


Visit = Callable[..., Visitor]
LogIn = Callable[[str], StorageState]
Queue = Callable[..., list[str]]


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with running_chromium() as running:
        yield running


@pytest.fixture(scope="package")
def tokens(browser: Browser, site: Site) -> dict[str, str]:
    """The accounts of these tests and their API tokens. Without a browser, nothing is started."""
    return {
        "umi": site.person("umi", password=PASSWORD),
        "rene": site.person("rene", groups=(REVIEWERS,), password=PASSWORD),
        "rosa": site.person("rosa", groups=(REVIEWERS,), password=PASSWORD),
        "jo": site.person("jo", groups=(ADJUDICATORS,), password=PASSWORD),
    }


@pytest.fixture(scope="package")
def log_in(browser: Browser, site: Site, tokens: dict[str, str]) -> LogIn:
    """Everyone logs in once, through the form, when they first come."""
    passwords = dict.fromkeys(tokens, PASSWORD) | dict([site.admin])
    return cache(lambda name: logged_in(browser, site.url, name, passwords[name]))


def logged_in(browser: Browser, url: str, name: str, password: str) -> StorageState:
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{url}/accounts/login/")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(f"{url}/")
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def visit(browser: Browser, site: Site, tokens: dict[str, str], log_in: LogIn) -> Iterator[Visit]:
    """Let somebody come with a browser of their own; options are those of a browser's context."""
    contexts: list[BrowserContext] = []

    def come(name: str, **options: Any) -> Visitor:
        context = browser.new_context(storage_state=log_in(name), **options)
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        visitor = Visitor(context.new_page(), context, site.url, tokens.get(name, ""))
        visitor.watched(visitor.page)
        return visitor

    yield come
    for context in contexts:
        context.close()


@pytest.fixture
def uploader(visit: Visit) -> Visitor:
    """Logged in, without a role."""
    return visit("umi")


@pytest.fixture
def reviewer_at_desk(visit: Visit) -> Visitor:
    """Logged in, a reviewer."""
    return visit("rene")


@pytest.fixture
def adjudicator_at_desk(visit: Visit) -> Visitor:
    """Logged in, an adjudicator."""
    return visit("jo")


@pytest.fixture
def queue(site: Site, tokens: dict[str, str]) -> Queue:
    """Hand pictures in that nobody has decided on, with their findings; gives their ids.

    What was left from other tests goes to the bin first, so that nothing else waits, and the
    strip of last answers is empty.
    """
    site.shell(CLEAR_THE_DESK)

    def fill(count: int = 1, data: bytes = b"") -> list[str]:
        pictures = [data or noise(next(SEEDS)) for _ in range(count)]
        return hand_in(site, tokens["umi"], *(("queued.jpg", picture) for picture in pictures))

    return fill


def hand_in(site: Site, token: str, *pictures: tuple[str, bytes]) -> list[str]:
    """Hand pictures in, by name and content, several at a time; gives their ids.

    All have their findings then.
    """

    def one(picture: tuple[str, bytes]) -> str:
        path, files = "/api/v1/images/?wait=20", {"file": picture}
        answer = site.api("POST", path, token=token, files=files)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["id"])

    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(one, pictures))
