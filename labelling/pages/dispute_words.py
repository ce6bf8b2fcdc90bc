"""A dispute in words. Pure: what happened in, sentences out. Evidence, never a judgement."""

from dataclasses import dataclass
from datetime import datetime

from classifier.vocabulary import Verdict
from labelling.disputes import Settlement
from labelling.models import Dispute
from labelling.pages.wording import WORDS, Reading, read

MADE_BY = {
    "ai": "made by AI",
    "human": "made by a person",
    "unusable": "unusable: nothing can be learned or measured with it",
}
DECISIONS = {
    "ai": "Made by AI",
    "human": "Made by a person",
    "unusable": "Unusable",
    "none": "It cannot be told",
}
CLOSED = {
    "accepted": "Accepted: people found that the verdict was not right",
    "declined": "Declined: nothing was found that shows the verdict to be wrong",
    "withdrawn": "Withdrawn",
}
NUMBERS = {1: "One person", 2: "Two people", 3: "Three people", 4: "Four people", 5: "Five people"}


@dataclass(frozen=True)
class Step:
    """One line of the way of a dispute; ``at`` is None for what is still to come."""

    words: str
    at: datetime | None = None
    done: bool = True


def disputed_reading(dispute: Dispute) -> Reading:
    """What was disputed, as the page of the picture said it then."""
    return read(
        verdict=dispute.verdict,
        probability_ai=dispute.probability_ai,
        thresholds=dispute.version.thresholds,
        metrics=dispute.version.metrics,
    )


def steps(dispute: Dispute, settlement: Settlement | None, *, own: bool) -> list[Step]:
    """The way of a dispute so far, and what comes next while it is open."""
    who = "You said" if own else "Whoever handed the picture in said"
    so_far = [Step(f"{who} that this is wrong", dispute.opened_at)]
    if dispute.state == Dispute.State.OPEN:
        return [*so_far, *_to_come(settlement, own=own)]
    return [*so_far, Step(CLOSED[dispute.state], dispute.answered_at)]


def _to_come(settlement: Settlement | None, *, own: bool) -> list[Step]:
    answer = Step(f"An adjudicator answers{' you here' if own else ''}", done=False)
    if settlement is None:
        return [Step("Two people look at it, unseen by each other", done=False), answer]
    return [Step(settled(settlement)), answer]


def settled(settlement: Settlement) -> str:
    """What people settled, and how many of them."""
    return f"{_people(settlement.people)} looked and settled it as {MADE_BY[settlement.value]}"


def prepared_answer(dispute: Dispute, settlement: Settlement) -> str:
    """The answer that an adjudicator may send as it is, where people have settled the picture."""
    looked = f"{_people(settlement.people)} looked at this picture"
    if settlement.people > 1:
        looked += ", unseen by each other"
    came_to = f"{looked}, and settled it as {MADE_BY[settlement.value]}."
    verdict = WORDS[Verdict(dispute.verdict)]
    if settlement.contradicts(dispute.verdict):
        said = f"The detector had said {verdict}, and that was not right."
        if dispute.verdict == Verdict.UNCERTAIN:
            said = "The detector had no answer, and people could give one."
        return (
            f"{came_to} {said} From now on every later version is tested on this picture. "
            "Thank you for telling us."
        )
    return (
        f"{came_to} We have read what you wrote, and found nothing that shows the verdict "
        f"({verdict}) to be wrong. If you can show how the picture was made, tell us in a new "
        "dispute."
    )


def _people(count: int) -> str:
    return NUMBERS.get(count, f"{count} people" if count else "People")
