"""All tables, by name."""

from __future__ import annotations

from . import (
    ambiguous,
    code,
    everyday,
    fields,
    latex,
    lookalikes,
    losses,
    notes,
    papers,
    pasted,
    questions,
    shorthand,
    sums,
    texts,
)
from .case import Case

TABLES: dict[str, tuple[Case, ...]] = {
    "texts": texts.CASES,
    "latex": latex.CASES,
    "pasted": pasted.CASES,
    "notes": notes.CASES,
    "papers": papers.CASES,
    "sums": sums.CASES,
    "shorthand": shorthand.CASES,
    "questions": questions.CASES,
    "fields": fields.CASES,
    "everyday": everyday.CASES,
    "code": code.CASES,
    "losses": losses.CASES,
    "ambiguous": ambiguous.CASES,
    "lookalikes": lookalikes.CASES,
}
