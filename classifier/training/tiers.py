"""How a picture comes to us: as it was, through the web, or through several hands.

Each tier is a function of the pixels alone. What it draws, it draws from their sha256, so the same
picture always comes out the same.
"""

from collections.abc import Callable
from hashlib import sha256

import numpy as np
from PIL import Image

from classifier.detector.decoding import Pixels
from classifier.training.augmentation import recompress

Tier = Callable[[Pixels], Pixels]

CLEAN, WEB, HARD = "clean", "web", "hard"
WEBP, SCREENSHOT, CROP, SMALL = "webp", "screenshot", "crop", "small"
SMALL_SIDES = (168, 224)
# What displays do: 125 % and 150 % scaling, phones in between, and browsers that zoom out.
LEAST_SCALE, MOST_SCALE = 0.67, 1.5
LARGEST_SCREEN = 3840


def clean(pixels: Pixels) -> Pixels:
    return pixels


def web(pixels: Pixels) -> Pixels:
    """Long edge at most 768, JPEG quality 60."""
    return _shrunk_and_compressed(pixels, 768, 60)


def hard(pixels: Pixels) -> Pixels:
    """Long edge at most 512, JPEG quality 40."""
    return _shrunk_and_compressed(pixels, 512, 40)


def webp(pixels: Pixels) -> Pixels:
    """WebP at a quality from 50 to 75, at the picture's own size."""
    quality = int(_drawn_for(pixels, WEBP).integers(50, 76))
    return np.asarray(recompress(Image.fromarray(pixels), "WEBP", quality))


def screenshot(pixels: Pixels) -> Pixels:
    """Drawn at a scale of 0.67 to 1.5 with the filter of a browser, kept without loss."""
    rng = _drawn_for(pixels, SCREENSHOT)
    # Never a whole ratio of pixels: each one of the screen mixes several of the picture.
    scale = float(np.exp(rng.uniform(np.log(LEAST_SCALE), np.log(MOST_SCALE))))
    scale = min(scale, LARGEST_SCREEN / max(pixels.shape[:2]))
    height, width = (max(round(side * scale), 1) for side in pixels.shape[:2])
    drawn = Image.fromarray(pixels).resize((width, height), Image.Resampling.BILINEAR)
    return np.asarray(drawn)


def crop(pixels: Pixels) -> Pixels:
    """A part of 50 to 80 % of each side, anywhere inside."""
    rng = _drawn_for(pixels, CROP)
    (top, height), (left, width) = (_inner(side, rng) for side in pixels.shape[:2])
    return np.ascontiguousarray(pixels[top : top + height, left : left + width])


def small(pixels: Pixels) -> Pixels:
    """A part of at most 168 × 224 pixels, lying or standing, anywhere inside."""
    rng = _drawn_for(pixels, SMALL)
    (top, height), (left, width) = (
        _place_of(side, int(most), rng)
        for side, most in zip(pixels.shape[:2], rng.permutation(SMALL_SIDES), strict=True)
    )
    return np.ascontiguousarray(pixels[top : top + height, left : left + width])


def _place_of(side: int, most: int, rng: np.random.Generator) -> tuple[int, int]:
    """Return where a part of at most ``most`` begins on a side, and how long it is."""
    length = min(side, most)
    return int(rng.integers(side - length + 1)), length


# What a bundle is calibrated and measured with when it is made, and all that can be measured.
TIERS: dict[str, Tier] = {CLEAN: clean, WEB: web, HARD: hard}
# What is learned from besides. In a collection one class may have come as WebP, through a screen,
# or small (the lab's small pictures are human): some pictures of both are seen as each.
LEARNED_TIERS: dict[str, Tier] = {**TIERS, WEBP: webp, SCREENSHOT: screenshot, SMALL: small}
ALL_TIERS: dict[str, Tier] = {**TIERS, WEBP: webp, SCREENSHOT: screenshot, CROP: crop}
EVERY_TIER: dict[str, Tier] = {**ALL_TIERS, **LEARNED_TIERS}


def _shrunk_and_compressed(pixels: Pixels, edge: int, quality: int) -> Pixels:
    image = Image.fromarray(pixels)
    image.thumbnail((edge, edge), Image.Resampling.LANCZOS)
    return np.asarray(recompress(image, "JPEG", quality))


def _drawn_for(pixels: Pixels, tier: str) -> np.random.Generator:
    """A generator of its own for each picture and tier."""
    digest = sha256(tier.encode())
    digest.update(repr(pixels.shape).encode())
    digest.update(np.ascontiguousarray(pixels).data)
    return np.random.default_rng(int.from_bytes(digest.digest(), "big"))


def _inner(side: int, rng: np.random.Generator) -> tuple[int, int]:
    """Return where a part of a side begins, and how long it is."""
    length = max(round(side * rng.uniform(0.5, 0.8)), 1)
    return int(rng.integers(side - length + 1)), length
