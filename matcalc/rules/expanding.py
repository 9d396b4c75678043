"""EXPANDING: multiplies products out over sums, the opposite of taking out common factors.

Sometimes terms cancel only after expansion: A'(A Q - B) - Q (A Q - B)' A Q is Q B' A Q - A' B for an orthogonal Q. A
result is expanded on trial, simplified again, and kept if it is shorter.
"""

from __future__ import annotations

from matcalc import operators as ops
from matcalc.operators import SUM, TRACE, T, hadamard, inner, matmul, plus, scale, term
from matcalc.rewrite import RewriteRule
from matcalc.rules import kinds
from matcalc.rules.common_factors import FACTORS
from matcalc.rules.identities import IDENTITIES
from matcalc.rules.slots import matrix, scalar, vector

A, B, C = matrix("A"), matrix("B"), matrix("C")
P, Q = matrix("P", "n", "k"), matrix("Q", "k", "m")
L, M = matrix("L", "n", "k"), matrix("M", "k", "m")
S, R = matrix("S", "n", "n"), matrix("R", "n", "n")
word, Z = scalar("r", kinds.symbolic), matrix("A", kind=kinds.symbolic)

_OPEN = "brackets opened"
EXPANDING = (
    RewriteRule(_OPEN, matmul(P, plus(Q, M)), plus(matmul(P, Q), matmul(P, M))),
    RewriteRule(_OPEN, matmul(plus(P, L), Q), plus(matmul(P, Q), matmul(L, Q))),
    RewriteRule(_OPEN, T(plus(A, B)), plus(T(A), T(B))),
    RewriteRule(_OPEN, scale(word, plus(A, B)), plus(scale(word, A), scale(word, B))),
    RewriteRule(_OPEN, hadamard(Z, plus(B, C)), plus(hadamard(Z, B), hadamard(Z, C))),
    RewriteRule(_OPEN, inner(A, plus(B, C)), plus(inner(A, B), inner(A, C))),
    RewriteRule(_OPEN, term(TRACE, plus(S, R)), plus(term(TRACE, S), term(TRACE, R))),
    RewriteRule(_OPEN, term(SUM, plus(A, B)), plus(term(SUM, A), term(SUM, B))),
)
_closing = frozenset(FACTORS)
EXPANDED = (*(rule for rule in IDENTITIES if rule not in _closing), *EXPANDING)
"""Expands an expression: the result has no brackets."""
u, v, r, n = vector("u"), vector("v", "m"), matrix("g", 1, "n"), ops.size_node("n")
OPENING = (
    *(
        RewriteRule(_OPEN, term(op, plus(A, B)), plus(term(op, A), term(op, B)))
        for op in (ops.ROWSUM, ops.COLSUM, ops.ROWMEAN, ops.COLMEAN, ops.MEAN)
    ),
    RewriteRule(_OPEN, term(ops.DIAGONAL, plus(S, R)), plus(term(ops.DIAGONAL, S), term(ops.DIAGONAL, R))),
    RewriteRule("diagonal of an outer product", term(ops.DIAGONAL, matmul(u, r)), hadamard(u, T(r))),
    RewriteRule("mean", hadamard(ops.power(n, -1), term(SUM, u)), term(ops.MEAN, u)),
    RewriteRule("row sums of scaled rows", term(ops.ROWSUM, matmul(term(ops.DIAG, u), C)),
         hadamard(u, term(ops.ROWSUM, C)), reason="entry $i$ of both is $u_i$ times the sum over $j$ of $C_ij$"),
    RewriteRule("column sums of scaled columns", term(ops.COLSUM, matmul(C, term(ops.DIAG, v))),
         hadamard(T(v), term(ops.COLSUM, C)), reason="entry $j$ of both is $v_j$ times the sum over $i$ of $C_ij$"),
    RewriteRule("column sums of scaled rows", term(ops.COLSUM, matmul(term(ops.DIAG, u), C)), matmul(T(u), C),
         reason="entry $j$ of both is the sum over $i$ of $u_i C_ij$"),
)  # fmt: skip
FULLY_EXPANDED = (*EXPANDED, *OPENING)
"""Expands inside row sums and diagonals, too."""
