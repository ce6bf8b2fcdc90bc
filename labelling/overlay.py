"""The heat map as a picture to lay over a picture, with the figures that make it readable.

Amber speaks for AI and blue for human, as everywhere on the site, the stronger the less you see
through it; hatched is what the detector did not look at.
"""

import json
from dataclasses import asdict, dataclass
from io import BytesIO
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, PngImagePlugin

from classifier.detector.explanation import Explanation, HeatMap
from labelling.renditions import LONG_EDGE

AMBER = np.array([230, 159, 0], dtype=np.uint8)
BLUE = np.array([0, 114, 178], dtype=np.uint8)
STRONGEST = 210  # of 255: the picture shows through even where the colour is full
HATCH = 110
STEPS = (2, 5, 10, 20, 50, 100)  # log-odds at which the colour may be full
CHUNK = "aivh-legend"
DRAWING = 1  # counts up when overlays or legends change, so that kept ones are drawn anew

Raster = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Place:
    """A spot of the map in shares of the picture from its upper left, and its log-odds of AI."""

    x: float
    y: float
    log_odds: float


@dataclass(frozen=True)
class Legend:
    """What the colours of one overlay mean. All log-odds are calibrated.

    ``score`` is the mean over all that was looked at; ``full`` the log-odds, for AI or for human,
    from which the colour gets no stronger; ``looked_at`` a share of the picture; ``ai`` and
    ``human`` are the places that speak most for each, None where none does.
    """

    version: int
    score: float
    full: int
    looked_at: float
    crops: int
    crop: int
    ai: Place | None
    human: Place | None


def draw_overlay(explanation: Explanation, *, version: int) -> bytes:
    """Draw a calibrated explanation as a PNG with its legend in it, as large as the view."""
    heat = explanation.assemble(LONG_EDGE["view"])
    legend = Legend(
        version=version,
        score=explanation.score,
        full=_full_colour(heat),
        looked_at=heat.looked_at,
        crops=len(explanation.looks),
        crop=explanation.crop,
        ai=_strongest(heat, sign=1),
        human=_strongest(heat, sign=-1),
    )
    notes = PngImagePlugin.PngInfo()
    notes.add_text(CHUNK, json.dumps(asdict(legend)))
    target = BytesIO()
    Image.fromarray(_paint(heat, legend.full)).save(target, "PNG", pnginfo=notes)
    return target.getvalue()


def read_legend(overlay: bytes) -> Legend:
    """The legend that :func:`draw_overlay` has put into the file."""
    with Image.open(BytesIO(overlay), formats=("PNG",)) as picture:
        told: dict[str, Any] = json.loads(picture.info[CHUNK])
    ai, human = (Place(**place) if place else None for place in (told["ai"], told["human"]))
    return Legend(**told | {"ai": ai, "human": human})


def _full_colour(heat: HeatMap) -> int:
    """The first round figure that all but the strongest twentieth of the map stays below."""
    strong = np.quantile(np.abs(heat.values[heat.looks > 0]), 0.95)
    return next((step for step in STEPS if step >= strong), STEPS[-1])


def _strongest(heat: HeatMap, *, sign: int) -> Place | None:
    row, column = np.unravel_index(np.argmax(sign * heat.values), heat.values.shape)
    log_odds = float(heat.values[row, column])
    if sign * log_odds <= 0:
        return None
    height, width = heat.values.shape
    return Place((int(column) + 0.5) / width, (int(row) + 0.5) / height, log_odds)


def _paint(heat: HeatMap, full: int) -> Raster:
    """RGBA (H, W, 4): the colour says the side, the opacity how strongly."""
    picture = np.empty((*heat.values.shape, 4), dtype=np.uint8)
    picture[..., :3] = np.where((heat.values > 0)[..., np.newaxis], AMBER, BLUE)
    picture[..., 3] = np.minimum(np.abs(heat.values) / full, 1.0) * STRONGEST
    _hatch(picture, heat.looks == 0)
    return picture


def _hatch(picture: Raster, where: npt.NDArray[np.bool_]) -> None:
    """Grey lines, dark beside light, so that they show on any picture."""
    height, width = where.shape
    period = max(6, max(where.shape) // 80)
    phase = (np.arange(height)[:, np.newaxis] + np.arange(width)) % period * 8 // period
    for band, grey in ((0, 30), (1, 225)):
        picture[where & (phase == band)] = (grey, grey, grey, HATCH)
