"""--cache: what another working directory made is taken from there, and never when it is not the same."""

import shutil

import pytest
import small
from flow import Folder

BASE = "results/smoke/bases/digits-0_1-8px/seed0/checkpoint.pt"
REFERENCE = "results/smoke/small/real/task1/classifier.pt"
PREPARED = "data/prepared/digits-8px.pt"
SHAPES = "data/prepared/shapes-8px.pt"
TARGETS = (BASE, REFERENCE, SHAPES)
OUTPUTS = {
    "download": "data/downloads/shapes/shapes.tar",
    "prepare": PREPARED,
    "shapes": SHAPES,
    "base": BASE,
    "reference": REFERENCE,
}


@pytest.fixture(scope="module")
def first(tmp_path_factory) -> Folder:
    """A working directory that has filled the cache."""
    folder = small.write(Folder.from_checkout(tmp_path_factory.mktemp("cache") / "first"))
    (folder.path.parent / "store").mkdir()
    assert ran(folder) == set(OUTPUTS)
    return folder


@pytest.fixture
def other(first: Folder, tmp_path) -> Folder:
    """Another one, in which nothing was made."""
    shutil.copytree(first.path, tmp_path / "other", symlinks=True)
    for made in ("results", "logs", ".snakemake", "data"):
        shutil.rmtree(tmp_path / "other" / made)
    shutil.copytree(first.path.parent / "store", tmp_path / "store", symlinks=True)
    return Folder(tmp_path / "other")


def ran(folder: Folder) -> set[str]:
    """Make the targets; which of the cached jobs did run."""
    store = folder.path.parent / "store"
    run = folder.run(*TARGETS, "--cache", SNAKEMAKE_OUTPUT_CACHE=str(store))
    assert run.status == 0, run.text
    return {name for name, output in OUTPUTS.items() if f"Moving output file {output} to cache" in run.text}


def test_a_second_folder_takes_everything_from_the_cache(first, other):
    assert ran(other) == set()
    assert other.hashes(*TARGETS, PREPARED) == first.hashes(*TARGETS, PREPARED)
    assert (other / BASE).is_symlink()


def options(**settings):
    def update(config):
        config["catalogue"]["streams"]["small"]["tiers"]["smoke"]["base"].update(settings)

    return lambda folder: folder.configure(update)


def dataset(**values):
    return lambda folder: folder.configure(lambda config: config["catalogue"]["datasets"]["shapes"].update(values))


def samples(folder: Folder) -> None:
    tiers = {"smoke": {"grid": 3}}
    folder.configure(lambda config: config["catalogue"]["evaluation"].update(samples={"tiers": tiers}))


def module(path: str):
    return lambda folder: folder.append(path, "\nCHANGED = 1\n")


# What judges the features learned both datasets: other data is another judge, so the reference goes with it.
CHANGES = {
    "an option of the base GAN": (options(steps=31), {"base"}),
    "an option of the data": (dataset(fit="squash"), {"shapes", "reference"}),
    "an option of the samples": (samples, {"reference"}),
    "the base GAN's module": (module("src/mneme/methods/base/base.py"), {"base"}),
    "a module that is imported by an imported one": (module("src/mneme/networks/gp_gan.py"), {"base"}),
    "a module of the measurements": (module("src/mneme/evaluation/metrics.py"), {"reference"}),
    "one format's module": (module("src/mneme/data/formats/image_folder.py"), {"shapes", "reference"}),
    "a comment": (lambda folder: folder.append("src/mneme/methods/base/base.py", "\n# a comment\n"), set()),
}


@pytest.mark.parametrize("name", CHANGES)
def test_nothing_stale_is_restored(other, name):
    change, expected = CHANGES[name]
    change(other)
    assert ran(other) == expected


def test_another_seed_is_another_base(other):
    """Wildcards are in no key of Snakemake's own: two seeds would restore one another's GAN."""
    other.configure(lambda config: config.update(seeds=[0, 1]))
    seed1 = BASE.replace("seed0", "seed1")
    run = other.run(BASE, seed1, "--cache", SNAKEMAKE_OUTPUT_CACHE=str(other.path.parent / "store"))
    assert run.status == 0, run.text
    assert f"Moving output file {BASE}" not in run.text
    assert f"Moving output file {seed1}" in run.text
    assert (other / BASE).read_bytes() != (other / seed1).read_bytes()
