"""What a page may tell of a picture to somebody who has answered for it, or who settles it."""

from typing import Any

from labelling.blindness import sight_of
from labelling.contradiction import contradiction_in
from labelling.models import Image, Review, User
from labelling.queries import current_prediction, evidence_of, standing_reviews
from labelling.why import why_shown


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


def _own(reviews: list[Review], person: User) -> Review | None:
    return next((review for review in reversed(reviews) if review.reviewer_id == person.pk), None)
