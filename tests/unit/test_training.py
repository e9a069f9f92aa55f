"""Losses, averages, sampling, resuming: each against the simplest computation."""

import json
import math
import os
from signal import SIGTERM

import pytest
import torch

from mneme.data.dequantise import dequantise
from mneme.errors import UserError
from mneme.files import save
from mneme.losses import logistic
from mneme.machine.device import choose_device
from mneme.networks.average import Average
from mneme.networks.gp_gan import Discriminator, Generator
from mneme.state import finite, numbers
from mneme.training.loop import collapse, draw, progress_line
from mneme.training.resume import Interrupted, Resume, append
from mneme.training.sampler import EpochSampler


def test_losses_are_cross_entropies():
    real, fake = torch.tensor([0.3, -1.2]), torch.tensor([2.0, -0.5])
    sigmoid = lambda value: 1 / (1 + math.exp(-value))  # noqa: E731
    expected_d = -sum(math.log(sigmoid(v)) for v in real) / 2 - sum(math.log(1 - sigmoid(v)) for v in fake) / 2
    expected_g = -sum(math.log(sigmoid(v)) for v in fake) / 2
    assert logistic.discriminator_loss(real, fake).item() == pytest.approx(expected_d, rel=1e-5)
    assert logistic.generator_loss(fake).item() == pytest.approx(expected_g, rel=1e-5)


def test_r1_is_the_mean_squared_gradient_norm_without_a_half():
    """D(x) = w . x has gradient w for every image."""
    w = torch.randn(3, 2, 2)
    assert logistic.r1(w.expand(5, 3, 2, 2)).item() == pytest.approx(w.square().sum().item(), rel=1e-5)


def test_a_state_is_looked_into_at_every_depth():
    state = {"a": torch.ones(2, 3), "b": [torch.zeros(4), {"c": (torch.tensor(5),)}], "name": "x", "steps": 7}
    assert numbers(state) == 2 * 3 + 4 + 1 and finite(state)
    state["b"][1]["c"] = (torch.tensor(float("nan")),)
    assert not finite(state)


def test_r1_against_finite_differences():
    torch.manual_seed(0)
    D, y = Discriminator(size=8, channels=1, width=2).double(), torch.zeros(3, dtype=torch.long)
    x = torch.randn(3, 1, 8, 8, dtype=torch.double)
    norms = torch.zeros(3, dtype=torch.double)
    with torch.no_grad():
        for row in range(8):
            for column in range(8):
                step = torch.zeros_like(x)
                step[..., row, column] = 1e-6
                norms += ((D(x + step, y) - D(x - step, y)) / 2e-6).square()
    assert logistic.r1(D(x, y, gradient=True)[1]).item() == pytest.approx(norms.mean().item(), rel=1e-4)


def players(**options):
    torch.manual_seed(3)
    G, D = Generator(size=8, channels=1, width=2, noise=4), Discriminator(size=8, channels=1, width=2)
    return G, D, logistic.LogisticGame(G, D, optimiser="adam", lr=1e-2, r1=10.0, **options)


def test_a_round_is_one_step_of_each_player_written_out():
    """Generator first; the discriminator sees the fakes made before the generator's update."""
    x, z, y = torch.randn(4, 1, 8, 8), torch.randn(4, 4), torch.zeros(4, dtype=torch.long)
    G, D, game = players(fresh_fakes=False)
    game.play(x, y, z)

    G2, D2, _ = players(fresh_fakes=False)
    adam_g = torch.optim.Adam(G2.parameters(), 1e-2, (0.0, 0.99))
    adam_d = torch.optim.Adam(D2.parameters(), 1e-2, (0.0, 0.99))
    fake = G2(z, y)
    torch.nn.functional.binary_cross_entropy_with_logits(D2(fake, y), torch.ones(4)).backward()
    adam_g.step()
    adam_d.zero_grad()
    real_x = x.clone().requires_grad_()
    real = D2(real_x, y)
    (gradient,) = torch.autograd.grad(real.sum(), real_x, create_graph=True)
    bce = torch.nn.functional.binary_cross_entropy_with_logits
    loss = bce(real, torch.ones(4)) + bce(D2(fake.detach(), y), torch.zeros(4))
    (loss + 10 * sum(g.square().sum() for g in gradient) / 4).backward()
    adam_d.step()
    for mine, theirs in zip([*G.parameters(), *D.parameters()], [*G2.parameters(), *D2.parameters()], strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-4, atol=1e-6)


def test_fresh_fakes_draw_other_noise():
    x, z, y = torch.randn(4, 1, 8, 8), torch.randn(4, 4), torch.zeros(4, dtype=torch.long)
    discriminators = []
    for fresh in (False, True):
        _, D, game = players(fresh_fakes=fresh)
        torch.manual_seed(7)
        game.play(x, y, z)
        discriminators.append(torch.cat([p.flatten() for p in D.parameters()]))
    assert not torch.equal(*discriminators)


def test_average_is_the_recursion():
    parameter = torch.nn.Parameter(torch.tensor([1.0]))
    average, expected = Average({"p": parameter}, 0.9), 1.0
    for value in (3.0, -2.0, 5.0):
        with torch.no_grad():
            parameter.fill_(value)
        average.update()
        expected = 0.9 * expected + 0.1 * value
    assert average.values["p"].item() == pytest.approx(expected)


def test_dequantisation_is_one_sided_and_below_a_grey_level():
    x = torch.arange(256, dtype=torch.uint8).view(1, 1, 16, 16)
    noise = dequantise(x) - (x.float() / 127.5 - 1)
    assert noise.min() >= -1e-6
    assert noise.max() < 1 / 128 + 1e-6
    assert noise.max() > 0.9 / 128


def test_every_epoch_holds_every_image_once():
    sampler = EpochSampler(10, 4, ("a",))
    drawn = torch.cat([sampler.indices(k) for k in range(5)])
    assert sorted(drawn[:10].tolist()) == sorted(drawn[10:].tolist()) == list(range(10))
    assert drawn[:10].tolist() != drawn[10:].tolist()


def test_a_batch_depends_on_its_number_alone():
    walked = EpochSampler(10, 4, ("a",))
    for k in range(7):
        walked.indices(k)
    assert torch.equal(walked.indices(7), EpochSampler(10, 4, ("a",)).indices(7))
    assert not torch.equal(walked.indices(7), EpochSampler(10, 4, ("b",)).indices(7))


def test_a_batch_larger_than_the_data():
    assert len(EpochSampler(3, 8, ("a",)).indices(0)) == 8


def test_only_images_that_may_be_mirrored_are():
    x = torch.arange(4, dtype=torch.uint8).repeat(64, 1, 4, 1)
    data = {"x": x, "y": torch.zeros(64, dtype=torch.long), "flip": torch.arange(64) < 32}
    torch.manual_seed(0)
    mirrored = draw(data, torch.arange(64), torch.device("cpu"))["x"][:, 0, 0, 0] == 3
    assert 4 < mirrored[:32].sum() < 28
    assert not mirrored[32:].any()


def test_collapse_is_named():
    assert "grey levels" in collapse(torch.full((8, 1, 4, 4), 7, dtype=torch.uint8))
    assert collapse(torch.randint(0, 255, (8, 1, 4, 4), dtype=torch.uint8)) == ""


def test_progress_line_reads_well():
    line = progress_line({"step": 450, "loss_g": 0.71}, 900, 32, 450, 30.0)
    assert line == "step 450/900  loss_g 0.71  480 images/s  0:30 left"


def test_a_state_of_another_job_is_refused(tmp_path):
    first = Resume(tmp_path / "r", "aaaa", 100)
    first.load()
    first.save(3, {})
    first.release()
    with pytest.raises(UserError, match="aaaa"):
        Resume(tmp_path / "r", "bbbb", 100).load()


def test_losses_written_after_the_state_are_dropped(tmp_path):
    resume = Resume(tmp_path / "r", "aaaa", 100)
    resume.load()
    append(resume.losses_path, {"step": 1})
    resume.save(1, {})
    append(resume.losses_path, {"step": 2})
    resume.release()
    again = Resume(tmp_path / "r", "aaaa", 100)
    assert again.load()["step"] == 1
    assert [json.loads(line) for line in again.losses_path.read_text().splitlines()] == [{"step": 1}]


def test_sigterm_saves_and_leaves(tmp_path):
    resume = Resume(tmp_path / "r", "aaaa", 100)
    resume.load()
    resume.asked_by = SIGTERM
    with pytest.raises(Interrupted, match="after step 5") as left:
        resume.save(5, {})
    assert left.value.code == 143
    assert Resume(tmp_path / "r", "aaaa", 100).load()["step"] == 5


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has CUDA")
def test_cuda_that_is_not_there_is_said_at_once():
    with pytest.raises(UserError, match="sees no CUDA device"):
        choose_device("cuda", 1)


def test_two_processes_do_not_train_the_same_task(tmp_path):
    """A job that outlived its Snakemake still writes to the folder; the kernel frees it with the process."""
    first = Resume(tmp_path / "r", "aaaa", 100)
    first.load()
    with pytest.raises(UserError, match="trains this task still"):
        Resume(tmp_path / "r", "aaaa", 100).load()
    first.release()
    assert Resume(tmp_path / "r", "aaaa", 100).load() is None


def test_a_process_of_older_code_keeps_the_new_one_out(tmp_path):
    """It would rename its checkpoint over the new one; what is done leaves no lock."""
    old, new = Resume(tmp_path / "old", "aaaa", 100), Resume(tmp_path / "new", "bbbb", 100)
    old.load()
    with pytest.raises(UserError, match=rf"process {os.getpid()} on \S+ trains this task still"):
        new.load()
    old.done()
    assert new.load() is None
    new.done()
    assert not list(tmp_path.iterdir())


def test_a_state_is_that_of_the_inputs_it_began_with(tmp_path, monkeypatch):
    """The same spec and code on a base GAN that other code has made is another job."""
    base, other = tmp_path / "base.pt", tmp_path / "other.pt"
    save(base, {"spec": "same", "state": torch.zeros(3)})
    save(other, {"spec": "same", "state": torch.ones(3)})
    monkeypatch.setattr(Resume, "listen", lambda self: None)
    names = [Resume.of_job(tmp_path / "x.pt", {}, [path]).identity for path in (base, other, base)]
    assert names[0] == names[2] != names[1]
    os.utime(base, (0, 0))
    assert Resume.of_job(tmp_path / "x.pt", {}, [base]).identity == names[0]
    assert Resume.of_job(tmp_path / "x.pt", {"code": "other"}, [base]).identity != names[0]


def test_half_a_line_of_timing_costs_that_line_only(tmp_path):
    """As a full disk leaves it."""
    resume = Resume(tmp_path / "r", "aaaa", 100)
    resume.load()
    append(resume.timing_path, {"step": 1})
    with open(resume.timing_path, "a") as file:
        file.write('{"st')
    append(resume.timing_path, {"step": 2})
    append(resume.timing_path, {"step": 3})
    assert resume.timing() == [{"step": 1}, {"step": 3}]


def test_losses_that_a_power_cut_lost_are_not_made_up(tmp_path):
    first = Resume(tmp_path / "r", "aaaa", 100)
    first.load()
    append(first.losses_path, {"step": 1})
    first.save(1, {})
    first.release()
    first.losses_path.write_text("")
    with pytest.raises(UserError, match=r"losses.jsonl: shorter than when .*state.pt was saved; delete the folder"):
        Resume(tmp_path / "r", "aaaa", 100).load()
