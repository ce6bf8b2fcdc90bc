"""What happens to a picture on its way through the web, done to both classes alike."""

from dataclasses import dataclass
from io import BytesIO

import numpy as np
from PIL import Image, ImageEnhance, ImageFilter

from classifier.detector.decoding import Pixels
from classifier.detector.preprocessing import cut

_FILTERS = (Image.Resampling.BICUBIC, Image.Resampling.BILINEAR, Image.Resampling.LANCZOS)
_DISPLAY_FILTERS = (Image.Resampling.NEAREST, Image.Resampling.BILINEAR)
# What stands around a picture on a screen: white, greys, a dark theme, black.
_SURROUNDINGS = (255, 246, 221, 128, 34, 18, 0)


@dataclass(frozen=True)
class Degradation:
    """How often, 0 to 1, and how much; the label is not among what it can see.

    Qualities are those of JPEG and WebP, ``webp`` is the share of WebP among both.
    """

    rescale: float = 0.6
    scale_least: float = 0.4
    scale_most: float = 1.3
    screenshot: float = 0.05
    compress: float = 0.7
    compress_again: float = 0.15
    quality_least: int = 30
    quality_most: int = 95
    webp: float = 0.3
    blur: float = 0.08
    colour: float = 0.2

    def __post_init__(self) -> None:
        for name in ("rescale", "screenshot", "compress", "compress_again", "webp", "blur"):
            _check_share(name, getattr(self, name))
        _check_share("colour", self.colour)
        if not 0 < self.scale_least <= self.scale_most:
            raise ValueError("`scale_least` must be above 0 and not above `scale_most`")
        if not 1 <= self.quality_least <= self.quality_most <= 100:
            raise ValueError("`quality_least` and `quality_most` must rise, within 1 to 100")


def _check_share(name: str, share: float) -> None:
    if not 0 <= share <= 1:
        raise ValueError(f"`{name}` is a share: it must be between 0 and 1, not {share}")


def training_crop(pixels: Pixels, crop: int, how: Degradation, rng: np.random.Generator) -> Pixels:
    """Cut a random (crop, crop, 3) square at native or rescaled resolution and degrade it."""
    image = _random_region(pixels, crop, how, rng)
    if rng.random() < how.blur:
        image = image.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 1.2)))
    if rng.random() < how.colour:
        image = _random_colours(image, rng)
    if rng.random() < how.screenshot:
        image = screenshot(image, rng)
    if rng.random() < how.compress:
        image = _random_compression(image, how, rng)
        if rng.random() < how.compress_again:
            image = _random_compression(image, how, rng)
    if rng.random() < 0.5:
        image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    return np.asarray(image)


def recompress(image: Image.Image, kind: str, quality: int, **options: object) -> Image.Image:
    """Encode and decode again; ``kind`` is JPEG or WEBP."""
    buffer = BytesIO()
    image.save(buffer, kind, quality=quality, **options)
    buffer.seek(0)
    with Image.open(buffer, formats=(kind,)) as again:
        return again.convert("RGB")


def screenshot(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Show a picture on a screen and take it from there, at its own size again.

    A display scales by no whole number and with a quick filter, has a gamma of its own, rounds
    to bytes, and sometimes a strip of the window comes along.
    """
    width, height = image.size
    scale = rng.uniform(1.05, 1.6)
    how = _DISPLAY_FILTERS[int(rng.integers(len(_DISPLAY_FILTERS)))]
    shown = image.resize((round(width * scale), round(height * scale)), how)
    left = int(rng.integers(shown.width - width + 1))
    top = int(rng.integers(shown.height - height + 1))
    taken = np.asarray(shown.crop((left, top, left + width, top + height)))
    seen = 255.0 * (taken / 255.0) ** rng.uniform(0.92, 1.08)
    return Image.fromarray(_with_window_edge(np.rint(seen).astype(np.uint8), rng))


def _with_window_edge(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Lay a strip of the window, at most a sixteenth of the side, over one edge or none."""
    grey = _SURROUNDINGS[int(rng.integers(len(_SURROUNDINGS)))]
    edge, strip = int(rng.integers(8)), int(rng.integers(1, max(pixels.shape[0] // 16, 1) + 1))
    if edge < 4:
        np.rot90(pixels, edge)[:strip] = grey
    return pixels


def _random_colours(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    image = ImageEnhance.Brightness(image).enhance(rng.uniform(0.8, 1.2))
    image = ImageEnhance.Contrast(image).enhance(rng.uniform(0.8, 1.2))
    return ImageEnhance.Color(image).enhance(rng.uniform(0.7, 1.3))


def _random_region(
    pixels: Pixels, crop: int, how: Degradation, rng: np.random.Generator
) -> Image.Image:
    height, width = pixels.shape[:2]
    side = crop
    if rng.random() < how.rescale:
        scale = np.exp(rng.uniform(np.log(how.scale_least), np.log(how.scale_most)))
        # Small pictures are not shrunk further than they last: mirrored borders would tell
        # the sources apart by their size.
        side = min(round(crop / scale), max(crop, min(height, width)))
    top = int(rng.integers(max(height - side, 0) + 1))
    left = int(rng.integers(max(width - side, 0) + 1))
    image = Image.fromarray(cut(pixels, top, left, side))
    if side == crop:
        return image
    return image.resize((crop, crop), _FILTERS[int(rng.integers(len(_FILTERS)))])


def _random_compression(
    image: Image.Image, how: Degradation, rng: np.random.Generator
) -> Image.Image:
    quality = int(rng.integers(how.quality_least, how.quality_most + 1))
    if rng.random() < how.webp:
        return recompress(image, "WEBP", quality, method=0)
    return recompress(image, "JPEG", quality, subsampling=int(rng.choice([0, 2])))
