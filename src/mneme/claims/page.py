"""The claims ledger as a page and as text: every claim with its verdict and both numbers."""

import textwrap
from collections.abc import Sequence
from html import escape

from mneme.claims.ledger import Decision

# Said by sign and word, not by colour alone.
VERDICTS = {
    "reproduced": "✓",
    "not reproduced": "✗",
    "observed (1 seed)": "+",
    "not observed (1 seed)": "-",
    "undecided": "?",
    "not run": "○",
}

STYLE = """
:root { --ink: #1a1a1a; --muted: #5f5f5f; --rule: #dedede; --paper: #fff; --card: #fafafa;
  --reproduced: #00694b; --not-reproduced: #b03a00; --undecided: #6a4c00; --not-run: #5f5f5f;
  color-scheme: light dark; }
@media (prefers-color-scheme: dark) { :root { --ink: #ececec; --muted: #a6a6a6; --rule: #3a3a3a; --paper: #161616;
  --card: #1e1e1e; --reproduced: #4cc79c; --not-reproduced: #ff9a5c;
  --undecided: #e0c060; --not-run: #a6a6a6; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2.2rem 1.4rem 3rem; max-width: 62rem; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; }
h1 { font-size: 1.5rem; margin: 0 0 .2rem; } .where, .note { color: var(--muted); } .note { margin: 0 0 1.2rem; }
.counts { display: flex; flex-wrap: wrap; gap: .6rem; margin: 0 0 1.6rem; padding: 0; list-style: none; }
.counts li { border: 1px solid var(--rule); border-radius: 6px; padding: .3rem .8rem; }
.counts b { font-size: 1.15rem; margin-right: .25rem; }
article { border: 1px solid var(--rule); border-left: 5px solid currentColor; border-radius: 6px;
  background: var(--card); padding: .8rem 1.1rem .9rem; margin: 0 0 .8rem; break-inside: avoid; }
article > * { color: var(--ink); }
header { display: flex; flex-wrap: wrap; justify-content: space-between; gap: .2rem 1rem; }
.where { font-size: .86rem; } h2 { font-size: 1.02rem; margin: .25rem 0 .55rem; font-weight: 600; }
dl { display: grid; grid-template-columns: 6.5rem 1fr; gap: .2rem .8rem; margin: 0; font-size: .92rem; }
dt { color: var(--muted); } dd { margin: 0; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.verdict { font-weight: 700; white-space: nowrap; } code { font-size: .86em; color: var(--muted); }
.reproduced, .reproduced .verdict, b.reproduced { color: var(--reproduced); }
.not-reproduced, .not-reproduced .verdict, b.not-reproduced { color: var(--not-reproduced); }
.undecided, .undecided .verdict, b.undecided { color: var(--undecided); }
.observed, .observed .verdict, b.observed { color: var(--reproduced); }
.not-observed, .not-observed .verdict, b.not-observed { color: var(--not-reproduced); }
.not-run, .not-run .verdict, b.not-run { color: var(--not-run); }
@media (max-width: 34rem) { dl { grid-template-columns: 1fr; } dd { margin-bottom: .35rem; } }
"""


def counts(decisions: Sequence[Decision]) -> dict[str, int]:
    """How many claims have each verdict, all of them named."""
    return {verdict: sum(one.verdict == verdict for one in decisions) for verdict in VERDICTS}


def html(decisions: Sequence[Decision], *, title: str, note: str) -> str:
    """A page that needs nothing but itself: no scripts, no fonts, no links."""
    tallies = "".join(
        f'<li><b class="{verdict_class(verdict)}">{VERDICTS[verdict]} {count}</b> {verdict}</li>'
        for verdict, count in counts(decisions).items()
    )
    articles = "\n".join(_article(one) for one in decisions)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        f'<h1>{escape(title)}</h1>\n<p class="note">{escape(note)}</p>\n<ul class="counts">{tallies}</ul>\n'
        f"{articles}\n</body>\n</html>\n"
    )


def _article(one: Decision) -> str:
    claim, kind = one.claim, verdict_class(one.verdict)
    found = "Why not" if one.verdict == "not run" else "Measured"
    return (
        f'<article class="{kind}">\n<header><span class="verdict">{VERDICTS[one.verdict]} {one.verdict}</span>'
        f'<span class="where">{escape(claim.where)} · <code>{escape(claim.id)}</code></span></header>\n'
        f"<h2>{escape(claim.statement)}</h2>\n<dl><dt>Published</dt><dd>{escape(claim.published)}</dd>"
        f"<dt>{found}</dt><dd>{escape(one.measured)}</dd></dl>\n</article>"
    )


def verdict_class(verdict: str) -> str:
    """The class of a verdict in the style sheet."""
    return verdict.removesuffix(" (1 seed)").replace(" ", "-")


def text(decisions: Sequence[Decision], *, title: str, note: str, width: int = 100) -> str:
    """The ledger for a terminal or a log, lines of at most ``width`` letters."""
    lines = [title, *textwrap.wrap(note, width), ""]
    for one in decisions:
        lines.append(f"{VERDICTS[one.verdict]} {one.verdict:<21} {one.claim.id}  ({one.claim.where})")
        measured = "measured" if one.verdict != "not run" else "why not"
        fields = {"claim": one.claim.statement, "published": one.claim.published, measured: one.measured}
        for name, words in fields.items():
            head = f"    {name + ':':<11}"
            lines += textwrap.wrap(words, width, initial_indent=head, subsequent_indent=" " * len(head))
        lines.append("")
    lines.append(", ".join(f"{count} {verdict}" for verdict, count in counts(decisions).items()))
    return "\n".join(lines)
