"""The released GP-GAN checkpoint: a file in its format, and the images that its own forward pass makes."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch.nn.functional import avg_pool2d, conv2d, interpolate, leaky_relu, linear

from mneme.data.stream import Task
from mneme.errors import UserError
from mneme.files import load, sha256
from mneme.methods.base.published import our_name, read
from mneme.methods.gan_memory.finetune import Finetune
from mneme.methods.gan_memory.gan_memory import GanMemory
from mneme.networks.gp_gan import Discriminator, Generator
from mneme.plan.check import checked_plan
from mneme.plan.jobs import claims, download, import_base, train
from mneme.plan.tasks import evaluated_datasets, stream_of
from mneme.settings import Settings
from mneme.spec import spec_hash

ROOT = Path(__file__).parents[2]
WIDTH, NOISE = 1, 4
CPU = torch.device("cpu")


def residual_block(prefix, fin, fout):
    """Parameters as the released code names them: conv_0, conv_1, and conv_s where the channels change."""
    hidden = min(fin, fout)
    shapes = {"conv_0.weight": (hidden, fin, 3, 3), "conv_0.bias": (hidden,)}
    shapes |= {"conv_1.weight": (fout, hidden, 3, 3), "conv_1.bias": (fout,)}
    shapes |= {"conv_s.weight": (fout, fin, 1, 1)} if fin != fout else {}
    return {f"{prefix}.{name}": shape for name, shape in shapes.items()}


def released(seed):
    """State dicts at 256 px with one label of embedding length 1, random numbers in them."""
    w = WIDTH
    g = {"embedding.weight": (1, 1), "fc.weight": (256 * w, NOISE + 1), "fc.bias": (256 * w,)}
    for m, (fin, fout) in enumerate([(16, 16), (16, 16), (16, 8), (8, 4), (4, 2), (2, 1), (1, 1)]):
        g |= residual_block(f"resnet_{m}_0", fin * w, fout * w)
    g |= {"conv_img.weight": (3, w, 7, 7), "conv_img.bias": (3,)}
    d = {"conv_img.weight": (w, 3, 7, 7), "conv_img.bias": (w,)}
    for m, (fin, fout) in enumerate([(1, 1), (1, 2), (2, 4), (4, 8), (8, 16), (16, 16), (16, 16)]):
        d |= residual_block(f"resnet_{m}_0", fin * w, fout * w)
    d |= {"fc.weight": (1, 256 * w), "fc.bias": (1,)}
    torch.manual_seed(seed)
    return [{name: torch.randn(shape) / 3 for name, shape in shapes.items()} for shapes in (g, d, g)]


def wrapped(state):
    return {f"module.{name}": value for name, value in state.items()}


@pytest.fixture(scope="module")
def states():
    return dict(zip(("generator", "discriminator", "generator_test"), released(0), strict=True))


def write(path, states, wrap=wrapped, **more):
    """As the released code saves: state dicts of wrapped networks beside a counter; in its day, not as a zip."""
    torch.save(
        {"it": 400000, **{k: wrap(v) for k, v in states.items()}, **more}, path, _use_new_zipfile_serialization=False
    )
    return path


def block(state, m, h):
    """The released block, restated: 0.1 times the residual on a shortcut that may be learned."""
    p = f"resnet_{m}_0."
    residual = conv2d(leaky_relu(h, 0.2), state[f"{p}conv_0.weight"], state[f"{p}conv_0.bias"], padding=1)
    residual = conv2d(leaky_relu(residual, 0.2), state[f"{p}conv_1.weight"], state[f"{p}conv_1.bias"], padding=1)
    shortcut = conv2d(h, state[f"{p}conv_s.weight"]) if f"{p}conv_s.weight" in state else h
    return shortcut + 0.1 * residual


def their_images(state, z):
    label = state["embedding.weight"][torch.zeros(len(z), dtype=torch.int64)]
    h = linear(torch.cat([z, label], 1), state["fc.weight"], state["fc.bias"]).view(len(z), -1, 4, 4)
    for m in range(7):
        h = block(state, m, h if m == 0 else interpolate(h, scale_factor=2))
    return conv2d(leaky_relu(h, 0.2), state["conv_img.weight"], state["conv_img.bias"], padding=3).tanh()


def their_logits(state, x):
    h = conv2d(x, state["conv_img.weight"], state["conv_img.bias"], padding=3)
    for m in range(7):
        h = block(state, m, h if m == 0 else avg_pool2d(h, 3, stride=2, padding=1))
    return linear(leaky_relu(h.flatten(1), 0.2), state["fc.weight"], state["fc.bias"])[:, 0]


@pytest.mark.parametrize("wrap", [wrapped, dict])
def test_the_imported_networks_compute_what_the_released_ones_do(states, wrap, tmp_path):
    state = read(write(tmp_path / "celeba.pt", states, wrap), 256, 3)
    assert state["shape"] == {"size": 256, "channels": 3, "width": WIDTH, "noise": NOISE, "labels": None}
    z, y = torch.randn(2, NOISE), torch.zeros(2, dtype=torch.int64)
    for ours, theirs in (("generator", "generator"), ("average", "generator_test")):
        generator = Generator(**state["shape"])
        generator.load_state_dict(state[ours])
        with torch.no_grad():
            images = generator(z, y)
        assert images.shape == (2, 3, 256, 256) and images.std() > 0.01
        torch.testing.assert_close(images, their_images(states[theirs], z), rtol=0, atol=1e-5)
    discriminator = Discriminator(size=256, channels=3, width=WIDTH)
    discriminator.load_state_dict(state["discriminator"])
    with torch.no_grad():
        logits = discriminator(images, y)
    torch.testing.assert_close(logits, their_logits(states["discriminator"], images), rtol=1e-4, atol=1e-4)


def test_names():
    assert our_name("module.resnet_2_0.conv_s.weight") == "blocks.2.shortcut.weight"
    assert our_name("resnet_6_0.conv_1.bias") == "blocks.6.conv_1.bias"
    assert our_name("module.conv_img.bias") == "image.bias"
    assert our_name("module.fc.weight") == "fc.weight" and our_name("embedding.weight") == "embedding.weight"


def test_what_is_no_such_checkpoint_is_refused(states, tmp_path):
    with pytest.raises(UserError, match="holds no 'generator_test'"):
        read(write(tmp_path / "a.pt", {k: states[k] for k in ("generator", "discriminator")}), 256, 3)
    odd = {**states, "generator": {k: v for k, v in states["generator"].items() if k != "resnet_3_0.conv_s.weight"}}
    with pytest.raises(UserError, match=r"generator: 'blocks.3.shortcut.weight' is absent, but GP-GAN at 256 px"):
        read(write(tmp_path / "b.pt", odd), 256, 3)
    with pytest.raises(
        UserError, match=r"'blocks.1.conv_0.bias' is \(16,\), but GP-GAN at 128 px with one label has \(8,\)"
    ):
        read(write(tmp_path / "c.pt", states), 128, 3)
    with pytest.raises(UserError, match="not a file of plain tensors"):
        read(write(tmp_path / "d.pt", states, extra=Path("an object")), 256, 3)


# ---- in the plan -----------------------------------------------------------------------------------------------------

TASKS = [{"name": "a", "classes": [0]}, {"name": "b", "classes": [1]}]


def config(weights=None, **stream):
    experiment = {"title": "", "stream": "s", "methods": ["gan_memory", "finetune"], "artefacts": []}
    experiment["paper"] = "gan_memory"
    catalogue = {
        "streams": {"s": {"dataset": "cifar10", "size": 256, "base": "published", "tasks": TASKS, **stream}},
        "experiments": {"e": experiment},
        "bases": {"published": weights or {}},
    }
    return {"tier": "smoke", "experiments": ["e"], "catalogue": catalogue}


def test_all_tasks_and_seeds_share_one_imported_base(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    plan = checked_plan({**config(), "seeds": [0, 1]}, ROOT)
    file = "results/smoke/bases/published/checkpoint.pt"
    imported = import_base.job(plan, "published")
    for seed in (0, 1):
        assert train.job(plan, "s", "gan_memory", seed, 2).inputs["base"].path == file
        assert train.job(plan, "s", "finetune", seed, 1).inputs["previous"].path == file
        assert json.loads(train.job(plan, "s", "gan_memory", seed, 1).text)["base"] == imported.hash
    assert imported.inputs["weights"].path == "data/downloads/gp_gan/celeba-ab478c9d.pt"
    assert download.job(plan, "gp_gan/celeba-ab478c9d.pt").spec.checksum == "sha256:ab478c9d"
    assert evaluated_datasets(plan, "s") == ["cifar10"] and stream_of(plan, "s").source is None
    assert "parameters" in claims.job(plan, "e").inputs


def test_ones_own_copy_counts_by_content(states, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = write(tmp_path / "mine.pt", states)
    imported = import_base.job(checked_plan(config({"own": str(path)}), ROOT), "published")
    assert imported.spec.checksum == f"sha256:{sha256(path)}"
    assert imported.inputs["weights"].path == str(path)


@pytest.mark.parametrize(
    "weights, stream, sentence",
    [
        ({}, {"size": 32}, "makes images of 256 px and 3 channels, but the stream's have 32 px and 3"),
        ({}, {"source": {"classes": [0]}}, "has a 'source:' to train a base GAN on; leave out one of the two"),
        ({}, {"base": "publishd"}, "unknown base 'publishd' (did you mean 'published'?)"),
        ({"own": "nowhere.pt"}, {}, "own: nowhere.pt: no such file; correct the path"),
        ({"file": None}, {}, "neither 'file:' to fetch nor 'own:'"),
        ({"file": {"checksum": None}}, {}, "'file.checksum: null' must be text"),
        ({}, {"base": "trained"}, "gan_memory starts from a base GAN, but"),
    ],
)
def test_bases_that_cannot_be(weights, stream, sentence, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError) as caught:
        checked_plan(config(weights, **stream), ROOT)
    assert sentence in str(caught.value)


def test_the_job_makes_the_file_that_training_a_base_makes(states, tmp_path):
    """By its script; what follows takes it for any other base GAN."""
    weights, output = write(tmp_path / "mine.pt", states), tmp_path / "checkpoint.pt"
    spec = {"job": "import_base", "checksum": f"sha256:{sha256(weights)[:8]}", "size": 256, "channels": 3}

    def run(spec):
        command = [sys.executable, ROOT / "workflow/scripts/import_base.py", "--spec", json.dumps(spec)]
        command += ["--weights", weights, "--checkpoint", output]
        return subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=120)

    refused = run({**spec, "checksum": "sha256:00000000"})
    assert refused.returncode and "but sha256:00000000 is asked for" in refused.stderr and not output.exists()
    assert run(spec).returncode == 0
    checkpoint = load(output)
    assert set(checkpoint) == {"spec", "status", "parameters", "state"} and checkpoint["spec"] == spec_hash(spec)
    assert checkpoint["parameters"] == sum(value.numel() for value in states["generator"].values())

    task = Task(1, "a", "toy", (0,), (0,))
    settings = {"batch": 2, "lr": 1e-4, "r1": 1.0, "ema": 0.9, "optimiser": "adam", "fresh_fakes": False}
    settings |= {"normalise": True, "bias": True, "discriminator": "raw", "source": "raw", "conditional": False}
    state, z = checkpoint["state"], torch.randn(2, NOISE)
    for method in (GanMemory, Finetune):
        learner = method(Settings(settings), [task], 256, 3, CPU, state)
        learner.begin(state, {})
        with torch.no_grad():
            images = learner.generator.formed()(z, torch.zeros(2, dtype=torch.int64))
        torch.testing.assert_close(images, their_images(states["generator"], z), rtol=0, atol=1e-5)
