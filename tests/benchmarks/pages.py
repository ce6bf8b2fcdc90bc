"""Weight and speed of pages: ``python -m tests.benchmarks.pages URL NAME PASSWORD PATH…``

Opens each page of a running site three times in a Chromium that has nothing of it in its cache and
prints kilobytes on the wire without pictures, and the median milliseconds to first paint, until
the page can be used (DOMContentLoaded: scripts have run), and until everything is there.
"""

import sys
from statistics import median

from playwright.sync_api import Browser, Request, StorageState

from tests.chromium import running_chromium

ROUNDS = 3
TIMES = """() => {
  const [page] = performance.getEntriesByType("navigation");
  const [paint] = performance.getEntriesByName("first-contentful-paint");
  return [paint?.startTime ?? NaN, page.domContentLoadedEventEnd, page.loadEventEnd];
}"""


def look(browser: Browser, state: StorageState, url: str) -> tuple[int, list[float]]:
    """Bytes without pictures, and milliseconds of the three moments."""
    context = browser.new_context(storage_state=state)
    page = context.new_page()
    fetched: list[Request] = []

    def note(request: Request) -> None:
        fetched.append(request)

    page.on("requestfinished", note)
    page.goto(url)
    page.wait_for_load_state("networkidle")
    size = sum(r.sizes()["responseBodySize"] for r in fetched if r.resource_type != "image")
    times: list[float] = page.evaluate(TIMES)
    context.close()
    return size, times


def sign_in(browser: Browser, url: str, name: str, password: str) -> StorageState:
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{url}/accounts/login/")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_load_state()
    state = context.storage_state()
    context.close()
    return state


def main(url: str, name: str, password: str, *paths: str) -> None:
    with running_chromium() as browser:
        state = sign_in(browser, url, name, password)
        print("| page | kB | first paint | usable | loaded |\n| --- | --- | --- | --- | --- |")
        for path in paths:
            looks = [look(browser, state, url + path) for _ in range(ROUNDS)]
            moments = [
                f"{median(times):.0f} ms" for times in zip(*(t for _, t in looks), strict=True)
            ]
            print(f"| {path} | {looks[0][0] / 1000:.0f} | {' | '.join(moments)} |")


if __name__ == "__main__":
    main(*sys.argv[1:])
