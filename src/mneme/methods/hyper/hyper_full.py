"""Hyper-Full (Zhai et al., 2021, section 4): a factorised translator of its own for each task."""

from mneme.methods.hyper.factorised import Factorised
from mneme.methods.hyper.translation import Translation


class HyperFull(Factorised, Translation):
    SEES, CHAINED, BASE = "current", False, "none"
