"""The audit log's page: the newest first, found by what, who and of what, whatever its length."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from labelling.models import AuditHead, User
from labelling.pages.audit_log import PAGE, details_of, subject_url
from labelling.services.audit_log import seal_all, write_entry

Browse = Callable[[User], Client]


def page(browse: Browse, person: User, **query: str) -> str:
    answer = browse(person).get(reverse("audit-log"), query)
    assert answer.status_code == 200
    return answer.content.decode()


def subjects(html: str) -> list[str]:
    return [part.split("<")[0] for part in html.split('<span class="mono">')[1:]]


@pytest.fixture
def log(db: None) -> None:
    for place in range(PAGE + 5):
        write_entry(action="role.given", subject=f"thing:{place}", by="robin")
    write_entry(action="label.settled", subject=f"image:{uuid4()}", by="sasha", votes=[1, 2])


def test_the_newest_come_first_and_the_head_can_be_noted(log, browse, administrator) -> None:
    assert "not sealed yet" in page(browse, administrator)
    assert "The chain has" not in page(browse, administrator)
    seal_all()
    html = page(browse, administrator)
    assert "The chain has 56 entries." in html
    assert AuditHead.objects.get().hash in html
    assert "not sealed yet" not in html
    assert html.index("label.settled") < html.index("thing:54")
    assert subjects(html) == [f"thing:{place}" for place in range(54, 5, -1)]


def test_older_entries_are_a_page_away_and_none_is_lost(log, browse, administrator) -> None:
    html = page(browse, administrator, action="role")
    assert subjects(html) == [f"thing:{place}" for place in range(54, 4, -1)]
    assert "Newest" not in html
    older = html.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    write_entry(action="role.given", subject="thing:new", by="robin")  # shifts nothing
    html = browse(administrator).get(reverse("audit-log") + older).content.decode()
    assert subjects(html) == [f"thing:{place}" for place in range(4, -1, -1)]
    assert 'rel="next"' not in html
    assert 'href="?action=role">Newest' in html


def test_it_is_found_by_what_who_and_of_what(log, browse, administrator) -> None:
    assert subjects(page(browse, administrator, subject="thing:7")) == ["thing:7"]
    assert "label.settled" in page(browse, administrator, actor="sasha")
    assert subjects(page(browse, administrator, actor="sasha")) == []
    html = page(browse, administrator, action="label.settled", actor="robin")
    assert "Nothing like this is in the log." in html
    assert 'value="label.settled" selected' in html
    assert 'value="robin"' in html


@pytest.mark.parametrize("before", ["x", "-1", "9" * 30, "", "1.5", "²"])
def test_a_place_that_is_none_is_the_beginning(log, browse, administrator, before) -> None:
    assert len(subjects(page(browse, administrator, before=before))) == PAGE - 1


def test_what_somebody_wrote_is_only_ever_text(browse, administrator) -> None:
    evil = "<script>alert(1)</script>"
    write_entry(action="dispute.answered", subject=f"{evil}:1", by=evil, answer=evil)
    html = page(browse, administrator, actor=evil)
    assert "<script>alert" not in html
    assert html.count("&lt;script&gt;alert") >= 3


def test_subjects_lead_to_their_pages() -> None:
    key = str(uuid4())
    assert subject_url(f"image:{key}") == f"/images/{key}/"
    assert subject_url("version:3") == "/versions/3/"
    for nothing in ("image:3", "version:x", "queue-policy", "thing:1", ""):
        assert subject_url(nothing) == ""


def test_details_are_spelled_out() -> None:
    told = details_of(
        {
            "before": None,
            "after": {"value": "ai", "gold": False},
            "votes": [1, 2],
            "min_new_labels": 0,
            "note": "",
        }
    )
    assert told == [
        ("after", "value: ai, gold: no"),
        ("votes", "1, 2"),
        ("min new labels", "0"),
    ]


def test_a_long_log_costs_as_many_queries_as_a_short_one(log, browse, administrator) -> None:
    client = browse(administrator)
    with CaptureQueriesContext(connection) as short:
        client.get(reverse("audit-log"), {"subject": "thing:1"})
    with CaptureQueriesContext(connection) as long:
        client.get(reverse("audit-log"))
    assert len(long) == len(short)
