"""The promotion gate: a challenger goes on when it is not worse than the champion.

``decide`` takes what both say of the same pictures, set by set; docs/gate.md explains the rule.
"""

from classifier.training.gate.decide import decide
from classifier.training.gate.files import file_rows, same_network_rows
from classifier.training.gate.row import GateDecision, GateRow
from classifier.training.gate.rule import LEAST_OF_A_CLASS
from classifier.training.gate.sets import AUDIT, CALIBRATION, GOLD, REGRESSION, SETS, Compared

__all__ = [
    "AUDIT",
    "CALIBRATION",
    "GOLD",
    "LEAST_OF_A_CLASS",
    "REGRESSION",
    "SETS",
    "Compared",
    "GateDecision",
    "GateRow",
    "decide",
    "file_rows",
    "same_network_rows",
]
