"""How figures look, and how metrics and their values are printed."""

import textwrap

import matplotlib
from matplotlib.figure import Figure

from mneme.evaluation import measures

REAL, INK, MUTED, RULE = "#6B6B6B", "#1A1A1A", "#5F5F5F", "#D9D9D9"

# Everything is set, so that a user's matplotlibrc (or a notebook's backend) cannot change a figure's bytes.
_DRAWING = ("axes", "figure", "font", "grid", "hatch", "image", "legend", "lines", "mathtext", "patch", "path", "pdf")
_DRAWING += ("savefig", "text", "xaxis", "xtick", "yaxis", "ytick")
RC = {name: value for name, value in matplotlib.rcParamsDefault.items() if name.split(".")[0] in _DRAWING} | {
    "font.family": ["DejaVu Sans"],
    "font.size": 8,
    "axes.titlesize": 8.5,
    "axes.titleweight": "bold",
    "axes.titlepad": 7,
    "axes.labelsize": 8,
    "axes.labelcolor": INK,
    "axes.edgecolor": MUTED,
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "grid.color": "#E8E8E8",
    "grid.linewidth": 0.7,
    "text.color": INK,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": 7.5,
    "ytick.labelsize": 7.5,
    "xtick.major.width": 0.7,
    "ytick.major.width": 0.7,
    "legend.frameon": False,
    "legend.fontsize": 8,
    "lines.linewidth": 1.7,
    "lines.markersize": 5,
    "hatch.linewidth": 0.5,
    "hatch.color": "#B9B9B9",
    "pdf.fonttype": 42,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
}
themed = matplotlib.rc_context(RC)  # a decorator of whatever draws and saves


def metric_label(metric: str, *, arrow: bool = False, unit: bool = True) -> str:
    """``Task accuracy (%)``, ``FID_clf ↓``: with the direction that is better, where there is one."""
    units = {1.0: "", 100.0: " (%)", 1000.0: " \u00d7 10³"}
    known = measures.metric(metric)
    text = known.label + (units[known.scale] if unit else "")
    if not arrow or known.lower is None:
        return text
    return f"{text} {'↓' if known.lower else '↑'}"


def scale(metric: str) -> float:
    """What a stored value is multiplied by in print: accuracies are percentages, KID is counted in thousandths."""
    return measures.metric(metric).scale


def number(metric: str, value: float, like: float | None = None) -> str:
    """A stored value in print, with as many decimals as ``like`` (a mean beside its deviation) has."""
    known = measures.metric(metric)
    decimals = known.decimals
    if decimals is None:
        decimals = 1 if abs((value if like is None else like) * known.scale) >= 10 else 2
    text = f"{value * known.scale:.{decimals}f}"
    return text.replace("-", "\u2212") if float(text) else text.lstrip("-")


def wrapped(note: str, inches: float) -> str:
    """A note in the small size, broken to a width."""
    return "\n".join(textwrap.fill(line, int(inches * 19.5), break_on_hyphens=False) for line in note.splitlines())


def heading(figure: Figure, title: str, note: str) -> None:
    """A bold title on the left above, a grey note on the left below; constrained layout keeps room for both."""
    note = wrapped(note, figure.get_figwidth())
    figure.get_layout_engine().set(h_pad=0.06, w_pad=0.05)
    figure.suptitle(title, x=0.012, ha="left", fontsize=10.5, fontweight="bold")
    figure.supxlabel(note, x=0.012, ha="left", fontsize=7, color=MUTED, linespacing=1.4)
