"""All checks on all sets, and the decision."""

from collections.abc import Iterable, Sequence

from classifier.training.gate.bias import bias_rows
from classifier.training.gate.measures import (
    ACCURACY,
    ACCUSED,
    ACCUSED_OF_ONE_ORIGIN,
    AUROC,
    FOUND,
    MISSED,
    NLL,
    RIGHT,
    Measure,
    human_pictures,
)
from classifier.training.gate.row import GateDecision, GateRow
from classifier.training.gate.rule import LEAST_OF_A_CLASS, not_worse, refused
from classifier.training.gate.sets import CALIBRATION, GOLD, REGRESSION, Compared
from classifier.training.gate.single import floor_row, kept_right_row
from classifier.training.metrics import resamples
from classifier.training.relearn import SETTLED
from classifier.training.tiers import CLEAN

EVERYTHING = (AUROC, ACCURACY, NLL, ACCUSED, MISSED, FOUND, RIGHT)
# A degraded picture need not be told, but it must not be called wrong.
WHEN_DEGRADED = (AUROC, ACCUSED, RIGHT)
# They were all wrong once, so how many there are of a kind says nothing.
WHEN_REGRESSION = (ACCURACY,)


def decide(sets: Sequence[Compared], files: Iterable[GateRow] = ()) -> GateDecision:
    """Compare champion and challenger on every set; each row decides.

    ``files`` are rows of what is not told by pictures: size and time. One of the sets must be the
    gold set as the pictures came in (``clean``), with at least 20 of each class, else nothing is
    compared and the challenger is refused. The same sets give the same table.
    """
    if refusal := _refusal(sets):
        return GateDecision.of((refusal,))
    rows = [row for compared in sets for row in _rows(compared)]
    return GateDecision.of((*rows, *bias_rows(sets), *files))


def _refusal(sets: Sequence[Compared]) -> GateRow | None:
    """The one row that says why nothing can be compared, or None."""
    gold = next((one for one in sets if one.name == GOLD and one.tier == CLEAN), None)
    fewest = gold.fewest if gold else 0
    if not all(one.finite for one in sets):
        return refused(
            "finite probabilities",
            fewest,
            "A probability is not a finite number, so nothing can be compared.",
        )
    if fewest < LEAST_OF_A_CLASS:
        return refused(
            "enough gold pictures",
            fewest,
            f"The gold set holds {fewest} pictures of its smaller class; "
            f"{LEAST_OF_A_CLASS} are needed to compare two versions.",
        )
    return None


def _rows(compared: Compared) -> list[GateRow]:
    if not len(compared):
        return []
    if compared.name == REGRESSION:
        return [kept_right_row(compared), *_checks(compared, WHEN_REGRESSION)]
    if compared.tier != CLEAN:
        return _checks(compared, WHEN_DEGRADED, compared.tier)
    if compared.name == CALIBRATION:  # it stands in for degraded gold; as it came, gold is there
        return []
    rows = _checks(compared, EVERYTHING)
    if compared.name == GOLD:
        rows += [floor_row(compared), *_slices(compared)]
    return rows


def _checks(compared: Compared, measures: Iterable[Measure], slice: str = "") -> list[GateRow]:
    drawn = resamples(compared.champion.is_ai, units=compared.units)
    return [
        not_worse(
            measure,
            compared.champion,
            compared.challenger,
            drawn,
            set=compared.name,
            slice=slice,
        )
        for measure in measures
    ]


def _slices(gold: Compared) -> list[GateRow]:
    """False accusations of each origin that is large enough, and more of what people settled."""
    rows = []
    for group in sorted(set(gold.groups)):
        part = gold.of_group(group)
        if human_pictures(part.champion) >= LEAST_OF_A_CLASS:
            rows += _checks(part, (ACCUSED_OF_ONE_ORIGIN,), group)
        if group == SETTLED and part.fewest >= LEAST_OF_A_CLASS:
            rows += _checks(part, (ACCURACY,), group)
    return rows
