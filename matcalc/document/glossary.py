"""GLOSSARY: explanations of operators that may appear in a formula and are not part of the basic notation.

A row has a term of the operator with letters for its arguments, and its meaning: in words, with the letters in braces,
and as a formula if there is a short one. It is shown once, after a result that contains the operator.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from fractions import Fraction
from typing import NamedTuple

from matcalc import operators as ops
from matcalc.dims import Dim, dim_mul
from matcalc.expr import Node, Size, Slot, Symbol, Term
from matcalc.operators import T, fn, hadamard, matmul, minus, negative, number, ones, plus, scale, term


class GlossaryEntry(NamedTuple):
    """`term` is what `words` say and, if there is one, what `formula` says.

    `around`: the notation's form around the formula, an integral or a sum. `parts`: formulas used in the words, beside
    the letters of the term.
    """

    term: Term
    words: str
    formula: Node | None = None
    around: str = ""
    parts: Mapping[str, Node] = {}


def _matrix(name: str, rows: Dim = "n", columns: Dim = "m") -> Slot:
    return Slot(name, (rows, columns))


def _of(name: str, *args: Node) -> Term:
    found = term(ops.TABLE[name], *args)
    assert isinstance(found, Term)
    return found


A, B = _matrix("A"), _matrix("B")
S, E, Z, L, F = (_matrix(letter, "n", "n") for letter in "AEZLF")
C = _matrix("B", "k", "m")
M = _matrix("M", dim_mul("k", "n"), dim_mul("k", "m"))
a = Slot("a", (dim_mul("n", "m"), 1))
k, s, r, eps = (Slot(letter, (1, 1)) for letter in ("k", "s", "r", "epsilon"))
i, j, n, m, blocks = (Size(letter) for letter in "ijnmk")


def _row(op: ops.Operator) -> GlossaryEntry:
    """The explanation in an operator's row, with letters for its arguments."""
    args: list[Node] = []
    for letter, argument in zip(op.signature.letters, op.signature.arguments, strict=True):
        rows, columns = (side.dim for side in argument.sides)
        args.append(Size(letter) if argument.size else Slot(letter, (rows, columns)))
    found = term(op, *args)
    assert isinstance(found, Term)
    return GlossaryEntry(found, op.says)


def _letter(node: Node) -> str:
    return node.name if isinstance(node, Slot) else str(node.dim) if isinstance(node, Size) else ""


def _entry(
    found: Term,
    formula: Node | None = None,
    around: str = "",
    *,
    more: str = "",
    parts: Mapping[str, Node] | None = None,
) -> GlossaryEntry:
    """The sentence in the row of the operator of `found`, with its letters, `more` behind it, and a formula."""
    plain = _row(found.op)
    pairs = zip(plain.term.args, found.args, strict=True)
    letters = {_letter(old): f"{{{_letter(new)}}}" for old, new in pairs}
    return GlossaryEntry(found, plain.words.format(**letters) + more, formula, around, parts or {})


_minus_half = number(Fraction(-1, 2))


def _exp(factor: Node) -> Node:
    return term(ops.TABLE["expm"], scale(factor, S))


def _resolvent() -> Node:
    return term(ops.TABLE["inv"], plus(scale(s, S), scale(minus(ops.ONE, s), term(ops.TABLE["eye"], n))))


def _along(column: Node) -> Node:
    # A column beside itself, as wide as A.
    return matmul(column, T(ones("m")))


def _down(row: Node) -> Node:
    return matmul(ones("n"), row)


_power = term(ops.MATPOW, S, k)
_rowstd, _colstd = _of("rowstd", A, eps), _of("colstd", A, eps)
_sqrtm = term(ops.TABLE["sqrtm"], S)
_SPECIAL = (
    _entry(
        _of("tril_half", S),
        plus(term(ops.TABLE["tril"], S), scale(_minus_half, term(ops.DIAG, term(ops.DIAGONAL, S)))),
    ),
    _entry(
        _of("commutation", n, m),
        more=": {left} = {right}",
        parts={"left": matmul(_of("commutation", n, m), _of("vec", A)), "right": _of("vec", T(A))},
    ),
    *(
        _entry(_of(name, n), more=": {left} = {right}", parts={"left": matmul(_of(name, n), v), "right": _of("vec", S)})
        for name, v in (("duplication", _of("vech", S)), ("duplication_diagonal", _of("diagonal", S)))
    ),
    _entry(_of("expm_frechet", S, E), matmul(_exp(s), E, _exp(minus(ops.ONE, s))), "integral"),
    _entry(_of("logm_frechet", S, E), matmul(_resolvent(), E, _resolvent()), "integral"),
    _entry(
        _of("sqrtm_frechet", S, E),
        more=": the {Z} with {left} = {E}",
        parts={"Z": Z, "left": plus(matmul(_sqrtm, Z), matmul(Z, _sqrtm))},
    ),
    _entry(
        _of("power_frechet", S, E, k),
        matmul(term(ops.MATPOW, S, r), E, term(ops.MATPOW, S, plus(k, number(-1), negative(r)))),
        "index_sum",
        more=", of {power}",
        parts={"power": _power},
    ),
    *(
        _entry(
            _of(f"{name}_frechet2", S, E, F, *exponent),
            more=": what {slope} changes by along {F}",
            parts={"slope": _of(f"{name}_frechet", S, E, *exponent)},
        )
        for name, exponent in (("expm", ()), ("logm", ()), ("power", (k,)))
    ),
    _entry(_of("polar", A), matmul(_of("singular_u", A), T(_of("singular_v", A)))),
    _entry(_of("chol", S), more=": the {L} with {product} = {A}", parts={"L": L, "product": matmul(L, T(L))}),
    _entry(
        _of("singular_v1", A),
        more=": {left} = {right}",
        parts={"left": matmul(A, _of("singular_v1", A)), "right": scale(_of("norm_spec", A), _of("singular_u1", A))},
    ),
    _entry(_of("singular_v", A), more=", {left}", parts={"left": _of("singular_u", A)}),
    _entry(_of("std", A), fn("sqrt", _of("var", A))),
    _entry(_rowstd, fn("sqrt", plus(_of("rowvar", A), scale(eps, ones("n"))))),
    _entry(_colstd, fn("sqrt", plus(_of("colvar", A), scale(eps, ones(1, "m"))))),
    _entry(
        _of("layer_norm", A, eps),
        hadamard(minus(A, _along(_of("rowmean", A))), ops.reciprocal(_along(_rowstd))),
    ),
    _entry(
        _of("batch_norm", A, eps),
        hadamard(minus(A, _down(_of("colmean", A))), ops.reciprocal(_down(_colstd))),
    ),
    GlossaryEntry(_of("step", A), "1 where the entry of {A} is above 0, else 0"),
)
"""Operators that a formula explains, beside the sentence of their row; and those without a row."""
UNIT_VECTOR = GlossaryEntry(
    _of("colrange", _of("eye", n), i, i), "the unit vector number {i}: its entry {i} is 1, the others are 0"
)
FAMILIAR = frozenset(
    """
    plus scale matmul hadamard power matpow inner transpose inv kron norm norm_spec norm_nuc expm logm sqrtm
    lambda_max lambda_min sum mean tr det logdet rowsum colsum diag diagonal vec max min eye ones zeros pi e d
    softmax_rows softmax_columns log_softmax_rows log_softmax_columns logsumexp_rows logsumexp_columns
    """.split()  # noqa: SIM905 (a list of words reads best as words)
)
"""Operators that the notation's contract explains."""


_special = {entry.term.op: entry for entry in _SPECIAL}
GLOSSARY: Mapping[ops.Operator, GlossaryEntry] = {
    op: _special.get(op) or _row(op)
    for op in ops.TABLE.values()
    if op in _special or not (op.name in FAMILIAR or op.function)
}


def described(op: ops.Operator) -> GlossaryEntry:
    """The explanation of any operator that has a sentence."""
    return GLOSSARY.get(op) or _row(op)


def explained(nodes: Collection[Node]) -> Iterator[GlossaryEntry]:
    """The entries for the operators of these terms, in the table's order."""
    terms = [node for node in nodes if isinstance(node, Term)]
    found = {node.op for node in terms if not _indexed(node)}
    yield from (entry for op, entry in GLOSSARY.items() if op in found)
    if any(_indexed(node) and any(map(_eye, node.args)) for node in terms):
        yield UNIT_VECTOR


def _indexed(node: Term) -> bool:
    # What is written X[i,:] or I_n[:,k].
    of = node.args[0] if node.args else node
    if node.op is ops.COLRANGE and isinstance(of, Term) and of.op is ops.ROWRANGE:
        of = of.args[0]
    return node.op in (ops.ROWRANGE, ops.COLRANGE) and (isinstance(of, Symbol) or _eye(of))


def _eye(node: Node) -> bool:
    return isinstance(node, Term) and node.op.name == "eye"
