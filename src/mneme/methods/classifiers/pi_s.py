"""Path integral (synaptic intelligence) with stored samples (Zenke et al., ICML 2017, equations 3 to 5; Chaudhry et
al., ECCV 2018).

Along a task every weight adds up what it took off the loss, ``omega_i <- omega_i - g_i (change of theta_i)``. At the
end ``Omega_i <- Omega_i + relu(omega_i / ((theta_i - theta*_i)^2 + xi))``, which is the importance.
"""

from mneme.methods.classifiers.penalised import Penalised, Weights

XI = 1e-3  # as in A-GEM's released code


class PiS(Penalised):
    def tracked(self) -> dict[str, Weights]:
        return {"gain": self.zeros()}

    def follow(self, gradient: Weights, before: Weights) -> None:
        after = self.weights()
        for name, gain in self.track["gain"].items():
            gain -= gradient[name] * (after[name] - before[name])

    def learned(self) -> dict[str, Weights]:
        old, here = self.known.get("importance") or self.zeros(), self.weights()
        moved = {name: here[name] - anchor for name, anchor in self.anchor.items()}
        new = {name: (gain / (moved[name] ** 2 + XI)).relu() for name, gain in self.track["gain"].items()}
        return {"importance": {name: old[name] + value for name, value in new.items()}}

    def importance(self) -> Weights:
        return self.known["importance"]
