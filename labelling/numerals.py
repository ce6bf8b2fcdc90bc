"""Numbers in addresses and forms: ASCII digits, and nothing that only Python reads as a number.

It reads the digits of every script, underscores, signs, blanks and ``nan`` as well. Whoever sent
one of these by mistake would be answered something else than they asked.
"""

import re
from decimal import Decimal

# No more digits than a database's column of 64 bits holds.
WHOLE = re.compile("[0-9]{1,18}")
# As JSON writes a decimal, with as many digits as a float has, and more.
DECIMAL = re.compile("[0-9]{1,18}([.][0-9]{1,40})?([eE][+-]?[0-9]{1,2})?")


def whole_number(text: str) -> int | None:
    """The whole number, none below zero, that ``text`` is; None for anything else."""
    return int(text) if WHOLE.fullmatch(text) else None


def decimal_number(text: str) -> Decimal | None:
    """The number, none below zero, that ``text`` is; None for anything else."""
    return Decimal(text) if DECIMAL.fullmatch(text) else None
