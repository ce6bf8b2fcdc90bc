"""What the tests of the reviewing page ask of it."""

import json
from typing import Any

from django.test import Client

from labelling.models import Flag, Image, Label, Review, Showing, User

NOBODYS = "00000000-0000-0000-0000-000000000001"


def ask(client: Client, what: str, **body: Any) -> Any:
    return client.post(f"/review/{what}/", json.dumps(body), content_type="application/json")


def upcoming(client: Client, **body: Any) -> Any:
    return ask(client, "next", **{"limit": 4} | body).json()


def vote(client: Client, image: Image, answer: str = "ai", **more: Any) -> Any:
    return ask(client, "vote", image=str(image.pk), answer=answer, **more)


def undo(client: Client, image: Image) -> Any:
    return ask(client, "undo", image=str(image.pk))


def ids(answer: dict[str, Any]) -> list[str]:
    return [item["id"] for item in answer["items"]]


def standing() -> list[tuple[Any, str]]:
    return list(Review.objects.standing().order_by("pk").values_list("image", "answer"))


def rows() -> dict[str, list[Any]]:
    """Everything that the page can change."""
    return {
        model.__name__: list(model.objects.order_by("pk").values())
        for model in (Review, Showing, Flag, Label, User)
    }


def press(client: Client, do: str, image: Image | None = None, **more: str) -> Any:
    named = {"image": str(image.pk)} if image else {}
    return client.post("/review/answer/", {"do": do, **named, **more})
