"""A heat map and its neighbours in words. Pure: numbers in, sentences out."""

from dataclasses import dataclass
from math import exp

from labelling.nearest import NEARLY_THE_SAME
from labelling.overlay import Legend, Place
from labelling.pages.wording import percent

ROWS = ("upper", "", "lower")
COLUMNS = ("left", "", "right")
ALONE = {"upper": "at the top", "lower": "at the bottom", "": "in the centre"}
MOST_ODDS = 1_000_000
# The least cosine for each word, the closest first.
ALIKE = ((NEARLY_THE_SAME, "Nearly the same picture"), (0.85, "Very alike"), (0.65, "Alike"))
HARDLY = "Somewhat alike"


@dataclass(frozen=True)
class Key:
    """What stands beside the map. ``full`` is the figure at either end of the colours."""

    version: int
    full: int
    score: str
    odds: str
    probability: str
    looked_at: str
    ai: str
    human: str


def read_key(legend: Legend) -> Key:
    """Put a legend into words."""
    return Key(
        version=legend.version,
        full=legend.full,
        score=signed(legend.score),
        odds=odds(legend.score),
        probability=percent(1 / (1 + exp(-max(-500.0, min(500.0, legend.score))))),
        looked_at=_looked_at(legend),
        ai=_place(legend.ai),
        human=_place(legend.human),
    )


def signed(log_odds: float) -> str:
    """With its sign and a real minus: +2.1, −0.4, 0.0."""
    text = f"{abs(log_odds):.1f}"
    if text == "0.0":
        return text
    return f"{'+' if log_odds > 0 else '−'}{text}"


def odds(log_odds: float) -> str:
    """Log-odds as people bet: "9 to 1 for AI"."""
    side = "AI" if log_odds > 0 else "human"
    times = exp(min(abs(log_odds), 100.0))
    if times < 1.05:
        return "even"
    if times > MOST_ODDS:
        return f"over {MOST_ODDS:,} to 1 for {side}"
    return f"{_two_digits(times)} to 1 for {side}"


def likeness(cosine: float) -> str:
    """How near two pictures are in the eyes of the detector."""
    return next((word for least, word in ALIKE if cosine >= least), HARDLY)


def _two_digits(number: float) -> str:
    """No more digits than mean something: 1.4, 37, 1,800."""
    return f"{number:.1f}" if number < 9.95 else f"{float(f'{number:.1e}'):,.0f}"


def _looked_at(legend: Legend) -> str:
    squares, cover = (
        ("one square", "covers") if legend.crops == 1 else (f"{legend.crops} squares", "cover")
    )
    looked = f"The detector looked at {squares} of {legend.crop} × {legend.crop} pixels"
    if legend.looked_at >= 1:
        return f"{looked}, which {cover} the whole picture."
    share = percent(legend.looked_at)
    return f"{looked}, {share} of the picture. What is hatched had no part in the score."


def _place(place: Place | None) -> str:
    """ "+12.3, at the upper left"; empty where nothing speaks for this side."""
    if place is None:
        return ""
    row, column = ROWS[_third(place.y)], COLUMNS[_third(place.x)]
    where = f"at the {row} {column}".replace("  ", " ") if column else ALONE[row]
    return f"{signed(place.log_odds)}, {where}"


def _third(share: float) -> int:
    return min(2, int(share * 3))
