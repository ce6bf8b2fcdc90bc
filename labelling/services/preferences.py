"""How a person likes the site to behave for them."""

from labelling.models import User


def set_auto_advance(*, person: User, on: bool) -> None:
    """Whether the next picture comes at once after an answer, or when this person asks for it."""
    person.auto_advance = on
    person.save(update_fields=["auto_advance"])
