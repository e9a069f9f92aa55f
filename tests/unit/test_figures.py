"""Figures: every notebook on a small experiment, and the numbers and files behind them."""

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import pytest
import synthetic
import yaml

from mneme import files
from mneme.catalogue import paper
from mneme.catalogue.catalogue import Catalogue
from mneme.catalogue.explain import parse
from mneme.data.stream import Stream, Task
from mneme.errors import UserError
from mneme.figures import cost
from mneme.figures.kit import artefact, images, notes, scores, style
from mneme.figures.kit.drawing import Context, Drawing, Looks
from mneme.plan import code

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
# They show one seed, or no FID.
UNSCORED = ("views", "interpolation", "singular_values", "storage", "replays", "categories", "tsne", "evolution")
UNSCORED += ("two_accuracies", "growth", "translations", "capacity")
UNSCORED += ("masks", "network_growth", "generator_sizes", "mask_storage")
# They show a classifier's accuracy, not a generator's quality.
SOLVED = ("classification", "classification_tasks", "real_samples", "top_five")
PAPERS = Catalogue({"experiments": ["gan_memory_digits"]}, ROOT / "config").papers
LOOKS = {name: look for one in PAPERS.values() for name, look in paper.looks([one], one.methods).items()}


ENTRY = {"id": "x", "where": "", "dataset": "mnist", "size": 32, "metric": "fid", "values": {}}


def context(tasks=()) -> Context:
    return Context("demo", "e", "Title", tasks, Looks(LOOKS))


def stream(dataset: str, size: int, tasks: int = 10) -> Stream:
    parts = tuple(Task(i, str(i), dataset, (i - 1,), (i - 1,)) for i in range(1, tasks + 1))
    return Stream("s", size, 1, parts)


@pytest.fixture(scope="module")
def experiment(tmp_path_factory):
    return synthetic.write_experiment(tmp_path_factory.mktemp("two_seeds"))


@pytest.fixture(scope="module")
def one_seed(tmp_path_factory):
    """Only seed 1, whose conditional chain has a missing value in every seed."""
    return synthetic.write_experiment(tmp_path_factory.mktemp("one_seed"), seeds=(1,))


def defaults(book) -> dict:
    (cell,) = [cell for cell in book.cells if "parameters" in cell.metadata.get("tags", [])]
    names: dict = {}
    exec(cell.source, names)
    names.pop("__builtins__")
    return names


def arguments(name: str, experiment: dict, output: Path) -> dict:
    """What the workflow passes: of all that the experiment has, what the notebook's parameters cell names."""
    wanted = defaults(nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4))
    given = {**experiment, "methods": LOOKS, "published": [], "output": str(output)}
    return {key: value for key, value in given.items() if key in wanted}


def execute(path: Path, given: dict) -> dict:
    """Run a notebook's code cells in this process, as papermill would order them."""
    names: dict = {}
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code":
            exec(cell.source, names)
            if "parameters" in cell.metadata.get("tags", []):
                names.update(given)
    return names


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_is_clean(path):
    book = nbformat.read(path, as_version=4)
    nbformat.validate(book)
    assert book.metadata.kernelspec.name == "python3"
    assert all(not cell.outputs and cell.execution_count is None for cell in book.cells if cell.cell_type == "code")
    assert {"src", "tier", "experiment", "title", "output"} <= set(defaults(book))
    assert book.cells[0].source.startswith("# ")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_contains_no_logic(path):
    """A title, parameters, and one call of what is tested in the library."""
    title, parameters, call = nbformat.read(path, as_version=4).cells
    assert title.cell_type == "markdown" and all(type(line) is ast.Assign for line in ast.parse(parameters.source).body)
    start, insert, *imports, shown = ast.parse(call.source).body
    assert ast.unparse(start) == "import sys" and ast.unparse(insert) == "sys.path.insert(0, src)"
    drawn = {f"from mneme.figures.{path.stem} import draw", "from mneme.figures.kit.artefact import show"}
    assert {ast.unparse(line) for line in imports} == drawn
    assert type(shown) is ast.Assign and ast.unparse(shown.value.func) == "show"
    assert all(type(one) is ast.Name for one in (*shown.value.args, *(key.value for key in shown.value.keywords)))


def test_there_is_a_notebook_and_a_caption_for_every_artefact():
    names = {"accuracy_table", "base", "samples", "stream_quality", "heatmaps", "efficiency", "methods"}
    names |= {"categories", "tsne", "evolution", "final_table", "cost"}
    names |= {"views", "ablation", "interpolation", "singular_values", "truncation", "compression", "storage"}
    names |= {"classification", "classification_tasks", "replays", "two_accuracies", "growth", "translations"}
    names |= {"across"}
    names |= {"capacity", "forgetting"}
    names |= {"masks", "network_growth", "generator_sizes", "mask_storage", "real_samples", "top_five"}
    assert {path.stem for path in NOTEBOOKS} == names
    captions = {path.stem for path in (ROOT / "workflow" / "report").glob("*.rst")}
    assert captions == names | {"workflow", "claims"}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_makes_its_artefact(path, experiment, tmp_path):
    output = tmp_path / path.stem
    execute(path, arguments(path.stem, experiment, output))
    sidecar = files.read_json(output.with_name(f"{path.stem}.json"))
    assert set(sidecar) == {"artefact", "notebook", "experiment", "tier", "data", "specs", "caption"}
    assert sidecar["artefact"] == path.stem and sidecar["notebook"] == f"notebooks/{path.name}"
    assert sidecar["specs"] and all(len(spec) == 16 for spec in sidecar["specs"])
    assert all(files.sha256(Path(entry["path"])) == entry["sha256"] for entry in sidecar["data"])
    assert len(sidecar["caption"]) > 100 and "FID_clf" in sidecar["caption"] + "FID_clf" * (
        path.stem in ("accuracy_table", "cost", "samples", "methods", *UNSCORED, *SOLVED)
    )
    assert len(pd.read_csv(output.with_name(f"{path.stem}.csv"))) > 0
    assert output.with_name(f"{path.stem}.png").read_bytes().startswith(b"\x89PNG")
    assert output.with_name(f"{path.stem}.pdf").read_bytes().startswith(b"%PDF")
    tex = output.with_name(f"{path.stem}.tex").read_text(encoding="utf-8")
    assert "\\toprule" in tex and "\\bottomrule" in tex


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_one_seed_shows_no_spread(path, one_seed, tmp_path):
    names = execute(path, arguments(path.stem, one_seed, tmp_path / "x"))
    drawing = names["drawing"]
    caption = drawing.caption
    assert "n = 1 seed" in caption or "seed 1" in caption or path.stem == "capacity", "which is counted, not trained"
    assert "±" not in caption
    bands = [
        band for axes in drawing.figure.axes for band in axes.collections if type(band).__name__.startswith("FillB")
    ]
    assert not bands
    printed = [text.get_text() for axes in drawing.figure.axes for text in axes.texts]
    assert not any("±" in text for text in printed)
    if path.stem in ("samples", "heatmaps", "stream_quality", "methods", "replays", *SOLVED):
        assert "diverged" in printed  # the missing value is marked with its word


def test_the_cost_of_a_step_is_that_of_its_fastest_stretches(experiment, tmp_path):
    table = execute(ROOT / "notebooks" / "cost.ipynb", arguments("cost", experiment, tmp_path / "x"))["drawing"].table
    for task in (1, 2, 3):
        mine = table[(table["method"] == "finetune") & (table["task"] == task)].set_index("per")
        assert mine["mean"]["step"] == pytest.approx(10.5 + 2 * task)
        assert mine["std"]["step"] == pytest.approx(0.5 * 2**0.5)
        assert mine["mean"]["task"] == pytest.approx(30 * (10.5 + 2 * task) / 1000)


def test_a_damaged_timing_is_said(tmp_path):
    (tmp_path / "t.json").write_text('{"spec": "0"}')
    with pytest.raises(UserError, match="holds no timing"):
        cost.read({"sft": {"0": {"1": str(tmp_path / "t.json")}}})


def test_two_seeds_show_their_spread(experiment, tmp_path):
    names = execute(
        ROOT / "notebooks" / "stream_quality.ipynb", arguments("stream_quality", experiment, tmp_path / "x")
    )
    axes = names["drawing"].figure.axes[0]
    assert any(type(band).__name__.startswith("FillB") for band in axes.collections)
    assert "n = 2 seeds" in names["drawing"].caption


def test_papermill_runs_a_notebook(experiment, tmp_path):
    given = arguments("methods", experiment, tmp_path / "methods")
    command = [
        sys.executable,
        "-m",
        "papermill",
        str(ROOT / "notebooks" / "methods.ipynb"),
        str(tmp_path / "out.ipynb"),
    ]
    command += ["-k", "python3", "--no-progress-bar", "-y", json.dumps(given)]
    subprocess.run(command, check=True, capture_output=True)
    assert (tmp_path / "methods.png").exists()
    done = nbformat.read(tmp_path / "out.ipynb", as_version=4)
    assert any("image/png" in out.get("data", {}) for cell in done.cells for out in cell.get("outputs", []))


def test_the_same_data_gives_the_same_bytes(experiment, tmp_path):
    name = "samples"
    for folder in ("a", "b"):
        execute(ROOT / "notebooks" / f"{name}.ipynb", arguments(name, experiment, tmp_path / folder / name))
    for suffix in ("png", "pdf", "csv", "tex", "json"):
        a, b = (tmp_path / folder / f"{name}.{suffix}" for folder in ("a", "b"))
        assert a.read_bytes() == b.read_bytes(), suffix


def test_a_users_matplotlibrc_changes_nothing(experiment, tmp_path):
    import matplotlib

    given = arguments("efficiency", experiment, tmp_path / "a")
    execute(ROOT / "notebooks" / "efficiency.ipynb", given)
    with matplotlib.rc_context({"font.size": 20, "axes.facecolor": "red", "figure.dpi": 33, "savefig.dpi": 40}):
        execute(ROOT / "notebooks" / "efficiency.ipynb", given | {"output": str(tmp_path / "b")})
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_along_stream_is_the_mean_over_tasks_seen(experiment):
    quality = scores.read(experiment["quality"], "quality")
    found = scores.along_stream(quality[quality["task"] > 0], "fid_clf").set_index(["method", "seed", "checkpoint"])
    for method in ("joint", "finetune"):
        for t in (1, 2, 3):
            expected = sum(synthetic.fid(method, 1, t, i) for i in range(1, t + 1)) / t
            assert found.loc[(method, 1, t), "value"] == pytest.approx(expected)
    missing = found.loc[("gan_memory-conditional", 1, 2)]
    assert np.isnan(missing["value"]) and missing["status"] == "diverged"
    assert found.loc[("gan_memory-conditional", 1, 1), "status"] == "ok"


def test_over_seeds_counts_the_finished_ones():
    rows = [("a", 0, 1.0, "ok"), ("a", 1, 3.0, "ok"), ("b", 0, 5.0, "ok"), ("b", 1, np.nan, "diverged")]
    table = pd.DataFrame(rows, columns=["method", "seed", "value", "status"])
    a, b = scores.over_seeds(table, ["method"]).itertuples()
    assert (a.mean, a.n, a.seeds, a.status) == (2.0, 2, 2, "ok") and a.std == pytest.approx(2**0.5)
    assert (b.mean, b.n, b.seeds, b.status) == (5.0, 1, 2, "diverged") and np.isnan(b.std)


def test_samples_table_says_what_is_bit_identical(experiment, tmp_path):
    names = execute(ROOT / "notebooks" / "samples.ipynb", arguments("samples", experiment, tmp_path / "x"))
    table = names["drawing"].table
    later = table[table["checkpoint"] > table["task"]]
    same = later.groupby("method")["as_learned"].all()
    assert same["gan_memory"] and same["gan_memory-conditional"] and not same["finetune"] and not same["joint"]


def test_methods_bold_leaves_out_upper_bounds_and_unfinished_rows(experiment, tmp_path):
    names = execute(ROOT / "notebooks" / "methods.ipynb", arguments("methods", experiment, tmp_path / "x"))
    table = names["drawing"].table
    best = table[table["best"] & (table["statistic"] == "final_mean") & (table["metric"] == "fid_clf")]
    assert best["method"].tolist() == ["gan_memory"]  # joint is better, the conditional variant lacks a seed
    cell = table[
        (table["method"] == "finetune") & (table["metric"] == "fid_clf") & (table["statistic"] == "forgetting")
    ]
    assert cell["mean"].item() == pytest.approx((110 + 55) / 2)


def test_bold_is_better_than_each_other_by_more_than_chance():
    """Paired by seed: always one less than b, and less than c by 1, 1 and 40."""
    from mneme.figures.methods import ahead

    values = pd.DataFrame({"a": [4.0, 6.0, 9.0], "b": [5.0, 7.1, 10.0]})
    assert ahead(values, "a") and not ahead(values.iloc[:1], "a")
    assert not ahead(values.assign(c=[5.0, 7.0, 49.0]), "a")
    assert not ahead(values[["a"]], "a")
    assert not ahead(values.assign(b=values["a"]), "a")


def test_long_streams_show_samples_after_the_first_the_middle_and_the_last_task():
    from mneme.figures.samples import after

    assert after([1, 2, 3, 4, 5]) == [1, 2, 3, 4, 5]
    assert after([*range(1, 11)]) == [1, 5, 10] and after([*range(1, 8)]) == [1, 4, 7]


def test_long_streams_unknown_methods_and_single_tasks_are_drawn():
    from mneme.figures import heatmaps, stream_quality

    tasks = [{"index": i, "name": f"t{i}"} for i in range(1, 7)]
    rows = synthetic.quality_rows(("joint", "alpha", "beta", "gamma", "delta", "epsilon"), (0,), 6)
    table = pd.DataFrame(rows)
    drawing = heatmaps.draw(context(tasks), table)
    titles = [axes.get_title(loc="left") for axes in drawing.figure.axes]
    assert {"Joint", "alpha", "epsilon"} <= set(titles)
    numbers = [text for axes in drawing.figure.axes if axes.get_xlabel() == "Task" for text in axes.texts]
    assert not [text for text in numbers if text.get_text()]
    colours = {Looks(LOOKS).of(method, table["method"])["color"] for method in set(table["method"])}
    assert len(colours) == 6
    single = table[table["checkpoint"] == 1]
    assert len(stream_quality.draw(context(tasks[:1]), single).table) == 12


def test_mosaic_places_every_image():
    pictures = np.arange(5, dtype=np.uint8)[:, None, None, None] * np.ones((1, 1, 16, 16), np.uint8)
    canvas = images.mosaic(pictures, 2, 3)
    pitch = 64 + 2
    assert canvas.shape == (2 * pitch - 2, 3 * pitch - 2, 3)
    assert [int(canvas[k // 3 * pitch, k % 3 * pitch, 0]) for k in range(5)] == [0, 1, 2, 3, 4]
    assert (canvas[pitch:, 2 * pitch :] == 255).all() and (canvas[64:66] == 255).all()


@pytest.mark.parametrize(
    ("metric", "value", "like", "text"),
    [
        ("fid_clf", 119.84, None, "119.8"),
        ("fid_clf", 0.25, 119.8, "0.2"),
        ("fid_clf", -0.001, None, "0.00"),
        ("fid_clf", -2.5, None, "\u22122.50"),
        ("kid_clf", 0.0123, None, "12.3"),
        ("task_accuracy", 0.9876, None, "98.8"),
        ("recall_clf", 0.5, None, "0.500"),
    ],
)
def test_numbers_in_print(metric, value, like, text):
    assert style.number(metric, value, like) == text


def together(names: list[str]) -> list[list[str]]:
    """Methods that are drawn in one figure: those that give images, and those that give predictions alone."""
    files = {name: code.method_file(name.partition("-")[0], ROOT / "src") for name in names}
    tested = [name for name in names if "classifiers" in files[name].parts]
    return [[name for name in names if name not in tested], tested]


def test_every_method_has_a_name_in_print_and_no_experiment_shows_two_alike():
    catalogue = Catalogue({"experiments": ["x"]}, ROOT / "config")
    methods = {name: catalogue.method(name, "tests") for name in catalogue.names("methods")}
    names = {f"{name}-{variant}" for name, values in methods.items() for variant in values.variants}
    named = Looks(LOOKS).label("replay-gan_memory-conditional")  # one that replays is called after what it replays
    assert named == "Replay of GAN Memory (conditional)"
    assert {name for name in names | set(methods) if name not in LOOKS} == {"replay"}
    for path in (ROOT / "config/experiments").glob("*.yaml"):
        experiment = yaml.safe_load(path.read_text())
        for part in together(experiment.get("methods", [])):
            looks = {tuple(Looks(LOOKS).of(name, part).values()) for name in part}
            assert len(looks) == len(part), path.name


def test_fid_clf_is_never_called_fid():
    assert style.metric_label("fid_clf", arrow=True) == "FID_clf ↓"
    assert style.metric_label("task_accuracy", arrow=True) == "Task accuracy (%) ↑"
    assert Looks(LOOKS).label("someone_elses") == "someone_elses"


def test_read_keeps_text_text(tmp_path):
    rows = synthetic.quality_rows(("joint",), (0,), 1)
    rows[0] |= {"spec": "1234567890123456", "task_name": "None"}
    table = scores.read(synthetic.write_csv(tmp_path / "q.csv", rows), "quality")
    assert table["spec"][0] == "1234567890123456" and table["task_name"][0] == "None"
    assert table["value"].dtype == float and table["seed"].dtype == int


def test_read_names_what_is_wrong(tmp_path):
    with pytest.raises(UserError, match="no such table"):
        scores.read(tmp_path / "none.csv", "quality")
    (tmp_path / "q.csv").write_text("method,seed\njoint,0\n")
    with pytest.raises(UserError, match="lacks the column"):
        scores.read(tmp_path / "q.csv", "quality")
    (tmp_path / "empty.csv").write_text("")
    with pytest.raises(UserError, match="not a table"):
        scores.read(tmp_path / "empty.csv", "quality")


def test_missing_values_are_named():
    table = pd.DataFrame(synthetic.quality_rows())
    assert notes.missing(table, Looks(LOOKS)) == "Missing values: GAN Memory (conditional), seed 1: diverged."
    assert notes.missing(table[table["method"] == "joint"], Looks(LOOKS)) == ""


def test_artefact_name_may_hold_a_dot(tmp_path):
    from matplotlib.figure import Figure

    artefact.save_artefact(Drawing(Figure(), pd.DataFrame({"x": [1]}), "c", []), tmp_path / "v1.2", data=[])
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        f"v1.2.{suffix}" for suffix in ("csv", "json", "pdf", "png", "tex")
    ]


@pytest.mark.parametrize("path", sorted((ROOT / "workflow" / "report").glob("*.rst")), ids=lambda path: path.stem)
@pytest.mark.parametrize("seeds", [[0], [0, 1]])
def test_caption_renders(path, seeds):
    from types import SimpleNamespace

    from docutils.core import publish_parts
    from jinja2 import Environment

    config = {"tier": "demo", "experiments": ["gan_memory_digits"], "seeds": seeds}
    wildcards = SimpleNamespace(experiment="gan_memory_digits", tier="demo")
    snakemake = SimpleNamespace(config=config, wildcards=wildcards)
    text = Environment().from_string(path.read_text()).render(snakemake=snakemake)
    body = publish_parts(text, writer="html", settings_overrides={"report_level": 1, "halt_level": 1})["html_body"]
    assert "gan_memory_digits" in body and "demo" in body
    if path.stem not in ("base", "samples", "truncation", *UNSCORED):
        assert f"n = {len(seeds)}" in body


def test_a_base_that_diverged_is_hatched(experiment, tmp_path):
    from mneme.figures import base

    files.save(tmp_path / "samples.pt", {"spec": "0123456789abcdef"})
    rows = [{**row, "value": None, "status": "diverged"} for row in synthetic.base_rows()]
    files.write_json(tmp_path / "evaluation.json", rows)
    reference = experiment["base_reference"]
    drawing = base.draw(context(), tmp_path / "samples.pt", reference, tmp_path / "evaluation.json")
    assert "diverged" in [text.get_text() for text in drawing.figure.axes[0].texts]


def test_compression_of_a_chain_that_never_trained_is_an_empty_table(experiment, tmp_path):
    from mneme.figures import compression

    files.write_json(tmp_path / "parameters.json", {"gan_memory_compressed": {"per_task": 0, "generator": 100}})
    drawing = compression.draw(context(), tmp_path / "parameters.json", scores.read(experiment["quality"], "quality"))
    assert drawing.table.empty


def scored(stream, metrics, methods=("jt", "sft", "mergan_ra"), tasks=5):
    """A quality table in which every value is a half."""
    rows = [
        {"stream": stream, "method": method, "seed": seed, "checkpoint": t, "task": i, "metric": metric, "value": 0.5}
        for method in methods for seed in (0, 1) for t in range(1, tasks + 1) for i in range(1, t + 1)
        for metric in metrics
    ]  # fmt: skip
    return pd.DataFrame(rows).assign(real=0.9, n=20, status="ok", spec="0" * 16, task_name="x")


@pytest.mark.parametrize(
    ("dataset", "published"),
    [("mnist", [0.9766, 0.1987, 0.7062, 0.9819]), ("svhn", [np.nan, np.nan, 0.3984, np.nan])],
)
def test_accuracies_stand_beside_the_numbers_of_their_data(dataset, published):
    from mneme.figures.accuracy_table import draw

    learned, methods = stream(dataset, 32, 5), ["jt", "sft", "ewc", "mergan_ra"]
    fitting = paper.fitting(PAPERS.values(), learned)
    drawing = draw(context([t.to_dict() for t in learned]), scored("s", ["class_accuracy"], methods), fitting)
    rows = drawing.table.set_index("method").loc[methods]
    assert rows["published"].to_list() == pytest.approx(published, nan_ok=True)
    printed = [text.get_text() for axes in drawing.figure.axes for text in axes.texts]
    assert printed[printed.index("Real images") + 1 :].count("90.0") == 1
    told = "variant not told: 80.90 after 5 tasks, 66.78 after 10"
    assert drawing.caption.count(told) == (dataset == "svhn")
    assert all("80.90" not in text.get_text() for axes in drawing.figure.axes for text in axes.texts)


def test_the_final_table_names_what_was_published_of_scenes():
    from mneme.figures.final_table import draw

    learned = stream("lsun", 64, 4)
    quality = scored("lsun_4", ["class_accuracy", "reverse_accuracy", "fid"], tasks=4)
    drawing = draw(context([t.to_dict() for t in learned]), quality, paper.fitting(PAPERS.values(), learned))
    assert "nan" not in {text.get_text() for axes in drawing.figure.axes for text in axes.texts}
    table = drawing.table
    known = {(row.method, row.metric): row.published for row in table.itertuples() if row.published == row.published}
    assert known == {
        ("mergan_ra", "class_accuracy"): 0.8103,
        ("mergan_ra", "reverse_accuracy"): 0.8362,
        ("mergan_ra", "fid"): 37.73,
    }
    assert set(table["mean"]) == {0.5} and set(table["n"]) == {2}


@pytest.mark.parametrize(
    ("dataset", "size"), [("digits", 16), ("digits", 32), ("fashion_mnist", 32), ("scenes", 64), ("mnist", 16)]
)
def test_no_published_number_stands_beside_other_data(dataset, size):
    from mneme.figures import accuracy_table, final_table

    learned = stream(dataset, size)
    fitting = paper.fitting(PAPERS.values(), learned)
    assert fitting == []
    quality = scored("s", ["class_accuracy", "reverse_accuracy", "fid"], tasks=10)
    for module in (accuracy_table, final_table):
        drawing = module.draw(context([t.to_dict() for t in learned]), quality, fitting)
        assert drawing.table["published"].isna().all()
        printed = [text.get_text() for axes in drawing.figure.axes for text in axes.texts]
        assert not re.search("LSUN|MNIST|[Pp]ublished:", " ".join([drawing.caption, *printed]))


def test_a_task_of_two_classes_is_not_what_was_published():
    pairs = tuple(Task(i, str(i), "mnist", (2 * i - 2, 2 * i - 1), (2 * i - 2, 2 * i - 1)) for i in range(1, 6))
    assert paper.fitting(PAPERS.values(), Stream("s", 32, 1, pairs)) == []


def test_each_published_number_stands_once():
    """In its paper's file, as a share; nowhere in the sources, and in no text as a percentage."""
    sources = [*(ROOT / "src").rglob("*.py"), *NOTEBOOKS, *(ROOT / "config/papers").glob("*.yaml")]
    text = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    published = [entry for one in PAPERS.values() for entry in one.published]
    assert sum(len(entry.values) for entry in published) >= 24
    for entry in published:
        for shown, value in zip(entry.printed().values(), entry.values.values(), strict=True):
            for percent, number in zip(np.atleast_1d(shown), np.atleast_1d(value), strict=True):
                if entry.metric == "class_accuracy":
                    found = re.findall(rf"(?<![\d.])(?:{number:.4f}|{percent:.2f})(?!\d)", text)
                    assert len(found) == 1, (entry.id, number, found)


def test_every_predicate_on_a_published_number_takes_it_from_its_entry():
    for name, one in PAPERS.items():
        raw = yaml.safe_load((ROOT / f"config/papers/{name}.yaml").read_text(encoding="utf-8"))
        for claim in raw["claims"]:
            assert "published" not in claim["predicate"].get("value", {}) and not isinstance(
                claim["predicate"].get("added", {}).get("shares"), list
            )
        assert len(one.claims) == len(raw["claims"])


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"titel": "T"}, "unknown key 'titel' (did you mean 'title'?)"),
        ({"methods": {"a": {"label": "A", "color": "#000000", "marker": "o"}}}, "(did you mean 'colour'?)"),
        ({"methods": {"a": {"label": "A", "colour": "red", "marker": "o"}}}, "methods.a.colour"),
        ({"published": [{"id": "x", "wehre": "T1"}]}, "unknown key 'published.0.wehre' (did you mean 'where'?)"),
        ({"published": [ENTRY | {"metric": "class_acuracy"}]}, "(did you mean 'class_accuracy'?)"),
        ({"published": [ENTRY, ENTRY]}, "has the id 'x' twice"),
        ({"claims": {}}, "must be a list"),
    ],
)  # fmt: skip
def test_a_papers_typos_are_refused_with_a_hint(change, says):
    with pytest.raises(UserError) as caught:
        parse(paper.Paper, {"title": "T", "methods": {}} | change, "config/papers/t.yaml")
    assert says in str(caught.value) and str(caught.value).startswith("config/papers/t.yaml: ")


def test_a_user_adds_a_paper_and_lays_over_one():
    mine = {"title": "Mine", "methods": {"mine": {"label": "Mine", "colour": "#123456", "marker": "o"}}}
    papers = {"mine": mine, "mergan": {"methods": {"jt": {"label": "Joint training"}}}}
    config = {"experiments": ["mergan_digits"], "catalogue": {"papers": papers}}
    found = paper.looks(Catalogue(config, ROOT / "config").papers.values(), ["replay-mine", "jt"])
    assert [look["label"] for look in found.values()] == ["Joint training", "Mine"]
    papers["mine"]["methods"]["jt"] = papers["mine"]["methods"]["mine"]
    with pytest.raises(UserError, match=r"methods.jt stands in mergan.yaml too"):
        _ = Catalogue(config, ROOT / "config").papers


def test_an_embedding_keeps_apart_what_is_apart():
    from mneme.figures.tsne import embed

    points = embed({"near": synthetic.features(1, 0.0).numpy(), "far": synthetic.features(2, 9.0).numpy()},
                   {"features": synthetic.features(3, 0.0)})  # fmt: skip
    assert points.groupby("method").size().to_dict() == {"real": 40, "near": 40, "far": 40}
    middle = points.groupby("method")[["x", "y"]].mean()
    distances = {name: np.linalg.norm(middle.loc[name] - middle.loc["real"]) for name in ("near", "far")}
    assert distances["far"] > 3 * distances["near"]
    again = embed({"near": synthetic.features(1, 0.0).numpy(), "far": synthetic.features(2, 9.0).numpy()},
                  {"features": synthetic.features(3, 0.0)})  # fmt: skip
    assert again.equals(points)


def test_the_evolution_begins_with_the_checkpoint_before():
    from mneme.figures.evolution import numbers

    quality = scored("digits_5", ["class_accuracy"], ("sft",), 3)
    inside = scored("digits_5", ["class_accuracy"], ("sft",), 3).query("task == 1 and checkpoint > 1")
    found = numbers(quality, inside.assign(step=7, value=0.25), "class_accuracy")
    assert list(zip(found["during"], found["step"], found["mean"], strict=True)) == [
        (2, 0, 0.5), (2, 7, 0.25), (3, 0, 0.5), (3, 7, 0.25)
    ]  # fmt: skip


def test_images_are_counted_by_what_they_are_for():
    table = pd.DataFrame({"metric": ["fid_clf", "class_accuracy", "reverse_accuracy"], "n": [100, 6400, 9]})
    assert notes.images(table) == (
        "100 generated against as many real images a task, accuracies on 6,400 generated images a task"
    )
    assert notes.images(table[:1]) == "100 generated against as many real images a task"
    assert notes.images(table[1:2]) == "accuracies on 6,400 generated images a task"


def test_real_test_images_are_counted_apart():
    """Predictions are measured on as many test images as there are, whatever number of images is generated."""
    metrics = ["fid_clf", "class_accuracy", "fid_clf", "test_accuracy", "test_accuracy_best", "past_as_current"]
    table = pd.DataFrame({"metric": metrics, "n": [87, 87, 91, 34, 37, 324]})
    predictions = "accuracies of predictions on 34 to 37 real test images a task"
    assert notes.images(table) == f"87 to 91 generated against as many real images a task, {predictions}"
    assert notes.images(table[3:]) == predictions
