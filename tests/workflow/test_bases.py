"""A stream on a base GAN that others trained: imported once, and from there as any other; and the weighing of files."""

import re

import small
import torch
from flow import Folder

from mneme.networks.gp_gan import Discriminator, Generator

IMPORTED = "results/smoke/bases/published/checkpoint.pt"


def released_names(state: dict) -> dict:
    """Our names -> those of the released code, as it saves them."""
    pairs = ((r"^blocks\.(\d)\.", r"resnet_\1_0."), (r"\.shortcut\.", ".conv_s."), (r"^image\.", "conv_img."))
    for ours, theirs in pairs:
        state = {re.sub(ours, theirs, name): value for name, value in state.items()}
    return {f"module.{name}": value for name, value in state.items()}


def on_published(config: dict) -> None:
    stream = config["catalogue"]["streams"]["small"]
    stream |= {"size": 256, "channels": 3, "base": "published", "source": None}
    config["catalogue"]["bases"] = {"published": {"own": "celeba.pt"}}
    config["catalogue"]["experiments"]["small"]["artefacts"] = ["storage"]
    config["seeds"] = [0, 1]


def test_it_is_imported_once_and_used_as_any_other(tmp_path):
    folder = small.write(Folder.from_checkout(tmp_path / "mneme"))
    folder.configure(on_published)
    states = {"generator": Generator(size=256, channels=3, width=1, noise=4).state_dict()}
    states["discriminator"] = Discriminator(size=256, channels=3, width=1).state_dict()
    states["generator_test"] = states["generator"]
    torch.save({name: released_names(state) for name, state in states.items()}, folder / "celeba.pt")

    jobs = folder.plan()
    assert "import_base published" in jobs and not any(job.startswith(("base ", "evaluate base")) for job in jobs)
    assert {"sizes", "figure_storage"} <= jobs
    trained = {job for job in jobs if job.startswith("train ")}
    assert trained == small.train("joint", 1, 2) | small.train("finetune", 1, 2) | small.train("gan_memory", 1, 2) | {
        job for method in small.METHODS for job in small.train(method, 1, 2, seed=1)
    }

    run = folder.run(IMPORTED)
    assert run.status == 0 and run.jobs == {"import_base published"}, run.text
    checkpoint = torch.load(folder / IMPORTED, weights_only=True)
    assert set(checkpoint["state"]) == {"shape", "generator", "average", "discriminator"}
    assert not folder.plan(IMPORTED)
    (folder / "celeba.pt").touch()
    assert not folder.plan(IMPORTED), "the same bytes are the same base"
    torch.save(
        {name: released_names({k: v + 1 for k, v in s.items()}) for name, s in states.items()}, folder / "celeba.pt"
    )
    assert folder.plan(IMPORTED) == {"import_base published"}
