"""What is shown: expressions, rules and whole derivations, as text, LaTeX, Markdown and JSON.

This room knows expressions, operators and the record of a derivation; it neither derives nor proves.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from matcalc.render.report import Finding, Report
from matcalc.write import TEXT, Notation

if TYPE_CHECKING:
    from matcalc.rewrite import Rule, Section


def text(report: Report, *, ascii: bool = False, steps: bool = True, color: bool = False, width: int = 100) -> str:
    """The whole derivation as text. Raises UnsupportedError for a formula that is too large."""
    from matcalc.render.as_text import text as render

    return render(report, ascii=ascii, steps=steps, color=color, width=width)


def latex(report: Report, *, document: bool = False, steps: bool = True) -> str:
    """The same in LaTeX, for amsmath and amssymb: a fragment, or a document of its own."""
    from matcalc.render.as_latex import latex as render

    return render(report, document=document, steps=steps)


def markdown(report: Report, *, steps: bool = True) -> str:
    """The same in GitHub's Markdown, formulas between dollar signs."""
    from matcalc.render.as_markdown import markdown as render

    return render(report, steps=steps)


def json(report: Report, *, steps: bool = True) -> str:
    """The same as JSON; docs/json.md says what is in it."""
    from matcalc.render.as_json import json as render

    return render(report, steps=steps)


def rulebook(
    rules: Iterable[tuple[str, Rule]],
    form: str = "text",
    used: Mapping[str, str] | None = None,
    letters: Mapping[str, str] | None = None,
) -> str:
    """Rules by chapter, as text, ascii, markdown or latex; `used` says where, `letters` what the letters stand for."""
    from matcalc.render.as_book import rulebook as render

    return render(rules, form, used, letters)


def finding(verification: Finding) -> dict[str, Any]:
    """What was found out about one gradient, as it stands in the JSON of a derivation."""
    from matcalc.render.as_json import finding as render

    return render(verification)


def statement(rule: Rule, notation: Notation = TEXT) -> str:
    """What a rule says, as an equation; empty for one that has no fixed form."""
    from matcalc.render.phrases import Phrases

    return Phrases(notation).statement(rule)


def condition(rule: Rule, notation: Notation = TEXT) -> str:
    """When a rule holds, said of its letters; empty where it always does."""
    from matcalc.render.phrases import Phrases

    return Phrases(notation).condition(rule)


def plain(sentence: str) -> str:
    """A sentence in ASCII."""
    from matcalc.render.words import plain as render

    return render(sentence)


def heading(section: Section, notation: Notation = TEXT) -> str:
    """What a section of a derivation does."""
    from matcalc.render.phrases import Phrases

    return Phrases(notation).heading(section)


__all__ = [
    "Finding",
    "Report",
    "condition",
    "finding",
    "heading",
    "json",
    "latex",
    "markdown",
    "plain",
    "rulebook",
    "statement",
    "text",
]
