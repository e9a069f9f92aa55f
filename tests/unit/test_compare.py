"""Two folders of results: means, paired intervals, and what cannot be compared."""

import subprocess
import sys
from pathlib import Path

import pytest
import synthetic
from scipy import stats

from mneme.errors import UserError
from mneme.evaluation.columns import SUMMARY
from mneme.report.compare import compare, text

ROOT = Path(__file__).parents[2]


def folder(path: Path, values: dict[str, list[float]], experiment: str = "e") -> Path:
    """Method -> value of each seed."""
    rows = [
        {**dict.fromkeys(SUMMARY, ""), "method": method, "seed": seed, "metric": "task_accuracy", "status": "ok",
         "final_mean": value, "forgetting": 0.0, "backward_transfer": 0.0, "n_tasks": 3, "n": 30}
        for method, found in values.items() for seed, value in enumerate(found)
    ]  # fmt: skip
    synthetic.write_csv(path / f"tables/{experiment}/summary.csv", rows)
    return path


@pytest.fixture
def pair(tmp_path) -> tuple[Path, Path]:
    for name in ("a", "b"):
        (tmp_path / name / "tables/e").mkdir(parents=True)
    first = folder(tmp_path / "a", {"sft": [0.2, 0.3, 0.25], "jt": [0.9], "gone": [0.5]})
    return first, folder(tmp_path / "b", {"sft": [0.4, 0.55, 0.47], "jt": [0.8], "new": [0.5]})


def test_differences_are_paired_by_seed(pair):
    found = compare(*pair).set_index("method")
    expected = stats.ttest_rel([0.4, 0.55, 0.47], [0.2, 0.3, 0.25]).confidence_interval(0.95)
    assert set(found.index) == {"sft", "jt"}
    assert list(found.loc["sft", ["low", "high"]]) == pytest.approx(list(expected))
    assert found.loc["sft", "difference"] == pytest.approx(0.67 / 3) and found.loc["jt", "seeds"] == 1
    assert found.loc["jt", ["low", "high"]].isna().all()


def test_the_script_marks_what_can_be_trusted(pair):
    command = [sys.executable, ROOT / "workflow/scripts/compare.py", *pair]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    lines = {line.split()[0]: line for line in done.stdout.splitlines()[1:]}
    assert lines["sft"].endswith("3 seeds *)") and " 25.0 " in lines["sft"] and lines["jt"].endswith("(one seed)")
    assert text(compare(*pair)) + "\n" == done.stdout


def test_folders_without_tables_or_with_others_are_named(pair, tmp_path):
    with pytest.raises(UserError, match=r"no tables/<experiment>/summary\.csv"):
        compare(pair[0], tmp_path / "nowhere")
    (tmp_path / "c/tables/other").mkdir(parents=True)
    with pytest.raises(UserError, match=r"has e, .* has other: nothing to compare"):
        compare(pair[0], folder(tmp_path / "c", {"sft": [0.1]}, "other"))
