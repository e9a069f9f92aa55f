"""Sequential fine-tuning (Zhai et al., 2021, section 4): one translator goes on with each task, and forgets.

It is the factorised one with the parts of a single task: 6.27 M numbers in table 5.
"""

from mneme.methods.hyper.factorised import Factorised
from mneme.methods.hyper.translation import Translation


class SftHyper(Factorised, Translation):
    SEES, CHAINED, BASE = "current", True, "none"
