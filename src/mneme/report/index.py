"""The page of results: of every experiment its pictures with their captions, its claims and its costs, in one file that
needs no network. Pictures and tables are linked where they lie."""

import os
from collections import Counter
from html import escape
from pathlib import Path
from typing import Any

from mneme import files
from mneme.claims.page import STYLE, VERDICTS, verdict_class
from mneme.figures.kit.drawing import Looks
from mneme.figures.kit.table import NONE
from mneme.script import Varying

LAYOUT = """
body { max-width: 84rem; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(22rem, 1fr)); gap: 1rem;
  margin: 1.2rem 0 2.4rem; }
.cards:has(> :nth-child(4):last-child) { grid-template-columns: repeat(auto-fit, minmax(max(22rem, 40%), 1fr)); }
.cards a { border: 1px solid var(--rule); border-radius: 6px; padding: .8rem 1rem; color: inherit;
  text-decoration: none; }
.cards h2 { margin: 0 0 .4rem; }
.cards img { width: 100%; height: 17rem; object-fit: cover; object-position: top left; background: #fff; }
.counts { margin: .4rem 0; }
.counts li { font-size: .85rem; }
.cards .counts li { padding: .05rem .5rem; font-size: .8rem; }
section { border-top: 2px solid var(--rule); padding-top: 1.1rem; margin-top: 2rem; }
section > h2 { font-size: 1.3rem; margin: 0 0 .2rem; }
figure { display: grid; grid-template-columns: minmax(0, 2.4fr) minmax(14rem, 1fr); gap: 1.2rem; margin: 1.2rem 0;
  align-items: start; }
figure img { max-width: 100%; background: #fff; border: 1px solid var(--rule); }
figcaption { font-size: .86rem; color: var(--muted); }
figcaption p { margin: 0 0 .6rem; }
details { margin: .8rem 0; }
summary { cursor: pointer; font-weight: 600; }
details.claim { margin: 0; padding: .3rem 0; border-bottom: 1px solid var(--rule); }
.claim summary { font-weight: 400; color: var(--ink); }
.claim dl { margin: .3rem 0 .4rem 1.2rem; color: var(--ink); }
table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; }
th, td { padding: .15rem .9rem .15rem 0; text-align: right; }
th:first-child, td:first-child { text-align: left; }
@media (max-width: 50rem) { figure { grid-template-columns: 1fr; } }
"""
FOLDED = ("undecided", "not run")


def write(
    spec: dict[str, Any],
    *,
    pictures: dict[str, Path],
    sidecars: dict[str, Path],
    storage: dict[str, Path],
    claims: dict[str, Path] | None = None,
    output: Varying,
) -> None:
    """Write the page of results.

    Args:
        pictures, sidecars: ``EXPERIMENT/ARTEFACT`` -> PNG, and the JSON beside it.
        storage: experiment -> ``storage.json``.
        claims: experiment -> its ledger, JSON.
        output: the page. It holds seconds, so it is not the same in every run.
    """
    folder = output.parent
    cards, sections = [], []
    for one in spec["experiments"]:
        name = one["name"]
        shown = [(artefact, pictures[f"{name}/{artefact}"]) for artefact in one["artefacts"]]
        asked = files.read_json(claims[name])["claims"] if claims and name in claims else []
        lead = f'<img src="{link(shown[0][1], folder)}" alt="">' if shown else ""
        cards.append(f'<a href="#{name}"><h2>{escape(one["title"])}</h2>{tallies(asked)}{lead}</a>')
        parts = [f"<h2>{escape(one['title'])}</h2>", about(one), tallies(asked), told(asked)]
        parts += [figure(path, files.read_json(sidecars[f"{name}/{artefact}"]), folder) for artefact, path in shown]
        parts += [folded(asked), costs(files.read_json(storage[name]), one), more(one, spec["tier"], folder)]
        sections.append(f'<section id="{name}">\n{"".join(parts)}\n</section>')
    text = (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Mneme: results</title>\n<style>{STYLE}{LAYOUT}</style>\n</head>\n<body>\n"
        f'<h1>Mneme: results</h1>\n<p class="note">{escape(heading(spec))}</p>\n'
        f'<div class="cards">{"".join(cards)}</div>\n{"".join(sections)}\n</body>\n</html>\n'
    )
    files.write_bytes(output, text.encode())


def heading(spec: dict[str, Any]) -> str:
    """What was run, in a sentence or two."""
    seeds = spec["seeds"]
    words = f"Tier {spec['tier']}, seed{'s' * (len(seeds) > 1)} {', '.join(map(str, seeds))}."
    if spec["tier"] != "paper":
        words += " Scaled down: absolute numbers do not compare with the papers'."
    return f"{words} Each claim of a paper was asked of what was measured here; one that fails is a result."


def link(path: Path, folder: Path) -> str:
    """A file as seen from the page."""
    return escape(Path(os.path.relpath(path, folder)).as_posix())


def about(one: dict[str, Any]) -> str:
    return f'<p class="note">Stream {escape(one["stream"])}; {len(one["methods"])} methods.</p>'


def tallies(asked: list[dict[str, Any]]) -> str:
    """How many of the claims that could be asked have each verdict."""
    counts = Counter(claim["verdict"] for claim in asked if claim["verdict"] != "not run")
    items = [
        f'<li><b class="{verdict_class(verdict)}">{sign} {counts[verdict]}</b> {verdict}</li>'
        for verdict, sign in VERDICTS.items()
        if counts[verdict]
    ]
    return f'<ul class="counts">{"".join(items)}</ul>' if items else ""


def claim_row(claim: dict[str, Any]) -> str:
    """A claim in one line, its numbers behind a click."""
    verdict = claim["verdict"]
    words = {"Where": claim["where"], "Published": claim["published"], "Measured": claim["measured"]}
    told = "".join(f"<dt>{name}</dt><dd>{escape(text)}</dd>" for name, text in words.items())
    return (
        f'<details class="claim {verdict_class(verdict)}"><summary><span class="verdict">{VERDICTS[verdict]} {verdict}'
        f"</span> {escape(claim['statement'])}</summary><dl>{told}</dl></details>"
    )


def told(asked: list[dict[str, Any]]) -> str:
    return "".join(claim_row(claim) for claim in asked if claim["verdict"] not in FOLDED)


def folded(asked: list[dict[str, Any]]) -> str:
    """Claims of which nothing can be said, behind a click."""
    rows = [claim_row(claim) for claim in asked if claim["verdict"] in FOLDED]
    return (
        f"<details><summary>{len(rows)} claims undecided or not run</summary>{''.join(rows)}</details>" if rows else ""
    )


def figure(path: Path, sidecar: dict[str, Any], folder: Path) -> str:
    """A picture with its caption beside it, and links to its other files."""
    kinds = {".pdf": "PDF", ".csv": "numbers (CSV)", ".tex": "LaTeX", ".ipynb": "notebook"}
    links = ", ".join(f'<a href="{link(path.with_suffix(end), folder)}">{word}</a>' for end, word in kinds.items())
    place, caption = link(path, folder), escape(sidecar["caption"])
    return (
        f'<figure><a href="{place}"><img src="{place}" alt="{escape(sidecar["artefact"])}" loading="lazy"></a>'
        f"<figcaption><p>{caption}</p><p>{links}</p></figcaption></figure>"
    )


def costs(storage: list[dict[str, Any]], one: dict[str, Any]) -> str:
    """Bytes after the last task and CPU seconds a task of each method, behind a click."""
    rows, looks = [], Looks(dict(one["looks"]))
    for method in one["methods"]:
        mine = [row for row in storage if row["method"] == method]
        timed = [row["cpu_seconds"] for row in mine if row["cpu_seconds"] is not None]
        seconds = f"{sum(timed) / len(timed):.1f}" if timed else NONE
        rows.append(
            f"<tr><td>{escape(looks.label(method))}</td><td>{mine[-1]['bytes'] / 1e6:.2f}</td><td>{seconds}</td></tr>"
        )
    head = "<tr><th>Method</th><th>MB after the last task</th><th>CPU seconds a task</th></tr>"
    return f"<details><summary>Costs</summary><table>{head}{''.join(rows)}</table></details>"


def more(one: dict[str, Any], tier: str, folder: Path) -> str:
    """Links to all measured values and, where claims were asked, to the ledger."""
    places = {"all measured values (CSV)": f"tables/{one['name']}/quality.csv"}
    if one["paper"]:
        places["the ledger"] = f"claims/{one['name']}.html"
    return "<p>" + ", ".join(f'<a href="{tier}/{place}">{word}</a>' for word, place in places.items()) + "</p>"
