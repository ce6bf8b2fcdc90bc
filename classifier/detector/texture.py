"""Which crops of a picture hold the most fine structure, told from a bounded number of them."""

import numpy as np

from classifier.detector.decoding import Pixels

Place = tuple[int, int]

# At most so many tops and so many lefts are tried, however large the picture is.
MOST_STEPS = 8
EVERY = 4  # only every fourth row and column of a candidate is read
GREEN = 1  # the channel that cameras sample most densely and JPEG keeps best


def texture_places(pixels: Pixels, crop: int, most: int) -> list[Place]:
    """Return the (top, left) of up to ``most`` crops of an (H, W, 3) picture, the busiest first.

    Crops that lie within half a crop of a busier one wait until no others are left.
    """
    height, width = pixels.shape[:2]
    ranked = sorted(
        ((top, left) for top in _steps(height, crop) for left in _steps(width, crop)),
        key=lambda place: (-_energy(pixels, place, crop), place),
    )
    apart: list[Place] = []
    for place in ranked:
        if all(_apart(place, other, crop) for other in apart):
            apart.append(place)
    return list(dict.fromkeys(apart + ranked))[:most]


def _steps(length: int, crop: int) -> list[int]:
    """Where crops begin along one side: half a crop apart, or evenly if that were too many."""
    last = max(length - crop, 0)
    count = min(-(-2 * last // crop) + 1, MOST_STEPS)
    return [int(step) for step in np.linspace(0, last, count)]


def _energy(pixels: Pixels, place: Place, crop: int) -> float:
    """The mean absolute second difference of a candidate along its rows and its columns."""
    top, left = place
    square = pixels[top : top + crop, left : left + crop, GREEN].astype(np.int16)
    return _roughness(square[::EVERY]) + _roughness(square[:, ::EVERY].T)


def _roughness(lines: np.ndarray[tuple[int, ...], np.dtype[np.int16]]) -> float:
    if lines.shape[1] < 3:
        return 0.0
    return float(np.abs(np.diff(lines, n=2, axis=1)).mean())


def _apart(one: Place, other: Place, crop: int) -> bool:
    return max(abs(one[0] - other[0]), abs(one[1] - other[1])) >= crop / 2
