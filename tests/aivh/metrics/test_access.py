"""Who may read the figures, and what the others are told."""

import ipaddress

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.fixture
def token(settings) -> str:
    settings.METRICS_TOKEN = "a token of the operator"
    return settings.METRICS_TOKEN


def test_with_the_token_alone(token: str) -> None:
    good = Client(headers={"Authorization": f"Bearer {token}"}, REMOTE_ADDR="198.51.100.7")
    assert good.get("/metrics").status_code == 200


@pytest.mark.parametrize(
    "said", ["", "Bearer", "Bearer wrong", "Token a token of the operator", "Bearer ä"]
)
def test_without_it_nobody_not_even_from_this_machine(token: str, said: str) -> None:
    answer = Client(headers={"Authorization": said} if said else {}).get("/metrics")

    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert b"predictions_total" not in answer.content


@pytest.mark.parametrize(
    ("address", "status"),
    [("127.0.0.1", 200), ("::1", 200), ("::ffff:127.0.0.1", 200), ("10.0.0.9", 403), ("", 403)],
)
def test_without_a_token_this_machine_alone(address: str, status: int) -> None:
    answer = Client(REMOTE_ADDR=address).get("/metrics")

    assert answer.status_code == status
    if status == 403:
        assert answer.json()["code"] == "not_allowed"
        assert "AIVH_METRICS_NETWORKS" in answer.json()["detail"]


def test_networks_that_were_named(settings) -> None:
    settings.METRICS_NETWORKS = [ipaddress.ip_network("10.0.0.0/8")]

    assert Client(REMOTE_ADDR="10.20.30.40").get("/metrics").status_code == 200
    assert Client(REMOTE_ADDR="127.0.0.1").get("/metrics").status_code == 403


@pytest.mark.parametrize(
    ("trusted", "said", "status"),
    [
        (False, "127.0.0.1", 403),  # a proxy that nobody told us of carries anybody
        (True, "127.0.0.1", 200),
        (True, "198.51.100.7", 403),
        (True, "127.0.0.1, 198.51.100.7", 403),  # the first one anybody can write
        (True, "198.51.100.7, 127.0.0.1", 200),
        (True, "nonsense", 403),
    ],
)
def test_behind_a_proxy_the_one_it_names_counts(
    settings, trusted: bool, said: str, status: int
) -> None:
    settings.TRUST_PROXY = trusted

    assert Client(headers={"X-Forwarded-For": said}).get("/metrics").status_code == status


def test_a_scraper_may_use_the_bare_address_of_the_process(settings) -> None:
    settings.SECURE_SSL_REDIRECT = True
    assert Client(headers={"Host": "web:8000"}).get("/metrics").status_code == 200
