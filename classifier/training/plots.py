"""Small charts as inline SVG. Colours are the page's own, so light and dark both work."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

Points = Sequence[tuple[float, float]]

WIDTH, HEIGHT = 340, 300
LEFT, RIGHT, TOP, BOTTOM = 54, 12, 12, 44


@dataclass(frozen=True)
class Axes:
    """What the two axes mean and how far they go; both begin at zero."""

    x: str
    y: str
    most_x: float = 1.0
    most_y: float = 1.0

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Return where a point lies in the drawing."""
        across, down = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
        return LEFT + across * x / self.most_x, TOP + down * (1 - y / self.most_y)


def chart(title: str, axes: Axes, *marks: str) -> str:
    """Return a whole drawing; ``title`` is what a screen reader says."""
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}">'
        f"{_grid(axes)}{''.join(marks)}</svg>"
    )


def line(points: Points, axes: Axes, style: str) -> str:
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in (axes.at(*point) for point in points))
    return f'<polyline class="{style}" points="{path}"/>'


def dots(points: Points, axes: Axes, style: str, *, names: Sequence[str] = ()) -> str:
    """Draw points; a name shows when one points at it."""
    drawn = []
    for place, point in enumerate(points):
        x, y = axes.at(*point)
        name = f"<title>{escape(names[place])}</title>" if names else ""
        drawn.append(f'<circle class="{style}" cx="{x:.1f}" cy="{y:.1f}" r="4">{name}</circle>')
    return "".join(drawn)


def whiskers(spans: Sequence[tuple[float, float, float]], axes: Axes, style: str) -> str:
    """Draw upright lines, (x, low, high) each."""
    drawn = []
    for x, low, high in spans:
        (across, start), (_, end) = axes.at(x, low), axes.at(x, high)
        drawn.append(
            f'<line class="{style}" x1="{across:.1f}" x2="{across:.1f}" '
            f'y1="{start:.1f}" y2="{end:.1f}"/>'
        )
    return "".join(drawn)


def bars(shares: Sequence[float], axes: Axes, style: str, *, half: int) -> str:
    """Draw a histogram; ``half`` 0 or 1 is the left or right half of each bin."""
    step = axes.most_x / len(shares)
    drawn = []
    for place, share in enumerate(shares):
        left, top = axes.at((place + half / 2) * step, share)
        right, floor = axes.at((place + (half + 1) / 2) * step, 0.0)
        drawn.append(
            f'<rect class="{style}" x="{left + 0.5:.1f}" y="{top:.1f}" '
            f'width="{max(right - left - 1, 1):.1f}" height="{max(floor - top, 0):.1f}"/>'
        )
    return "".join(drawn)


def _grid(axes: Axes) -> str:
    floor = HEIGHT - BOTTOM
    middle_x, middle_y = (LEFT + WIDTH - RIGHT) / 2, (TOP + floor) / 2
    parts = [
        _text(f'x="{middle_x}" y="{HEIGHT - 6}" text-anchor="middle"', axes.x),
        _text(f'transform="translate(11 {middle_y}) rotate(-90)" text-anchor="middle"', axes.y),
    ]
    for place in range(6):
        across, up = axes.most_x * place / 5, axes.most_y * place / 5
        x, y = axes.at(across, up)
        parts += [
            f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>',
            _text(f'x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end"', f"{up:.2g}"),
            _text(f'x="{x:.1f}" y="{floor + 16}" text-anchor="middle"', f"{across:.2g}"),
        ]
    return "".join(parts)


def _text(place: str, words: str) -> str:
    return f"<text {place}>{escape(words)}</text>"
