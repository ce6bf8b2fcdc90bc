"""The gate's table in words."""

from classifier.models import ModelVersion
from classifier.training.gate import Compared, decide
from tests.classifier.training.gate.judged import gold, judged, perfect
from tests.worker.gates import gate_rows
from worker.pages.gate_table import gate_table


def test_a_refusal_says_what_failed_and_groups_the_rest(version: ModelVersion) -> None:
    table = gate_table(gate_rows(version, accused=20))
    assert table is not None
    assert table.lead == "It was refused: 5 of 12 checks failed."
    assert [words.split(":")[0] for words in table.failed] == [
        "AUROC (gold)",
        "balanced accuracy (gold)",
        "log loss (gold)",
        "false accusations (gold)",
        "false accusations (gold, zoo)",
    ]
    assert [block.title for block in table.blocks] == [
        "Gold, never learned from",
        "The bundles themselves",
    ]
    gold_block, bundles = table.blocks
    assert [line.place for line in gold_block.apart] == ["town", "zoo"]
    assert gold_block.failed_apart
    accused = next(line for line in gold_block.lines if line.name == "false accusations")
    assert (accused.before, accused.now, accused.loss, accused.allowed, accused.ok) == (
        "0.0%",
        "10.0%",
        "10.0 points",
        "2.0 points",
        False,
    )
    assert accused.interval == "5.8 to 14.2"
    assert gold_block.told == "5 of 10 checks failed"
    assert (bundles.told, bundles.failed) == ("2 checks, none failed", False)
    assert [line.now for line in bundles.lines][1] == "1.00×"


def test_a_pass_says_how_many_checks_there_were(version: ModelVersion) -> None:
    table = gate_table(gate_rows(version, accused=0))
    assert table is not None
    assert table.lead == "It passed: 12 checks, and none is worse by more than is allowed."
    assert table.failed == []


def test_what_could_not_be_compared_has_no_figures_and_is_not_counted() -> None:
    few = judged([0.1] * 5, [])
    rows = decide([gold(perfect(), perfect()), Compared("audit", few, few)]).to_dict()["rows"]
    table = gate_table(rows)
    assert table is not None
    assert table.lead.startswith("It passed: 8 checks")
    assert {(line.before, line.compared) for line in table.blocks[1].lines} == {("–", False)}


def test_rows_from_before_there_were_sets_are_still_shown() -> None:
    old = {
        "name": "false accusations",
        "champion": 0.01,
        "challenger": 0.02,
        "worse_by": 0.01,
        "low": -0.01,
        "high": 0.03,
        "allowed": 0.01,
        "ok": True,
    }
    table = gate_table([old])
    assert table is not None
    (line,) = table.blocks[0].lines
    assert (line.before, line.now, line.loss, line.allowed) == (
        "1.0%",
        "2.0%",
        "1.0 points",
        "1.0 points",
    )
    assert line.interval == "-1.0 to 3.0"


def test_a_run_without_a_gate_has_no_table() -> None:
    assert gate_table([]) is None
