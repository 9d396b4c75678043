"""How results look in a notebook: a document as HTML and LaTeX, and what is no document as HTML."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import partial
from html import escape
from typing import TYPE_CHECKING

from matcalc.document import written
from matcalc.document.blocks import Document
from matcalc.shows import WRITERS
from matcalc.syntax.program import Program
from matcalc.verify.result import Verification

if TYPE_CHECKING:
    from matcalc.api.gradebook import Gradebook
    from matcalc.api.readings import Reading
    from matcalc.check.derivations import DerivationReport
    from matcalc.check.verdict import Verdict

MARKS = {"proved": "✓", "agrees": "≈", "failed": "✗", "skipped": "?"}
LINES = {"right": "✓", "wrong": "✗", "unreadable": "?"}
_SAYS = {"right": "right", "wrong": "wrong", "unreadable": "not read"}


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
    return _block(_element("pre", str(found.error)))


def _reading_in_latex(found: Reading) -> str | None:
    return None if found.program is None else _program("latex", found.program)


def _verdict(found: Verdict) -> str:
    """The diagnosis, with the place marked in the answer."""
    status = "right" if found.ok else "wrong" if found.readable else "unreadable"
    said = f"{LINES[status]} {_SAYS[status]}"
    parts = [_said(said if found.ok else f"{said} ({found.kind}): {found.said}")]
    if not found.ok:
        start, end = found.where or (0, 0)
        before, place, after = map(escape, (found.text[:start], found.text[start:end], found.text[end:]))
        parts.append(f"<pre>{before}{f'<mark>{place}</mark>' if place.strip() else place}{after}</pre>")
        parts += [_said(f"rule: {found.rule}")] if found.rule else []
    parts += [_said(f"so: `{found.repaired}`")] if found.repaired else []
    parts += [_said(f"read as: `{found.read}`")] if found.read else []
    return _block(*parts, *map(_said, found.notes))


def _report(found: DerivationReport) -> str:
    """The verdict, and the lines of the derivation, each with what is to be said of it."""
    head, _, _ = str(found).partition("\n\n")
    rows = []
    for line in found.lines:
        said = f"from line {line.since}" if line.status == "follows" else "" if line.status == "right" else line.message
        said = "\n".join(filter(None, (said, line.should and f"should read: `{line.should}`")))
        mark = f"{LINES.get(line.status, '')} {line.status}".strip()
        rows.append((str(line.number), _told(mark), _element("code", " ".join(line.text.split())), _told(said)))
    return _block(_said(head), _table(("line", "", "formula", ""), rows))


def _gradebook(found: Gradebook) -> str:
    return _block(*(_table(titles, [tuple(map(escape, row)) for row in rows]) for titles, rows in found.tables))


def _element(name: str, text: str) -> str:
    return f"<{name}>{escape(text, quote=False)}</{name}>"


def _said(sentence: str) -> str:
    return f"<p>{_told(sentence)}</p>"


def _told(sentence: str) -> str:
    """A sentence in which formulas stand in backticks."""
    return re.sub(r"`([^`\n]*)`", r"<code>\1</code>", escape(sentence, quote=False)).replace("\n", "<br>")


def _table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(_element("th", title) for title in titles)
    lines = ("".join(f"<td>{cell}</td>" for cell in row) for row in rows)
    return (
        f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(f'<tr>{line}</tr>' for line in lines)}</tbody></table>"
    )


def _block(*parts: str) -> str:
    return _styled(f'<article class="matcalc">{"".join(parts)}</article>\n')


def _styled(fragment: str) -> str:
    # No page is around an output, so it brings its style.
    from matcalc.document.writers.html import STYLE

    return f"<style>\n{STYLE}</style>\n{fragment}"


WRITERS |= {
    "Program": {form: partial(_program, form) for form in ("html", "latex", "text")},
    "Verification": {"html": _verification},
    "Reading": {"html": _reading, "latex": _reading_in_latex},
    "Verdict": {"html": _verdict},
    "DerivationReport": {"html": _report},
    "Gradebook": {"html": _gradebook},
}
