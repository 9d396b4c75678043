"""What is said of an answer: whether it is right, which mistake it has, where, and hints that do not give it away."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from matcalc.shows import Shows

CREDIT: Mapping[str, float] = {
    "right": 1.0,
    "layout": 0.8,
    "convention": 0.8,
    "sign": 0.7,
    "factor": 0.7,
    "transpose": 0.6,
    "indices": 0.6,
    "subset": 0.5,
    "side": 0.5,
    "bias": 0.5,
    "count": 0.5,
    "axis": 0.5,
    "sum": 0.5,
    "trace": 0.5,
    "inverse": 0.5,
    "function": 0.5,
    "point": 0.5,
    "product-rule": 0.5,
    "chain": 0.4,
    "hadamard": 0.4,
    "outer": 0.4,
    "softmax": 0.4,
    "scalar-rule": 0.3,
    "shape": 0.2,
    "other": 0.0,
    "unreadable": 0.0,
    "timeout": 0.0,
}
"""The kinds of verdicts, and the usual credit for each."""

ABOUT: Mapping[str, str] = {
    "unreadable": "The formula could not be read",
    "shape": "The shapes do not fit",
    "layout": "The answer is in the other layout",
    "convention": "The answer is in another convention for structured variables",
    "transpose": "A transpose is missing, or one is too many",
    "sign": "A sign is wrong",
    "factor": "A constant factor is wrong",
    "side": "A factor stands on the wrong side",
    "hadamard": "A product entry by entry stands for a matrix product, or the reverse",
    "outer": "An inner product stands for an outer one, or the reverse",
    "inverse": "An inverse is missing, or its transpose",
    "function": "A function stands where its derivative must, or another's derivative",
    "point": "A derivative is taken at the wrong point",
    "chain": "A factor of the chain rule is missing, or is too many",
    "product-rule": "A term of the product rule is missing, or is too many",
    "count": "A term is counted twice",
    "sum": "A sum is missing, or is too many",
    "axis": "A sum runs over the wrong axis",
    "bias": "The sum for the bias is missing",
    "indices": "Indices are exchanged",
    "trace": "A trace or diag is missing, or is too many",
    "scalar-rule": "A rule for numbers is used on matrices",
    "softmax": "softmax is differentiated as a function of the entries",
    "subset": "The formula is right only for special values",
    "timeout": "The time was over before the answer was judged",
    "other": "The formula is not the gradient",
}
"""Each kind in a sentence without its full stop."""


_TELLS = re.compile(
    r"×|\bat \w+ = |\b(?:shapes?|sizes?|rows?|columns?|square|scalars?|1-D|positive|negative entr\w+|domain|kinks?|"
    r"entry|symmetric|diagonal|orthogonal)\b"
)
"""What tells a shape or a domain in a message."""


def shapeless(kind: str, said: str) -> str:
    """What is said of a verdict where no shape or domain may be read from it."""
    return (ABOUT[kind] if kind != "shape" else "The formula does not conform") if _TELLS.search(said) else said


def in_words(text: str, words: Mapping[str, str]) -> str:
    """A message in a teacher's own words, singular and plural.

    >>> in_words("A matrix, two matrices", {"matrix": "operator"})
    'An operator, two operators'
    """
    for old, new in {**words, **{_plural(old): _plural(new) for old, new in words.items()}}.items():
        article = "n " if new[:1].lower() in tuple("aeiou") else " "
        text = re.sub(
            rf"\b(?:([Aa])n? )?{re.escape(old)}\b",
            lambda m, new=new, article=article: (m[1] + article if m[1] else "") + new,  # type: ignore[misc]
            text,
        )
    return text


def _plural(noun: str) -> str:
    """Its plural: matrices, entries, operators."""
    if noun.endswith("ix"):
        return noun[:-2] + "ices"
    return noun[:-1] + "ies" if re.search("[^aeiou]y$", noun) else noun + "s"


@dataclass(frozen=True)
class Verdict(Shows):
    """The verdict on an answer.

    `kind`: "right", or the mistake. `where`: from which character of the answer's text to which it reaches. `score`:
    the usual credit, from 0 to 1. `said`: the diagnosis in words, with the repair. `rule`: the rule that decides.
    `repaired`: the formula as it should read; "" where no single edit mends it. `read`: how the formula was read.
    `notes`: what else is worth knowing. Immutable, hashable and picklable; str() is the whole diagnosis.
    """

    kind: str
    text: str
    where: tuple[int, int] | None = None
    said: str = ""
    rule: str = ""
    repaired: str = ""
    read: str = ""
    notes: tuple[str, ...] = ()
    score: float = 0.0

    @property
    def ok(self) -> bool:
        """True if the answer is right."""
        return self.kind == "right"

    @property
    def readable(self) -> bool:
        """False for an answer that says nothing about its writer's mathematics: no attempt is used up."""
        return self.kind not in ("unreadable", "timeout")

    def hint(self, level: int = 1) -> str:
        """A hint: 1 says where to look, 2 which rule, 3 the rule applied; "" for a right answer."""
        if self.ok:
            return ""
        if level <= 1:
            return self._place()
        if level == 2:
            return f"{ABOUT[self.kind]}." + (f" The rule: {self.rule}" if self.rule else "")
        return self.said

    def without_answer(self) -> Verdict:
        """The same verdict, without what gives the answer away."""
        return self if self.ok or not self.readable else replace(self, said=ABOUT[self.kind], repaired="")

    def without_shapes(self) -> Verdict:
        """The same verdict, without what tells a shape or a domain."""
        return replace(self, said=shapeless(self.kind, self.said), rule="" if self.kind == "shape" else self.rule)

    def in_words(self, words: Mapping[str, str]) -> Verdict:
        """The same verdict in a teacher's own words: {"matrix": "operator"}, plurals as well."""
        said, rule = (in_words(text, words) for text in (self.said, self.rule))
        return replace(self, said=said, rule=rule, notes=tuple(in_words(note, words) for note in self.notes))

    def _place(self) -> str:
        if self.where is None or self.where[1] - self.where[0] >= len(self.text.strip()):
            return f"{ABOUT[self.kind]}."
        start, end = self.where
        return f"Look at `{' '.join(self.text[start:end].split())}`."

    def __str__(self) -> str:
        lines = [f"read as: {self.read}"] if self.read else []
        if self.ok:
            lines.append("right")
        else:
            lines.append(f"{'not read' if self.kind == 'unreadable' else 'wrong'} ({self.kind}): {self.said}")
            lines += self._marked()
        if self.rule and not self.ok:
            lines.append(f"rule: {self.rule}")
        if self.repaired:
            lines.append(f"so: {self.repaired}")
        return "\n".join([*lines, *(f"note: {note}" for note in self.notes)])

    def _marked(self) -> list[str]:
        # The line of the answer with carets below the place.
        if self.where is None or self.kind in ("unreadable",):
            return []
        start, end = self.where
        begin = self.text.rfind("\n", 0, start) + 1
        stop = self.text.find("\n", start)
        line = self.text[begin : len(self.text) if stop < 0 else stop]
        if len(line) > 160:
            return []
        return [f"    {line}", "    " + " " * (start - begin) + "^" * max(1, min(end, begin + len(line)) - start)]

    def to_json(self) -> str:
        """The verdict as a JSON object: ok, kind, score, where, message, rule, repaired, read, hints, notes."""
        return json.dumps(
            {
                "ok": self.ok,
                "kind": self.kind,
                "score": self.score,
                "where": list(self.where) if self.where else None,
                "message": self.said,
                "rule": self.rule,
                "repaired": self.repaired,
                "read": self.read,
                "hints": [self.hint(level) for level in (1, 2, 3)],
                "notes": list(self.notes),
            },
            ensure_ascii=False,
        )
