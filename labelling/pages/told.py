"""What a page may tell of a picture to somebody who has answered for it, or who settles it."""

from typing import Any

from django.template.defaultfilters import capfirst

from labelling.blindness import sight_of
from labelling.contradiction import contradiction_in
from labelling.models import Image, Review, Showing, User, Why
from labelling.queries import current_prediction, evidence_of, standing_reviews

IN_WORDS = {
    Why.ASSIGNED.value: "You were asked about it by name",
    Why.CHOSEN.value: "You opened it",
    # One for both, so that a silent test stays silent: it comes before others, too.
    Why.AUDIT.value: "Drawn by chance, to measure with",
    Why.GOLD.value: "Drawn by chance, to measure with",
}


def told(image: Image, person: User) -> dict[str, Any]:
    """The context of ``labelling/_told.html``; what this person is still blind to is left out."""
    sight = sight_of(person, image)
    reviews = list(standing_reviews(image)) if sight.votes else []
    prediction = current_prediction(image) if sight.finding else None
    clues = evidence_of([image])[image.pk] if sight.finding else []
    return {
        "image": image,
        "vote": _own(reviews, person),
        "others": [review for review in reviews if review.reviewer_id != person.pk],
        "prediction": prediction,
        "clues": clues,
        "contradiction": contradiction_in(clues, prediction),
        "why": why_shown(image, person),
    }


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


def _own(reviews: list[Review], person: User) -> Review | None:
    return next((review for review in reversed(reviews) if review.reviewer_id == person.pk), None)
