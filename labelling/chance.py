"""Chance that nobody outside can guess or bend, and that the site can tell again."""

from django.utils.crypto import salted_hmac


def chance(salt: str, of: str) -> float:
    """Return a number from 0 to 1 (exclusive) that is always the same for the same words.

    Drawn under the site's secret: whoever knows ``of`` cannot tell the outcome.
    """
    drawn = salted_hmac(salt, of, algorithm="sha256").digest()
    return int.from_bytes(drawn[:8]) / 2**64
