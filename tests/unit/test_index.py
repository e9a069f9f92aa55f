"""The page of results: every picture, claim and cost is on it, and every link leads to a file."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from mneme.files import write_json
from mneme.report import index

LEDGER = [
    {"verdict": verdict, "statement": statement, "where": "Section 1", "published": "5 %", "measured": measured}
    for verdict, statement, measured in (
        ("reproduced", "Old <tasks> stay.", "0"),
        ("not observed (1 seed)", "A is above B.", "1 & 2"),
        ("not run", "Nobody asked.", "needs c"),
    )
]


class Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag, attributes):
        self.found += [value for name, value in attributes if name in ("src", "href")]
        if tag not in ("img", "meta"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.fixture
def page(tmp_path) -> Path:
    results = tmp_path / "results"
    inputs: dict[str, dict[str, Path]] = {"pictures": {}, "sidecars": {}, "storage": {}, "claims": {}}
    for artefact in ("samples", "methods"):
        prefix = results / "demo/figures/one" / artefact
        prefix.parent.mkdir(parents=True, exist_ok=True)
        for end in (".png", ".pdf", ".csv", ".tex", ".ipynb"):
            prefix.with_suffix(end).touch()
        write_json(prefix.with_suffix(".json"), {"artefact": artefact, "caption": f"Of {artefact} & <more>."})
        inputs["pictures"][f"one/{artefact}"] = prefix.with_suffix(".png")
        inputs["sidecars"][f"one/{artefact}"] = prefix.with_suffix(".json")
    for place in ("tables/one/quality.csv", "claims/one.html"):
        (results / "demo" / place).parent.mkdir(parents=True, exist_ok=True)
        (results / "demo" / place).touch()
    inputs["storage"]["one"] = tmp_path / "storage.json"
    inputs["claims"]["one"] = tmp_path / "claims.json"
    rows = [{"method": m, "task": t, "bytes": 1e6 * t, "cpu_seconds": t if m == "a" else None}
            for m in ("a", "b") for t in (1, 2)]  # fmt: skip
    write_json(inputs["storage"]["one"], rows)
    write_json(inputs["claims"]["one"], {"claims": LEDGER})
    experiment = {"name": "one", "title": "An experiment", "stream": "s", "artefacts": ["samples", "methods"]}
    experiment |= {"paper": "p", "methods": ["a", "b"], "looks": [["a", {"label": "Method A"}]]}
    spec = {"tier": "demo", "seeds": [0, 1], "experiments": [experiment]}
    index.write(spec, **inputs, output=results / "index.html")
    return results / "index.html"


def test_tags_close_and_every_link_leads_to_a_file_beside_the_page(page):
    links = Links()
    links.feed(page.read_text("utf-8"))
    assert links.open == []
    places = [link for link in links.found if not link.startswith("#")]
    assert len(places) == 1 + 2 * 6 + 2 and all((page.parent / place).is_file() for place in places)


def test_decided_claims_are_open_and_the_others_folded(page):
    text = page.read_text("utf-8")
    section = text[text.index("<section") :]
    folded = section.index("1 claims undecided or not run")
    assert section.index("Old &lt;tasks&gt; stay.") < section.index("A is above B.") < folded
    assert folded < section.index("Nobody asked.")
    card = text[text.index('class="cards"') : text.index("<section")]
    assert re.findall(r"</b> ([^<]+)<", card) == ["reproduced", "not observed (1 seed)"]


def test_captions_costs_and_the_tier_are_told(page):
    text = page.read_text("utf-8")
    assert "Of samples &amp; &lt;more&gt;." in text and "Tier demo, seeds 0, 1. Scaled down" in text
    assert "<td>Method A</td><td>2.00</td><td>1.5</td>" in text and "<td>b</td><td>2.00</td><td>\u2013</td>" in text
