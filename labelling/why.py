"""Why a picture came before somebody, told once they have answered for it."""

from uuid import UUID

from django.template.defaultfilters import capfirst

from labelling.errors import NotFound
from labelling.models import Image, Review, Showing, User, Why
from labelling.queries import image_for

IN_WORDS = {
    Why.ASSIGNED.value: "You were asked about it by name",
    Why.CHOSEN.value: "You opened it",
    # One for both, so that a silent test stays silent: it comes before others, too.
    Why.AUDIT.value: "Drawn by chance, to measure with",
    Why.GOLD.value: "Drawn by chance, to measure with",
}


def answered_image(*, image_id: UUID, reviewer: User) -> Image:
    """The picture. Raises NotFound where no answer of this person stands on it."""
    image = image_for(reviewer, image_id)
    if not Review.objects.standing().filter(image=image, reviewer=reviewer).exists():
        raise NotFound("You have no answer on this picture that could be opened.")
    return image


def why_shown(image: Image, person: User) -> str:
    """Why this picture came before this person, in words; empty where it never did.

    Opening it again is no reason of its own where there was another.
    """
    shown = list(Showing.objects.filter(image=image, person=person).order_by("-turn"))
    chosen = next((showing for showing in shown if showing.why != Why.CHOSEN), None)
    if not shown:
        return ""
    showing = chosen or shown[0]
    return IN_WORDS.get(showing.why) or capfirst(showing.get_why_display())
