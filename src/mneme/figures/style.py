"""How everything looks: one name, colour and marker per method, one way to print the numbers of a metric.

Colours are Okabe and Ito's, told apart with any colour vision; markers and dashes say the same again in grey.
"""

import textwrap
from collections.abc import Iterable

import matplotlib
from matplotlib.figure import Figure

from mneme.evaluation.measures import METRICS, SHARES, UNDIRECTED, lower_is_better

LABELS = {
    "joint": "Joint",
    "finetune": "Fine-tuning",
    "mergan_gp_gan": "MeRGAN-RA (GP-GAN)",
    "mergan_gp_gan-conditional": "MeRGAN-RA (GP-GAN, conditional)",
    "gan_memory": "GAN Memory",
    "gan_memory-conditional": "GAN Memory (conditional)",
    "gan_memory-no_norm": "GAN Memory, NoNorm",
    "gan_memory-no_bias": "GAN Memory, NoBias",
    "gan_memory-paper_discriminator": "GAN Memory, paper's D",
    "gan_memory_compressed": "GAN Memory (compressed)",
    "gan_memory_compressed-whole": "GAN Memory (nothing cut)",
    "transfer": "Fine-tuning per task",
    "base": "Base GAN",
    "jt": "JT",
    "sft": "SFT",
    "ewc": "EWC",
    "ewc-sigmoid": "EWC, log of sigmoid",
    "ewc-batch": "EWC, Fisher of batches",
    "dgr": "DGR",
    "dgr-one_over_t": "DGR, r = 1/t",
    "mergan_jtr": "MeRGAN-JTR",
    "mergan_jtr-averaged": "MeRGAN-JTR, averaged",
    "mergan_jtr-extended": "MeRGAN-JTR, one dataset",
    "mergan_ra": "MeRGAN-RA",
    "mergan_ra-unclassified": "MeRGAN-RA, unclassified",
}
UPPER_BOUNDS = ("joint", "jt", "transfer")  # all data at once, or a whole network a task: not continual learners
_LOOKS = {
    "joint": ("#3B3B3B", "s"),
    "finetune": ("#D55E00", "v"),
    "mergan_gp_gan": ("#A6761D", ">"),
    "mergan_gp_gan-conditional": ("#B2182B", "h"),
    "gan_memory": ("#0072B2", "o"),
    "gan_memory-conditional": ("#56B4E9", "D"),
    "gan_memory-no_norm": ("#009E73", "P"),
    "gan_memory-no_bias": ("#CC79A7", "X"),
    "gan_memory_compressed": ("#8C6BB1", "<"),
    "gan_memory_compressed-whole": ("#7F7F7F", "p"),
    "transfer": ("#E69F00", "^"),
    "base": ("#3B3B3B", "s"),
    "jt": ("#3B3B3B", "s"),
    "sft": ("#D55E00", "v"),
    "ewc": ("#CC79A7", "X"),
    "dgr": ("#E69F00", "^"),
    "mergan_jtr": ("#009E73", "P"),
    "mergan_ra": ("#0072B2", "o"),
}
_OTHERS = (("#009E73", "P"), ("#CC79A7", "X"), ("#8C6BB1", "<"), ("#A6761D", ">"), ("#7F7F7F", "p"), ("#B2182B", "h"))
REAL, INK, MUTED, RULE = "#6B6B6B", "#1A1A1A", "#5F5F5F", "#D9D9D9"

REPLAY = "replay-"  # a solver that replays a method is called like it, after this, and looks like it

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
themed = matplotlib.rc_context(RC)  # a decorator; saving must happen under it too


def label(method: str) -> str:
    """The method's or solver's name in print; an unknown one as it is."""
    name = method.removeprefix(REPLAY)
    return f"{'Replay of ' if name != method else ''}{LABELS.get(name, name)}"


def ordered(methods: Iterable[str]) -> list[str]:
    """Known methods in the fixed order of :data:`LABELS`, then the others by name."""
    known = {name: place for place, name in enumerate(LABELS)}
    return sorted(set(methods), key=lambda name: (known.get(name.removeprefix(REPLAY), len(known)), name))


def look(method: str, methods: Iterable[str]) -> dict[str, str]:
    """Colour and marker of a method among the methods of one figure, as keyword arguments of ``plot``."""
    known = {name: _LOOKS.get(name.removeprefix(REPLAY)) for name in ordered(methods)}
    free = [look for look in _OTHERS if look not in known.values()] or _OTHERS
    others = [name for name, look in known.items() if look is None]
    colour, marker = known.get(method) or free[others.index(method) % len(free)]
    return {"color": colour, "marker": marker}


def metric_label(metric: str, *, arrow: bool = False, unit: bool = True) -> str:
    """``Task accuracy (%)``, ``FID_clf ↓``: with the direction that is better, where there is one."""
    units = {1.0: "", 100.0: " (%)", 1000.0: " \u00d7 10³"}
    text = (METRICS[metric].label if metric in METRICS else metric) + (units[scale(metric)] if unit else "")
    if not arrow or metric in UNDIRECTED:
        return text
    return f"{text} {'↓' if lower_is_better(metric) else '↑'}"


def scale(metric: str) -> float:
    """What a stored value is multiplied by in print: accuracies are percentages, KID is counted in thousandths."""
    if metric.startswith("kid"):
        return 1000.0
    return 100.0 if metric in SHARES else 1.0


def number(metric: str, value: float, like: float | None = None) -> str:
    """A stored value in print, with as many decimals as ``like`` (a mean beside its deviation) has."""
    size = abs((value if like is None else like) * scale(metric))
    decimals = 1 if metric in SHARES or size >= 10 else 2
    if metric.startswith(("precision", "recall")):
        decimals = 3
    text = f"{value * scale(metric):.{decimals}f}"
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
