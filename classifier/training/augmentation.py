"""What happens to a picture on its way through the web, done to both classes alike."""

from dataclasses import dataclass
from io import BytesIO

import numpy as np
from PIL import Image, ImageEnhance, ImageFilter

from classifier.detector.decoding import Pixels
from classifier.detector.preprocessing import cut


@dataclass(frozen=True)
class Degradation:
    """How often and how much; the label is not among what it can see."""

    rescale: float = 0.6
    scale_least: float = 0.4
    scale_most: float = 1.3
    compress: float = 0.7
    compress_again: float = 0.15
    quality_least: int = 30
    quality_most: int = 95
    webp: float = 0.3
    blur: float = 0.08
    colour: float = 0.2


def training_crop(pixels: Pixels, crop: int, how: Degradation, rng: np.random.Generator) -> Pixels:
    """Cut a random (crop, crop, 3) square at native or rescaled resolution and degrade it."""
    image = _random_region(pixels, crop, how, rng)
    if rng.random() < how.blur:
        image = image.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 1.2)))
    if rng.random() < how.colour:
        image = ImageEnhance.Brightness(image).enhance(rng.uniform(0.8, 1.2))
        image = ImageEnhance.Contrast(image).enhance(rng.uniform(0.8, 1.2))
        image = ImageEnhance.Color(image).enhance(rng.uniform(0.7, 1.3))
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
    filters = (Image.Resampling.BICUBIC, Image.Resampling.BILINEAR, Image.Resampling.LANCZOS)
    return image.resize((crop, crop), filters[int(rng.integers(len(filters)))])


def _random_compression(
    image: Image.Image, how: Degradation, rng: np.random.Generator
) -> Image.Image:
    quality = int(rng.integers(how.quality_least, how.quality_most + 1))
    if rng.random() < how.webp:
        return recompress(image, "WEBP", quality, method=0)
    return recompress(image, "JPEG", quality, subsampling=int(rng.choice([0, 2])))
