"""FACTORING: takes out more than the normal form does: common denominators, and I where a factor stands alone.

Applied to results only, on request (`--factor`): the new form is no shorter, but a product instead of a sum.
"""

from __future__ import annotations

from matcalc.operators import ONE, eye, hadamard, matmul, negative, plus, power, scale
from matcalc.rewrite import RewriteRule
from matcalc.rules import kinds
from matcalc.rules.slots import matrix, scalar

A, B, C = matrix("A"), matrix("B"), matrix("C")
P, Q = matrix("P", "n", "k"), matrix("Q", "k", "m")
S = matrix("S", "n", "n")
s, t, r = scalar("s"), scalar("t"), scalar("r")
c = scalar("c", kinds.number)
word = scalar("r", kinds.symbolic)

_DENOMINATOR, _FACTOR = "common denominator", "common factor"
FACTORING = (
    RewriteRule(_FACTOR, plus(hadamard(t, power(s, -1)), hadamard(r, power(s, -2))),
         hadamard(power(s, -2), plus(hadamard(s, t), r))),
    RewriteRule(_DENOMINATOR, plus(scale(power(word, -1), A), B), scale(power(word, -1), plus(A, scale(word, B)))),
    RewriteRule(_DENOMINATOR, plus(scale(hadamard(t, power(word, -1)), A), B),
         scale(power(word, -1), plus(scale(t, A), scale(word, B)))),
    RewriteRule(_DENOMINATOR, plus(power(word, -1), t), hadamard(power(word, -1), plus(ONE, hadamard(word, t)))),
    RewriteRule(_DENOMINATOR, plus(scale(power(word, -2), A), B),
         scale(power(word, -2), plus(A, scale(power(word, 2), B)))),
    RewriteRule(_DENOMINATOR, plus(scale(hadamard(t, power(word, -2)), A), B),
         scale(power(word, -2), plus(scale(t, A), scale(power(word, 2), B)))),
    RewriteRule(_DENOMINATOR, plus(hadamard(A, power(B, -1)), C), hadamard(plus(A, hadamard(C, B)), power(B, -1))),
    RewriteRule(_FACTOR, plus(matmul(S, A), A), matmul(plus(S, eye("n")), A)),
    RewriteRule(_FACTOR, plus(matmul(S, A), scale(c, A)), matmul(plus(S, scale(c, eye("n"))), A)),
    RewriteRule(_FACTOR, plus(negative(matmul(S, A)), A), matmul(plus(eye("n"), negative(S)), A)),
    RewriteRule(_FACTOR, plus(matmul(B, matrix("R", "m", "m")), B), matmul(B, plus(matrix("R", "m", "m"), eye("m")))),
    RewriteRule(_FACTOR, plus(matmul(B, matrix("R", "m", "m")), scale(c, B)),
         matmul(B, plus(matrix("R", "m", "m"), scale(c, eye("m"))))),
    RewriteRule(_FACTOR, plus(B, negative(matmul(B, matrix("R", "m", "m")))),
         matmul(B, plus(eye("m"), negative(matrix("R", "m", "m"))))),
)  # fmt: skip
