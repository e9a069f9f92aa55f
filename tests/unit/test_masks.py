"""Masks inside a task: the probe against loops, and what it is asked of."""

import math

import pytest
import torch
from dgm_toys import TASKS, begun, run
from test_plan_jobs import DATA, paths, planned, spec

from mneme import files
from mneme.errors import UserError
from mneme.figures.kit.drawing import Context, Looks
from mneme.figures.masks import draw
from mneme.plan.jobs import claims, figure, sizes
from mneme.plan.jobs import masks as plan_half
from mneme.plan.jobs.measured import measurements
from mneme.probes import masks

SPEC = {"stream": "toys", "method": "m", "seed": 0, "checkpoint": 2, "threads": 1, "task": TASKS[1].to_dict()}
STEPS = [2, 4, 6]


@pytest.fixture(scope="module", params=["dgm_w", "dgm_a"])
def states(request):
    """Step -> what a chain in training would keep."""
    method, kept = begun(request.param, TASKS[:1]), {}
    for first in (0, 2, 4):
        kept[first + 2] = run(method, first=first, steps=2).snapshot()
    return kept


def measured(tmp_path, kept):
    files.save(tmp_path / "snapshots.pt", {"steps": kept})
    out = {"rows": tmp_path / "masks.json", "masks": tmp_path / "masks.pt"}
    given = SPEC | {"chain": {"snapshots": STEPS}}
    masks.measure_masks(given, snapshots=tmp_path / "snapshots.pt", **out)
    return files.read_json(out["rows"]), files.load(out["masks"], "steps", "layers")


def entry(scale, e):
    return 1 / (1 + math.exp(-max(-700.0, min(700.0, scale * e))))


def test_occupation_and_decided_masks_by_loops(tmp_path, states):
    found, kept = measured(tmp_path, states)
    assert kept["steps"].tolist() == STEPS
    for step, state in states.items():
        inside = state["plasticity"]
        every = [[entry(inside["scale"], e) for e in layer.flatten().tolist()] for layer in inside["embeddings"]]
        flat = [value for layer in every for value in layer]
        rows = {row["metric"]: row for row in found if row["step"] == step}
        assert rows["mask_occupation"]["value"] == pytest.approx(sum(flat) / len(flat), abs=1e-6)
        near = sum(value <= 0.05 or value >= 0.95 for value in flat) / len(flat)
        assert rows["mask_decided"]["value"] == pytest.approx(near)
        assert {row["n"] for row in rows.values()} == {len(flat)} and rows["mask_decided"]["task"] == 2
        place = STEPS.index(step)
        for number, layer in enumerate(every, start=1):
            course = kept["layers"][str(number)]
            assert course["entries"] == len(layer)
            assert course["occupation"][place].item() == pytest.approx(sum(layer) / len(layer), abs=1e-5)
            shown = course["values"][place].tolist()
            assert len(shown) == min(100, len(layer))
            assert shown[0] == pytest.approx(layer[0], abs=1e-5) and shown[-1] == pytest.approx(layer[-1], abs=1e-5)


def test_a_task_that_diverged_has_rows_without_values(tmp_path, states):
    found, kept = measured(tmp_path, {2: states[2]})
    assert [row["value"] is None for row in found if row["metric"] == "mask_decided"] == [False, True, True]
    assert {row["status"] for row in found if row["step"] > 2} == {"diverged"} and kept["steps"].tolist() == [2]
    found, kept = measured(tmp_path, {})
    assert {row["value"] for row in found} == {None} and kept["layers"] == {}


def test_the_figure_shows_layers_tasks_and_what_diverged(tmp_path, states):
    measured(tmp_path, states)
    (tmp_path / "masks.pt").rename(tmp_path / "first.pt")
    measured(tmp_path, {})
    looks = Looks({"m": {"label": "M", "colour": "#D55E00", "marker": "s"}})
    tasks = [task.to_dict() for task in TASKS[:2]]
    drawing = draw(Context("demo", "e", "T", tasks, looks), {"m": {1: tmp_path / "first.pt", 2: tmp_path / "masks.pt"}})
    assert [text.get_text() for axes in drawing.figure.axes for text in axes.texts] == ["diverged"]
    first = drawing.table[drawing.table["layer"] == 1].set_index("step")
    inside = states[6]["plasticity"]
    mean = torch.sigmoid(inside["scale"] * inside["embeddings"][0].double()).mean().item()
    assert first.loc[6, "occupation"] == pytest.approx(mean, abs=1e-5) and set(first["task"]) == {1}


def test_the_figure_of_a_task_that_diverged_before_its_first_snapshot(tmp_path):
    measured(tmp_path, {})
    drawing = draw(Context("demo", "e", "T", [TASKS[1].to_dict()]), {"m": {2: tmp_path / "masks.pt"}})
    assert [text.get_text() for axes in drawing.figure.axes for text in axes.texts] == ["diverged"]
    assert drawing.table.empty


# ---- in the plan -----------------------------------------------------------------------------------------------------


def asked(*methods, tasks=None):
    probes = {"curve": [], "masks": [*methods]}
    stream = {"settings": {"dgm_a": {"classes": 10}}, **({"tasks": tasks} if tasks else {})}
    experiment = {"methods": [*dict.fromkeys(["dgm_a", *methods])], "probes": probes}
    return planned({"catalogue": {"experiments": {"e": experiment}}}, **stream)


def test_it_reads_the_snapshots_of_the_first_the_middle_and_the_last_task():
    one = plan_half.job(asked("dgm_a"), "s", "dgm_a", 0, 2)
    assert paths(one) == {"snapshots": "results/smoke/s/dgm_a/seed0/task2/snapshots.pt"}
    assert spec(one)["chain"]["snapshots"] and spec(one)["task"]["name"] == "b"
    tasks = [{"name": f"t{k}", "classes": [k]} for k in range(2, 10)]
    for tasks_given, after in ((tasks, [1, 4, 8]), (tasks[:2], [1, 2]), (tasks[:1], [1])):
        found = measurements(asked("dgm_a", tasks=tasks_given), "e")["masks"]
        assert [job.spec.checkpoint for job in found] == after


def test_figures_read_masks_and_claims_read_counts_where_a_method_learns_masks():
    experiment = {"methods": ["dgm_a", "jt"], "probes": {"curve": [], "masks": ["dgm_a"]}, "paper": "dgm"}
    plan = planned({"catalogue": {"experiments": {"e": experiment}}}, settings={"dgm_a": {"classes": 10}})
    assert sorted(figure.files(plan, "e")["masks"]["dgm_a"]) == [1, 2, 3]
    assert paths(claims.job(plan, "e"))["parameters"] == "results/smoke/tables/e/parameters.json"
    counted = sizes.job(plan, "e")
    assert paths(counted)["data"] == {"digits": DATA} and len(counted.spec.tasks) == 3
    fixed = {"methods": ["jt"], "probes": {"curve": []}, "paper": "dgm"}
    plain = planned({"catalogue": {"experiments": {"e": fixed}}}, source=None)
    assert "parameters" not in claims.job(plain, "e").inputs and "masks" not in figure.files(plain, "e")


def test_it_is_asked_of_methods_with_masks_that_keep_snapshots():
    with pytest.raises(UserError, match=r"probes.masks: sft learns no masks; leave it out"):
        asked("sft")
    variant = {"catalogue": {"methods": {"dgm_a": {"variants": {"blind": {"snapshots": 0}}}}}}
    experiment = {"experiments": {"e": {"methods": ["dgm_a-blind"], "probes": {"curve": [], "masks": ["dgm_a-blind"]}}}}
    variant["catalogue"] |= experiment
    with pytest.raises(UserError, match=r"probes.masks: dgm_a-blind keeps no snapshots"):
        planned(variant, settings={"dgm_a": {"classes": 10}})
