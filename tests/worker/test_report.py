"""The drift report: one file, computed when asked for, that needs nothing else and runs nothing."""

import re
from base64 import b64encode
from hashlib import sha256
from uuid import UUID

import pytest
from django.conf import LazySettings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client

from classifier.models import ModelVersion
from classifier.vocabulary import Label
from labelling.errors import InvalidRequest
from labelling.models import Image, User
from tests.labelling.programs import PROBLEM_MEMBERS, with_token
from tests.worker.drifting import come, settle
from tests.worker.small import picture
from worker.drift_report import drift_report
from worker.models import DriftLook

pytestmark = pytest.mark.django_db


def page(client: Client, person: User, query: str = "", status: int = 200) -> str:
    client.force_login(person)
    answer = client.get(f"/report{query}")
    assert answer.status_code == status, answer.content.decode()
    return answer.content.decode()


def with_files(ids: list[UUID]) -> None:
    """Give the pictures an original that can be shown."""
    name = default_storage.save("originals/shown", ContentFile(picture(Label.AI, 1)))
    Image.objects.filter(pk__in=ids).update(original=name)


def test_without_pictures_it_says_what_to_do(client: Client, administrator: User) -> None:
    html = page(client, administrator)
    assert "There is nothing to report yet." in html
    assert "Upload some pictures" in html


def test_with_few_pictures_it_says_what_came_in(
    client: Client, administrator: User, version: ModelVersion
) -> None:
    come(version, 30, quality=80)
    html = page(client, administrator, "?n=50")
    assert "too few pictures to compare yet" in html
    assert "The newest 30 pictures that version 1 judged" in html
    assert "There are no more." in html
    assert re.search(r"JPEG quality, median</th><td[^>]*>80</td>", html)
    assert re.search(r"files JPEG</th><td[^>]*>100%</td>", html)
    assert "that takes 200 pictures that this version has judged" in html
    assert "By chance" not in html


def test_what_moved_is_shown_with_its_pictures(
    client: Client, administrator: User, reviewer: User, version: ModelVersion
) -> None:
    before = come(version, 400)
    settle(before[:210], by=reviewer)
    with_files(come(version, 200, quality=40))

    html = page(client, administrator)

    assert "<h1>Moved beyond chance: " in html
    assert "the quality of JPEG files" in html
    assert html.count('src="data:image/webp;base64,') >= 12
    assert "The quality of JPEG files, against the month before: median 8" in html
    assert "How often people overrule the detector" in html
    assert "Holds only while the probabilities stay calibrated" in html
    assert not DriftLook.objects.exists(), "to ask is no look"


def test_it_needs_nothing_else_and_runs_nothing(
    client: Client, administrator: User, version: ModelVersion
) -> None:
    come(version, 250)
    client.force_login(administrator)
    answer = client.get("/report?n=200")
    html = answer.content.decode()
    assert "<script" not in html
    assert not re.search(r'(?:src|href)="(?!data:)', html)
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "img-src data:" in policy
    [style] = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    known = b64encode(sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{known}'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"\sstyle=", html)
    assert "script-src" not in policy

    saved = client.get("/report?n=200&download=1")
    name = saved.headers["Content-Disposition"]
    assert re.fullmatch(r'attachment; filename="aivh-drift-[\d-]+-version-1\.html"', name)


@pytest.mark.parametrize("asked", ["19", "2001", "-5", "many", "", "9" * 50, "５０"])
def test_a_wrong_number_is_refused_in_words(
    client: Client, administrator: User, version: ModelVersion, asked: str
) -> None:
    html = page(client, administrator, f"?n={asked}", status=400)
    assert "Ask for 20 to 2,000 pictures." in html


def test_the_bounds_themselves_are_taken(administrator: User, version: ModelVersion) -> None:
    come(version, 25)
    for asked in (20, 2000):
        made = drift_report(administrator, asked)
        assert made is not None
        assert len(made.window.ids) == min(asked, 25)
    with pytest.raises(InvalidRequest):
        drift_report(administrator, 2001)


def test_only_administrators_read_it(
    client: Client, reviewer: User, adjudicator: User, outsider: User, version: ModelVersion
) -> None:
    for person in (reviewer, adjudicator, outsider):
        assert "version 1" not in page(client, person, status=403)


class TestByToken:
    """A program that has the report made each week and keeps it."""

    def test_it_is_the_same_page(self, administrator: User, version: ModelVersion) -> None:
        come(version, 30, quality=80)
        answer = with_token(administrator, "read").get("/report?n=50")
        assert answer.status_code == 200
        assert "The newest 30 pictures that version 1 judged" in answer.content.decode()
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert "no-store" in answer.headers["Cache-Control"]

    @pytest.mark.parametrize(
        ("who", "scopes", "code"),
        [
            ("administrator", ("upload", "administer"), "missing_scope"),
            ("reviewer", (), "not_allowed"),
            ("outsider", (), "not_allowed"),
        ],
    )
    def test_others_are_told_why_not(
        self,
        request: pytest.FixtureRequest,
        version: ModelVersion,
        who: str,
        scopes: tuple[str, ...],
        code: str,
    ) -> None:
        answer = with_token(request.getfixturevalue(who), *scopes).get("/report?n=50")
        assert (answer.status_code, answer.json()["code"]) == (403, code)
        assert set(answer.json()) == PROBLEM_MEMBERS

    def test_one_that_is_not_valid_leads_to_no_form(self, version: ModelVersion) -> None:
        answer = Client(headers={"Authorization": "Bearer aivh_none"}).get("/report")
        assert (answer.status_code, answer.json()["code"]) == (401, "authentication_failed")
        assert answer.headers["WWW-Authenticate"] == "Bearer"

    def test_without_one_a_browser_is_led_to_the_form_and_a_program_is_told(self) -> None:
        browser = Client().get("/report", headers={"Accept": "text/html,*/*;q=0.8"})
        assert browser.status_code == 302
        assert browser.headers["Location"].startswith("/accounts/login/")
        program = Client().get("/report", headers={"Accept": "*/*"})
        assert (program.status_code, program.json()["code"]) == (401, "not_authenticated")

    def test_its_head_can_be_asked_for(self, administrator: User, version: ModelVersion) -> None:
        answer = with_token(administrator).head("/report?n=50")
        assert (answer.status_code, answer.content) == (200, b"")

    def test_a_browsers_forms_are_looked_at_as_ever(self, administrator: User) -> None:
        browser = Client(enforce_csrf_checks=True)
        browser.force_login(administrator)
        assert browser.post("/report").status_code == 403

    def test_it_is_counted_and_refused_as_everywhere(
        self, administrator: User, version: ModelVersion, settings: LazySettings
    ) -> None:
        client = with_token(administrator)
        assert client.get("/report?n=1").json()["code"] == "invalid_request"
        client.handler.enforce_csrf_checks = True
        refused = client.post("/report")
        assert (refused.status_code, refused.json()["code"]) == (405, "method_not_allowed")
        settings.API_RATES = dict.fromkeys(settings.API_RATES, 0)
        assert client.get("/report").json()["code"] == "throttled"
