"""Signing in with an organisation's accounts: the whole site against a provider of our own."""

import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
import requests
from playwright.sync_api import expect

from tests.chromium import running_chromium
from tests.requirements import ROOT
from tests.servers.oidc import Provider, running_provider
from tests.site import Site, running_site

pytestmark = pytest.mark.site
BEGIN = "/accounts/organisation/login/"
FAILED = "Signing in with Picture Desk did not work"


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with running_provider() as running:
        yield running


@pytest.fixture(scope="module")
def organisation(provider: Provider) -> Iterator[Site]:
    """A site of its own that lets the provider's people in, and follows their groups."""
    groups = {
        "AIVH_OIDC_ROLES_CLAIM": "groups",
        "AIVH_OIDC_ROLES": "desk=Reviewers,chiefs=Administrators",
    }
    with running_site(environment=provider.environment | groups) as site:
        yield site


def come(
    site: Site, provider: Provider, **person: Any
) -> tuple[requests.Session, requests.Response]:
    """Press the button as somebody of the organisation; the browser, and the page it ends on."""
    provider.person = person
    session = requests.Session()
    page = session.get(f"{site.url}/accounts/login/?next=/images/", timeout=30)
    assert "Log in with Picture Desk" in page.text
    action = re.search(r'action="(/accounts/organisation/login/[^"]*)"', page.text)
    assert action
    return session, session.post(
        site.url + action.group(1),
        data={"csrfmiddlewaretoken": session.cookies["csrftoken"]},
        headers={"Referer": f"{site.url}/accounts/login/", "Accept": "text/html"},
        timeout=30,
    )


def rows(site: Site, query: str, *values: object) -> list[tuple[Any, ...]]:
    """What the site's database answers."""
    with closing(sqlite3.connect(site.data_dir / "aivh.sqlite3", timeout=20)) as database, database:
        return database.execute(query, values).fetchall()


def person(site: Site, name: str) -> tuple[Any, ...] | None:
    """Somebody's e-mail address, and whether the back office is theirs."""
    found = rows(site, "SELECT email, is_staff FROM labelling_user WHERE username = ?", name)
    return found[0] if found else None


def roles(site: Site, name: str) -> list[str]:
    query = """SELECT g.name FROM labelling_user u
               JOIN labelling_user_groups ug ON ug.user_id = u.id
               JOIN auth_group g ON g.id = ug.group_id WHERE u.username = ? ORDER BY g.name"""
    return [role for (role,) in rows(site, query, name)]


def test_who_comes_for_the_first_time_gets_an_account_that_hands_pictures_in(
    organisation: Site, provider: Provider
) -> None:
    said = {"sub": "a1", "preferred_username": "sam", "email": "sam@desk.example"}
    _, page = come(organisation, provider, **said, email_verified=True)

    assert page.url == f"{organisation.url}/images/"
    assert ">sam<" in page.text
    assert provider.redirects[-1] == f"{organisation.url}{BEGIN}callback/"
    assert person(organisation, "sam") == ("sam@desk.example", 0)
    assert roles(organisation, "sam") == ["Uploaders"]
    _, again = come(organisation, provider, **said | {"preferred_username": "samantha"})
    assert ">sam<" in again.text
    assert person(organisation, "samantha") is None


def test_nobody_gets_into_an_account_by_its_name_or_its_address(
    organisation: Site, provider: Provider
) -> None:
    organisation.person("victim")
    rows(
        organisation,
        "UPDATE labelling_user SET email = 'victim@desk.example' WHERE username = 'victim'",
    )
    for sub, verified in (("b1", False), ("b2", True), ("b3", "yes")):
        _, page = come(
            organisation,
            provider,
            sub=sub,
            preferred_username="Victim",
            email="victim@desk.example",
            email_verified=verified,
        )
        assert ">victim<" not in page.text
    found = [person(organisation, f"Victim-{number}") for number in (2, 3, 4)]
    assert found == [("", 0), ("victim@desk.example", 0), ("", 0)]
    assert rows(
        organisation,
        "SELECT count(*) FROM socialaccount_socialaccount a "
        "JOIN labelling_user u ON u.id = a.user_id WHERE u.username = 'victim'",
    ) == [(0,)]


def test_roles_follow_what_the_organisation_says_at_each_sign_in(
    organisation: Site, provider: Provider
) -> None:
    said = {"sub": "c1", "preferred_username": "chris"}
    for groups, given, staff in (
        (["desk", "cooks"], ["Reviewers", "Uploaders"], 0),
        (["chiefs"], ["Administrators", "Uploaders"], 1),
        (["Administrators", "administrators"], ["Uploaders"], 0),
        ([], ["Uploaders"], 0),
    ):
        come(organisation, provider, **said, groups=groups)
        assert roles(organisation, "chris") == given
        assert person(organisation, "chris") == ("", staff)
    query = """SELECT action || ' ' || coalesce(json_extract(details, '$.role'), '')
               FROM labelling_auditentry WHERE actor = 'Picture Desk'
               AND json_extract(details, '$.name') = 'chris' ORDER BY id"""
    assert [line for (line,) in rows(organisation, query)] == [
        "person.made ",
        "role.granted Uploaders",
        "role.granted Reviewers",
        "role.granted Administrators",
        "role.removed Reviewers",
        "role.removed Administrators",
    ]


def test_a_deactivated_account_stays_out(organisation: Site, provider: Provider) -> None:
    said = {"sub": "d1", "preferred_username": "dora"}
    come(organisation, provider, **said)
    rows(organisation, "UPDATE labelling_user SET is_active = 0 WHERE username = 'dora'")
    session, page = come(organisation, provider, **said)
    assert "This account is deactivated" in page.text
    assert page.url == f"{organisation.url}/accounts/login/"
    assert session.get(f"{organisation.url}/images/", timeout=30).url.endswith("?next=/images/")


@pytest.mark.parametrize(
    "lies", [{"iss": "http://evil.example"}, {"aud": "somebody else"}, {"exp": 1}]
)
def test_a_token_that_is_not_for_us_is_refused(
    organisation: Site, provider: Provider, lies: dict[str, Any]
) -> None:
    provider.lies = lies
    try:
        _, page = come(organisation, provider, sub="e1", preferred_username="eve")
    finally:
        provider.lies = {}
    assert FAILED in page.text
    assert person(organisation, "eve") is None


def test_a_token_of_somebody_else_is_refused(organisation: Site, provider: Provider) -> None:
    """The signed token names one person, the address for details another."""
    provider.lies = {"sub": "a1"}
    try:
        _, page = come(organisation, provider, sub="e2", preferred_username="eve")
    finally:
        provider.lies = {}
    assert FAILED in page.text
    assert person(organisation, "eve") is None


def test_who_is_refused_there_is_told_here(organisation: Site, provider: Provider) -> None:
    provider.refuses = True
    try:
        _, page = come(organisation, provider, sub="f1")
    finally:
        provider.refuses = False
    assert FAILED in page.text


def test_a_callback_that_nobody_asked_for_is_refused(organisation: Site) -> None:
    for query in ("", "?code=x", "?code=x&state=y", "?error=z"):
        answer = requests.get(f"{organisation.url}{BEGIN}callback/{query}", timeout=30)
        assert FAILED in answer.text
    assert requests.get(f"{organisation.url}{BEGIN}", timeout=30).status_code == 405
    other = f"{organisation.url}/accounts/nobody/login/callback/"
    assert requests.get(other, timeout=30).status_code == 404


def test_an_account_of_the_site_is_not_joined_with_one_of_the_organisation(
    organisation: Site, provider: Provider
) -> None:
    session = organisation.sign_in()
    provider.person = {"sub": "g1", "preferred_username": "gail"}
    page = session.post(
        f"{organisation.url}{BEGIN}?process=connect",
        data={"csrfmiddlewaretoken": session.cookies["csrftoken"]},
        headers={"Referer": f"{organisation.url}/accounts/login/"},
        timeout=30,
    )
    assert FAILED in page.text
    assert person(organisation, "gail") is None


def test_names_and_passwords_go_on_as_before(organisation: Site) -> None:
    assert "sessionid" in organisation.sign_in().cookies
    page = requests.get(f"{organisation.url}/accounts/login/", timeout=30)
    policy = page.headers["Content-Security-Policy"]
    assert re.search(r"form-action 'self' http://127\.0\.0\.1:\d+(;|$)", policy)


@pytest.mark.browser
def test_a_browser_goes_there_and_back_under_the_policy_of_its_page(
    organisation: Site, provider: Provider
) -> None:
    complaints: list[str] = []
    provider.person = {"sub": "h1", "preferred_username": "hana"}
    with running_chromium() as browser:
        page = browser.new_page()
        page.on("console", lambda said: complaints.append(said.text))
        page.goto(f"{organisation.url}/images/")
        page.get_by_role("button", name="Log in with Picture Desk").click()
        page.wait_for_url(f"{organisation.url}/images/")
        expect(page.get_by_text("hana", exact=True)).to_be_visible()
    assert [text for text in complaints if "Content Security Policy" in text] == []


OFF = """
import sys, django
django.setup()
from django.urls import NoReverseMatch, reverse
import aivh.urls
assert not [name for name in sys.modules if name.startswith(("allauth", "aivh.oidc"))]
try:
    reverse("openid_connect_login", args=["organisation"])
except NoReverseMatch:
    print("nothing")
"""


def test_switched_off_nothing_of_it_is_imported_or_routed() -> None:
    done = subprocess.run(
        [sys.executable, "-c", OFF], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "nothing"
