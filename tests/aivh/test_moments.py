"""A moment that a list is asked for: read with its zone, and refused outside the calendar."""

from typing import Any

import pytest

from aivh.management.commands.promise_schema import promised_schema
from labelling.models import User
from tests.labelling.programs import with_token

pytestmark = pytest.mark.django_db


def moments() -> list[tuple[str, str]]:
    """Every list that needs no number in its address, with each moment that it can be asked for."""
    return [
        (address, asked["name"])
        for address, about in promised_schema()["paths"].items()
        if "{" not in address
        for asked in about.get("get", {}).get("parameters", ())
        if _is_moment(asked["schema"])
    ]


def _is_moment(schema: dict[str, Any]) -> bool:
    return bool(schema.get("format") == "date-time")


def test_there_are_some() -> None:
    assert {("/api/v1/images/", "received_after"), ("/api/v1/jobs/", "created_before")} < {
        *moments()
    }


@pytest.mark.parametrize(("address", "name"), moments())
def test_none_outside_the_calendar_is_asked_for(
    administrator: User, address: str, name: str
) -> None:
    client = with_token(administrator)
    for moment in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-01:00"):
        answer = client.get(address, {name: moment})
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    assert client.get(address, {name: "2026-03-05T12:00:00+14:00"}).status_code == 200
