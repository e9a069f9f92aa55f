"""Real images of all tasks so far in every batch: what a perfect memory would give.

[GAP] The paper has no upper bound. A batch has as many images as that of replay, n a task, drawn from the union of the
tasks: tasks count by their images.
"""

from mneme.methods.classifiers.classifier import Classifier


class ClassifierJoint(Classifier):
    SEES, CHAINED, BASE = "all", True, "none"

    @property
    def images_a_step(self) -> int:
        return self.settings.batch * len(self.tasks)
