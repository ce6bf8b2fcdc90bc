"""From pictures to rows, a batch at a time, with what one person may know of each."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from labelling.blindness import open_findings, open_labels
from labelling.models import Image, Prediction
from labelling.permissions import Person
from labelling.queries import current_predictions, visible_images
from labelling.search.sight import known_submissions
from worker.exporting.row import Exported, Row


def read_batch(image_ids: Sequence[UUID], person: Person) -> list[Exported]:
    """The rows of these pictures in their order; as many queries for 500 as for one.

    Those that this person may not see (any more) are left out.
    """
    found = visible_images(person).filter(pk__in=image_ids).select_related("label").order_by()
    images = {image.pk: image for image in found}
    known = open_findings(images.values(), person)
    labelled = open_labels(set(images), person)
    predictions = current_predictions([images[pk] for pk in known])
    names = _names(known, person)
    return [
        Exported(
            _row(
                images[pk],
                names.get(pk, ""),
                predictions.get(pk),
                blind=pk not in known,
                labelled=pk in labelled,
            ),
            images[pk],
        )
        for pk in image_ids
        if pk in images
    ]


def _names(known: Iterable[UUID], person: Person) -> dict[UUID, str]:
    """The first name of each that this person may know; ``known`` are those with an open finding.

    Of the others none is told: a name may say what the picture is.
    """
    named = known_submissions(person).filter(image__in=list(known)).exclude(filename="")
    newest_first = named.order_by("-created_at", "-pk").values_list("image_id", "filename")
    return dict(newest_first)


def _row(
    image: Image, filename: str, said: Prediction | None, *, blind: bool, labelled: bool
) -> Row:
    label = getattr(image, "label", None) if labelled else None
    return Row(
        id=str(image.pk),
        sha256=image.sha256,
        filename=filename,
        content_type=image.content_type,
        width=image.width,
        height=image.height,
        size=image.size,
        received_at=image.received_at,
        state=image.state,
        blind=blind,
        verdict=said.verdict if said else "",
        probability_ai=said.probability_ai if said else None,
        model_version=said.version.number if said else None,
        label=image.settled_as if labelled else "",
        settled_at=label.settled_at if label else None,
    )
