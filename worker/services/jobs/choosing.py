"""What somebody wants done to many pictures, counted before anything happens."""

from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import QueryDict

from labelling.errors import Conflict, InvalidRequest
from labelling.models import Image, User
from labelling.numerals import whole_number
from labelling.permissions import reviewers
from labelling.queries import visible_images
from labelling.search import found_images
from worker.models import Job
from worker.services.jobs.exporting import FORMATS, check_format
from worker.services.jobs.forecast import Expected, Preview, left_alone
from worker.services.jobs.requests import CHECKS, MOST_PICTURES, request_job

Kind = Job.Kind
ACTIONS = {
    "review": Kind.REVIEW,
    "assign": Kind.ASSIGN,
    "predict": Kind.PREDICT,
    "export": Kind.EXPORT,
    "delete": Kind.DELETE,
}
MOST_IDS = 1000  # pictures that are named one by one; a search may find more
ANSWERS = {"ai": "AI", "human": "human", "unsure": "unsure", "unusable": "unusable"}


class AnotherNumber(Conflict):
    """There are more or fewer pictures now than somebody was told; nothing was begun."""


@dataclass(frozen=True)
class Wish:
    """What somebody wants done to which pictures; checked as far as it can be beforehand.

    ``missing`` more were named, and ``expected`` is how many there are as they were told.
    """

    kind: Job.Kind
    by: User
    images: QuerySet[Image]
    options: dict[str, Any]
    words: str
    missing: int = 0
    expected: int | None = None

    def preview(self) -> Preview:
        """Count; raises InvalidRequest where that is more than one job may hold."""
        images = self.images.order_by()
        total = images.count()
        if total > MOST_PICTURES:
            raise InvalidRequest(
                f"These are {total:,} pictures; one job may have {MOST_PICTURES:,}. "
                "Narrow the search and do one part after the other."
            )
        others = [Expected(self.missing, "not there, or not yours to see")]
        left = Image.objects.filter(pk__in=images.values("pk"))
        for words, which in left_alone(self.kind, self.by, self.options):
            others.append(Expected(left.filter(which).count(), words))
            left = left.exclude(which)
        return Preview(total + self.missing, [expected for expected in others if expected.count])

    def start(self) -> Job:
        """Ask for the job. Raises what ``request_job`` raises, and AnotherNumber."""
        ids = list(self.images.values_list("pk", flat=True)[: MOST_PICTURES + 1])
        # Counted here, as what came or went since the preview is in this list or is not.
        if self.expected not in (None, total := len(ids) + self.missing):
            raise AnotherNumber(f"These are {total:,} pictures now. Nothing was changed.")
        count = "1 picture" if len(ids) == 1 else f"{len(ids):,} pictures"
        return request_job(
            kind=self.kind,
            by=self.by,
            title=self.words.format(count),
            options=self.options,
            image_ids=ids,
        )


def wish_of(by: User, form: QueryDict, *, site: str = "") -> Wish:
    """Read a form: ``action``, ``ids`` or ``query``, and what the action needs besides; once that
    was asked back, the number that was ``confirmed``.

    ``site`` is the site's own address, for exports that name pictures by theirs.

    Raises InvalidRequest, and NotAllowed where the person may not do this to any picture.
    """
    kind = ACTIONS.get(form.get("action", ""))
    if kind is None:
        raise InvalidRequest("Say what to do: review, assign, predict, export or delete.")
    CHECKS[kind](by)
    images, missing = _images(by, form)
    confirmed = whole_number(form.get("confirmed", ""))
    return wish_for(kind, by, images, form, site=site, missing=missing, expected=confirmed)


def wish_for(
    kind: Job.Kind,
    by: User,
    images: QuerySet[Image],
    asked: Mapping[str, str],
    *,
    site: str = "",
    missing: int = 0,
    expected: int | None = None,
) -> Wish:
    """The same for pictures that were chosen already.

    Raises InvalidRequest, NotAllowed.
    """
    CHECKS[kind](by)
    options, words = _options(kind, asked, site)
    return Wish(kind, by, images, options, words, missing, expected)


def _images(by: User, form: QueryDict) -> tuple[QuerySet[Image], int]:
    if query := form.get("query", ""):
        return found_images(by, QueryDict(query)), 0
    return named_images(by, _ids(form))


def named_images(by: User, ids: Set[UUID]) -> tuple[QuerySet[Image], int]:
    """Of these pictures those that this person may see, and how many they may not, or are none."""
    images = visible_images(by).filter(pk__in=ids)
    return images, len(ids) - images.count()


def _ids(form: QueryDict) -> set[UUID]:
    given = form.getlist("ids")
    if not given:
        raise InvalidRequest("Select pictures first.")
    if len(given) > MOST_IDS:
        raise InvalidRequest(f"At most {MOST_IDS:,} pictures one by one; search for more.")
    try:
        return {UUID(text) for text in given}
    except ValueError as error:
        raise InvalidRequest("One of these is no picture.") from error


def _options(kind: Job.Kind, form: Mapping[str, str], site: str) -> tuple[dict[str, Any], str]:
    """What the job is told, and its title with a place for the number of pictures."""
    match kind:
        case Kind.REVIEW:
            answer = _one_of(ANSWERS, form.get("answer", ""), "Choose what these pictures are.")
            return {"answer": answer}, f"Review {{}} as {ANSWERS[answer]}"
        case Kind.ASSIGN:
            to = reviewers().filter(username=form.get("assignee", "")).first()
            if to is None:
                raise InvalidRequest("Choose a reviewer.")
            name = to.get_username().replace("{", "").replace("}", "")
            return {"to": to.pk}, f"Put {{}} before {name}"
        case Kind.EXPORT:
            chosen = check_format(form.get("format", ""))
            return {"format": chosen, "site": site}, f"Export {{}} as {FORMATS[chosen][0]}"
        case Kind.PREDICT:
            return {}, "Judge {} anew"
        case _:
            return {}, "Move {} to the bin"


def _one_of(known: dict[str, str], given: str, otherwise: str) -> str:
    if given not in known:
        raise InvalidRequest(otherwise)
    return given
