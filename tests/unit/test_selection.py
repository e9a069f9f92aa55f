"""Which samples are kept: against slow computations."""

import math

import pytest
import torch

from mneme.data.selection import CHOICES, herded, nearest, uniform


def unit(row):
    length = math.sqrt(sum(x * x for x in row))
    return [x / length for x in row]


def slow_herding(rows, count):
    """Algorithm 4 of iCaRL as it is written: the next one brings the mean of the chosen nearest to the mean of all."""
    rows = [unit(row) for row in rows]
    mean = [sum(column) / len(rows) for column in zip(*rows, strict=True)]
    chosen = []
    for k in range(1, count + 1):

        def distance(i, k=k):
            sums = [sum(rows[j][d] for j in chosen) + rows[i][d] for d in range(len(mean))]
            return sum((m - total / k) ** 2 for m, total in zip(mean, sums, strict=True))

        chosen.append(min((i for i in range(len(rows)) if i not in chosen), key=distance))
    return chosen


@pytest.mark.parametrize("seed", range(5))
def test_herding_is_that_of_the_paper(seed):
    features = torch.randn(15, 4, generator=torch.Generator().manual_seed(seed)).abs()
    assert herded(features, 6).tolist() == slow_herding(features.double().tolist(), 6)


def test_nearest_to_the_mean_by_loops():
    features = torch.randn(12, 3, generator=torch.Generator().manual_seed(1))
    rows = [unit(row) for row in features.double().tolist()]
    mean = [sum(column) / len(rows) for column in zip(*rows, strict=True)]
    order = sorted(range(12), key=lambda i: sum((a - b) ** 2 for a, b in zip(rows[i], mean, strict=True)))
    assert nearest(features, 5).tolist() == order[:5]


def test_uniform_choice_is_without_repetition_and_differs():
    torch.manual_seed(0)
    first, second = uniform(torch.zeros(30, 2), 10), uniform(torch.zeros(30, 2), 10)
    assert len(set(first.tolist())) == 10 and first.tolist() != second.tolist()


@pytest.mark.parametrize("name", CHOICES)
def test_no_more_are_chosen_than_there_are_and_fewer_are_the_first_of_more(name):
    features = torch.randn(7, 3, generator=torch.Generator().manual_seed(2))
    torch.manual_seed(5)
    some = CHOICES[name](features, 3)
    torch.manual_seed(5)
    assert CHOICES[name](features, 9).tolist()[:3] == some.tolist()
    assert sorted(CHOICES[name](features, 9).tolist()) == list(range(7))
    assert CHOICES[name](features, 0).tolist() == []
