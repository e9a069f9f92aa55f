"""The headlines of the demo for several seeds and on the arithmetic of several processors, as a table in Markdown.

Every seed is a run of its own in a folder beside the results, so a run that was interrupted goes on. The same processor
plays older ones: libraries are told which instructions to use, and results differ in their last bits, which training
makes larger.

    make seeds                              # five runs, then results/seeds.md
    python benchmarks/seeds.py --seeds 0 1  # two of them, to stdout
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
KERNELS = {
    "native": {},
    "AVX2": {"MKL_ENABLE_INSTRUCTIONS": "AVX2", "ONEDNN_MAX_CPU_ISA": "AVX2", "ATEN_CPU_CAPABILITY": "avx2"},
    "SSE4": {"MKL_ENABLE_INSTRUCTIONS": "SSE4_2", "ONEDNN_MAX_CPU_ISA": "SSE41", "ATEN_CPU_CAPABILITY": "default"},
}
ORDERS = {  # experiment -> measure, lower is better, and the methods from best to worst; those in one list may be equal
    "mergan_digits": ("class_accuracy", False, [["mergan_ra", "mergan_jtr"], ["dgr"], ["ewc"], ["sft"]]),
    "gan_memory_digits": ("fid_clf", True, [["gan_memory"], ["finetune"]]),
    "hyper_demo": ("task_accuracy", False, [["hyper_lifelong_gan"], ["sft_hyper"]]),
}
BOUNDS = {  # experiment -> method, measure, at least and at most this much after the last task
    "dgm_digits": [("dgm_w", "test_accuracy", 0.9, 1.0), ("dgm_w", "class_accuracy", 0.95, 1.0)],
    "hyper_demo": [("hyper_lifelong_gan", "task_accuracy", 0.9, 1.0), ("sft_hyper", "task_accuracy", 0.0, 0.45)],
}
EXACT = {"gan_memory_digits": "no_forgetting"}  # experiment -> the claim that images stay equal to the bit


def kernel_of(seed: int) -> str:
    return [*KERNELS][seed % len(KERNELS)]


def run(seed: int, folder: Path, cores: str) -> None:
    """Make tables and claims of the headline experiments with one seed."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(ROOT / "config.yaml", folder)
    wanted = [f"results/demo/tables/{name}/summary.csv" for name in {**ORDERS, **BOUNDS}]
    wanted += [f"results/demo/claims/{name}.json" for name in EXACT]
    command = ["snakemake", *wanted, "-s", ROOT / "Snakefile", "--workflow-profile", ROOT / "profiles/default"]
    command += ["--directory", folder, "--cores", cores, "--config", f"seeds=[{seed}]", "device=cpu"]
    command += [f"experiments=[{','.join({**ORDERS, **BOUNDS})}]"]
    environment = os.environ | KERNELS[kernel_of(seed)]
    subprocess.run(command, env=environment, check=True, stdout=sys.stderr)


def finals(folder: Path, experiment: str, metric: str) -> pd.Series:
    """Method -> mean over tasks after the last one."""
    table = pd.read_csv(folder / f"results/demo/tables/{experiment}/summary.csv")
    return table[table["metric"] == metric].set_index("method")["final_mean"]


def headlines(folder: Path) -> dict[str, object]:
    """Column -> value of one finished run."""
    found: dict[str, object] = {}
    for experiment, (metric, lower, order) in ORDERS.items():
        means = finals(folder, experiment, metric)
        scale = 1 if lower else 100
        for level in order:
            found |= {f"{method} {metric}": round(scale * means[method], 1) for method in level}
        pairs = [(a, b) for better, worse in pairwise(order) for a in better for b in worse]
        held = all((means[a] < means[b]) if lower else (means[a] > means[b]) for a, b in pairs)
        found[f"{experiment}: order"] = "holds" if held else "**fails**"
    for experiment, bounds in BOUNDS.items():
        reached = [(method, metric, finals(folder, experiment, metric)[method]) for method, metric, _, _ in bounds]
        found |= {f"{method} {metric}": round(100 * value, 1) for method, metric, value in reached}
        held = all(low <= value <= high for (_, _, value), (_, _, low, high) in zip(reached, bounds, strict=True))
        found[f"{experiment}: bounds"] = "hold" if held else "**fail**"
    for experiment, claim in EXACT.items():
        claims = json.loads((folder / f"results/demo/claims/{experiment}.json").read_text(encoding="utf-8"))["claims"]
        (verdict,) = [one["verdict"] for one in claims if one["id"] == claim]
        found[f"{experiment}: equal to the bit"] = "holds" if verdict == "reproduced" else f"**{verdict}**"
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    parser.add_argument("--folder", type=Path, default=ROOT / "results/seeds")
    parser.add_argument("--cores", default="all")
    options = parser.parse_args()
    rows = []
    for seed in options.seeds:
        folder = options.folder / f"seed{seed}"
        run(seed, folder, options.cores)
        rows.append({"seed": seed, "kernels": kernel_of(seed)} | headlines(folder))
    lines = [list(rows[0]), ["---"] * len(rows[0]), *(list(map(str, row.values())) for row in rows)]
    print("\n".join(f"| {' | '.join(line)} |" for line in lines))


if __name__ == "__main__":
    main()
