"""Where a picture's file and the detector contradict each other, neither wins: people decide.

Whatever says AI counts, signed or not, because nobody gains by writing it into a photograph. What
says human counts only where a signature holds, because anyone can write a camera's name.
"""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Case, Q, QuerySet, Value, When

from classifier.detector.provenance import Says
from classifier.vocabulary import Verdict
from labelling.models import Evidence, Prediction

FOR_AI = Q(says=Says.AI)
FOR_HUMAN = Q(says=Says.HUMAN, verified=True)


def contradicted(verdict: str) -> Case:
    """Whether evidence contradicts the verdict that the field ``verdict`` of a picture holds."""
    against_human = Q(**{verdict: Verdict.HUMAN}) & Q(pk__in=_pictures(FOR_AI))
    against_ai = Q(**{verdict: Verdict.AI}) & Q(pk__in=_pictures(FOR_HUMAN))
    # Never null: databases disagree on whether null comes first.
    return Case(When(against_human | against_ai, then=Value(True)), default=Value(False))


def in_question() -> Q:
    """Pictures whose file says anything that could contradict a verdict: few, found at once."""
    return Q(pk__in=_pictures(FOR_AI | FOR_HUMAN))


def _pictures(which: Q) -> QuerySet[Evidence, UUID]:
    """Few files say such a thing, so the database gathers these once instead of for each row."""
    return Evidence.objects.filter(which).order_by().values_list("image", flat=True)


def contradiction_in(
    evidence: Iterable[Evidence], prediction: Prediction | None
) -> Evidence | None:
    """The first clue that contradicts what the detector says, if any."""
    if prediction is None:
        return None
    return next((clue for clue in evidence if _contradicts(clue, prediction.verdict)), None)


def _contradicts(clue: Evidence, verdict: str) -> bool:
    if clue.says == Says.AI:
        return verdict == Verdict.HUMAN
    return clue.says == Says.HUMAN and clue.verified and verdict == Verdict.AI
