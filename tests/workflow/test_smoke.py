"""The whole workflow on the small experiment: everything that was promised is there, and it is enough."""

import csv
import json
import re

import pytest
from flow import Folder, Run
from small import ARTEFACTS, EVERYTHING, METHODS

FIGURES = "results/smoke/figures/small"


def test_every_job_ran(first: tuple[Folder, Run]):
    assert first[1].jobs == EVERYTHING


@pytest.mark.parametrize("artefact", ARTEFACTS)
def test_a_figure_in_all_its_forms(finished: Folder, artefact: str):
    for ending, start in {
        "png": b"\x89PNG",
        "pdf": b"%PDF",
        "csv": b"",
        "tex": b"\\begin",
        "json": b"{",
        "ipynb": b"{",
    }.items():
        content = (finished / f"{FIGURES}/{artefact}.{ending}").read_bytes()
        assert len(content) > 100 and content.startswith(start)
    sidecar = json.loads((finished / f"{FIGURES}/{artefact}.json").read_text())
    for path in (entry["path"] for entry in sidecar["data"]):
        assert (finished / path).is_file()


def test_the_table_has_every_cell(finished: Folder):
    with open(finished / "results/smoke/tables/small/quality.csv") as file:
        rows = list(csv.DictReader(file))
    cells = {(row["method"], row["checkpoint"], row["task"]) for row in rows if row["metric"] == "fid_clf"}
    assert cells == {(method, t, i) for method in METHODS for t, i in (("1", "1"), ("2", "1"), ("2", "2"))}
    assert all(row["status"] == "ok" and row["spec"] and row["device"] and row["torch"] and row["n"] for row in rows)


def test_nothing_forgotten_is_seen_as_such(finished: Folder):
    claims = json.loads((finished / "results/smoke/claims/small.json").read_text())
    verdicts = {claim["id"]: claim["verdict"] for claim in claims["claims"]}
    assert verdicts["no_forgetting"] == "reproduced"
    assert verdicts["beats_mergan_along_stream"] == "not run"


def test_the_page_of_results_leads_to_every_picture(finished: Folder):
    page = (finished / "results/index.html").read_text(encoding="utf-8")
    links = [link for link in re.findall(r'(?:src|href)="([^"#]+)"', page)]
    assert all((finished / "results" / link).is_file() for link in links)
    assert {f"smoke/figures/small/{artefact}.png" for artefact in ARTEFACTS} <= set(links)
    assert "✓ reproduced" in page and "Costs" in page


def test_nothing_is_left_behind(finished: Folder):
    assert not [path for pattern in ("**/.resume-*", "**/*.partial") for path in finished.path.glob(pattern)]


def test_the_target_of_a_paper_is_up_to_date_too(finished: Folder):
    assert finished.plan("gan_memory") == {"gan_memory"}  # and its own page of results
