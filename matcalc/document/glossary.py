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
from matcalc.expr import Node, Size, Slot, Term
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
S, E, Z, L = (_matrix(letter, "n", "n") for letter in "AEZL")
C = _matrix("B", "k", "m")
M = _matrix("M", dim_mul("k", "n"), dim_mul("k", "m"))
a = Slot("a", (dim_mul("n", "m"), 1))
k, s, r, eps = (Slot(letter, (1, 1)) for letter in ("k", "s", "r", "epsilon"))
i, j, n, m, blocks = (Size(letter) for letter in "ijnmk")
_minus_half = number(Fraction(-1, 2))


def _frechet(name: str) -> str:
    return f"the Fréchet derivative of {name} at {{A}} in the direction {{E}}"


def _exp(factor: Node) -> Node:
    return term(ops.TABLE["expm"], scale(factor, S))


def _resolvent() -> Node:
    return term(ops.TABLE["inv"], plus(scale(s, S), scale(minus(ops.ONE, s), term(ops.TABLE["eye"], n))))


def _along(column: Node) -> Node:
    # A column beside itself, as wide as A.
    return matmul(column, T(ones("m")))


def _down(row: Node) -> Node:
    return matmul(ones("n"), row)


_regular = "; {epsilon} is 0 where it is not written"
_rowstd, _colstd = _of("rowstd", A, eps), _of("colstd", A, eps)
_SPECIAL = (
    GlossaryEntry(
        _of("tril_half", S),
        "the lower triangle of {A} with half its diagonal (Murray 2016)",
        plus(term(ops.TABLE["tril"], S), scale(_minus_half, term(ops.DIAG, term(ops.DIAGONAL, S)))),
    ),
    GlossaryEntry(
        _of("commutation", n, m),
        "the commutation matrix, which makes {a} of {b} for every {A} of {n} rows and {m} columns "
        "(Magnus & Neudecker, ch. 3)",
        parts={"a": _of("vec", T(A)), "b": _of("vec", A), "A": A},
    ),
    GlossaryEntry(_of("hcat", A, _matrix("B", "n", "k")), "{B} to the right of {A}"),
    GlossaryEntry(
        _of("expm_frechet", S, E),
        _frechet("expm") + " (Higham 2008, ch. 10)",
        matmul(_exp(s), E, _exp(minus(ops.ONE, s))),
        "integral",
    ),
    GlossaryEntry(
        _of("logm_frechet", S, E),
        _frechet("logm") + " (Higham 2008, ch. 11)",
        matmul(_resolvent(), E, _resolvent()),
        "integral",
    ),
    GlossaryEntry(
        _of("sqrtm_frechet", S, E),
        _frechet("sqrtm") + ", which is the {Z} with {left} = {E} (Higham 2008, ch. 6)",
        parts={"Z": Z, "left": plus(matmul(term(ops.TABLE["sqrtm"], S), Z), matmul(Z, term(ops.TABLE["sqrtm"], S)))},
    ),
    GlossaryEntry(
        _of("power_frechet", S, E, k),
        _frechet("{power}") + " (Higham 2008, ch. 3)",
        matmul(term(ops.MATPOW, S, r), E, term(ops.MATPOW, S, plus(k, number(-1), negative(r)))),
        "index_sum",
        {"power": term(ops.MATPOW, S, k)},
    ),
    GlossaryEntry(
        _of("chol", S),
        "the Cholesky factor of {A}: the lower triangular {L} with a positive diagonal and {product} = {A}",
        parts={"L": L, "product": matmul(L, T(L))},
    ),
    GlossaryEntry(
        _of("singular_v1", A),
        "the unit right singular vector of {A} for its largest singular value: {left} = {right}",
        parts={"left": matmul(A, _of("singular_v1", A)), "right": scale(_of("norm_spec", A), _of("singular_u1", A))},
    ),
    GlossaryEntry(
        _of("singular_v", A),
        "the right singular vectors of {A} as columns, in the order of {left}",
        parts={"left": _of("singular_u", A)},
    ),
    GlossaryEntry(_of("std", A), "the standard deviation of the entries of {A}", fn("sqrt", _of("var", A))),
    GlossaryEntry(
        _rowstd,
        "the standard deviations of the rows of {A}" + _regular,
        fn("sqrt", plus(_of("rowvar", A), scale(eps, ones("n")))),
    ),
    GlossaryEntry(
        _colstd,
        "the standard deviations of the columns of {A}" + _regular,
        fn("sqrt", plus(_of("colvar", A), scale(eps, ones(1, "m")))),
    ),
    GlossaryEntry(
        _of("layer_norm", A, eps),
        "each row of {A} less its mean and divided by its standard deviation" + _regular,
        hadamard(minus(A, _along(_of("rowmean", A))), ops.reciprocal(_along(_rowstd))),
    ),
    GlossaryEntry(
        _of("batch_norm", A, eps),
        "each column of {A} less its mean and divided by its standard deviation" + _regular,
        hadamard(minus(A, _down(_of("colmean", A))), ops.reciprocal(_down(_colstd))),
    ),
    GlossaryEntry(_of("step", A), "1 where the entry of {A} is above 0, else 0"),
)
"""Operators whose sentence contains formulas."""
FAMILIAR = frozenset(
    """
    plus scale matmul hadamard power matpow inner transpose inv kron norm norm_spec norm_nuc expm logm sqrtm
    lambda_max lambda_min sum mean tr det logdet rowsum colsum diag diagonal vec max min eye ones zeros pi e d
    softmax_rows softmax_columns log_softmax_rows log_softmax_columns logsumexp_rows logsumexp_columns
    """.split()  # noqa: SIM905 (a list of words reads best as words)
)
"""Operators that the notation's contract explains."""


def _row(op: ops.Operator) -> GlossaryEntry:
    """The explanation in an operator's row, with letters for its arguments."""
    letters, numbers = iter("AB"), iter("st")
    args: list[Node] = []
    for argument in op.signature.arguments:
        rows, columns = (side.dim for side in argument.sides)
        if argument.size:
            args.append(Size(argument.size))
        else:
            name = next(numbers) if rows == columns == 1 else "a" if columns == 1 else next(letters)
            args.append(Slot(name, (rows, columns)))
    found = term(op, *args)
    assert isinstance(found, Term)
    return GlossaryEntry(found, op.says)


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
    found = {node.op for node in nodes if isinstance(node, Term)}
    return (entry for op, entry in GLOSSARY.items() if op in found)
