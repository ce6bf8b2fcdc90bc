"""Which picture an address or a form names."""

from uuid import UUID

from django.http import HttpRequest

from labelling.errors import InvalidRequest


def named_picture(request: HttpRequest) -> UUID:
    """The picture that the form is about. Raises InvalidRequest where it names none."""
    image_id = id_in(request.POST.get("image", ""))
    if image_id is None:
        raise InvalidRequest("Say for which picture this is.")
    return image_id


def id_in(said: str) -> UUID | None:
    """None also for what is no id: an address that was cut short still opens the page."""
    try:
        return UUID(said)
    except ValueError:
        return None
