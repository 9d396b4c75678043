"""The public functions. This module may import every room; no room imports it.

NumPy, SymPy and the rooms that need them are imported when they are used.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from matcalc.checked import checked
from matcalc.derive import derive as derive_record
from matcalc.document import View, written
from matcalc.document.assembly import rulebook
from matcalc.document.assembly import verdicts as document_of_verdicts
from matcalc.document.plain import plain
from matcalc.document.report import Judged
from matcalc.drawing import Graph
from matcalc.errors import UnknownNameError
from matcalc.front.asking import function_in, name_of, names_of, parse, program_of
from matcalc.front.derivation import Derivation, Rule, Step
from matcalc.front.formula import Expr, canonical
from matcalc.front.given import agreement
from matcalc.front.homework import Homework
from matcalc.front.jacobians import Jacobian, jacobian
from matcalc.front.judging import equal, proofs, simple
from matcalc.front.judging import verify as verify
from matcalc.front.notebook import show_in_notebooks
from matcalc.front.readings import Reading, read
from matcalc.front.wanted import wanted
from matcalc.rules.conventions import NAMES as CONVENTIONS
from matcalc.rules.reasons import REASONS
from matcalc.syntax.program import Program

show_in_notebooks()


@checked
def derive(
    source: str | Program,
    wrt: str | Sequence[str],
    *,
    verify: bool = True,
    convention: str = "projected",
    primes: bool = False,
    shapes: Sequence[str] = (),
    language: str = "",
    time_limit: float = 20.0,
) -> Derivation:
    """The gradients of the objective with respect to the names `wrt`, derived step by step and proved.

    Each gradient has the shape of its variable and satisfies dJ = G : dX (Magnus & Neudecker, ch. 5 and 9). `wrt` may
    name an entry "W[i,j]" or "W[2,1]", a row "W[i,:]", a column "W[:,j]", or an entry "w[i]" of a vector; these are in
    `parts`. `convention` ("projected", "entries", "free") applies to structured variables. With `primes`, derivatives
    of activations stay sigmoid'(z), relu'(z), …. `verify=False` skips the proof, which otherwise stops after
    `time_limit` seconds. `shapes`, `language`: as for `parse`, whose errors are raised, and UnsupportedError for a
    missing rule.
    """
    program = program_of(source, shapes, language)
    limit = float(time_limit)
    names, asked = wanted(program, names_of(wrt))
    record = derive_record(program, names, convention, primes)
    simple(record)
    said = agreement(program, limit)
    if said:
        record = replace(record, notes=(*said, *record.notes))
    parts = tuple(p._replace(of=s) for p in asked for s in record.wrt if s.name == p.of.name)
    return Derivation(record, proofs(record, limit) if verify else (), parts)


@checked
def gradient(
    source: str | Program,
    wrt: str,
    *,
    convention: str = "projected",
    shapes: Sequence[str] = (),
    language: str = "",
) -> Expr:
    """The gradient of the objective by `wrt`, of its shape, with all intermediates substituted. Not verified."""
    name = name_of(wrt)
    found = derive(source, name, verify=False, convention=convention, shapes=shapes, language=language)
    return found.expanded(name)


@checked
def graph(
    source: str | Program,
    wrt: str | Sequence[str],
    *,
    convention: str = "projected",
    primes: bool = False,
    shapes: Sequence[str] = (),
    language: str = "",
) -> Graph:
    """A drawing of the computation and of backpropagation: DOT, Mermaid or SVG. Arguments as for `derive`.

    >>> print(graph("z = w' x; J = z^2", "w").to_mermaid(ascii=True).splitlines()[1])
      n1["w<br/>n x 1<br/>dJ/dw = 2 z x"]
    """
    program = program_of(source, shapes, language)
    return Graph(derive(program, wrt, verify=False, convention=convention, primes=primes).record)


@checked
def rules(form: str = "text", *, name: str = "", ascii: bool = False, document: bool = False) -> str:
    """The rule book in a format: statement, source and condition of each rule, and the index sum for the colon.

    `name`: only the rules whose name holds it, and how they are derived where that is a lesson. `document`: a complete
    file of LaTeX or HTML rather than a fragment.
    """
    from matcalc.derive.lessons import lessons
    from matcalc.rules import book

    found = [(chapter, rule) for chapter, rule in book.chapters() if name.lower() in rule.name.lower()]
    derived = lessons(name) if name else []
    if not found and not derived:
        raise UnknownNameError(
            f"there is no rule called {name}", hint="`matcalc rules` lists those that there are", text=name
        )
    shown = rulebook(found, book.USED, {} if name else book.LETTERS, REASONS, derived)
    return written(replace(shown, view=View(ascii=ascii, document=document)), form)


def notation(form: str = "text", *, ascii: bool = False, document: bool = False) -> str:
    """What may be typed, in a format: statements, signs, functions."""
    from matcalc.front import notation as table

    return written(replace(table.notation(), view=View(ascii=ascii, document=document)), form)


def verdicts(program: Program, found: Mapping[str, Judged], form: str, view: View) -> str:
    """The verdicts on formulas, by the names of their variables, in a format."""
    return written(document_of_verdicts(program, found, view), form)


__all__ = [
    "CONVENTIONS",
    "Derivation",
    "Expr",
    "Graph",
    "Homework",
    "Jacobian",
    "Program",
    "Reading",
    "Rule",
    "Step",
    "View",
    "canonical",
    "derive",
    "equal",
    "function_in",
    "gradient",
    "graph",
    "jacobian",
    "notation",
    "parse",
    "plain",
    "read",
    "rules",
    "verdicts",
    "verify",
]
