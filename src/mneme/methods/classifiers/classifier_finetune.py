"""Nothing against forgetting: each task is learned from its own images alone. The lower bound.

[GAP] Not in the GAN Memory paper.
"""

from mneme.methods.classifiers.classifier import Classifier


class ClassifierFinetune(Classifier):
    SEES, CHAINED, BASE = "current", True, "none"
