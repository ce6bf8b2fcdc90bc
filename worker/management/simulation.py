"""The options of a simulation, shared by the command that people use and the one that plays."""

from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Mapping
from pathlib import Path
from typing import Any

LABELS = "0,20,40,60,80,100,150,200,all"
NAMES = ("stream", "reviewers", "error_rate", "order", "seeds", "labels", "out", "bundle")
EVERYTHING = -1


def add_options(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--stream", required=True, type=Path, metavar="DIR", help="a folder with manifest.csv"
    )
    parser.add_argument("--reviewers", type=count, default=4, metavar="N")
    parser.add_argument(
        "--error-rate",
        type=rate,
        default=0.0,
        metavar="E",
        help="share of the answers that are wrong, 0 to 1",
    )
    parser.add_argument("--order", choices=("ours", "random", "both"), default="both")
    parser.add_argument("--seeds", type=count, default=5, metavar="N")
    parser.add_argument(
        "--labels",
        type=numbers,
        default=LABELS,
        metavar="N,N,…",
        help="after how many answers to retrain and measure, or `all`; default %(default)s",
    )
    parser.add_argument(
        "--out", type=Path, default=Path("simulation"), metavar="DIR", help="default %(default)s"
    )
    parser.add_argument(
        "--bundle", type=Path, metavar="DIR", help="what to begin with; default: what is shipped"
    )


def as_arguments(options: Mapping[str, Any]) -> list[str]:
    """The options as they are written on a command line, paths made absolute."""
    given = []
    for name in NAMES:
        value = options[name]
        if value is not None:
            text = value.resolve() if isinstance(value, Path) else value
            given.append(f"--{name.replace('_', '-')}={text}")
    return given


def numbers(text: str) -> str:
    """Check the list; it stays text until it is played."""
    stops(text)
    return text


def stops(text: str) -> list[int]:
    """``0,20,all`` as numbers in rising order; ``all`` is EVERYTHING and stands at the end."""
    words = [word.strip() for word in text.split(",") if word.strip()]
    everything = "all" in words
    if not all(word.isdecimal() for word in words if word != "all") or not words:
        raise ArgumentTypeError(f"write numbers and commas, such as {LABELS}")
    found = sorted({int(word) for word in words if word != "all"})
    return [*found, EVERYTHING] if everything else found


def count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError("write a whole number of 1 or more")
    return int(text)


def rate(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise ArgumentTypeError("write a number from 0 to 1")
    return value
