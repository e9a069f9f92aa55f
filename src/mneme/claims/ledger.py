"""The claims ledger: what a paper states, asked of what was just measured.

A claim that fails is a result, not an error.
"""

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

from mneme.claims.evidence import SUMMARISED, Evidence, NotMeasuredError, statistic
from mneme.claims.predicates import PREDICATES
from mneme.claims.schema import Claim
from mneme.evaluation.measures import SHARES
from mneme.figures.kit.scores import interval

Verdict = Literal["reproduced", "not reproduced", "observed (1 seed)", "not observed (1 seed)", "undecided", "not run"]
COUNTED = ("identical", "parameters", "counted", "restored")
"""Predicates on what training does not change: one seed tells."""
OF_A_NUMBER = ("bound", "value")
"""Of a share, one seed tells as far as the number of images does."""


class Decision(NamedTuple):
    """A claim with its verdict; ``measured`` says what was found, or why nothing was; ``seeds`` how many were asked."""

    claim: Claim
    verdict: Verdict
    measured: str
    seeds: int = 0

    def to_dict(self) -> dict[str, Any]:
        fields = self.claim.model_dump(include={"id", "paper", "where", "statement", "published", "tolerance"})
        return {
            **fields,
            "predicate": self.claim.predicate.chosen[0],
            "verdict": self.verdict,
            "measured": self.measured,
            "seeds": self.seeds,
        }


class Answer(NamedTuple):
    """What one look at the tables says."""

    verdict: Verdict
    measured: str
    margins: tuple[float, ...] = ()


def decide(claim: Claim, evidence: Evidence, tier: str) -> Decision:
    """Ask one claim of the means over seeds, then of each seed alone.

    What was trained once decides nothing where it is compared, or is a distance: training it again may turn it around.
    It is then ``observed`` or ``not observed``; one seed decides only what is counted (:func:`_one_seed_tells`). With
    more, the margins by which a claim holds are taken in each seed, so that methods are compared on the same data and
    evaluator, and it is decided by the intervals of their means (:func:`_of_all`); else it is ``undecided``, as it is
    where a seed diverged and others did not. What has no margins is decided where all seeds agree, whatever their mean
    says. Every seed draws images of its own, so the interval holds the error of counting them; all share evaluator and
    test images, and the error of these is not in it.

    Where the claim cannot be asked the verdict is ``not run``, and ``measured`` says why.
    """
    if reason := _why_not_asked(claim, evidence, tier):
        return Decision(claim, "not run", reason)
    whole = _ask(claim, evidence)
    if whole.verdict == "not run":
        return Decision(claim, "not run", whole.measured)
    seeds = evidence.seeds()
    alone = [_ask(claim, evidence.of_seed(seed)) for seed in seeds] if len(seeds) > 1 else [whole]
    asked = [one for one in alone if one.verdict != "not run"]
    if len(asked) < 2:
        verdict, found = _of_one_seed(claim, whole)
    elif claim.predicate.chosen[0] in COUNTED:
        verdict, found = whole.verdict, whole.measured
    else:
        verdict, found = _of_seeds(whole, asked)
    return Decision(claim, verdict, found, len(asked))


def _why_not_asked(claim: Claim, evidence: Evidence, tier: str) -> str:
    """Which of its needs a claim lacks, in words; empty if none."""
    needs, measured = claim.needs, {*evidence.quality["method"], *evidence.curve["method"]}
    if needs.tiers and tier not in needs.tiers:
        return f"not run at this tier: needs {' or '.join(needs.tiers)}"
    if needs.streams and not {*evidence.quality["stream"]} & {*needs.streams}:
        return f"not run on this stream: needs {' or '.join(needs.streams)}"
    if lacking := [method for method in needs.methods if method not in measured]:
        return f"not run in this experiment: needs {', '.join(lacking)}"
    return "" if needs.drawn is None else _draws_others(claim, evidence, needs.drawn)


def _of_one_seed(claim: Claim, whole: Answer) -> tuple[Verdict, str]:
    """Verdict and words on what one seed measured."""
    if _one_seed_tells(claim) or whole.verdict == "undecided":
        return whole.verdict, whole.measured
    return "observed (1 seed)" if whole.verdict == "reproduced" else "not observed (1 seed)", whole.measured


def _of_seeds(whole: Answer, asked: Sequence[Answer]) -> tuple[Verdict, str]:
    """Verdict and words on what several seeds measured: by the intervals of the margins, or else all must agree.

    Args:
        whole: the answer of the means over seeds.
        asked: those of each seed alone.
    """
    verdicts = [one.verdict for one in asked]
    held = verdicts.count("reproduced")
    so = f"; so in {held} of {len(asked)} seeds"
    if not all(one.margins for one in asked):
        verdict = verdicts[0] if len({*verdicts}) == 1 else "undecided"
        return verdict, whole.measured + (so if held or verdict != whole.verdict else "")
    low, high = _of_all(list(zip(*(one.margins for one in asked), strict=True)))
    verdict = "reproduced" if low > 0 else "not reproduced" if high <= 0 else "undecided"
    margin = f"; margin {low:.3g} to {high:.3g}, 95 % interval of {len(asked)} seeds"
    return verdict, whole.measured + margin + (so if 0 < held < len(asked) else "")


def _of_all(margins: Sequence[Sequence[float]]) -> tuple[float, float]:
    """The least lower and the least upper end of the intervals of several conditions' margins, each over the seeds.

    All conditions hold if each lower end is above 0; that needs no correction for their number. That one of k does not
    hold could be chance in any of them, so the upper ends are those of intervals of 1 - 0.05 / k (Bonferroni).
    """
    low = min(interval(of_seeds)[0] for of_seeds in margins)
    return low, min(interval(of_seeds, 1 - 0.05 / len(margins))[1] for of_seeds in margins)


def _one_seed_tells(claim: Claim) -> bool:
    """Numbers that are counted, and shares of many images; of two numbers that were trained for, or a distance, not."""
    name, fields = claim.predicate.chosen
    share = name in OF_A_NUMBER and fields.metric in SHARES and fields.statistic not in SUMMARISED
    return name in COUNTED or share


def _draws_others(claim: Claim, evidence: Evidence, least: float) -> str:
    """Which rival draws other classes than it is asked for, in words; empty if none does, or a run failed.

    The method that is claimed to be nearer is not asked: if it draws other classes, the claim fails by its distance.
    """
    for method in set(claim.needs.methods) - {getattr(claim.predicate.chosen[1], "lower", None)}:
        try:
            share = statistic(evidence, "class_accuracy", "final_mean", method)
        except NotMeasuredError as missing:
            return "" if missing.holds is False else str(missing)
        if share < least:
            label = evidence.looks.label(method)
            return f"not run: {label} shows the class it is asked for in {share:.0%} of its images; needs {least:.0%}"
    return ""


def _ask(claim: Claim, evidence: Evidence) -> Answer:
    """The verdict on what is there, and what was found."""
    name, fields = claim.predicate.chosen
    try:
        finding = PREDICATES[name](evidence, fields, claim.tolerance)
    except NotMeasuredError as missing:
        return Answer("not run" if missing.holds is None else "not reproduced", str(missing))
    verdict = "undecided" if finding.holds is None else "reproduced" if finding.holds else "not reproduced"
    return Answer(verdict, finding.measured, finding.margins)
