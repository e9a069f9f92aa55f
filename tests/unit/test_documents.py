"""What the documents say is there is there, and what they tell to write is accepted."""

import re
from pathlib import Path

import pytest
import yaml

from mneme.catalogue import schema
from mneme.catalogue.catalogue import Catalogue, merge
from mneme.catalogue.explain import parse
from mneme.catalogue.streams import build_stream
from mneme.claims.predicates import PREDICATES
from mneme.data.formats import idx
from mneme.evaluation import columns
from mneme.plan import code

ROOT = Path(__file__).parents[2]
DOCUMENTS = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(name: str, language: str) -> list[str]:
    """The fenced blocks of a language in a document."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text(name), flags=re.DOTALL | re.MULTILINE)


def section(name: str, start: str, end: str = "\n## ") -> str:
    return text(name).split(start, 1)[1].split(end, 1)[0]


def first_cells(part: str) -> set[str]:
    """The words in backticks in the first cell of each row of a table."""
    cells = re.findall(r"^\| (`[^|]*) \|", part, flags=re.MULTILINE)
    return {word for cell in cells for word in re.findall(r"`([^`]+)`", cell)}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document):
    for target in re.findall(r"\]\(([^)#]+)\)", document.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (document.parent / target).exists(), target


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_paths_are_there(document):
    """Those in backticks that start at the root, without wildcards; the examples' own files aside."""
    folders = "config|docs|envs|notebooks|profiles|src|tests|workflow"
    for path in re.findall(rf"`((?:{folders})/[\w./-]+)`", document.read_text(encoding="utf-8")):
        assert (ROOT / path).exists() or re.search(r"/(leash|animals)\.", path), path


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_make_is_told_targets_it_has(document):
    targets = set(re.findall(r"^(\w+):", text("Makefile"), flags=re.MULTILINE))
    told = set(re.findall(r"(?:`|^)make ([a-z]+)", document.read_text(encoding="utf-8"), flags=re.MULTILINE))
    assert told <= targets


def test_the_readme_lists_every_method():
    catalogue = Catalogue({"experiments": ["x"]}, ROOT / "config")
    methods = {name: catalogue.method(name, "tests").variants for name in catalogue.names("methods")}
    named = first_cells(section("README.md", "## Methods"))
    assert {name for name in named if not name.startswith("-")} >= set(methods) - {"base"}
    variants = {variant for variants in methods.values() for variant in variants}
    assert {name.partition("-")[2] for name in named} - {""} == variants


def test_the_example_of_a_method_is_one(tmp_path):
    (module,) = blocks("docs/add-a-method.md", "python")
    path = tmp_path / "mneme/methods/leash/leash.py"
    path.parent.mkdir(parents=True)
    path.write_text(module, encoding="utf-8")
    constants = code.class_constants(path, tmp_path)
    assert constants == {"SEES": "current", "CHAINED": True, "BASE": "start"}
    compile(module, "leash.py", "exec")

    settings, run = (yaml.safe_load(block) for block in blocks("docs/add-a-method.md", "yaml"))
    method = Catalogue(merge(run, {"catalogue": {"methods": {"leash": settings}}}), ROOT / "config").method(
        "leash", "docs"
    )
    assert method.settings["pull"] == 0.001
    asked = set(re.findall(r"settings\.(\w+)", module + text("src/mneme/methods/base/whole.py")))
    assert asked - {"width", "noise"} <= set(method.settings)
    experiment = Catalogue(run, ROOT / "config").experiment("gan_memory_digits", "docs")
    assert experiment.methods[-2:] == ["leash", "leash-short"]


def test_the_examples_of_datasets_are_accepted():
    examples = [yaml.safe_load(block) for block in blocks("docs/add-a-dataset.md", "yaml")]
    five_lines, whole, halves, folders, restyled, derived, base, by_hand, published = examples
    assert len(blocks("docs/add-a-dataset.md", "yaml")[0].splitlines()) == 5
    default = yaml.safe_load(text("config.yaml"))
    assert Catalogue(default | five_lines, ROOT / "config").dataset("animals", "docs").format == "image_folder"
    catalogue = Catalogue(default | whole, ROOT / "config")
    assert catalogue.dataset("animals", "docs").flip
    assert catalogue.experiment("animals", "docs").stream == "animals"
    assert [task.name for task in catalogue.stream("animals", "docs").tasks] == ["dogs", "owls"]
    assert len(blocks("docs/add-a-dataset.md", "yaml")[2].splitlines()) == 5
    for pairs in (halves, folders):
        assert Catalogue(default | pairs, ROOT / "config").dataset("pairs", "docs").kind == "paired"
    catalogue = Catalogue(default | restyled, ROOT / "config")
    classes = {"paintings": ["all"], "engravings": ["all"]}
    stream = build_stream("restyled", catalogue.stream("restyled", "docs"), catalogue, classes)
    assert [(task.kind, task.given) for task in stream] == 2 * [("unpaired", "photos")] and stream.load_size == 143
    edges = Catalogue(default | merge(five_lines, derived), ROOT / "config").dataset("animal_edges", "docs")
    assert edges.derive == ["edges", "inverted"] and edges.path == "/where/they/are/animals"
    assert Catalogue(default | base, ROOT / "config").base("published", "docs").own.endswith(".pt")
    assert Catalogue(default | by_hand, ROOT / "config").dataset("imagenet", "docs").subset
    (role,) = published["my_digits"]["files"]
    assert role in idx.ROLES
    published["my_digits"]["files"][role]["checksum"] = "sha256:" + 64 * "0"
    parse(schema.Dataset, published["my_digits"], "docs/add-a-dataset.md")


def test_the_example_of_an_experiment_inherits():
    (example,) = map(yaml.safe_load, blocks("docs/add-a-paper.md", "yaml"))
    own = {"experiments": ["kittens"], "catalogue": {"experiments": {"kittens": example}}}
    experiment = Catalogue(own, ROOT / "config").experiment("kittens", "docs")
    assert experiment.methods and experiment.probes["reverse"] and not experiment.probes["evolution"]


@pytest.mark.parametrize(
    ("document", "heading", "model"),
    [
        ("docs/add-a-dataset.md", "## Keys of a dataset", schema.Dataset),
        ("docs/add-a-dataset.md", "## Keys of a stream", schema.Stream),
        ("docs/add-a-method.md", "## The settings", schema.Method),
        ("docs/add-a-paper.md", "## Keys of an experiment", schema.Experiment),
    ],
)
def test_the_keys_are_those_of_the_schema(document, heading, model):
    assert first_cells(section(document, heading)) == set(model.model_fields)


def test_the_columns_are_those_of_the_tables():
    tables = section("docs/artefacts.md", "## Tables")
    quality, summary = tables.split("`curve` has the same columns")
    words = set(re.findall(r"`(\w+)`", quality))
    assert set(columns.QUALITY) <= words
    assert set(columns.CURVE) - set(columns.QUALITY) <= set(re.findall(r"`(\w+)`", summary))
    assert set(columns.SUMMARY) <= words | set(re.findall(r"`(\w+)`", summary))


def test_the_figures_and_predicates_are_those_there_are():
    notebooks = {path.stem for path in (ROOT / "notebooks").glob("*.ipynb")}
    assert first_cells(section("docs/artefacts.md", "## Figures")) == notebooks
    assert first_cells(section("docs/artefacts.md", "## Claims")) == set(PREDICATES)
