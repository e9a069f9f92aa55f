"""EWC with stored samples, as EWC++ (Chaudhry et al., ECCV 2018, section 3.1; released code of A-GEM).

One running Fisher information for all tasks: every ``interval`` steps ``F <- 0.1 F + 0.9 G``, G being the mean over
these steps of the squared gradient of a batch; the weight of the new value is 0.9, as released. The penalty takes F
normalised to 0 to 1 over the whole network.
"""

from mneme.methods.classifiers.penalised import Penalised, Weights, normalised

NEW = 0.9  # weight of the new value in the running Fisher information


class EwcS(Penalised):
    def tracked(self) -> dict[str, Weights]:
        return {"squares": self.zeros(), "fisher": self.known.get("fisher") or self.zeros()}

    def follow(self, gradient: Weights, before: Weights) -> None:
        self.track["squares"] = {name: sums + gradient[name] ** 2 for name, sums in self.track["squares"].items()}
        if self.steps % self.settings.interval == 0:
            mean = {name: sums / self.settings.interval for name, sums in self.track["squares"].items()}
            fisher = {name: (1 - NEW) * old + NEW * mean[name] for name, old in self.track["fisher"].items()}
            self.track |= {"fisher": fisher, "squares": self.zeros()}

    def learned(self) -> dict[str, Weights]:
        return {"fisher": self.track["fisher"]}

    def importance(self) -> Weights:
        return normalised(self.known["fisher"])
