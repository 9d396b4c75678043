"""Derivations as people write them, with a mark before every line: what a reader who works it out by hand would say.

Marks: r right, w wrong, f follows from the wrong line, d defines a name, s skipped (nothing is said there), u cannot be
read, . no formula. `varying`: the inputs that vary, for the check in numbers.
"""

from __future__ import annotations

from typing import NamedTuple


class WrittenCase(NamedTuple):
    """A program, the names that vary, the kind of the first mistake, and the marked lines."""

    name: str
    source: str
    varying: str
    kind: str
    marked: str

    @property
    def lines(self) -> list[tuple[str, str]]:
        """The mark and the text of every line."""
        return [(line[:1], line[2:]) for line in self.marked.strip("\n").split("\n")]

    @property
    def text(self) -> str:
        """The derivation as it was written."""
        return "\n".join(text for _, text in self.lines)


LAYERS = "A4 = A3 W3; A5 = A4 W4; given dE/dA5 = A5 - R"
NET = "Z1 = X W1; A1 = f(Z1); Z2 = A1 W2; A2 = f(Z2); E = sum((A2 - Y)^2); Y: n x k"
LEAST = "J = ||X w - y||^2; X: n x d; y: n"
RIDGE = "J = ||X w - y||^2 + lam w'w; X: n x d; y: n"
QUADRATIC = "J = x'A x; A: n x n"
TRACES = "J = tr(W'A W B); A: n x n; B: k x k; W: n x k"
LOGDET = "J = logdet(X); X: n x n"
INVERSE = "J = a'inv(X) b; X: n x n; a, b: n"
ROOT = "J = ||w||; w: n"
NEURON = "z = w'x + b; a = sigmoid(z); J = (a - y)^2; b: scalar; y: scalar; x, w: n"
COLUMNS = "z1 = W1 x; a1 = f(z1); z2 = W2 a1; J = ||z2 - y||^2; y: k"
BIASED = "Z = X W + 1 b'; J = ||Z - Y||^2; X: n x d; W: d x k; b: k; Y: n x k"

CASES: list[WrittenCase] = [
    # ------------------------------------------------------------------------------------------------------------ right
    WrittenCase("two layers, crossing one at a time", LAYERS, "W3", "", """
d G = A5 - R
r dE = G : dA5
r    = G : dA4 W4
r    = G W4' : dA4
r    = G W4' : A3 dW3
r    = A3' G W4' : dW3
r dE/dW3 = A3' (A5 - R) W4'
"""),
    WrittenCase("several steps at once", LAYERS, "W3", "", """
r dE = (A5 - R) : dA5 = A3' (A5 - R) W4' : dW3
r hence dE/dW3 = A3' (A5 - R) W4'
"""),
    WrittenCase("the network, both steps named", NET, "W1", "", """
. Take the differential of E:
r dE = 2 (A2 - Y) : dA2
r    = 2 (A2 - Y) .* f'(Z2) : dZ2      (function of the entries)
r D2 = 2 (A2 - Y) .* f'(Z2)
r dE = D2 : dA1 W2, since W2 is constant
r    = D2 W2' : dA1
r    = (D2 W2') .* f'(Z1) : dZ1
r    = X' ((D2 W2') .* f'(Z1)) : dW1
r so dE/dW1 = X' ((D2 W2') .* f'(Z1))
"""),
    WrittenCase("least squares", LEAST, "w", "", """
r dJ = 2 (X w - y)' d(X w - y)
r    = 2 (X w - y)' X dw
r dJ/dw = 2 X' (X w - y)
"""),
    WrittenCase("least squares, expanded", LEAST, "w", "", """
r J = (X w - y)'(X w - y)
r   = w'X'X w - 2 y'X w + y'y
r dJ = 2 w'X'X dw - 2 y'X dw
r dJ/dw = 2 X'X w - 2 X'y
"""),
    WrittenCase("a quadratic form", QUADRATIC, "x", "", """
r dJ = dx'A x + x'A dx
r    = x'A'dx + x'A dx
r    = x'(A + A')dx
r dJ/dx = (A + A') x
"""),
    WrittenCase("a trace", TRACES, "W", "", """
r dJ = tr(dW'A W B) + tr(W'A dW B)
r    = tr(B'W'A'dW) + tr(B W'A dW)
r    = tr((A W B + A'W B')'dW)
r dJ/dW = A W B + A'W B'
"""),
    WrittenCase("log det", LOGDET, "X", "", """
r dJ = tr(X^-1 dX)
r dJ/dX = X^-T
"""),
    WrittenCase("an inverse", INVERSE, "X", "", """
r d(X^-1) = -X^-1 dX X^-1
r dJ = a'd(X^-1)b
r    = -a'X^-1 dX X^-1 b
r    = -tr(X^-1 b a'X^-1 dX)
r dJ/dX = -X^-T a b'X^-T
"""),
    WrittenCase("a square solved for", ROOT, "w", "", """
r J^2 = w'w
r 2 J dJ = 2 w'dw
r dJ = w'dw / J
r dJ/dw = w / J
"""),
    WrittenCase("a neuron by the chain rule", NEURON, "w", "", """
s dJ/dw = dJ/da da/dz dz/dw
r dJ/da = 2 (a - y)
r da/dz = a (1 - a)
r dJ/dw = 2 (a - y) a (1 - a) x
"""),
    WrittenCase("deltas", COLUMNS, "W1", "", """
r delta2 = 2 (z2 - y)
r dJ/dz2 = delta2
r delta1 = (W2'delta2) .* f'(z1)
r dJ/dW2 = delta2 a1'
r dJ/dW1 = delta1 x'
"""),
    WrittenCase("gradients, one from another", COLUMNS, "W1", "", """
r dJ/dz2 = 2 (z2 - y)
r dJ/da1 = W2' dJ/dz2
r dJ/dz1 = dJ/da1 .* f'(z1)
r dJ/dW1 = dJ/dz1 x'
"""),
    WrittenCase("as programs call gradients", "Z = X W; J = ||Z - Y||^2; Y: n x k", "W", "", """
r dZ = 2 (Z - Y)
r dW = X' dZ
"""),
    WrittenCase("one entry", LEAST, "w", "", """
r dJ/dw_j = Σ_i 2 (Σ_k X_ik w_k - y_i) X_ij
"""),
    WrittenCase("Jacobians", COLUMNS, "x", "", """
r da1/dz1 = diag(f'(z1))
r da1/dx = diag(f'(z1)) W1
"""),
    WrittenCase("a bias", BIASED, "b", "", """
r dJ = 2 (Z - Y) : dZ
r dZ = 1 db'
r dJ = 2 (Z - Y) : 1 db'
r dJ/db = 2 (Z - Y)'1
"""),
    WrittenCase("matrix differentials", NET, "W1", "", """
r dZ1 = X dW1
r dA1 = f'(Z1) .* (X dW1)
r dZ2 = (f'(Z1) .* (X dW1)) W2
"""),
    WrittenCase("regularized", RIDGE, "w", "", """
r dJ = 2 (X w - y)'X dw + 2 lam w'dw
r dJ/dw = 2 X'(X w - y) + 2 lam w
"""),
    # ------------------------------------------------------------------------------------------------------------ wrong
    WrittenCase("the factor on the wrong side", LAYERS, "W3", "side", """
d G = A5 - R
r dE = G : dA5
w    = W4' G : dA4
f    = A3' W4' G : dW3
f dE/dW3 = A3' W4' (A5 - R)
"""),
    WrittenCase("a transpose is lost in crossing", LAYERS, "W3", "transpose", """
d G = A5 - R
r dE = G : dA4 W4
w    = G W4 : dA4
f    = A3' G W4 : dW3
f dE/dW3 = A3' G W4
"""),
    WrittenCase("a transpose is lost between square matrices",
                "A5 = A4 W4; A4 = A3 W3; given dE/dA5 = A5 - R; W4: h x h", "W3", "transpose", """
d G = A5 - R
r dE = G : dA4 W4
w    = G W4 : dA4
f    = A3' G W4 : dW3
f dE/dW3 = A3' G W4
"""),
    WrittenCase("f for f'", NET, "W1", "function", """
d G = 2 (A2 - Y)
r dE = G : dA2
w    = G .* f(Z2) : dZ2
f    = (G .* f(Z2)) W2' : dA1
f dE/dA1 = (G .* f(Z2)) W2'
"""),
    WrittenCase("f' at the wrong place", NET, "W1", "point", """
r dE = 2 (A2 - Y) .* f'(Z2) : dZ2
r    = (2 (A2 - Y) .* f'(Z2)) W2' : dA1
w    = ((2 (A2 - Y) .* f'(Z2)) W2') .* f'(A1) : dZ1
f dE/dW1 = X' (((2 (A2 - Y) .* f'(Z2)) W2') .* f'(A1))
"""),
    WrittenCase("the 2 of a square", LEAST, "w", "factor", """
w dJ = (X w - y)'X dw
f dJ/dw = X'(X w - y)
"""),
    WrittenCase("the sign of an inverse", INVERSE, "X", "sign", """
w d(X^-1) = X^-1 dX X^-1
f dJ = a'X^-1 dX X^-1 b
f dJ/dX = X^-T a b'X^-T
"""),
    WrittenCase("a rule for numbers", INVERSE, "X", "scalar-rule", """
w d(X^-1) = -X^-2 dX
"""),
    WrittenCase("a lost term", QUADRATIC, "x", "product-rule", """
w dJ = x'A dx
f dJ/dx = A'x
"""),
    WrittenCase("a quadratic form as if it were symmetric", QUADRATIC, "x", "subset", """
r dJ = dx'A x + x'A dx
w    = 2 x'A dx
f dJ/dx = 2 A'x
"""),
    WrittenCase("a term that a trace loses", TRACES, "W", "product-rule", """
w dJ = tr(W'A dW B)
f    = tr(B W'A dW)
f dJ/dW = A'W B'
"""),
    WrittenCase("the gradient read from a trace", TRACES, "W", "transpose", """
r dJ = tr(B'W'A'dW) + tr(B W'A dW)
w dJ/dW = B'W'A' + B W'A
"""),
    WrittenCase("the inverse not transposed", LOGDET, "X", "inverse", """
r dJ = tr(X^-1 dX)
w dJ/dX = X^-1
"""),
    WrittenCase("the inverse forgotten", LOGDET, "X", "inverse", """
w dJ = tr(X dX)
f dJ/dX = X'
"""),
    WrittenCase("a matrix product in place of one by entries", NET, "W1", "hadamard", """
d G = 2 (A2 - Y)
r dE = G : dA2
r    = G .* f'(Z2) : dZ2
r    = (G .* f'(Z2)) W2' : dA1
w    = (G .* f'(Z2)) W2' f'(Z1)' : dZ1
"""),
    WrittenCase("half of what was solved for", ROOT, "w", "factor", """
r J^2 = w'w
w 2 J dJ = w'dw
f dJ = w'dw / (2 J)
f dJ/dw = w / (2 J)
"""),
    WrittenCase("the derivative of the sigmoid", NEURON, "w", "function", """
s dJ/dw = dJ/da da/dz dz/dw
r dJ/da = 2 (a - y)
w da/dz = a
f dJ/dw = 2 (a - y) a x
"""),
    WrittenCase("an error in the middle, and none after it", COLUMNS, "W1", "side", """
r dJ/dz2 = 2 (z2 - y)
w dJ/da1 = dJ/dz2 W2'
r dJ/dz1 = (W2' dJ/dz2) .* f'(z1)
r dJ/dW1 = dJ/dz1 x'
"""),
    WrittenCase("inner for outer product", COLUMNS, "W1", "outer", """
r dJ/dz2 = 2 (z2 - y)
w dJ/dW2 = a1' dJ/dz2
"""),
    WrittenCase("the outer product turned", COLUMNS, "W1", "transpose", """
r delta2 = 2 (z2 - y)
w dJ/dW2 = a1 delta2'
"""),
    WrittenCase("a factor of the chain is lost", COLUMNS, "W1", "chain", """
r dJ/dz2 = 2 (z2 - y)
r dJ/da1 = W2' dJ/dz2
w dJ/dz1 = dJ/da1
f dJ/dW1 = (2 W2'(z2 - y)) x'
"""),
    WrittenCase("the sum over samples", BIASED, "b", "sum", """
r dJ = 2 (Z - Y) : dZ
r    = 2 (Z - Y) : 1 db'
w dJ/db = 2 (Z - Y)'
"""),
    WrittenCase("the wrong axis", BIASED, "b", "axis", """
r dJ = 2 (Z - Y) : 1 db'
w dJ/db = 2 rowsum(Z - Y)
"""),
    WrittenCase("indices exchanged", LEAST, "w", "indices", """
w dJ/dw_j = Σ_i 2 (Σ_k X_ik w_k - y_i) X_ji
"""),
    WrittenCase("an expansion", LEAST, "w", "factor", """
r J = (X w - y)'(X w - y)
w   = w'X'X w - y'X w + y'y
f dJ = 2 w'X'X dw - y'X dw
f dJ/dw = 2 X'X w - X'y
"""),
    WrittenCase("two mistakes", LAYERS, "W3", "transpose", """
d G = A5 - R
r dE = G : dA4 W4
w    = G W4 : dA4
w dE/dW4 = G A4'
"""),
    WrittenCase("a wrong delta", COLUMNS, "W1", "transpose", """
r delta2 = 2 (z2 - y)
w delta1 = (W2 delta2) .* f'(z1)
f dJ/dW1 = delta1 x'
"""),
    WrittenCase("a line that cannot be read", LEAST, "w", "", """
r dJ = 2 (X w - y)'X dw
u    = 2 (X w - y)'Q dw
r dJ/dw = 2 X'(X w - y)
"""),
    WrittenCase("a regularizer's derivative", RIDGE, "w", "factor", """
w dJ = 2 (X w - y)'X dw + lam w'dw
f dJ/dw = 2 X'(X w - y) + lam w
"""),
]  # fmt: skip
