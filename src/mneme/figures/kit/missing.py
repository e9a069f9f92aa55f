"""A missing value: a hatched cell with the word that says why."""

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from mneme.figures.kit import style

FACE = "#F4F4F4"


def draw(axes: Axes, left: float, bottom: float, width: float, height: float, word: str, size: float = 7) -> None:
    """A hatched rectangle in data coordinates with a word in its middle."""
    axes.add_patch(Rectangle((left, bottom), width, height, facecolor=FACE, hatch="////", linewidth=0, zorder=1))
    box = {"facecolor": FACE, "edgecolor": "none", "pad": 1.2}
    axes.text(
        left + width / 2,
        bottom + height / 2,
        word,
        ha="center",
        va="center",
        fontsize=size,
        style="italic",
        color=style.MUTED,
        bbox=box,
        zorder=3,
    )


def fill(axes: Axes, word: str) -> None:
    """Show a whole axes as missing."""
    axes.set(xlim=(0, 1), ylim=(0, 1))
    axes.set_axis_off()
    draw(axes, 0, 0, 1, 1, word)
