"""How careful to be with a data set: what a training's settings say about it."""

from dataclasses import dataclass
from typing import Literal

# What to do when the label shows in the files.
OnBias = Literal["normalise", "stop", "ignore"]


@dataclass(frozen=True)
class Care:
    """``on_bias``: even out what the network sees, stop, or go on with a loud note.

    ``strict`` stops at the first broken picture instead of leaving it out. ``cropped_twins``
    looks for cropped copies, too, which takes an embedding of some of the pictures.
    """

    on_bias: OnBias = "normalise"
    strict: bool = False
    cropped_twins: bool = True
