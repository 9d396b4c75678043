"""Parts of arrays: blocks side by side, ranges of rows and columns, triangles; differentials, adjoints, simplification.

Sources: Magnus & Neudecker, Matrix Differential Calculus, ch. 1; the halved triangle: Murray 2016, Differentiation of
the Cholesky decomposition.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from matcalc import operators as ops
from matcalc.dims import Dim, dim_add, dim_mul
from matcalc.expr import Node
from matcalc.operators import T, d, eye, hadamard, inner, matmul, plus, scale, size_node, term, zeros
from matcalc.rewrite import RewriteRule
from matcalc.rules import kinds
from matcalc.rules.slots import matrix, quiet, scalar, vector


def rowrange(a: Node, first: Dim, last: Dim) -> Node:
    """Rows first to last of A, counted from 1, both included."""
    return term(ops.ROWRANGE, a, size_node(first), size_node(last))


def colrange(a: Node, first: Dim, last: Dim) -> Node:
    """Columns first to last of A."""
    return term(ops.COLRANGE, a, size_node(first), size_node(last))


def corner(a: Node, n: Dim) -> Node:
    """The upper right block of a matrix of four n×n blocks: [I, 0] A [0; I]."""
    one, nothing = ops.eye(n), zeros(n, n)
    return matmul(hcat(one, nothing), a, vcat(nothing, one))


def hcat(*args: Node) -> Node:
    """[A, B]"""
    return term(ops.HCAT, *args)


def vcat(*args: Node) -> Node:
    """[A; B]"""
    return term(ops.VCAT, *args)


def _less(a: Dim, b: Dim) -> Dim:
    return dim_add(a, dim_mul(-1, b))


_M_P, _N_P = dim_add("m", "p"), dim_add("n", "p")
_RANGE = dim_add(_less("j", "i"), 1)
_COLUMNS_READ = "both pair columns $i$ to $j$ of $V$ with those of $G$"
_ROWS_READ = "both pair rows $i$ to $j$ of $V$ with those of $G$"
_ONE_PART = "both pair the entries of $V$ with those of $G$ that stand in its place"

A, D_ = matrix("A"), matrix("D", "n", "p")
B_ = matrix("B", "p", "m")
S, R = matrix("S", "n", "n"), matrix("R", "n", "n")
s = scalar("s")
c = scalar("c", kinds.number)
zero = zeros("n", "m")

_G, _V = matrix("G"), matrix("V", kind=kinds.varying)
_Gh, _Gv = matrix("G", "n", _M_P), matrix("G", _N_P, "m")
_Gs, _Vs = matrix("G", "n", "n"), matrix("V", "n", "n", kinds.varying)


def _kept(op: ops.Operator) -> tuple[RewriteRule, ...]:
    # An operator that keeps some entries, halves some and drops the others is its own adjoint.
    why = "both are the sum over $i, j$ of $G_ij V_ij$, weighted by the part of entry $ij$ that is kept"
    return (RewriteRule("triangle crosses", inner(_Gs, term(op, _Vs)), inner(term(op, _Gs), _Vs), reason=why),)


def unit(n: Dim, k: Dim) -> Node:
    """The k-th unit vector of n entries: column k of the identity."""
    return colrange(eye(n), k, k)


_ONE_ROW = "both pair row $i$ of $V$ with $G$, which the unit vector puts in its place"
_ONE_COLUMN = "both pair column $i$ of $V$ with $G$, which the unit vector puts in its place"

PART_ADJOINTS: dict[ops.Operator, tuple[RewriteRule, ...]] = {
    ops.HCAT: (
        RewriteRule("block crosses", inner(_Gh, hcat(_V, zeros("n", "p"))),
             inner(colrange(_Gh, 1, "m"), _V), reason=_ONE_PART),
        RewriteRule("block crosses", inner(_Gh, hcat(zeros("n", "p"), _V)),
             inner(colrange(_Gh, dim_add("p", 1), _M_P), _V), reason=_ONE_PART),
    ),
    ops.VCAT: (
        RewriteRule("block crosses", inner(_Gv, vcat(_V, zeros("p", "m"))),
             inner(rowrange(_Gv, 1, "n"), _V), reason=_ONE_PART),
        RewriteRule("block crosses", inner(_Gv, vcat(zeros("p", "m"), _V)),
             inner(rowrange(_Gv, dim_add("p", 1), _N_P), _V), reason=_ONE_PART),
    ),
    ops.COLRANGE: (
        RewriteRule("columns cross", inner(_G, colrange(_V, 1, "m")), inner(_G, _V), quiet=True, reason=_COLUMNS_READ),
        RewriteRule("column crosses", inner(matrix("G", "n", 1), colrange(_V, "i", "i")),
             inner(matmul(matrix("G", "n", 1), T(unit("m", "i"))), _V), reason=_ONE_COLUMN),
        RewriteRule("columns cross", inner(matrix("G", "n", "j"), colrange(_V, 1, "j")),
             inner(hcat(matrix("G", "n", "j"), zeros("n", _less("m", "j"))), _V), reason=_COLUMNS_READ),
        RewriteRule("columns cross", inner(matrix("G", "n", dim_add(_less("m", "i"), 1)), colrange(_V, "i", "m")),
             inner(hcat(zeros("n", _less("i", 1)), matrix("G", "n", dim_add(_less("m", "i"), 1))), _V),
             reason=_COLUMNS_READ),
        RewriteRule("columns cross", inner(matrix("G", "n", _RANGE), colrange(_V, "i", "j")),
             inner(hcat(zeros("n", _less("i", 1)), matrix("G", "n", _RANGE), zeros("n", _less("m", "j"))), _V),
             reason=_COLUMNS_READ),
    ),
    ops.ROWRANGE: (
        RewriteRule("rows cross", inner(_G, rowrange(_V, 1, "n")), inner(_G, _V), quiet=True, reason=_ROWS_READ),
        RewriteRule("row crosses", inner(matrix("G", 1, "m"), rowrange(_V, "i", "i")),
             inner(matmul(unit("n", "i"), matrix("G", 1, "m")), _V), reason=_ONE_ROW),
        RewriteRule("rows cross", inner(matrix("G", "j", "m"), rowrange(_V, 1, "j")),
             inner(vcat(matrix("G", "j", "m"), zeros(_less("n", "j"), "m")), _V), reason=_ROWS_READ),
        RewriteRule("rows cross", inner(matrix("G", dim_add(_less("n", "i"), 1), "m"), rowrange(_V, "i", "n")),
             inner(vcat(zeros(_less("i", 1), "m"), matrix("G", dim_add(_less("n", "i"), 1), "m")), _V),
             reason=_ROWS_READ),
        RewriteRule("rows cross", inner(matrix("G", _RANGE, "m"), rowrange(_V, "i", "j")),
             inner(vcat(zeros(_less("i", 1), "m"), matrix("G", _RANGE, "m"), zeros(_less("n", "j"), "m")), _V),
             reason=_ROWS_READ),
    ),
    ops.TRIL: _kept(ops.TRIL),
    ops.TRIU: _kept(ops.TRIU),
    ops.TRIL_HALF: _kept(ops.TRIL_HALF),
}  # fmt: skip

PART_DIFFERENTIALS = (
    RewriteRule("differential of blocks", d(hcat(A, D_)), plus(hcat(d(A), zeros("n", "p")), hcat(zero, d(D_)))),
    RewriteRule("differential of blocks", d(vcat(A, B_)),
         plus(vcat(d(A), zeros("p", "m")), vcat(zero, d(B_)))),
)  # fmt: skip


def _ranges(
    name: str, cut: Callable[..., Node], joined: Callable[..., Node], crossed: Callable[..., Node], turned: bool
) -> tuple[RewriteRule, ...]:
    # The rules for columns, obtained from those for rows by transposition.
    def m(letter: str, rows: Dim, columns: Dim) -> Node:
        return matrix(letter, columns, rows) if turned else matrix(letter, rows, columns)

    def const(make: Callable[[Dim, Dim], Node], columns: Dim) -> Node:
        return make(columns, "n") if turned else make("n", columns)

    def product(one: Node, two: Node) -> Node:
        return matmul(two, one) if turned else matmul(one, two)

    other = colrange if turned else rowrange
    A, B, C, W = m("A", "n", "m"), m("B", "n", "p"), m("C", "n", "q"), m("C", "n", _M_P)
    P, Q = m("P", "n", "k"), m("Q", "k", "m")
    both = joined(A, B)
    block, parts = f"{name} of blocks", f"{name} of parts"
    return (
        quiet(f"all {name}", cut(A, 1, "m"), A),
        RewriteRule(block, cut(both, 1, "m"), A),
        RewriteRule(block, cut(both, dim_add("m", 1), _M_P), B),
        RewriteRule(block, cut(joined(A, B, C), dim_add("m", 1), _M_P), B),
        quiet(f"factor out of {name}", cut(scale(s, A), "i", "j"), scale(s, cut(A, "i", "j"))),
        quiet(f"{name} of a product", cut(product(P, Q), "i", "j"), product(P, cut(Q, "i", "j"))),
        quiet(f"{name} of a transpose", cut(T(m("A", "m", "n")), "i", "j"), T(other(m("A", "m", "n"), "i", "j"))),
        quiet(f"{name} of {name}", cut(cut(A, "i", "j"), "k", "l"),
              cut(A, dim_add("i", _less("k", 1)), dim_add("i", _less("l", 1)))),
        quiet(f"{name} of zeros", cut(const(zeros, "m"), "i", "j"), const(zeros, _RANGE)),
        quiet(f"{name} of ones", cut(const(ops.ones, "m"), "i", "j"), const(ops.ones, _RANGE)),
        RewriteRule(parts, cut(plus(both, W), "i", "j"), plus(cut(both, "i", "j"), cut(W, "i", "j"))),
        RewriteRule(parts, cut(plus(scale(s, both), W), "i", "j"),
             plus(scale(s, cut(both, "i", "j")), cut(W, "i", "j"))),
        *(
            rule
            for block in (product(m("P", "n", "k"), joined(m("A", "k", "m"), m("B", "k", "p"))),
                          product(m("P", "n", "k"), T(crossed(m("A", "m", "k"), m("B", "p", "k")))))
            for rule in (
                RewriteRule(parts, cut(plus(block, W), "i", "j"), plus(cut(block, "i", "j"), cut(W, "i", "j"))),
                RewriteRule(parts, cut(plus(scale(s, block), W), "i", "j"),
                     plus(scale(s, cut(block, "i", "j")), cut(W, "i", "j"))),
            )
        ),
        RewriteRule(parts, cut(hadamard(both, W), "i", "j"), hadamard(cut(both, "i", "j"), cut(W, "i", "j"))),
        RewriteRule(parts, cut(ops.power(both, s), "i", "j"), ops.power(cut(both, "i", "j"), s)),
    )  # fmt: skip


def _joined(joined: Callable[..., Node], crossed: Callable[..., Node], turned: bool) -> tuple[RewriteRule, ...]:
    def m(letter: str, rows: Dim, columns: Dim) -> Node:
        return matrix(letter, columns, rows) if turned else matrix(letter, rows, columns)

    def nil(columns: Dim) -> Node:
        return zeros(columns, "n") if turned else zeros("n", columns)

    def product(one: Node, two: Node) -> Node:
        return matmul(two, one) if turned else matmul(one, two)

    A, B, C, W = m("A", "n", "m"), m("B", "n", "p"), m("C", "n", "m"), m("D", "n", "p")
    P, Q, M = m("P", "n", "k"), m("Q", "k", "m"), m("M", "k", "p")
    return (
        quiet("zero", joined(nil("m"), nil("p")), nil(_M_P)),
        quiet("transposed blocks", joined(T(m("A", "m", "n")), T(m("B", "p", "n"))),
              T(crossed(m("A", "m", "n"), m("B", "p", "n")))),
        quiet("factor out of blocks", joined(scale(s, A), scale(s, B)), scale(s, joined(A, B))),
        quiet("factor out of blocks", joined(scale(s, A), nil("p")), scale(s, joined(A, nil("p")))),
        quiet("factor out of blocks", joined(nil("m"), scale(s, B)), scale(s, joined(nil("m"), B))),
        RewriteRule("common factor", joined(product(P, Q), product(P, M)), product(P, joined(Q, M))),
        RewriteRule("sum of blocks", plus(joined(A, B), joined(C, W)), joined(plus(A, C), plus(B, W))),
        RewriteRule("sum of blocks", plus(product(P, joined(Q, M)), scale(s, joined(A, B))),
             joined(plus(product(P, Q), scale(s, A)), plus(product(P, M), scale(s, B)))),
        RewriteRule("sum of blocks", plus(product(P, joined(Q, M)), joined(A, B)),
             joined(plus(product(P, Q), A), plus(product(P, M), B))),
        RewriteRule("sum of blocks", plus(joined(A, B), scale(c, joined(C, W))),
             joined(plus(A, scale(c, C)), plus(B, scale(c, W)))),
    )  # fmt: skip


_Ab, _Bb, _Cb, _Db = matrix("A", "n", "k"), matrix("B", "n", "l"), matrix("C", "k", "m"), matrix("D", "l", "m")
_At, _Bt, _Ct, _Dt = matrix("A", "k", "n"), matrix("B", "l", "n"), matrix("C", "m", "k"), matrix("D", "m", "l")
BLOCKS = (
    *_ranges("columns", colrange, hcat, vcat, turned=False),
    *_ranges("rows", rowrange, vcat, hcat, turned=True),
    *_joined(hcat, vcat, turned=False),
    *_joined(vcat, hcat, turned=True),
    RewriteRule("product of blocks", matmul(hcat(_Ab, _Bb), vcat(_Cb, _Db)), plus(matmul(_Ab, _Cb), matmul(_Bb, _Db))),
    RewriteRule("product of blocks", matmul(T(vcat(_At, _Bt)), vcat(_Cb, _Db)),
         plus(matmul(T(_At), _Cb), matmul(T(_Bt), _Db))),
    RewriteRule("product of blocks", matmul(hcat(_Ab, _Bb), T(hcat(_Ct, _Dt))),
         plus(matmul(_Ab, T(_Ct)), matmul(_Bb, T(_Dt)))),
)  # fmt: skip

_lower, _upper = matrix("S", "n", "n", kinds.lower), matrix("S", "n", "n", kinds.upper)
_symmetric, _diagonal = matrix("S", "n", "n", kinds.symmetric), matrix("S", "n", "n", kinds.diagonal)
_half = ops.number(Fraction(1, 2))


def _diag_of(node: Node) -> Node:
    return term(ops.DIAG, term(ops.DIAGONAL, node))


TRIANGLES = (
    quiet("lower triangular", term(ops.TRIL, _lower), _lower),
    quiet("upper triangular", term(ops.TRIU, _upper), _upper),
    quiet("diagonal", _diag_of(_diagonal), _diagonal),
    RewriteRule("upper triangular", term(ops.TRIL, _upper), _diag_of(_upper)),
    RewriteRule("lower triangular", term(ops.TRIU, _lower), _diag_of(_lower)),
    RewriteRule("upper triangular", term(ops.TRIL_HALF, _upper), scale(_half, _diag_of(_upper))),
    quiet("triangle of a transpose", T(term(ops.TRIL, S)), term(ops.TRIU, T(S))),
    quiet("triangle of a transpose", T(term(ops.TRIU, S)), term(ops.TRIL, T(S))),
    RewriteRule("lower triangular", term(ops.TRIL, plus(_lower, R)), plus(_lower, term(ops.TRIL, R))),
    RewriteRule("upper triangular", term(ops.TRIU, plus(_upper, R)), plus(_upper, term(ops.TRIU, R))),
    RewriteRule("diagonal", _diag_of(plus(_diagonal, R)), plus(_diagonal, _diag_of(R))),
    RewriteRule("two halves", plus(term(ops.TRIL_HALF, _symmetric), T(term(ops.TRIL_HALF, _symmetric))), _symmetric),
    *(
        rule
        for op in (ops.TRIL, ops.TRIU, ops.TRIL_HALF)
        for rule in (
            quiet("factor out of a triangle", term(op, scale(s, S)), scale(s, term(op, S))),
            RewriteRule("triangles together", plus(term(op, S), term(op, R)), term(op, plus(S, R))),
            RewriteRule("triangles together", plus(term(op, S), scale(c, term(op, R))), term(op, plus(S, scale(c, R)))),
        )
    ),
    *(quiet("diagonal of a triangle", term(ops.DIAGONAL, term(op, S)), term(ops.DIAGONAL, S)) for op in (ops.TRIL,
         ops.TRIU)),
    *(quiet("trace of a triangle", term(ops.TRACE, term(op, S)), term(ops.TRACE, S)) for op in (ops.TRIL, ops.TRIU)),
    quiet("diagonal of a triangle", term(ops.DIAGONAL, term(ops.TRIL_HALF, S)), scale(_half, term(ops.DIAGONAL, S))),
)  # fmt: skip

_A, _a, _r, _E = matrix("A"), vector("a"), matrix("r", 1, "m"), unit("n", "i")
UNITS = (
    RewriteRule("column", matmul(_A, unit("m", "j")), colrange(_A, "j", "j")),
    RewriteRule("row", matmul(T(_E), _A), rowrange(_A, "i", "i")),
    RewriteRule("entry", matmul(T(_a), _E), rowrange(_a, "i", "i")),
    RewriteRule("entry times unit vector", hadamard(_E, _a), scale(rowrange(_a, "i", "i"), _E)),
    RewriteRule("row times unit vector", hadamard(matmul(_E, _r), _A),
         matmul(_E, hadamard(_r, rowrange(_A, "i", "i")))),
    RewriteRule("column times unit vector", hadamard(matmul(_a, T(unit("m", "j"))), _A),
         matmul(hadamard(_a, colrange(_A, "j", "j")), T(unit("m", "j")))),
    RewriteRule("entry times unit vector", matmul(term(ops.DIAG, _a), _E), scale(rowrange(_a, "i", "i"), _E)),
    RewriteRule("sum of a unit vector", term(ops.SUM, _E), ops.number(1)),
)  # fmt: skip
PART_IDENTITIES = (*BLOCKS, *TRIANGLES, *UNITS)
PART_OBJECTIVES = (
    RewriteRule("sum of blocks", term(ops.SUM, hcat(A, D_)), plus(term(ops.SUM, A), term(ops.SUM, D_))),
    RewriteRule("sum of blocks", term(ops.SUM, vcat(A, B_)), plus(term(ops.SUM, A), term(ops.SUM, B_))),
    RewriteRule("trace of blocks",
         term(ops.TRACE, vcat(hcat(S, matrix("B", "n", "p")), hcat(matrix("C", "p", "n"), matrix("D", "p", "p")))),
         plus(term(ops.TRACE, S), term(ops.TRACE, matrix("D", "p", "p")))),
)  # fmt: skip
