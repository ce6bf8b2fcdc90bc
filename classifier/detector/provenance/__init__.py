"""What a file says of its own origin: clues beside the score, never part of it.

A clue is either verified, by a signature that fits the picture, or merely declared: written into
the file by whoever wrote the file.
"""

from classifier.detector.provenance.clue import Clue, Kind, Says
from classifier.detector.provenance.reading import read_provenance

__all__ = ["Clue", "Kind", "Says", "read_provenance"]
