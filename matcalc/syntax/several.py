r"""Functions and matrices of which there are several, one for each index: f_j(x), Σ_k^{-1}. They have no form.

An index stands for an entry or a row of one array. A function with an index below it, or a capital with one that is
used as a matrix, would be read as another problem, and is refused.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from matcalc.errors import Alternative, MatcalcError, UnsupportedError
from matcalc.expr import SCALAR
from matcalc.syntax.looks import is_greek
from matcalc.syntax.reader import Reader
from matcalc.syntax.source import Source
from matcalc.syntax.tree import Token, Tree, walk
from matcalc.syntax.vocabulary import BARS

_FUNCTIONS = frozenset({"f", "g", "h", "phi", "psi", "ell"})
"""Letters that are functions with an index below them, before any bracket."""
_OF_SQUARE = frozenset({"det", "logdet", "inv", "logm", "expm", "sqrtm", "chol", "lambda_max", "lambda_min"})


def refuse_functions(source: Source, statement: Sequence[Token], i: int, stem: str, stems: Collection[str]) -> None:
    """Refuse f_j(x), statement[i] with its bracket, where f_j is one of several functions and no number.

    `stems` are names that stand elsewhere with an index and no bracket after it, or that are known: arrays.
    """
    if stem in stems or [t.kind for t in statement[i + 1 : i + 2]] != ["OPEN"]:
        return
    inside = [t.kind for t in statement[i + 2 : i + 4]]
    word = len(stem) > 2 and not is_greek(stem)
    if stem not in _FUNCTIONS and not word and not (inside[:1] in (["NAME"], ["ENTRY"]) and inside[1:] == ["CLOSE"]):
        return
    token = statement[i]
    shown = source.quote(token.start, token.end)
    message = f"{shown} before a bracket is one of several functions, and they have no form here"
    hint = f"define it, {shown}(x) = …, or take their values as a vector, phi: m; a product is written {shown} * (…)"
    raise source.error(UnsupportedError, message, token.start, statement[i + 1].end, hint=hint)


_FROBENIUS = re.compile(
    r"(?:\||‖|Vert)\s*(?:\^\{?2\}?\s*)?_\s*\{?\s*(?:\\(?:mathrm|text|operatorname)\s*\{?\s*)?(?:F|[Ff]ro)\b"
)
"""What ends the norm of a matrix."""


def may_have_entries(declared: Collection[str], statements: Sequence[Sequence[Token]]) -> set[str]:
    """Small names that a text declares or defines, and none with a number below: x_1 beside x may be an entry of it."""
    right = {str(s[0].value): s[2:] for s in statements if [t.kind for t in s[:2]] == ["NAME", "EQUALS"]}
    named = {*declared, *right}
    found: set[str] = set()
    for name in named:
        numbered = {f"{name}{below}{digit}" for digit in "123456789" for below in ("", "_")}
        if name[0].islower() and not numbered & named and all(t.value not in numbered for t in right.get(name, ())):
            found.add(name)
    return found


def refuse_matrices(reader: Reader, roots: Sequence[Tree]) -> None:
    """Refuse capitals with one index that stand where only a matrix can: Σ_k^{-1}, |Σ_k|, tr(K_k Y), ‖A_i x - b_i‖."""
    for root in roots:
        for tree in walk(root):
            found = list(_matrices(tree))
            if tree.kind == "norm" and _FROBENIUS.search(reader.source.text, tree.start, tree.end + 12):
                found += _summed(tree.args[0])
            for entry in found:
                if _may_be_several(reader, entry):
                    raise _no_form(reader.source, entry)
            beside = _before_vector(reader, tree)
            if beside is not None and _may_be_several(reader, beside):
                raise _row_or_number(reader.source, tree, beside)


def _may_be_several(reader: Reader, tree: Tree) -> bool:
    name = str(tree.args[0].value)
    if len(tree.value) != 1 or not name[0].isupper() or name in reader.definitions:
        return False
    shapes = [d[name].shape for d in (reader.declared, reader.symbols) if name in d]
    return all(1 not in shape for shape in shapes)


def _matrices(tree: Tree) -> Iterator[Tree]:
    """The entries that the form of a tree makes matrices."""
    if tree.kind == "chain":
        yield from _in_chain(tree)
    elif tree.kind in ("power", "inverse_transpose"):
        base = _core(tree.args[0])
        if base.kind == "entry" and is_greek(str(base.args[0].value)) and _is_inverse(tree):
            yield base
    elif tree.kind == "call" and tree.value[0] in (*_OF_SQUARE, BARS):
        inside = [tree.args[0]]
        while inside:
            part = _core(inside.pop())
            if part.kind == "entry":
                yield part
            elif tree.value[0] != BARS and part.kind in ("sum", "negative", "over"):
                inside += part.args
            elif tree.value[0] != BARS and part.kind == "chain":
                inside.append(part.args[-1])
    elif tree.kind == "norm":
        inside = [tree.args[0]]
        while inside:
            part = _core(inside.pop())
            if part.kind in ("sum", "negative", "over"):
                inside += part.args
            elif part.kind == "chain" and set(part.ops[1:]) == {"TIMES"} and _core(part.args[-1]).kind != "transpose":
                yield from (e for e in map(_core, part.args[:-1]) if e.kind == "entry")


def _summed(root: Tree) -> Iterator[Tree]:
    """The entries that a sum of multiples adds: B_k of Σ_k t_k B_k."""
    stack = [root]
    while stack:
        tree = _core(stack.pop())
        if tree.kind in ("sum", "negative", "over"):
            stack += tree.args
        elif tree.kind == "chain":
            stack.append(tree.args[-1])
        elif tree.kind == "entry":
            yield tree


def _in_chain(chain: Tree) -> Iterator[Tree]:
    # A_i Y before a matrix; x' A_i x and (x - m)' S_i^{-1} (x - m) between a row and a column.
    for n, (factor, following) in enumerate(zip(chain.args, chain.args[1:], strict=False)):
        entry, after = _base(factor), _core(following)
        if entry.kind != "entry" or chain.ops[n + 1] != "TIMES" or (n and chain.ops[n] != "TIMES"):
            continue
        if after.kind == "name" and str(after.value)[0].isupper() and _core(factor) is entry:
            yield entry
        row = bool(n) and _core(chain.args[n - 1]).kind == "transpose"
        capital = after.kind == "entry" and str(after.args[0].value)[0].isupper()
        if row and after.kind not in ("transpose", "number", "call") and not capital:
            yield entry


def _before_vector(reader: Reader, chain: Tree) -> Tree | None:
    """The entry X_i that only a small letter follows, which may be a vector: y_i - X_i b."""
    if chain.kind != "chain" or len(chain.args) < 2 or chain.ops[-1] != "TIMES":
        return None
    entry, last = _core(chain.args[-2]), _core(chain.args[-1])
    free = last.kind == "name" and str(last.value)[0].islower() and last.value not in reader.definitions
    declared = free and last.value in reader.declared and reader.declared[str(last.value)].shape == SCALAR
    return entry if free and not declared and entry.kind == "entry" and chain.ops[-2] in ("", "TIMES") else None


def _row_or_number(source: Source, chain: Tree, entry: Tree) -> MatcalcError:
    shown, text = source.quote(entry.start, entry.end), source.text[chain.start : chain.end]
    at, length = entry.start - chain.start, entry.end - entry.start
    row = f"{text[: at + length]}' {text[at + length :].lstrip()}"
    number = text[:at] + text[at].lower() + text[at + 1 :]
    return source.asked(
        chain.start,
        chain.end,
        Alternative(f"{shown} is a row of {entry.args[0].value}, as a column", row),
        Alternative(f"{shown} is a number", number),
    )


def _is_inverse(tree: Tree) -> bool:
    if tree.kind == "inverse_transpose":
        return True
    exponent = _core(tree.args[1])
    return exponent.kind == "negative" or (exponent.kind == "number" and exponent.value < 0)


def _base(tree: Tree) -> Tree:
    tree = _core(tree)
    return _core(tree.args[0]) if tree.kind in ("power", "inverse_transpose") else tree


def _core(tree: Tree) -> Tree:
    while tree.kind == "group":
        tree = tree.args[0]
    return tree


def _no_form(source: Source, entry: Tree) -> MatcalcError:
    shown = source.quote(entry.start, entry.end)
    name = str(entry.args[0].value)
    message = f"{shown} is one of several matrices here, and they have no form"
    hint = f"write one term, with {name} alone, for its gradient; for numbers take a small letter"
    hint += f", for row i of {name} as a column declare `{name}: n x d` and write it as a vector"
    return source.error(UnsupportedError, message, entry.start, entry.end, hint=hint)


def as_line(tree: Tree, scope: Mapping[str, Any]) -> bool:
    """Make X[i,:] the row x_i', and X[:,j] row j of X', a column, where the letter is bound; whether it was one."""
    if tree.kind != "call" or tree.value[0] not in ("rowrange", "colrange"):
        return False
    base, first, last = tree.args
    if not first.kind == last.kind == "name" or first.value != last.value or first.value not in scope:
        return False
    letters = (scope[str(first.value)],)
    if tree.value[0] == "rowrange":
        tree.args = [Tree("line", [base], tree.start, tree.end, letters)]
        tree.kind, tree.value = "transpose", None
    else:
        tree.args = [Tree("transpose", [base], base.start, base.end)]
        tree.kind, tree.value = "line", letters
    return True
