"""YAML in, models out; what does not fit is refused in one sentence."""

import re
from pathlib import Path

import pytest
import yaml
from pydantic import BaseModel

from mneme.catalogue import schema
from mneme.catalogue.catalogue import Catalogue, merge
from mneme.catalogue.explain import number_hint, one_of, parse, shown
from mneme.catalogue.plain_yaml import read_mapping
from mneme.errors import UserError

CONFIG = Path(__file__).parents[2] / "config"


def said(call) -> str:
    with pytest.raises(UserError) as caught:
        call()
    return str(caught.value)


# ---- reading ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text, sentence",
    [
        ("a: 1\nb: 2\na: 3\n", "the key 'a' is written twice"),
        ("a: {b: 1, b: 2}\n", "the key 'b' is written twice"),
        ("a: &a {b: 1}\nc: {<<: *a, d: 2}\n", "keys are not merged by '<<'; write them out at line 2, column 4"),
        ("a: !!python/object/apply:os.system [true]\n", "not plain YAML"),
        ("a: [1\n", "not plain YAML"),
        ("- 1\n", "holds list, not a mapping"),
        ("", "holds NoneType, not a mapping"),
    ],
)
def test_reading_refuses(tmp_path, text, sentence):
    path = tmp_path / "x.yaml"
    path.write_text(text)
    message = said(lambda: read_mapping(path))
    assert message.startswith(f"{path}: ") and sentence in message and "\n" not in message


def test_reading_of_nothing_and_of_bytes(tmp_path):
    assert said(lambda: read_mapping(tmp_path / "x.yaml")) == f"{tmp_path}/x.yaml: no such file"
    (tmp_path / "x.yaml").write_bytes(b"a: \xff\xfe")
    assert "not plain YAML" in said(lambda: read_mapping(tmp_path / "x.yaml"))


def test_merge_goes_into_mappings_and_replaces_the_rest():
    below = {"a": {"b": 1, "c": [1, 2]}, "d": {"e": 1}, "f": 1}
    above = {"a": {"c": [3], "g": 4}, "d": None, "f": {"h": 1}}
    assert merge(below, above) == {"a": {"b": 1, "c": [3], "g": 4}, "d": None, "f": {"h": 1}}
    assert below == {"a": {"b": 1, "c": [1, 2]}, "d": {"e": 1}, "f": 1}  # left alone


# ---- the sentences ---------------------------------------------------------------------------------------------------

EXPERIMENT = {"title": "", "stream": "s", "methods": ["m"], "artefacts": []}
STREAM = {"size": 16, "dataset": "digits", "tasks": [{"name": "a"}]}
SOUND = {
    schema.Config: {"experiments": ["a"]},
    schema.Stream: STREAM,
    schema.Dataset: {"format": "idx"},
    schema.Experiment: EXPERIMENT,
}
WORD = "up to 60 lower-case letters, digits and underscores"
SAID = {
    schema.Config: {
        "catalogue: {stream: {}}": "unknown key 'catalogue.stream' (did you mean 'streams'?)",
        "catalogue: null": "'catalogue: null' must be a mapping of keys to values",
        "catalogue: {streams: {A b: {}}}": f"'catalogue.streams.A b' must be {WORD}",
        "tier: papr": "'tier: papr' must be one of smoke, demo, night, paper (did you mean 'paper'?)",
        "tier: x": "'tier: x' must be one of smoke, demo, night, paper",
        "experiments: []": "'experiments: []' is empty; list at least one",
        "experiments: a": "'experiments: a' must be a list, like [a, b]",
        "experiments: [a, a]": "'experiments: [a, a]' lists a twice",
        "experiments: [A]": f"'experiments.0: A' must be {WORD}",
        "experiments: [../a]": f"'experiments.0: ../a' must be {WORD}",
        "seeds: []": "'seeds: []' is empty; list at least one",
        "seeds: ['1', 1]": "'seeds: ['1', 1]' lists 1 twice",
        "seeds: [-1]": "'seeds.0: -1' must be at least 0",
        "seeds: ['-1']": "'seeds.0: '-1'' must be at least 0",
        "seeds: [one]": "'seeds.0: one' must be a whole number",
        "seeds: [1.5]": "'seeds.0: 1.5' must be a whole number",
        "save_every: 0": "'save_every: 0' must be more than 0",
        "save_every: 1e2": "'save_every: 1e2' must be a number, not text; write it with a point, as 1.0e+02",
        "mirror: 3": "'mirror: 3' must be text; put it in quotes",
        "device: cuda:x": "'device: cuda:x' must be auto, cpu, cuda or cuda:N",
    },
    schema.Stream: {
        "size: 26": "'size: 26' must be a multiple of 4, from 8 on",
        "size: '16'": "'size: '16'' must be a whole number, not text; write it as 16",
        "tasks: []": "'tasks: []' is empty; list at least one",
        "tasks: [{nam: a}]": "unknown key 'tasks.0.nam' (did you mean 'name'?)",
        "tasks: [{classes: [1]}]": "the key 'tasks.0.name' is missing",
        "tasks: [{name: a, clases: [1]}]": "unknown key 'tasks.0.clases' (did you mean 'classes'?)",
        "tasks: [{name: a, classes: []}]": "'tasks.0.classes: []' is empty; list at least one",
        "tasks: [{name: a, classes: [1, 1]}]": "'tasks.0.classes: [1, 1]' lists 1 twice",
        "source: {classs: [1]}": "unknown key 'source.classs' (did you mean 'classes'?)",
        "tiers: {dem: {}}": "'tiers.dem' must be one of smoke, demo, night, paper (did you mean 'demo'?)",
        "settings: []": "'settings: []' must be a mapping of keys to values",
    },
    schema.Dataset: {
        "flip: maybe": "'flip: maybe' must be true or false",
        "classes: [0, 1]": "'classes.0: 0' must be text; put it in quotes",
        "test_fraction: 1.0": "'test_fraction: 1.0' must be less than 1",
        "fit: padd": "'fit: padd' must be one of pad, crop, squash (did you mean 'pad'?)",
        "files: {a: {pth: x}}": "unknown key 'files.a.pth' (did you mean 'path'?)",
        "files: {a: {path: x, checksum: 'md5:1'}}": (
            "'files.a.checksum: md5:1' must be sha256: and 64 hexadecimal digits, or md5: and 32"
        ),
    },
    schema.Experiment: {
        "artefacts: [base, base]": "'artefacts: [base, base]' lists base twice",
        "methods: [a-b-c-d]": "'methods.0: a-b-c-d' must be a method, method-variant or replay-METHOD, in lower case",
        "probes: {curve: [Fine]}": (
            "'probes.curve.0: Fine' must be a method, method-variant or replay-METHOD, in lower case"
        ),
    },
}


@pytest.mark.parametrize("model, text", [(model, text) for model, said in SAID.items() for text in said])
def test_explain(model: type[BaseModel], text: str):
    values = {**SOUND[model], **yaml.safe_load(text)}
    assert said(lambda: parse(model, values, "here")) == f"here: {SAID[model][text]}"


def test_a_misspelt_key_comes_before_the_one_that_it_leaves_out():
    sentence = said(lambda: parse(schema.Config, {"experimnts": ["a"]}, "here"))
    assert sentence == "here: unknown key 'experimnts' (did you mean 'experiments'?)"
    assert said(lambda: parse(schema.Config, {}, "here")) == "here: the key 'experiments' is missing"


def test_seeds_of_the_command_line_arrive_as_texts():
    assert parse(schema.Config, {"experiments": ["a"], "seeds": ["0", "12"]}, "").seeds == [0, 12]


def test_hints():
    assert number_hint("1e-4", whole=False) == ", not text; write it with a point, as 1.0e-04"
    assert number_hint("1e3", whole=True) == ", not text; write it as 1000"
    assert number_hint("many", whole=True) == number_hint(3.5, whole=True) == number_hint(None, whole=False) == ""
    assert one_of("adm", ["adam", "sgd"]) == "must be one of adam, sgd (did you mean 'adam'?)"
    assert one_of(7, ["adam", "sgd"]) == "must be one of adam, sgd"
    assert [shown(value) for value in (None, [1, "a"], "1", True, {"a": 1})] == [
        "null",
        "[1, a]",
        "'1'",
        "true",
        "{a: 1}",
    ]


# ---- the catalogue ---------------------------------------------------------------------------------------------------


def catalogue(**own) -> Catalogue:
    return Catalogue({"experiments": ["gan_memory_digits"], "catalogue": own}, CONFIG)


def test_own_entries_are_laid_over_the_files():
    entry = catalogue(datasets={"digits": {"flip": True}}, methods={"finetune": {"settings": {"steps": 3}}})
    assert entry.dataset("digits", "x").flip and entry.dataset("digits", "x").format == "digits"
    assert entry.method("finetune", "x").settings["steps"] == 3 and "lr" in entry.method("finetune", "x").settings


def test_an_unknown_name_says_who_asked_and_what_was_meant():
    assert (
        said(lambda: catalogue().method("fintune", "here"))
        == "here: unknown method 'fintune' (did you mean 'finetune'?)"
    )
    assert said(lambda: catalogue().dataset("mnst", "here")) == "here: unknown dataset 'mnst' (did you mean 'mnist'?)"
    own = catalogue(streams={"flowers": {}})
    assert said(lambda: own.stream("flower", "here")) == "here: unknown stream 'flower' (did you mean 'flowers'?)"
    known = said(lambda: catalogue().experiment("qqq", "here"))
    assert re.fullmatch(r"here: unknown experiment 'qqq' \(known: .*gan_memory_digits.*\)", known)


def test_locations():
    entry = catalogue(streams={"mine": STREAM, "digits": {}}, datasets={"digits": {"flip": True}, "mine": {}})
    assert entry.location("streams", "mine") == "catalogue.streams.mine of your config"
    both = "config/streams/digits.yaml with catalogue.streams.digits of your config"
    assert entry.location("streams", "digits") == both
    assert entry.location("methods", "finetune") == "config/methods/gan_memory/finetune.yaml"
    both = "config/datasets.yaml: digits with catalogue.datasets.digits of your config"
    assert entry.location("datasets", "digits") == both
    assert entry.location("datasets", "mine") == "catalogue.datasets.mine of your config"
    assert entry.location("datasets", "mnist") == "config/datasets.yaml: mnist"
    assert entry.location("bases", "published") == "config/bases.yaml: published"
    assert entry.evaluation_location == "config/evaluation.yaml"
    changed = catalogue(evaluation={"samples": {}}).evaluation_location
    assert changed == "config/evaluation.yaml with catalogue.evaluation of your config"


def test_an_entry_is_read_once():
    entry = catalogue()
    assert entry.stream("digits", "a") is entry.stream("digits", "b")


@pytest.mark.parametrize("kind", ["datasets", "bases", "streams", "methods", "experiments"])
def test_every_committed_entry_is_sound(kind):
    entry = catalogue()
    assert entry.names(kind)
    for name in entry.names(kind):
        getattr(entry, kind.removesuffix("s"))(name, "test")


# ---- what entries inherit --------------------------------------------------------------------------------------------

PARENT = {
    "settings": {"steps": 9, "lr": 1.0},
    "choices": {"source": ["raw"]},
    "ranges": {"lr": "share"},
    "tiers": {"demo": {"steps": 3, "lr": 0.5}},
    "variants": {"fast": {"lr": 2.0}},
}
CHILD = {
    "of": "parent",
    "settings": {"steps": 5, "r1": 1.0},
    "ranges": {"r1": "above_zero"},
    "tiers": {"demo": {"steps": 2}, "smoke": {"steps": 1}},
}


def test_a_method_is_laid_over_the_one_that_it_is_of():
    own = {"parent": PARENT, "child": CHILD, "grandchild": {"of": "child", "choices": {"source": []}}}
    entry = catalogue(methods=own)
    child, grandchild = (entry.method(name, "test") for name in ("child", "grandchild"))
    assert child.settings == grandchild.settings == {"steps": 5, "lr": 1.0, "r1": 1.0}
    assert child.tiers == {"demo": {"steps": 2, "lr": 0.5}, "smoke": {"steps": 1}}
    assert child.variants == {"fast": {"lr": 2.0}}
    assert child.ranges == grandchild.ranges == {"lr": "share", "r1": "above_zero"}
    assert (child.choices, grandchild.choices) == ({"source": ["raw"]}, {"source": []})
    assert entry.method("parent", "test").settings == PARENT["settings"]  # left alone


def test_an_experiment_and_a_stream_are_laid_over_others():
    more = {"of": "mine", "title": "b", "methods": ["n"]}
    entry = catalogue(experiments={"mine": {**EXPERIMENT, "paper": "c"}, "more": more})
    found = entry.experiment("more", "test")
    assert (found.title, found.stream, found.methods, found.paper) == ("b", "s", ["n"], "c")
    assert catalogue(streams={"large": {"of": "digits", "size": 32}}).stream("large", "test").tasks


def test_a_user_changes_what_many_inherit_in_one_place():
    entry = catalogue(methods={"classifier": {"settings": {"steps": 7}}})
    classifiers = {name for name in entry.names("methods") if name.startswith("classifier_")} | {"replay"}
    assert len(classifiers) > 3
    assert {entry.method(name, "test").settings["steps"] for name in classifiers} == {7}


OWN = "catalogue.{}.{} of your config"
REFUSED = {
    "unknown": ({"a": {"of": "snippet"}, "snippets": {}}, "{a}: 'of: snippet' is no {noun} (did you mean 'snippets'?)"),
    "itself": ({"a": {"of": "a"}}, "{a}: 'of: a' leads back to itself; name another {noun}"),
    "a cycle": ({"a": {"of": "b"}, "b": {"of": "a"}}, "{b}: 'of: a' leads back to itself; name another {noun}"),
    "no name": ({"a": {"of": 3}}, "{a}: 'of: 3' must be text; put it in quotes"),
    "no yes or no": ({"a": {"abstract": "so"}}, "{a}: 'abstract: so' must be true or false"),
    "a slip above": ({"a": {"of": "b"}, "b": {"titel": ""}}, "{a}, of {b}: unknown key 'titel' (did you mean "),
    "abstract": ({"a": {"abstract": True}}, "here: {noun} 'a' is abstract, it only holds what others inherit"),
}


@pytest.mark.parametrize("kind", ["datasets", "streams", "methods", "experiments"])
@pytest.mark.parametrize("name", REFUSED)
def test_what_an_entry_may_not_inherit(kind, name):
    own, sentence = REFUSED[name]
    whole = {"datasets": {"format": "idx"}, "streams": STREAM, "experiments": EXPERIMENT}.get(kind, {"settings": {}})
    if kind == "methods":
        own = {
            entry: {"settngs" if key == "titel" else key: value for key, value in v.items()} for entry, v in own.items()
        }
        sentence = sentence.replace("titel", "settngs")
    asked = catalogue(**{kind: {entry: {**whole, **values} for entry, values in own.items()}})
    places = {entry: OWN.format(kind, entry) for entry in "ab"}
    message = said(lambda: getattr(asked, kind.removesuffix("s"))("a", "here"))
    assert message.startswith(sentence.format(**places, noun=kind.removesuffix("s")))


def test_what_is_abstract_can_be_inherited_and_is_not_suggested():
    entry = catalogue(methods={"parent": {**PARENT, "abstract": True}, "child": CHILD})
    assert entry.method("child", "test").abstract is False
    assert "parent" not in entry.names("methods") and "child" in entry.names("methods")
    assert "'parent'" not in said(lambda: entry.method("parnt", "here")).removeprefix("here: unknown method 'parnt'")
    assert said(lambda: entry.method("acgan", "here")).startswith("here: method 'acgan' is abstract")


def test_an_entry_that_is_no_mapping(tmp_path):
    (tmp_path / "datasets.yaml").write_text("digits: 3\n", encoding="utf-8")
    (tmp_path / "bases.yaml").write_text("{}\n", encoding="utf-8")
    entry = Catalogue({"experiments": ["x"]}, tmp_path)
    wanted = "config/datasets.yaml: digits: must be a mapping of keys to values"
    assert said(lambda: entry.dataset("digits", "here")) == wanted
