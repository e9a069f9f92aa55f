"""After a finished run, an edit plans exactly the jobs it touches: no more, no less."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from flow import Folder
from small import AGGREGATES, ARCHIVE, EVERYTHING, MEASURED, REFERENCES, TRAINED, chain, chains, curve, evaluate, train

NOTHING: set[str] = set()
CODE = "\nEDITED = True\n"


def stream(config: dict[str, Any]) -> dict[str, Any]:
    return config["catalogue"]["streams"]["small"]


def configured(change: Callable[[dict[str, Any]], Any]) -> Callable[[Folder], None]:
    return lambda folder: folder.configure(change)


def edited(name: str) -> Callable[[Folder], None]:
    return lambda folder: folder.append(name, CODE)


def notebook(change: Callable[[dict[str, Any]], None], name: str = "heatmaps") -> Callable[[Folder], None]:
    def edit(folder: Folder) -> None:
        path = folder / f"notebooks/{name}.ipynb"
        content = json.loads(path.read_text())
        change(content)
        path.write_text(json.dumps(content, indent=1))

    return edit


def comment_and_docstring(folder: Folder) -> None:
    path = "src/mneme/methods/base/whole.py"
    folder.append(path, "\n\n# a comment\n")
    folder.replace(path, '"""Build freshly initialised networks on the device.', '"""Other words,\n\n        and more.')
    folder.replace(
        path, "def build(self, shape: dict[str, int])", "def build(\n    self,\n    shape: dict[str, int],\n)"
    )


def touched(*patterns: str) -> Callable[[Folder], None]:
    return lambda folder: [folder.touch(pattern) for pattern in patterns]


def deleted(pattern: str) -> Callable[[Folder], None]:
    return lambda folder: [path.unlink() for path in folder.path.glob(pattern)]


def steps_of_task(index: int) -> Callable[[Folder], None]:
    return configured(lambda config: stream(config)["tasks"][index - 1].update(settings={"steps": 5}))


def third_task(config: dict[str, Any]) -> None:
    stream(config)["tasks"].append({"name": "three", "dataset": "digits", "classes": [3]})


def probes(config: dict[str, Any]) -> None:
    experiment = config["catalogue"]["experiments"]["small"]
    experiment["methods"].append("sft")
    experiment["probes"].update(reverse=["joint", "sft"], evolution=["sft"])


def mirrors(config: dict[str, Any]) -> None:
    config["catalogue"]["datasets"]["shapes"]["files"]["images"]["mirrors"] = ["https://example.org/"]
    config["catalogue"]["datasets"]["shapes"].update(licence="CC BY 4.0", title="Other", homepage="https://example.org")


def second_archive(config: dict[str, Any]) -> None:
    config["catalogue"]["datasets"]["unused"] = {"format": "image_folder", "path": "/nowhere"}


FINETUNE = chain("finetune", 1, 2) | {"sizes"} | AGGREGATES
SECOND_TASK = chains(2) | {"sizes"} | AGGREGATES

ALIKE = ("sft", "ewc", "mergan_ra")

CASES: dict[str, tuple[Callable[[Folder], Any], set[str]]] = {
    # code
    "the fine-tuning module": (edited("src/mneme/methods/gan_memory/finetune.py"), FINETUNE),
    "the GAN Memory module": (
        edited("src/mneme/methods/gan_memory/gan_memory.py"),
        chain("gan_memory", 1, 2) | {"sizes"} | AGGREGATES,
    ),
    "a module that several methods share": (edited("src/mneme/methods/base/whole.py"), TRAINED),
    "the training loop": (edited("src/mneme/training/loop.py"), TRAINED),
    "the measures": (edited("src/mneme/evaluation/metrics.py"), REFERENCES | MEASURED),
    "the classifier": (edited("src/mneme/evaluation/classifier.py"), {"classifier"} | REFERENCES | MEASURED),
    "a file format": (
        edited("src/mneme/data/formats/image_folder.py"),
        {"prepare shapes", "classifier"} | REFERENCES | MEASURED | SECOND_TASK,
    ),
    "the table": (edited("src/mneme/evaluation/table.py"), AGGREGATES),
    "a figure's drawing": (edited("src/mneme/figures/heatmaps.py"), {"figure_heatmaps"}),
    "a method nobody chose": (edited("src/mneme/methods/gan_memory/transfer.py"), NOTHING),
    "the plan itself": (edited("src/mneme/plan/tasks.py"), NOTHING),
    "a comment, a docstring and the layout": (comment_and_docstring, NOTHING),
    # notebooks and claims
    "a notebook's code": (
        notebook(lambda content: content["cells"][-1]["source"].append("\nedited = True")),
        {"figure_heatmaps"},
    ),
    "a notebook's words": (
        notebook(lambda content: content["cells"].append({"cell_type": "markdown", "metadata": {}, "source": []})),
        {"figure_heatmaps"},
    ),
    "a comment in a paper's file": (
        lambda folder: folder.append("config/papers/gan_memory.yaml", "\n# a comment\n"),
        NOTHING,
    ),
    "a claim": (
        lambda folder: folder.replace("config/papers/gan_memory.yaml", "tolerance: 0.25", "tolerance: 0.5"),
        {"claims"},
    ),
    "a task's name": (
        configured(lambda config: stream(config)["tasks"][0].update(name="zwei")),
        {"reference 1"} | evaluate("joint", 1, 2) | evaluate("finetune", 1, 2) | evaluate("gan_memory", 1, 2)
        | curve("gan_memory", 1) | AGGREGATES,
    ),
    # time stamps
    "all sources touched": (touched("src/**/*.py", "workflow/**/*", "Snakefile", "config/**/*", "*.yaml"), NOTHING),
    "all data touched": (touched("data/**/*.*"), NOTHING),
    "all checkpoints touched": (touched("results/**/*.pt"), NOTHING),
    "a notebook touched": (touched("notebooks/*.ipynb"), NOTHING),
    "all results touched": (touched("results/**/*.*"), NOTHING),
    # config
    "steps of task 1": (
        steps_of_task(1),
        chain("joint", 1) | chain("finetune", 1, 2) | chain("gan_memory", 1) | evaluate("gan_memory", 2)
        | {"sizes"} | AGGREGATES,
    ),
    "steps of task 2": (steps_of_task(2), SECOND_TASK),
    "a setting of one method": (
        configured(lambda config: stream(config)["tiers"]["smoke"]["finetune"].update(lr=2.0e-4)),
        FINETUNE,
    ),
    "the base GAN's steps": (
        configured(lambda config: stream(config)["tiers"]["smoke"]["base"].update(steps=61)),
        TRAINED,
    ),
    "a longer list of seeds": (
        configured(lambda config: config.update(seeds=[0, 1])),
        {"base 1"} | chains(1, 2, seed=1) | AGGREGATES,
    ),
    "a task appended": (configured(third_task), chains(3) | {"reference 3", "sizes"} | AGGREGATES),
    "a method added": (
        configured(lambda config: config["catalogue"]["experiments"]["small"]["methods"].append("transfer")),
        chain("transfer", 1, 2) | {"sizes"} | AGGREGATES,
    ),
    "methods that begin alike": (  # their first task is trained once, in the folder of fine-tuning
        configured(lambda config: config["catalogue"]["experiments"]["small"]["methods"].extend(ALIKE)),
        train("sft", 1, 2) | train("ewc", 2) | train("mergan_ra", 2)
        | evaluate("sft", 1, 2) | evaluate("ewc", 1, 2) | evaluate("mergan_ra", 1, 2) | {"sizes"} | AGGREGATES,
    ),
    "reverse accuracy and evolution asked for": (
        configured(probes),
        train("sft", 1, 2) | evaluate("sft", 1, 2) | {"ceiling 2", "reverse sft/0/2", "reverse joint/0/2"}
        | {"evolution sft/0/2", "sizes"} | AGGREGATES,
    ),
    "a method removed": (
        configured(lambda config: config["catalogue"]["experiments"]["small"]["methods"].remove("finetune")),
        {"sizes"} | AGGREGATES,
    ),
    "a curve removed": (
        configured(lambda config: config["catalogue"]["experiments"]["small"]["probes"].clear()),
        AGGREGATES,
    ),
    "a dataset's flip": (
        configured(lambda config: config["catalogue"]["datasets"]["shapes"].update(flip=True)),
        SECOND_TASK,
    ),
    "a dataset's fit": (
        configured(lambda config: config["catalogue"]["datasets"]["shapes"].update(fit="pad")),
        {"prepare shapes", "classifier"} | REFERENCES | MEASURED | SECOND_TASK,
    ),
    "the source's fit": (
        configured(lambda config: config["catalogue"]["datasets"].update(digits={"fit": "pad"})),
        EVERYTHING - {f"download {ARCHIVE}", "prepare shapes"},
    ),
    "a dataset's mirrors and words": (configured(mirrors), NOTHING),
    "a dataset nobody uses": (configured(second_archive), NOTHING),
    "mirror": (configured(lambda config: config.update(mirror="elsewhere")), NOTHING),
    "save_every": (configured(lambda config: config.update(save_every=3.0)), NOTHING),
    "device": (configured(lambda config: config.update(device="auto")), NOTHING),
    # files gone
    "a checkpoint deleted": (
        deleted("results/smoke/small/finetune/seed0/task1/checkpoint.pt"),
        NOTHING,  # nobody asks for it
    ),
    "a figure deleted": (deleted("results/smoke/figures/small/heatmaps.png"), {"figure_heatmaps"}),
    "the PDF of a figure deleted": (deleted("results/smoke/figures/small/heatmaps.pdf"), {"figure_heatmaps"}),
}  # fmt: skip


def test_without_an_edit_nothing_is_planned_not_even_the_page(finished: Folder):
    run = finished.fork("--dry-run")
    assert run.status == 0 and run.jobs == NOTHING and "rule index:" not in run.text, run.text


@pytest.mark.parametrize("name", CASES)
def test_an_edit_plans_exactly(fresh: Folder, name: str):
    edit, expected = CASES[name]
    edit(fresh)
    run = fresh.fork("--dry-run")
    assert run.status == 0, run.text
    planned = run.jobs
    assert planned == expected, f"too many: {sorted(planned - expected)}; missing: {sorted(expected - planned)}"
    assert not planned or "rule index:" in run.text, "the page of results follows its pictures"
