"""Joint training (JT; Wu et al., 2018, section 3.1): real images of all tasks so far, from scratch.

Labels of fakes are uniform over the classes seen, and batches mix all classes, also when sampling. The
released script tests one 10-class model, trained for 40,001 iterations on MNIST and 80,001 on SVHN, as "5" and as "10"
tasks; here each is trained on its own classes. [GAP] Their budget: a tenth of the released one for each class.
"""

from collections.abc import Sequence

from mneme.methods.mergan.acgan import AcGan


class Jt(AcGan):
    SEES, CHAINED, BASE = "all", False, "none"

    @property
    def learned(self) -> tuple[int, ...]:
        return tuple(self.seen)

    def batch_labels(self, label: int) -> Sequence[int]:
        return self.learned
