"""SUMS and FACTORS: what is common to the terms of a sum is taken out, and terms that cancel go.

Sources: the laws of matrix algebra, as in identities.py.
"""

from __future__ import annotations

from matcalc import operators as ops
from matcalc.expr import Node
from matcalc.operators import T, eye, fn, hadamard, matmul, minus, ones, plus, power, scale, term
from matcalc.rewrite import RewriteRule
from matcalc.rules import kinds
from matcalc.rules.slots import matrix, quiet, scalar, vector

A, B, C = matrix("A"), matrix("B"), matrix("C")
P, Q = matrix("P", "n", "k"), matrix("Q", "k", "m")
S, R = matrix("S", "n", "n"), matrix("R", "n", "n")
a, b = vector("a"), vector("b")
s, t = scalar("s"), scalar("t")
turned = matrix("A", kind=kinds.turned), matrix("B", kind=kinds.turned)
twice = matrix("A", "n", "n", kinds.turned_twice)
mirror = matrix("S", "n", "n", kinds.symmetric)
row = matrix("B", 1, "m")
c = scalar("c", kinds.number)
L, M = matrix("L", "n", "k"), matrix("M", "k", "m")
zero, one = ops.zeros("n", "m"), ones("n", "m")
two = ops.number(2)
right, beside = vector("a", "m"), vector("b", "m")
word = scalar("r", kinds.symbolic)
F = matrix("S", "n", "n", kinds.function_of_a_matrix)


def _times(a: Node, s: Node) -> Node:
    return scale(s, a)


SUMS = (
    quiet("zero", plus(A, zero), A),
    quiet("brackets", plus(A, ops.negative(plus(B, C))), plus(A, ops.negative(B), ops.negative(C))),
)
_DENOMINATORS = ((1, 2), (1, 3), (2, 3), (2, 4))
"""Powers of a number below two terms that have it in common."""
FACTORS = (
    RewriteRule("common factor", plus(scale(word, A), scale(word, B)), scale(word, plus(A, B))),
    RewriteRule("common factor", plus(scale(word, A), scale(hadamard(word, t), B)), scale(word, plus(A, scale(t, B)))),
    RewriteRule("common factor", plus(scale(hadamard(word, s), A), scale(hadamard(word, t), B)),
         scale(word, plus(scale(s, A), scale(t, B)))),
    RewriteRule("common factor", plus(hadamard(word, s), hadamard(word, t)), hadamard(word, plus(s, t))),
    RewriteRule("common factor", plus(scale(s, A), scale(t, A)), scale(plus(s, t), A)),
    RewriteRule("common factor", plus(A, scale(word, A)), scale(plus(ops.ONE, word), A)),
    *(
        RewriteRule("common factor", plus(scale(power(s, -k), A), scale(hadamard(t, power(s, -n)), B)),
             scale(power(s, -k), plus(A, scale(hadamard(t, power(s, k - n)), B))))
        for k, n in _DENOMINATORS
    ),
    *(
        RewriteRule("common factor",
             plus(scale(hadamard(c, power(s, -k)), A), scale(hadamard(t, power(s, -n)), B)),
             scale(power(s, -k), plus(scale(c, A), scale(hadamard(t, power(s, k - n)), B))))
        for k, n in _DENOMINATORS
    ),
    RewriteRule("row sums together", plus(term(ops.ROWSUM, A), term(ops.ROWSUM, B)), term(ops.ROWSUM, plus(A, B))),
    RewriteRule("column sums together", plus(term(ops.COLSUM, A), term(ops.COLSUM, B)), term(ops.COLSUM, plus(A, B))),
    RewriteRule("row sums together", plus(term(ops.ROWSUM, A), T(term(ops.COLSUM, matrix("B", "m", "n")))),
         term(ops.ROWSUM, plus(A, T(matrix("B", "m", "n"))))),
    # Each row, or column, over its own number.
    quiet("quotient of rows", hadamard(matmul(power(a, -1), T(ones("m"))), A),
         hadamard(power(matmul(a, T(ones("m"))), -1), A)),
    quiet("quotient of columns", hadamard(matmul(ones("n"), power(row, -1)), A),
         hadamard(power(matmul(ones("n"), row), -1), A)),
    # (a 1') .* X = diag(a) X, if that is shorter.
    RewriteRule("common factor", plus(hadamard(matmul(a, T(ones("m"))), A), matmul(S, A)),
         matmul(plus(term(ops.DIAG, a), S), A)),
    RewriteRule("common factor", plus(hadamard(matmul(a, T(ones("m"))), A), scale(c, matmul(S, A))),
         matmul(plus(term(ops.DIAG, a), scale(c, S)), A)),
    RewriteRule("common factor", plus(F, matmul(R, F)), matmul(plus(eye("n"), R), F), guard=kinds.asymmetric),
    RewriteRule("common factor", plus(F, matmul(F, R)), matmul(F, plus(eye("n"), R)), guard=kinds.asymmetric),
    RewriteRule("common factor", plus(F, scale(c, matmul(R, F))), matmul(plus(eye("n"), scale(c, R)), F),
         guard=kinds.asymmetric),
    RewriteRule("common factor", plus(F, scale(c, matmul(F, R))), matmul(F, plus(eye("n"), scale(c, R))),
         guard=kinds.asymmetric),
    RewriteRule("common factor", plus(matmul(P, Q), matmul(P, M)), matmul(P, plus(Q, M))),
    RewriteRule("common factor", plus(matmul(P, Q), matmul(L, Q)), matmul(plus(P, L), Q)),
    RewriteRule("common factor", plus(matmul(P, Q), scale(c, matmul(P, M))), matmul(P, plus(Q, scale(c, M)))),
    RewriteRule("common factor", plus(matmul(P, Q), scale(c, matmul(L, Q))), matmul(plus(P, scale(c, L)), Q)),
    RewriteRule("common factor", plus(scale(s, matmul(term(ops.DIAG, a), A)), scale(t, matmul(term(ops.DIAG, b), A))),
         matmul(term(ops.DIAG, plus(scale(s, a), scale(t, b))), A)),
    RewriteRule("common factor", plus(scale(s, matmul(A, term(ops.DIAG, right))),
                                     scale(t, matmul(A, term(ops.DIAG, beside)))),
         matmul(A, term(ops.DIAG, plus(scale(s, right), scale(t, beside))))),
    RewriteRule("common factor", matmul(plus(T(A), scale(s, matmul(T(A), S))), A),
         matmul(T(A), plus(eye("n"), scale(s, S)), A)),
    RewriteRule("common factor", plus(hadamard(A, B), hadamard(A, C)), hadamard(A, plus(B, C))),
    RewriteRule("common factor", plus(hadamard(A, B), scale(c, hadamard(A, C))), hadamard(A, plus(B, scale(c, C)))),
    RewriteRule("common denominator",
         hadamard(plus(hadamard(A, power(B, -1)), hadamard(C, power(minus(one, B), -1))), B, minus(one, B)),
         plus(hadamard(A, minus(one, B)), hadamard(C, B))),
    RewriteRule("common denominator",
         hadamard(plus(ops.negative(hadamard(A, power(B, -1))), hadamard(C, power(minus(one, B), -1))), B,
              minus(one, B)),
         plus(ops.negative(hadamard(A, minus(one, B))), hadamard(C, B))),
    RewriteRule("complements", plus(ops.negative(hadamard(A, minus(one, B))), hadamard(minus(one, A), B)), minus(B, A)),
    RewriteRule("complements", plus(hadamard(A, minus(B, one)), hadamard(minus(one, A), B)), minus(B, A)),
    RewriteRule("complements", plus(hadamard(A, minus(one, B)), hadamard(minus(A, one), B)), minus(A, B)),
    RewriteRule("complements", plus(hadamard(s, minus(ops.ONE, t)), hadamard(ops.MINUS_ONE, t, minus(ops.ONE, s))),
         minus(s, t)),
    RewriteRule("complements", minus(one, fn("sigmoid", ops.negative(A))), fn("sigmoid", A)),
    # x' y and y' x are equal numbers.
    *(
        RewriteRule("equal numbers", both(matmul(T(a), *between, b), matmul(T(b), *between, a)),
             once(matmul(T(a), *between, b), two))
        for between in ((), (mirror,))
        for both, once in ((plus, _times), (hadamard, power))
    ),
    RewriteRule("common factor", plus(hadamard(A, B), scale(s, A)), hadamard(A, plus(B, scale(s, one)))),
    RewriteRule("common factor", plus(A, ops.negative(hadamard(A, B))), hadamard(A, minus(one, B))),
    quiet("transpose of a sum", plus(*turned), T(plus(*map(T, turned))), guard=kinds.few_terms),
    quiet("transpose of a sum", plus(mirror, twice), T(plus(mirror, T(twice))), guard=kinds.all_turned),
)  # fmt: skip
