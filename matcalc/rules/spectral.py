"""Functions of a matrix, eigenvalues and singular values: differentials, adjoints, closed forms, simplification.

L_f(S, E) is the Fréchet derivative of f at S in direction E. If S E = E S it is E f'(S); its adjoint is L_f(S', ·).
Sources: Higham 2008, Functions of Matrices, ch. 1, 3, 6, 10, 11; Golub & Pereyra 1973, The differentiation
of pseudo-inverses; Magnus 1985, On differentiating eigenvalues and eigenvectors; Murray 2016 and Smith 1995 for the
Cholesky factor; Giles 2008 for singular values; Magnus & Neudecker, ch. 8; Petersen & Pedersen, The Matrix Cookbook.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from matcalc import operators as ops
from matcalc.dims import dim_add
from matcalc.expr import Node
from matcalc.operators import T, d, eye, fn, hadamard, inner, inv, matmul, minus, plus, scale, term
from matcalc.rewrite import RewriteRule
from matcalc.rules import kinds
from matcalc.rules.kronecker import kron
from matcalc.rules.parts import corner, hcat, rowrange, vcat
from matcalc.rules.slots import matrix, quiet, scalar, vector

A, S = matrix("A"), matrix("S", "n", "n")
X, Y = matrix("X", "n", "n"), matrix("Y", "n", "n")  # directions
G, V = matrix("G", "n", "n"), matrix("V", "n", "n", kinds.varying)
S_symmetric, S_pd, S_psd = (matrix("S", "n", "n", kind) for kind in (kinds.symmetric, kinds.pd, kinds.psd))
X_symmetric = matrix("X", "n", "n", kinds.symmetric)
S_turned, X_turned = matrix("S", "n", "n", kinds.turned), matrix("X", "n", "n", kinds.turned)
_formed = matrix("S", "n", "n", kinds.symmetric_by_form)
S_constant, X_constant = matrix("S", "n", "n", kinds.constant), matrix("X", "n", "n", kinds.constant)
A_constant, _W = matrix("A", kind=kinds.constant), matrix("V", kind=kinds.varying)
Q = matrix("Q", "n", "n", kinds.orthogonal)
a = vector("a")
s, t, r, v = scalar("s"), scalar("t", kinds.exponent), scalar("r"), scalar("t")
k, c = scalar("k", kinds.integer), scalar("c", kinds.number)
half, two = ops.number(Fraction(1, 2)), ops.number(2)
_less, _more = plus(t, ops.number(-1)), plus(k, ops.ONE)


def expm(a: Node) -> Node:
    """The exponential of a square matrix."""
    return term(ops.EXPM, a)


def logm(a: Node) -> Node:
    """The principal logarithm."""
    return term(ops.LOGM, a)


def sqrtm(a: Node) -> Node:
    """The principal square root."""
    return term(ops.SQRTM, a)


def pinv(a: Node) -> Node:
    """The pseudoinverse."""
    return term(ops.PINV, a)


def matpow(a: Node, k: Node) -> Node:
    """A^k."""
    return term(ops.MATPOW, a, k)


def polar(a: Node) -> Node:
    """The polar factor, U V' with the singular vectors."""
    return term(ops.POLAR, a)


FIRST = (ops.EXPM_FRECHET, ops.LOGM_FRECHET, ops.SQRTM_FRECHET, ops.POWER_FRECHET)
"""The Fréchet derivatives L(S, X)."""
SECOND = {
    ops.EXPM_FRECHET: ops.EXPM_FRECHET2,
    ops.LOGM_FRECHET: ops.LOGM_FRECHET2,
    ops.POWER_FRECHET: ops.POWER_FRECHET2,
}
"""The second ones, L2(S, X, Y), for each of the first; that of a root is made of two first ones."""


def along(op: ops.Operator, s: Node, *directions: Node) -> Node:
    """A Fréchet derivative at S; that of a power has the exponent t."""
    return term(op, s, *directions, *((t,) if op in (ops.POWER_FRECHET, ops.POWER_FRECHET2) else ()))


_P = pinv(A)
_L, _of_S = term(ops.CHOL, S_symmetric), matrix("A", S_symmetric.shape[0], "m")
_whitened = matmul(inv(_L), _of_S)
_PRINCIPAL = "no eigenvalue of {S} is real and at most 0"
_POWER = "{t} is a positive whole number"
_OF, _SQRT, _POLAR, _EXP, _LOG = (f"Higham 2008, ch. {i}" for i in (1, 6, 8, 10, 11))
_RELTON = "Higham & Relton 2014, Higher order Fréchet derivatives of matrix functions"
_SIMPLE = "the largest singular value of {A} is simple and not 0"
_u1, _v1, _s1 = term(ops.SINGULAR_U1, A), term(ops.SINGULAR_V1, A), term(ops.NORM_SPEC, A)
_around = pinv(vcat(hcat(scale(_s1, eye("n")), ops.negative(A)), hcat(ops.negative(T(A)), scale(_s1, eye("m")))))


def _slope(direction: Node) -> Node:
    # Of the square root at S.
    return along(ops.SQRTM_FRECHET, S, direction)


def where(op: ops.Operator) -> dict[str, Any]:
    """The condition for a Fréchet derivative, in the words of a row."""
    return {"condition": _PRINCIPAL, "unless": "pd"} if op in (ops.LOGM_FRECHET, ops.SQRTM_FRECHET) else {}


_HIGHAM, _TRACE = "Higham 2008, ch. 3", "Higham 2008, ch. 3; Cookbook, 2.5"
DETERMINANT_DIFFERENTIALS = (
    RewriteRule("determinant of a power", d(term(ops.DET, matpow(S, t))),
         hadamard(t, term(ops.DET, matpow(S, t)), inner(T(inv(S)), d(S))), source="Cookbook (58)",
         condition="{S} is invertible", unless="invertible"),
    RewriteRule("determinant of a power", d(term(ops.LOGDET, matpow(S, t))), hadamard(t, inner(T(inv(S)), d(S))),
         source="Cookbook (58)", condition="det({S}) > 0", unless="pd"),
)  # fmt: skip
"""Special cases, tried before Jacobi's formula."""
SPECTRAL_DIFFERENTIALS = (
    RewriteRule("differential of the pseudoinverse", d(_P),
         plus(ops.negative(matmul(_P, d(A), _P)),
              matmul(_P, T(_P), T(d(A)), minus(eye("n"), matmul(A, _P))),
              matmul(minus(eye("m"), matmul(_P, A)), T(d(A)), T(_P), _P)),
         source="Golub & Pereyra 1973", condition="{A} keeps its rank nearby", unless="invertible"),
    RewriteRule("trace of a function", d(term(ops.TRACE, expm(S))), inner(T(expm(S)), d(S)), source=_TRACE),
    RewriteRule("trace of a function", d(term(ops.TRACE, sqrtm(S))), inner(scale(half, T(inv(sqrtm(S)))), d(S)),
         source=_TRACE, condition=_PRINCIPAL, unless="pd"),
    RewriteRule("trace of a power", d(term(ops.TRACE, matpow(S, t))), inner(scale(t, T(matpow(S, _less))), d(S)),
         source=_TRACE, condition=_POWER),
    RewriteRule("exponential of a multiple", d(expm(scale(v, S))), scale(d(v), matmul(S, expm(scale(v, S)))),
         source=_EXP),
    RewriteRule("differential of the matrix exponential", d(expm(S)), term(ops.EXPM_FRECHET, S, d(S)), source=_EXP),
    RewriteRule("differential of the matrix logarithm", d(logm(S)), term(ops.LOGM_FRECHET, S, d(S)), source=_LOG,
         condition=_PRINCIPAL, unless="pd"),
    RewriteRule("differential of the matrix square root", d(sqrtm(S)), term(ops.SQRTM_FRECHET, S, d(S)), source=_SQRT,
         condition=_PRINCIPAL, unless="pd"),
    RewriteRule("differential of a matrix power", d(matpow(S, t)), term(ops.POWER_FRECHET, S, d(S), t), source=_HIGHAM,
         condition=_POWER),
    *(
        RewriteRule("linearity of a Fréchet derivative", d(along(op, S, X)), along(op, S, d(X)), source=_HIGHAM)
        for op in FIRST
    ),
    *(
        RewriteRule("differential of a Fréchet derivative", d(along(op, S, X)),
             plus(along(op, S, d(X)), along(SECOND[op], S, X, d(S))), source=_RELTON, **where(op))
        for op in SECOND
    ),
    RewriteRule("differential of a Fréchet derivative", d(_slope(X)),
         minus(_slope(d(X)), _slope(plus(matmul(_slope(X), _slope(d(S))), matmul(_slope(d(S)), _slope(X))))),
         source=_SQRT, **where(ops.SQRTM_FRECHET)),
    *(
        RewriteRule("linearity of a Fréchet derivative", d(along(op, S, X, Y)),
             plus(along(op, S, Y, d(X)), along(op, S, X, d(Y))), source=_RELTON)
        for op in SECOND.values()
    ),
    *(
        RewriteRule("differential of a second Fréchet derivative", d(along(op, S, X, Y)),
             plus(along(op, S, Y, d(X)), along(op, S, X, d(Y)),
                  corner(along(op, vcat(hcat(S, X), hcat(ops.zeros("n", "n"), S)), kron(eye(2), Y), kron(eye(2), d(S))),
                         "n")),
             source=_RELTON)
        for op in SECOND.values()
    ),
    RewriteRule("differential of the Cholesky factor", d(_L),
         matmul(_L, term(ops.TRIL_HALF, matmul(inv(_L), d(S_symmetric), T(inv(_L))))),
         source="Murray 2016; Smith 1995", condition="{S} is positive definite", unless="pd"),
    RewriteRule("differential of the largest eigenvalue", d(term(ops.LAMBDA_MAX, S_symmetric)),
         inner(matmul(term(ops.EIGVEC_MAX, S_symmetric), T(term(ops.EIGVEC_MAX, S_symmetric))), d(S_symmetric)),
         source="Magnus 1985; Cookbook (67)", condition="the largest eigenvalue of {S} is simple"),
    RewriteRule("differential of the smallest eigenvalue", d(term(ops.LAMBDA_MIN, S_symmetric)),
         inner(matmul(term(ops.EIGVEC_MIN, S_symmetric), T(term(ops.EIGVEC_MIN, S_symmetric))), d(S_symmetric)),
         source="Magnus 1985; Cookbook (67)", condition="the smallest eigenvalue of {S} is simple"),
    *(
        RewriteRule("differential of an eigenvector", d(term(of, s_)),
             matmul(pinv(minus(scale(term(value, s_), eye("n")), s_)), change, term(of, s_)),
             source="Magnus 1985; Magnus & Neudecker, 8.9", condition=f"the {which} eigenvalue of {{S}} is simple")
        for of, value, which in (
            (ops.EIGVEC_MAX, ops.LAMBDA_MAX, "largest"),
            (ops.EIGVEC_MIN, ops.LAMBDA_MIN, "smallest"),
        )
        # An increment of a name that is declared symmetric may be any matrix: its symmetric part counts.
        for s_, change in ((_formed, d(_formed)), (S_symmetric, scale(half, plus(d(S_symmetric), T(d(S_symmetric))))))
    ),
    *(
        RewriteRule("differential of a singular vector", d(vector_),
             rowrange(matmul(_around, plus(vcat(matmul(d(A), _v1), ops.zeros("m")),
                                           vcat(ops.zeros("n"), matmul(T(d(A)), _u1)))), first, last),
             source="Magnus 1985; Golub & Van Loan, 8.6", condition=_SIMPLE,
             reason="`[u1; v1]` is the eigenvector of `[0, A; A', 0]` for the largest singular value")
        for vector_, first, last in ((_u1, 1, "n"), (_v1, dim_add("n", 1), dim_add("n", "m")))
    ),
    RewriteRule("differential of the spectral norm", d(term(ops.NORM_SPEC, A)),
         inner(matmul(_u1, T(_v1)), d(A)), source="Giles 2008", condition=_SIMPLE),
    RewriteRule("differential of the nuclear norm", d(term(ops.NORM_NUC, A)),
         inner(matmul(term(ops.SINGULAR_U, A), T(term(ops.SINGULAR_V, A))), d(A)),
         source="Watson 1992, Characterization of the subdifferential of some matrix norms",
         condition="{A} has full rank", unless="invertible"),
    RewriteRule("differential of the polar factor", d(polar(A)), term(ops.POLAR_FRECHET, A, d(A)), source=_POLAR,
         condition="{A} has full rank", unless="invertible"),
    RewriteRule("linearity of a Fréchet derivative", d(term(ops.POLAR_FRECHET, A, matrix("X"))),
         term(ops.POLAR_FRECHET, A, d(matrix("X"))), source=_POLAR),
)  # fmt: skip

_UNDER_TRACE = "both are `tr(G' L_f(S, V))`, and the Fréchet derivative of $f$ turns round under the trace"
SPECTRAL_ADJOINTS: dict[ops.Operator, tuple[RewriteRule, ...]] = {
    **{
        op: (RewriteRule("Fréchet derivative crosses", inner(G, along(op, S_constant, V)),
             inner(along(op, T(S_constant), G), V), source=_HIGHAM, reason=_UNDER_TRACE),)
        for op in FIRST
    },
    **{
        op: (RewriteRule("Fréchet derivative crosses", inner(G, along(op, S_constant, X_constant, V)),
             inner(along(op, T(S_constant), T(X_constant), G), V), source=_RELTON, reason=_UNDER_TRACE),)
        for op in SECOND.values()
    },
    ops.POLAR_FRECHET: (
        RewriteRule("Fréchet derivative crosses", inner(matrix("G"), term(ops.POLAR_FRECHET, A_constant, _W)),
             inner(term(ops.POLAR_FRECHET, A_constant, matrix("G")), _W), source=_POLAR,
             reason="it is the second derivative of the nuclear norm, which is symmetric"),
    ),
}  # fmt: skip

_zero = ops.zeros("n", "n")
_AP, _PA = matmul(A, _P), matmul(_P, A)
_B = matrix("B", "n", "p")
_tall, _wide = matrix("A", dim_add("m", "p"), "m"), matrix("A", "n", dim_add("n", "p"))
GRAM = (
    # Full column rank is implied: the inverse exists.
    RewriteRule("pseudoinverse", matmul(_tall, inv(matmul(T(_tall), _tall))), T(pinv(_tall))),
    RewriteRule("pseudoinverse", matmul(inv(matmul(T(_tall), _tall)), T(_tall)), pinv(_tall)),
    RewriteRule("pseudoinverse", matmul(T(_wide), inv(matmul(_wide, T(_wide)))), pinv(_wide)),
    RewriteRule("pseudoinverse", matmul(inv(matmul(_wide, T(_wide))), _wide), T(pinv(_wide))),
)
"""inv(A' A) A' is pinv(A). Applied to results only, where A' A stands nowhere else in them."""
PSEUDOINVERSE = (
    RewriteRule("pseudoinverse", pinv(matrix("S", "n", "n", kinds.invertible)),
         inv(matrix("S", "n", "n", kinds.invertible))),
    quiet("pseudoinverse of a transpose", pinv(T(A)), T(_P)),
    quiet("double pseudoinverse", pinv(_P), A),
    quiet("pseudoinverse of zeros", pinv(ops.zeros("n", "m")), ops.zeros("m", "n")),
    quiet("pseudoinverse of a multiple", pinv(scale(s, A)), scale(ops.power(s, -1), _P), condition="{s} is not 0",
          unless="positive"),
    quiet("pseudoinverse of a number", pinv(s), ops.power(s, -1), condition="{s} is not 0", unless="positive"),
    # Penrose's four equations, and what follows from them.
    RewriteRule("pseudoinverse", matmul(A, _P, A), A, source="Penrose 1955"),
    RewriteRule("pseudoinverse", matmul(_P, A, _P), _P, source="Penrose 1955"),
    RewriteRule("pseudoinverse", matmul(T(_P), T(A)), _AP, source="Penrose 1955"),
    RewriteRule("pseudoinverse", matmul(T(A), T(_P)), _PA, source="Penrose 1955"),
    RewriteRule("pseudoinverse", matmul(_P, A, T(A)), T(A)),
    RewriteRule("pseudoinverse", matmul(T(A), A, _P), T(A)),
    RewriteRule("pseudoinverse", matmul(A, _P, T(_P)), T(_P)),
    RewriteRule("pseudoinverse", matmul(T(_P), _P, A), T(_P)),
    *(
        RewriteRule("residual", matmul(left, residual), ops.zeros("m", "p"))
        for left in (_P, T(A))
        for residual in (minus(_B, matmul(_AP, _B)), minus(matmul(_AP, _B), _B))
    ),
    RewriteRule("projection", matmul(minus(eye("n"), _AP), A), ops.zeros("n", "m")),
    RewriteRule("projection", matmul(A, minus(eye("m"), _PA)), ops.zeros("n", "m")),
    RewriteRule("projection", matmul(_P, minus(eye("n"), _AP)), ops.zeros("m", "n")),
    RewriteRule("projection", matmul(minus(eye("m"), _PA), _P), ops.zeros("m", "n")),
    RewriteRule("projection", matmul(T(A), minus(eye("n"), _AP)), ops.zeros("m", "n")),
    RewriteRule("projection", matmul(minus(eye("m"), _PA), T(A)), ops.zeros("m", "n")),
)  # fmt: skip

_ROOT = inv(sqrtm(S))
FUNCTIONS_OF_MATRICES = (
    *(
        quiet(f"{name} of a number", term(op, s), fn(of, s))
        for op, name, of in ((ops.EXPM, "exponential", "exp"), (ops.LOGM, "logarithm", "log"),
             (ops.SQRTM, "root", "sqrt"),
                             (ops.CHOL, "Cholesky factor", "sqrt"))
    ),
    *(quiet("function of a transpose", term(op, T(S)), T(term(op, S))) for op in (ops.EXPM, ops.LOGM, ops.SQRTM)),
    *(
        RewriteRule("function of a diagonal matrix", term(op, term(ops.DIAG, a)), term(ops.DIAG, fn(of, a)), source=_OF)
        for op, of in ((ops.EXPM, "exp"), (ops.LOGM, "log"), (ops.SQRTM, "sqrt"), (ops.CHOL, "sqrt"))
    ),
    quiet("exponential of zeros", expm(_zero), eye("n")),
    quiet("exponential of the identity", expm(eye("n")), scale(term(ops.E), eye("n"))),
    quiet("exponential of a multiple of I", expm(scale(s, eye("n"))), scale(fn("exp", s), eye("n"))),
    quiet("logarithm of the identity", logm(eye("n")), _zero),
    quiet("root of the identity", sqrtm(eye("n")), eye("n")),
    quiet("Cholesky factor of the identity", term(ops.CHOL, eye("n")), eye("n")),
    RewriteRule("exponential of the logarithm", expm(logm(S)), S),
    RewriteRule("logarithm of the exponential", logm(expm(S_symmetric)), S_symmetric),
    RewriteRule("logarithm of the inverse", logm(inv(S)), ops.negative(logm(S)), source=_LOG),
    RewriteRule("logarithm of the root", logm(sqrtm(S)), scale(half, logm(S)), source=_LOG),
    RewriteRule("logarithm of a power", logm(matpow(S_pd, k)), scale(k, logm(S_pd))),
    RewriteRule("root of the inverse", sqrtm(inv(S)), _ROOT),
    RewriteRule("root of a square", sqrtm(matpow(S_psd, two)), S_psd),
    RewriteRule("square of the root", matpow(sqrtm(S), two), S),
    RewriteRule("square of the root", matpow(_ROOT, two), inv(S)),
    RewriteRule("square root", matmul(sqrtm(S), inv(S)), _ROOT),
    RewriteRule("square root", matmul(inv(S), sqrtm(S)), _ROOT),
    RewriteRule("square root", matmul(_ROOT, S), sqrtm(S)),
    RewriteRule("square root", matmul(S, _ROOT), sqrtm(S)),
    RewriteRule("inverse exponential", matmul(expm(S), expm(ops.negative(S))), eye("n")),
    RewriteRule("inverse exponential", matmul(expm(ops.negative(S)), expm(S)), eye("n")),
    RewriteRule("Cholesky factor", matmul(term(ops.CHOL, S_symmetric), T(term(ops.CHOL, S_symmetric))), S_symmetric),
    RewriteRule("Cholesky factor", matmul(T(inv(term(ops.CHOL, S_symmetric))), inv(term(ops.CHOL, S_symmetric))),
         inv(S_symmetric)),
    quiet("power of a multiple", matpow(scale(s, S), k), scale(ops.power(s, k), matpow(S, k))),
    quiet("power of a number", matpow(s, t), ops.power(s, t)),
    quiet("power of the identity", matpow(eye("n"), t), eye("n")),
    RewriteRule("power of a diagonal matrix", matpow(term(ops.DIAG, a), k), term(ops.DIAG, ops.power(a, k))),
    *(
        RewriteRule("inverse", product, matpow(base, plus(k, ops.number(-1))))
        for base, inverse in ((S, inv(S)), (T(S), T(inv(S))))
        for product in (matmul(matpow(base, k), inverse), matmul(inverse, matpow(base, k)))
    ),
    RewriteRule("inverse", matmul(S, inv(matpow(S, k))), inv(matpow(S, plus(k, ops.number(-1))))),
    RewriteRule("inverse", matmul(inv(matpow(S, k)), S), inv(matpow(S, plus(k, ops.number(-1))))),
    RewriteRule("inverse", matmul(T(S), T(inv(matpow(S, k)))), T(inv(matpow(S, plus(k, ops.number(-1)))))),
    RewriteRule("inverse", matmul(T(inv(matpow(S, k))), T(S)), T(inv(matpow(S, plus(k, ops.number(-1)))))),
)  # fmt: skip

_COMMUTE = "Higham 2008, ch. 3"
_E, _F, Z, q = matrix("E"), matrix("F"), matrix("Z", "n", "n"), scalar("q")


def _turning(a: Node, direction: Node) -> Node:
    return term(ops.POLAR_FRECHET, a, direction)


FRECHET = (
    RewriteRule("commuting direction", term(ops.EXPM_FRECHET, S, X), matmul(X, expm(S)), source=_COMMUTE,
         guard=kinds.commuting),
    RewriteRule("commuting direction", term(ops.LOGM_FRECHET, S, X), matmul(X, inv(S)), source=_COMMUTE,
         guard=kinds.commuting),
    RewriteRule("commuting direction", term(ops.SQRTM_FRECHET, S, X), scale(half, matmul(X, _ROOT)), source=_COMMUTE,
         guard=kinds.commuting),
    RewriteRule("commuting direction", term(ops.POWER_FRECHET, S, X, t), scale(t, matmul(X, matpow(S, _less))),
         source=_COMMUTE,
         guard=kinds.commuting),
    quiet("Fréchet derivative at a number", term(ops.EXPM_FRECHET, s, r), hadamard(r, fn("exp", s))),
    quiet("Fréchet derivative at a number", term(ops.LOGM_FRECHET, s, r), hadamard(r, ops.power(s, -1))),
    quiet("Fréchet derivative at a number", term(ops.SQRTM_FRECHET, s, r),
         hadamard(half, r, ops.reciprocal(fn("sqrt", s)))),
    quiet("Fréchet derivative at a number", term(ops.POWER_FRECHET, s, r, t), hadamard(t, r, ops.power(s, _less))),
    *(
        rule
        for op in FIRST
        for rule in (
            quiet("transposed Fréchet derivative", along(op, T(S), T(X)), T(along(op, S, X))),
            quiet("transposed Fréchet derivative", T(along(op, T(S), X)), along(op, S, T(X))),
            quiet("transposed Fréchet derivative", along(op, S_turned, X_turned),
                  T(along(op, T(S_turned), T(X_turned)))),
            quiet("factor out of a Fréchet derivative", along(op, S, scale(r, X)), scale(r, along(op, S, X))),
            quiet("zero direction", along(op, S, _zero), _zero),
            RewriteRule("directions together", plus(along(op, S, X), along(op, S, Y)), along(op, S, plus(X, Y))),
            RewriteRule("directions together", plus(along(op, S, X), scale(c, along(op, S, Y))),
                 along(op, S, plus(X, scale(c, Y)))),
            RewriteRule("directions together", plus(along(op, S_symmetric, X), T(along(op, S_symmetric, Y))),
                 along(op, S_symmetric, plus(X, T(Y)))),
            RewriteRule("directions together", plus(along(op, S_symmetric, X), scale(c, T(along(op, S_symmetric, Y)))),
                 along(op, S_symmetric, plus(X, scale(c, T(Y))))),
        )
    ),
    *(
        rule
        for op in SECOND.values()
        for rule in (
            quiet("transposed Fréchet derivative", along(op, T(S), T(X), T(Y)), T(along(op, S, X, Y))),
            quiet("factor out of a Fréchet derivative", along(op, S, scale(r, X), Y), scale(r, along(op, S, X, Y))),
            quiet("factor out of a Fréchet derivative", along(op, S, X, scale(r, Y)), scale(r, along(op, S, X, Y))),
            quiet("zero direction", along(op, S, _zero, Y), _zero),
            quiet("zero direction", along(op, S, X, _zero), _zero),
            RewriteRule("directions exchanged", plus(along(op, S, X, Y), along(op, S, Y, X)),
                 scale(two, along(op, S, X, Y)), source=_RELTON),
            RewriteRule("directions together", plus(along(op, S, X, Y), along(op, S, X, Z)),
                 along(op, S, X, plus(Y, Z))),
            RewriteRule("directions together", plus(along(op, S, X, Y), scale(c, along(op, S, X, Z))),
                 along(op, S, X, plus(Y, scale(c, Z)))),
            RewriteRule("directions together",
                 plus(along(op, S_symmetric, X_symmetric, Y), T(along(op, S_symmetric, X_symmetric, Z))),
                 along(op, S_symmetric, X_symmetric, plus(Y, T(Z)))),
        )
    ),
    quiet("Fréchet derivative at a number", term(ops.EXPM_FRECHET2, s, r, q), hadamard(r, q, fn("exp", s))),
    quiet("Fréchet derivative at a number", term(ops.LOGM_FRECHET2, s, r, q),
         ops.negative(hadamard(r, q, ops.power(s, -2)))),
    quiet("Fréchet derivative at a number", term(ops.POWER_FRECHET2, s, r, q, t),
         hadamard(t, _less, r, q, ops.power(s, plus(t, ops.number(-2))))),
    quiet("polar factor of a transpose", polar(T(A)), T(polar(A))),
    quiet("transposed Fréchet derivative", _turning(T(A), T(_E)), T(_turning(A, _E))),
    quiet("factor out of a Fréchet derivative", _turning(A, scale(r, _E)), scale(r, _turning(A, _E))),
    quiet("zero direction", _turning(A, ops.zeros("n", "m")), ops.zeros("n", "m")),
    RewriteRule("directions together", plus(_turning(A, _E), _turning(A, _F)), _turning(A, plus(_E, _F))),
    RewriteRule("directions together", plus(_turning(A, _E), scale(c, _turning(A, _F))),
         _turning(A, plus(_E, scale(c, _F)))),
    RewriteRule("trace of a Fréchet derivative", term(ops.TRACE, term(ops.EXPM_FRECHET, S, X)), inner(T(expm(S)), X)),
    RewriteRule("trace of a Fréchet derivative", term(ops.TRACE, term(ops.LOGM_FRECHET, S, X)), inner(T(inv(S)), X)),
    RewriteRule("trace of a Fréchet derivative", term(ops.TRACE, term(ops.SQRTM_FRECHET, S, X)),
         inner(scale(half, T(_ROOT)), X)),
    RewriteRule("trace of a Fréchet derivative", term(ops.TRACE, term(ops.POWER_FRECHET, S, X, t)),
         inner(scale(t, T(matpow(S, _less))), X)),
)  # fmt: skip

_rotated, _norms = matmul(Q, matrix("B")), (ops.NORM, ops.NORM_SPEC, ops.NORM_NUC)
SCALARS_OF_MATRICES = (
    RewriteRule("trace of the logarithm", term(ops.TRACE, logm(S)), term(ops.LOGDET, S), source=_LOG,
         condition=_PRINCIPAL, unless="pd"),
    RewriteRule("determinant of the exponential", term(ops.LOGDET, expm(S)), term(ops.TRACE, S), source=_EXP),
    RewriteRule("determinant of the exponential", term(ops.DET, expm(S)), fn("exp", term(ops.TRACE, S)), source=_EXP),
    RewriteRule("determinant of the root", term(ops.DET, sqrtm(S)), fn("sqrt", term(ops.DET, S))),
    RewriteRule("determinant of the root", term(ops.LOGDET, sqrtm(S)), hadamard(half, term(ops.LOGDET, S))),
    RewriteRule("determinant of the Cholesky factor", term(ops.LOGDET, _L),
         hadamard(half, term(ops.LOGDET, S_symmetric)), through=True),
    RewriteRule("determinant of the Cholesky factor", term(ops.SUM, fn("log", term(ops.DIAGONAL, _L))),
         hadamard(half, term(ops.LOGDET, S_symmetric)), through=True),
    RewriteRule("square of the Cholesky factor", inner(_L, _L), term(ops.TRACE, S_symmetric), through=True),
    RewriteRule("square of the Cholesky factor", inner(_whitened, _whitened),
         inner(_of_S, matmul(inv(S_symmetric), _of_S)), through=True),
    RewriteRule("square of the Cholesky factor", ops.power(term(ops.NORM, _whitened), 2),
         inner(_of_S, matmul(inv(S_symmetric), _of_S)), through=True),
    RewriteRule("determinant of the inverse", term(ops.LOGDET, inv(S)), ops.negative(term(ops.LOGDET, S))),
    RewriteRule("eigenvalues of a diagonal matrix", term(ops.LAMBDA_MAX, term(ops.DIAG, a)), term(ops.LARGEST, a)),
    RewriteRule("eigenvalues of a diagonal matrix", term(ops.LAMBDA_MIN, term(ops.DIAG, a)), term(ops.SMALLEST, a)),
    quiet("eigenvalue of a number", term(ops.LAMBDA_MAX, s), s),
    quiet("eigenvalue of a number", term(ops.LAMBDA_MIN, s), s),
    RewriteRule("spectral norm of a diagonal matrix", term(ops.NORM_SPEC, term(ops.DIAG, a)),
         term(ops.LARGEST, fn("abs", a))),
    RewriteRule("nuclear norm of a diagonal matrix", term(ops.NORM_NUC, term(ops.DIAG, a)),
         term(ops.SUM, fn("abs", a))),
    RewriteRule("nuclear norm of a psd matrix", term(ops.NORM_NUC, S_psd), term(ops.TRACE, S_psd)),
    RewriteRule("spectral norm of a psd matrix", term(ops.NORM_SPEC, S_psd), term(ops.LAMBDA_MAX, S_psd)),
    RewriteRule("spectral norm of an orthogonal matrix", term(ops.NORM_SPEC, Q), ops.number(1)),
    RewriteRule("nuclear norm of an orthogonal matrix", term(ops.NORM_NUC, Q), ops.size_node("n")),
    RewriteRule("Frobenius norm of an orthogonal matrix", term(ops.NORM, Q), fn("sqrt", ops.size_node("n"))),
    *(
        rule
        for op in (ops.NORM_SPEC, ops.NORM_NUC)
        for rule in (
            RewriteRule("norm of a column", term(op, a), term(ops.NORM, a)),
            RewriteRule("norm of a row", term(op, matrix("A", 1, "m")), term(ops.NORM, matrix("A", 1, "m"))),
        )
    ),
    *(
        rule
        for op in _norms
        for rule in (
            quiet("norm of a number", term(op, s), fn("abs", s)),
            quiet("norm of a transpose", term(op, T(A)), term(op, A)),
            quiet("norm of a negative", term(op, ops.negative(A)), term(op, A)),
            quiet("norm of a multiple", term(op, scale(scalar("s", kinds.positive), A)),
                  hadamard(scalar("s", kinds.positive), term(op, A))),
            RewriteRule("rotated", term(op, matmul(Q, matrix("B"))), term(op, matrix("B"))),
            RewriteRule("rotated", term(op, matmul(matrix("B", "m", "n"), Q)), term(op, matrix("B", "m", "n"))),
        )
    ),
)  # fmt: skip

SPECTRAL_IDENTITIES = (*PSEUDOINVERSE, *FUNCTIONS_OF_MATRICES, *FRECHET, *SCALARS_OF_MATRICES)
SPECTRAL_OBJECTIVES = (
    PSEUDOINVERSE[0],
    RewriteRule("determinant of a pseudoinverse", term(ops.LOGDET, matmul(T(pinv(_wide)), pinv(_wide))),
         ops.negative(term(ops.LOGDET, matmul(_wide, T(_wide))))),
    RewriteRule("determinant of a pseudoinverse", term(ops.LOGDET, matmul(pinv(_tall), T(pinv(_tall)))),
         ops.negative(term(ops.LOGDET, matmul(T(_tall), _tall)))),
    *FUNCTIONS_OF_MATRICES,
    *SCALARS_OF_MATRICES,
    RewriteRule("polar factor", matmul(term(ops.SINGULAR_U, A), T(term(ops.SINGULAR_V, A))), polar(A), source=_POLAR),
    RewriteRule("polar factor", matmul(term(ops.SINGULAR_V, A), T(term(ops.SINGULAR_U, A))), T(polar(A)),
         source=_POLAR),
)  # fmt: skip
