"""Riemannian walk with stored samples (Chaudhry et al., ECCV 2018, section 4; released code of A-GEM).

EWC++'s Fisher information F, and a score along the path: every ``interval`` steps
``score_i <- score_i + relu(omega_i / (F_i delta_i^2 + xi))``, where delta is how far a weight moved in these steps and
omega what it took off the loss. Importance is F plus the score of all tasks, each normalised to 0 to 1.

``scores`` joins a task's score to that of the tasks before: ``paper`` takes their mean (equation 9), ``released`` adds
that mean to the old one, so that it grows by half with every task.
"""

import torch

from mneme.methods.classifiers.ewc_s import EwcS
from mneme.methods.classifiers.penalised import Weights, normalised

XI = 1e-3  # as released


class RwalkS(EwcS):
    def tracked(self) -> dict[str, Weights]:
        start = {name: value.clone() for name, value in self.weights().items()}
        return {**super().tracked(), "gain": self.zeros(), "score": self.zeros(), "start": start}

    def follow(self, gradient: Weights, before: Weights) -> None:
        super().follow(gradient, before)
        here = self.weights()
        for name, gain in self.track["gain"].items():
            gain -= gradient[name] * (here[name] - before[name])
        if self.steps % self.settings.interval == 0:
            for name, score in self.track["score"].items():
                moved = here[name] - self.track["start"][name]
                score += (self.track["gain"][name] / (self.track["fisher"][name] * moved**2 + XI)).relu()
            start = {name: value.clone() for name, value in here.items()}
            self.track |= {"gain": self.zeros(), "start": start}

    def learned(self) -> dict[str, Weights]:
        new, old = self.track["score"], self.known.get("score")
        if old is not None:
            mean = {name: (old[name] + value) / 2 for name, value in new.items()}
            new = mean if self.settings.scores == "paper" else {name: old[name] + mean[name] for name in mean}
        return {**super().learned(), "score": new}

    def importance(self) -> Weights:
        fisher, score = super().importance(), normalised(self.known["score"])
        return {name: torch.add(value, score[name]) for name, value in fisher.items()}
