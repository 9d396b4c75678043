"""How results look in a notebook: a document as HTML and LaTeX, and what is no document as HTML."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from html import escape
from itertools import groupby
from typing import TYPE_CHECKING

from matcalc.document import written
from matcalc.document.blocks import Document
from matcalc.errors import QUOTED
from matcalc.shows import WRITERS
from matcalc.syntax.program import Program
from matcalc.verify.result import Verification

if TYPE_CHECKING:
    from matcalc.api.gradebook import Gradebook
    from matcalc.api.readings import Reading
    from matcalc.check.derivations import DerivationReport
    from matcalc.check.verdict import Verdict

MARKS = {"proved": "✓", "agrees": "≈", "failed": "✗", "skipped": "?"}


def document(found: Document, form: str) -> str:
    """A document in the format of a notebook."""
    return _styled(written(found, form)) if form == "html" else written(found, form)


def _program(form: str, found: Program) -> str:
    from matcalc.document.assembly import problem

    return document(problem(found), form)


def _verification(found: Verification) -> str:
    from matcalc.document.sentences import words
    from matcalc.document.writers.html import sentence

    return _block(f"<p>{MARKS[found.status]} {sentence(words(found.said()), found.functions)}</p>")


def _reading(found: Reading) -> str:
    if found.program is not None:
        return _program("html", found.program)
    return _block(message(str(found.error)))


def _reading_in_latex(found: Reading) -> str | None:
    return None if found.program is None else _program("latex", found.program)


def verdict(found: Verdict) -> str:
    """What is said of an answer, with the place marked in its text."""
    start, end = found.where or (0, 0)
    marks = [((start, end), "")] if start < end and not found.ok else []
    if found.ok:
        head = '<p class="right"><span aria-hidden="true">✓</span> Right.</p>'
    else:
        says = "It could not be read" if found.kind == "unreadable" else "Not right"
        begin = f'<span aria-hidden="true">✗</span> {says}: '
        head = message(found.said, begin, "wrong", quotes=not marks)
    lines = [head, marked(found.text, marks)]
    told = {"read as": found.read, "rule": "" if found.ok else found.rule, "so": found.repaired}
    lines.append(_told({key: f"<code>{escape(value)}</code>" for key, value in told.items() if value}))
    lines += [f"<p class=note>{_said(note)}</p>" for note in found.notes]
    return tag("div", "".join(lines), class_="verdict")


def report(found: DerivationReport) -> str:
    """A derivation, checked: the first line that does not follow, and what is said of each line."""
    if found.bad:
        first = found.bad[0]
        head = message(first.message, f"✗ Line {first.number} does not follow: ", "wrong")
    elif found.ok:
        head = '<p class="right">✓ Every line follows.</p>'
    else:
        head = '<p class="wrong">? Not every line could be read or judged.</p>'
    rows = []
    for line in found.lines:
        told = {"rule": line.rule, "should read": line.should}
        said = message(line.message) if line.message and line.status != "right" else ""
        said += f"<p>(from line {line.since})</p>" if line.since else ""
        more = _told({key: f"<code>{escape(value)}</code>" for key, value in told.items() if value})
        cells = f"<th scope=row>{line.number}</th><td>{escape(line.status)}</td><td><code>{escape(line.text)}</code>"
        rows.append(tag("tr", f"{cells}{said}{more}</td>", class_=line.status))
    places = [(line.span, line.message.replace("`", "")) for line in found.bad]
    titles = "<thead><tr><th>line</th><th>is</th><th>formula</th></tr></thead>"
    table = f"<table class=checked>{titles}<tbody>{''.join(rows)}</tbody></table>"
    return tag("div", head + marked(found.text, places) + table, class_="report")


def message(said: str, begin: str = "", kind: str = "", quotes: bool = True) -> str:
    """What an error says: its sentences, what it quotes with the caret as it stands, and the hint on a line of its own.

    `begin`: HTML before the first sentence, whose class is `kind`. `quotes`: whether the quoted line is shown.
    """
    first, _, more = said.partition("\n")
    found = [tag("p", begin + _said(first), class_=kind or None)]
    for quoted, lines in groupby(more.splitlines(), lambda line: line.startswith(QUOTED)):
        if not quoted:
            found += [tag("p", _said(line), class_="hint") for line in lines]
        elif quotes:
            text = "\n".join(line.removeprefix(QUOTED) for line in lines)
            found.append(tag("pre", escape(text), class_="quoted", tabindex="0"))
    return "".join(found)


def _said(text: str) -> str:
    """A sentence in which formulas stand between backquotes."""
    return re.sub("`([^`]+)`", r"<code>\1</code>", escape(text))


def marked(text: str, places: Sequence[tuple[tuple[int, int], str]]) -> str:
    """A text with places in it marked, each with a title."""
    found, at = [], 0
    for (start, end), title in sorted(places):
        if start >= at and end > start:
            found.append(escape(text[at:start]) + tag("mark", escape(text[start:end]), title=title or None))
            at = end
    return tag("pre", "".join(found) + escape(text[at:]), class_="typed", tabindex="0")


def tag(name: str, inside: str, /, **attributes: object) -> str:
    """An element; its attributes are escaped, those that are None or False are left out."""
    shown = "".join(
        f" {key.rstrip('_').replace('_', '-')}" + ("" if value is True else f'="{escape(str(value))}"')
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    return f"<{name}{shown}>{inside}</{name}>"


def _told(rows: Mapping[str, str]) -> str:
    return tag("dl", "".join(f"<dt>{key}</dt><dd>{value}</dd>" for key, value in rows.items())) if rows else ""


def _gradebook(found: Gradebook) -> str:
    return _block(*(_table(titles, [tuple(map(escape, row)) for row in rows]) for titles, rows in found.tables))


def _table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(tag("th", escape(title)) for title in titles)
    lines = ("".join(f"<td>{cell}</td>" for cell in row) for row in rows)
    return (
        f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(f'<tr>{line}</tr>' for line in lines)}</tbody></table>"
    )


def _block(*parts: str) -> str:
    return _styled(f'<article class="matcalc">{"".join(parts)}</article>\n')


def _styled(fragment: str) -> str:
    # No page is around an output, so it brings its style.
    from matcalc.document.writers.html import STYLE

    return f"<style>\n{STYLE}{_SMALLER}</style>\n{fragment}"


_SMALLER = """\
.matcalc { margin: .5em 0; font-size: inherit } .matcalc h1 { font-size: 1.3em } .matcalc h2 { font-size: 1.15em }
.matcalc h3, .matcalc h4 { font-size: 1em }
"""
"""In a notebook the headings of a result stand below those of the notebook."""

WRITERS |= {
    "Program": {form: partial(_program, form) for form in ("html", "latex", "text")},
    "Verification": {"html": _verification},
    "Reading": {"html": _reading, "latex": _reading_in_latex},
    "Verdict": {"html": lambda found: _block(verdict(found))},
    "DerivationReport": {"html": lambda found: _block(report(found))},
    "Gradebook": {"html": _gradebook},
}
