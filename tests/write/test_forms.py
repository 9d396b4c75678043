"""Forms, brackets and readings, expression by expression."""

from __future__ import annotations

from fractions import Fraction

import pytest

from matcalc import operators as ops
from matcalc.dims import dim_add, dim_mul
from matcalc.errors import UnsupportedError
from matcalc.expr import Node, Number, Size, Slot, Symbol, Term
from matcalc.operators import T, d, eye, hadamard, inner, matmul, negative, ones, plus, power, scale
from matcalc.write import ASCII, TEXT, Notation, write
from matcalc.write.notations.latex import LATEX
from matcalc.write.notations.mathml import MATHML

A, B, S = (Symbol(x, ("n", "n")) for x in ("A", "B", "Sigma"))
X, W = Symbol("X", ("n", "d")), Symbol("W1", ("d", "h"))
x, y, z, b = (Symbol(x, ("n", 1)) for x in ("x", "y", "z2", "b"))
yhat = Symbol("yhat", ("n", 1))
s, t, lam = (Symbol(x, (1, 1)) for x in ("s", "t", "lambda"))
n, m = Size("n"), Size("m")
k = Symbol("k", (1, 1))
A4, R, Phi = Symbol("A4", (4, 4)), Symbol("r", ("n", "n")), Symbol("Phi", ("n", "n"))
u = Symbol("u", (dim_add("n", -1), 1))
nm = dim_mul("n", "m")
half, two, three = ops.number(Fraction(1, 2)), ops.number(2), ops.number(3)
NOTATIONS = (TEXT, ASCII, LATEX)


def op(name: str, *args: Node) -> Node:
    """A term by its operator's name."""
    return ops.term(ops.TABLE[name], *args)


def call(name: str, *args: Node | int) -> Node:
    """The same, with sizes written as numbers."""
    return op(name, *(ops.number(a) if isinstance(a, int) else a for a in args))


def fn(name: str, arg: Node, order: int = 0) -> Node:
    """A function of the entries."""
    return ops.term(ops.function(name, order), arg)


_UNVEC = r"\operatorname{vec}^{-1}"


def kron(*args: Node) -> Node:
    """A ⊗ B ⊗ …"""
    return op("kron", *args)


def blocks(*rows: tuple[Node, ...]) -> Node:
    """[A, B; C, D]"""
    return op("vcat", *(op("hcat", *row) for row in rows))


FORMS = [
    # sums, signs
    (plus(A, B), "A + B", "A + B"),
    (ops.minus(A, B), "A - B", "A - B"),
    (ops.minus(A, plus(B, S)), "A - (B + Sigma)", r"A - (B + \Sigma)"),
    (plus(negative(A), B), "-A + B", "-A + B"),
    (plus(A, scale(ops.number(-2), B)), "A - 2 B", "A - 2 B"),
    (plus(s, ops.number(-1)), "s - 1", "s - 1"),
    (negative(plus(A, B)), "-(A + B)", "-(A + B)"),
    (negative(matmul(A, B)), "-A B", "-A B"),
    (matmul(negative(A), B), "(-A) B", "(-A) B"),
    (hadamard(negative(A), B), "(-A) .* B", r"(-A) \odot B"),
    (negative(inner(A, B)), "-(A : B)", "-(A : B)"),
    (ops.minus(s, inner(A, B)), "s - A : B", "s - A : B"),
    (ops.number(-3), "-3", "-3"),
    # products
    (matmul(A, B, S), "A B Sigma", r"A B \Sigma"),
    (matmul(A, plus(B, S)), "A (B + Sigma)", r"A (B + \Sigma)"),
    (matmul(T(X), ops.minus(matmul(X, T(X)), A), X), "X'(X X' - A) X", r"X^\top (X X^\top - A) X"),
    (matmul(scale(two, A), B), "(2 A) B", "(2 A) B"),
    (scale(two, matmul(A, B)), "2 A B", "2 A B"),
    (scale(two, hadamard(A, B)), "2 A .* B", r"2 A \odot B"),
    (hadamard(scale(two, A), B), "(2 A) .* B", r"(2 A) \odot B"),
    (hadamard(A, matmul(A, B)), "A .* (A B)", r"A \odot (A B)"),
    (matmul(hadamard(A, B), S), "(A .* B) Sigma", r"(A \odot B) \Sigma"),
    (scale(s, plus(A, B)), "s (A + B)", "s (A + B)"),
    (scale(s, scale(t, A)), "s (t A)", "s (t A)"),
    (scale(hadamard(s, t), A), "s t A", "s t A"),
    (scale(matmul(T(x), y), z), "(x' y) z2", r"(x^\top y) z_2"),
    (hadamard(matmul(T(x), y), matmul(T(y), z)), "(x' y) (y' z2)", r"(x^\top y) (y^\top z_2)"),
    (hadamard(half, matmul(T(x), A, x)), "1/2 x' A x", r"\frac{1}{2} x^\top A x"),
    (hadamard(s, inner(A, B)), "s (A : B)", "s (A : B)"),
    (inner(scale(two, ops.minus(yhat, y)), d(yhat)), "2 (yhat - y) : dyhat", r"2 (\hat{y} - y) : \mathrm{d}\hat{y}"),
    (inner(inner(A, B), inner(A, S)), "(A : B) : (A : Sigma)", r"(A : B) : (A : \Sigma)"),
    (inner(plus(A, B), S), "(A + B) : Sigma", r"(A + B) : \Sigma"),
    (inner(s, d(t)), "s : dt", r"s : \mathrm{d}t"),
    (
        scale(two, hadamard(ops.minus(yhat, y), fn("f", z, 1))),
        "2 (yhat - y) .* f'(z2)",
        r"2 (\hat{y} - y) \odot f'(z_2)",
    ),
    # fractions
    (ops.over(x, s), "x / s", r"\frac{x}{s}"),
    (ops.over(x, op("norm", x)), "x / norm(x)", r"\frac{x}{\lVert x \rVert}"),
    (ops.over(plus(x, y), s), "(x + y) / s", r"\frac{x + y}{s}"),
    (ops.over(hadamard(x, y), s), "(x .* y) / s", r"\frac{x \odot y}{s}"),
    (ops.over(x, power(op("norm", x), 2)), "x / norm(x)^2", r"\frac{x}{\lVert x \rVert^{2}}"),
    (scale(half, A), "1/2 A", r"\frac{1}{2} A"),
    (scale(ops.number(Fraction(-2, 3)), A), "-2/3 A", r"-\frac{2}{3} A"),
    (scale(ops.number(Fraction(1, 100)), A), "0.01 A", "0.01 A"),
    (scale(hadamard(two, power(n, -1)), A), "2/n A", r"\frac{2}{n} A"),
    (scale(hadamard(half, power(n, -1)), A), "1/2 A / n", r"\frac{1}{2 n} A"),
    (scale(hadamard(matmul(T(x), y), power(s, -1)), A), "(x' y) A / s", r"\frac{x^\top y}{s} A"),
    (matmul(A, ops.over(B, s)), "A (B / s)", r"A \frac{B}{s}"),
    (power(s, -1), "1/s", r"\frac{1}{s}"),
    (power(op("norm", x), -1), "1 / norm(x)", r"\frac{1}{\lVert x \rVert}"),
    (power(power(s, -1), -1), "1/(1/s)", r"\frac{1}{\frac{1}{s}}"),
    (hadamard(s, power(t, -1), lam), "s/t lambda", r"\frac{s}{t} \lambda"),
    (
        hadamard(matmul(T(x), y), power(op("norm", x), -1), power(op("norm", y), -1)),
        "x' y / (norm(x) norm(y))",
        r"\frac{x^\top y}{\lVert x \rVert \lVert y \rVert}",
    ),
    (hadamard(x, power(y, -1)), "x ./ y", r"x \oslash y"),
    (hadamard(x, ops.reciprocal(power(y, 2)), z), "x ./ y.^2 .* z2", r"x \oslash y^{\odot 2} \odot z_2"),
    (power(x, -1), "1 ./ x", r"x^{\odot -1}"),
    (scale(half, power(x, -1)), "1/2 (1 ./ x)", r"\frac{1}{2} x^{\odot -1}"),
    (matmul(T(hadamard(x, power(y, -1))), z), "(x ./ y)' z2", r"(x \oslash y)^\top z_2"),
    # powers, transposes, inverses
    (power(s, 2), "s^2", "s^{2}"),
    (power(x, 2), "x.^2", r"x^{\odot 2}"),
    (power(s, ops.number(Fraction(1, 2))), "s^(1/2)", "s^{1/2}"),
    (power(plus(s, t), 2), "(s + t)^2", "(s + t)^{2}"),
    (power(s, plus(t, ops.number(-1))), "s^(t - 1)", "s^{t - 1}"),
    (power(power(s, 2), 3), "(s^2)^3", "(s^{2})^{3}"),
    (power(negative(s), 2), "(-s)^2", "(-s)^{2}"),
    (negative(power(s, 2)), "-s^2", "-s^{2}"),
    (power(T(X), 2), "X'.^2", r"(X^\top)^{\odot 2}"),
    (op("matpow", A, three), "A^3", "A^{3}"),
    (op("matpow", T(A), three), "A'^3", r"(A^\top)^{3}"),
    (T(matmul(A, B)), "(A B)'", r"(A B)^\top"),
    (T(T(A)), "A''", r"(A^\top)^\top"),
    (T(power(A, 2)), "(A.^2)'", r"(A^{\odot 2})^\top"),
    (ops.inv(A), "inv(A)", "A^{-1}"),
    (T(ops.inv(A)), "inv(A)'", r"A^{-\top}"),
    (ops.inv(plus(A, B)), "inv(A + B)", "(A + B)^{-1}"),
    # constants: with their size, and without where a neighbour fixes it
    (eye("n"), "eye(n)", "I_{n}"),
    (plus(A, scale(lam, eye("n"))), "A + lambda I", r"A + \lambda I"),
    (op("tr", eye("n")), "tr(eye(n))", r"\operatorname{tr}(I_{n})"),
    (ops.inv(plus(A, eye("n"))), "inv(A + I)", "(A + I)^{-1}"),
    (plus(eye("n"), negative(matmul(eye("n"), A))), "I - I A", "I - I A"),
    (ops.minus(ones("n"), fn("sigmoid", z)), "1 - sigmoid(z2)", r"1 - \sigma(z_2)"),
    (plus(A, scale(lam, ones("n", "n"))), "A + lambda", r"A + \lambda"),
    (plus(A, scale(plus(s, t), ones("n", "n"))), "A + (s + t)", "A + (s + t)"),
    (plus(ones("n"), scale(two, ones("n"))), "ones(n) + 2 ones(n)", r"\mathbf{1}_{n} + 2 \mathbf{1}"),
    (op("max", z, ops.zeros("n")), "max(z2, 0)", r"\max(z_2, 0)"),
    (inner(ones("n"), d(x)), "ones(n) : dx", r"\mathbf{1} : \mathrm{d}x"),
    (matmul(ones("n"), T(b)), "ones(n) b'", r"\mathbf{1}_{n} b^\top"),
    (plus(A, matmul(ones("n"), T(b))), "A + ones(n) b'", r"A + \mathbf{1} b^\top"),
    (matmul(A, ones("n")), "A ones(n)", r"A \mathbf{1}"),
    (ops.zeros("n", "m"), "zeros(n, m)", r"0_{n \times m}"),
    (op("pi"), "pi", r"\pi"),
    # functions of the entries
    (fn("tanh", z, 1), "tanh'(z2)", r"\tanh'(z_2)"),
    (fn("phi", z, 2), "phi''(z2)", r"\phi''(z_2)"),
    (fn("abs", hadamard(s, power(t, -1))), "abs(s/t)", r"\left\lvert \frac{s}{t} \right\rvert"),
    (fn("exp", ops.over(x, s)), "exp(x / s)", r"\exp\left(\frac{x}{s}\right)"),
    (op("step_ge", A, B), "[A >= B]", r"[A \ge B]"),
    (fn("step", z), "[z2 > 0]", "[z_2 > 0]"),
    (op("softmax_rows", A), "softmax(A)", r"\operatorname{softmax}(A)"),
    (op("softmax_columns", A), "softmax(A, columns)", r"\operatorname{softmax}_{\mathrm{columns}}(A)"),
    (op("softmax_columns", z), "softmax(z2)", r"\operatorname{softmax}(z_2)"),
    (op("softmax_rows", z), "softmax(z2, rows)", r"\operatorname{softmax}_{\mathrm{rows}}(z_2)"),
    (op("logsumexp_columns", z), "logsumexp(z2)", r"\operatorname{logsumexp}(z_2)"),
    (op("diag", x), "diag(x)", r"\operatorname{diag}(x)"),
    (op("diagonal", A), "diag(A)", r"\operatorname{diag}(A)"),
    (op("logdet", S), "logdet(Sigma)", r"\log\det(\Sigma)"),
    # Kronecker products, on the rung of the Hadamard product
    (kron(A, B), "kron(A, B)", r"A \otimes B"),
    (kron(A, B, S), "kron(A, B, Sigma)", r"A \otimes B \otimes \Sigma"),
    (kron(A, matmul(B, S)), "kron(A, B Sigma)", r"A \otimes (B \Sigma)"),
    (matmul(kron(A, B), kron(A, S)), "kron(A, B) kron(A, Sigma)", r"(A \otimes B) (A \otimes \Sigma)"),
    (hadamard(kron(A, B), kron(B, A)), "kron(A, B) .* kron(B, A)", r"(A \otimes B) \odot (B \otimes A)"),
    (kron(hadamard(A, B), S), "kron(A .* B, Sigma)", r"(A \odot B) \otimes \Sigma"),
    (kron(A, kron(B, x)), "kron(A, B, x)", r"A \otimes B \otimes x"),
    (kron(A, plus(B, S)), "kron(A, B + Sigma)", r"A \otimes (B + \Sigma)"),
    (kron(negative(A), B), "kron(-A, B)", r"(-A) \otimes B"),
    (negative(kron(A, B)), "-kron(A, B)", r"-A \otimes B"),
    (scale(two, kron(A, B)), "2 kron(A, B)", r"2 A \otimes B"),
    (kron(scale(two, A), B), "kron(2 A, B)", r"(2 A) \otimes B"),
    (ops.over(kron(A, B), s), "kron(A, B) / s", r"\frac{A \otimes B}{s}"),
    (T(kron(A, B)), "kron(A, B)'", r"(A \otimes B)^\top"),
    (kron(T(A), ops.inv(B)), "kron(A', inv(B))", r"A^\top \otimes B^{-1}"),
    (inner(kron(A, B), kron(B, A)), "kron(A, B) : kron(B, A)", r"A \otimes B : B \otimes A"),
    (plus(kron(A, B), kron(B, A)), "kron(A, B) + kron(B, A)", r"A \otimes B + B \otimes A"),
    (kron(A, eye("m")), "kron(A, eye(m))", r"A \otimes I_{m}"),
    (kron(eye(2), ones("n")), "kron(eye(2), ones(n))", r"I_{2} \otimes \mathbf{1}_{n}"),
    # stacked columns, partial traces
    (op("vec", X), "vec(X)", r"\operatorname{vec}(X)"),
    (T(op("vec", matmul(X, W))), "vec(X W1)'", r"\operatorname{vec}(X W_1)^\top"),
    (
        call("unvec", op("vec", X), n, Size("d")),
        "unvec(vec(X), n, d)",
        _UNVEC + r"_{n \times d}(\operatorname{vec}(X))",
    ),
    (call("unvec", op("vec", A4), 8, 2), "unvec(vec(A4), 8, 2)", _UNVEC + r"_{8 \times 2}(\operatorname{vec}(A_4))"),
    (call("ptrace1", kron(A, B), n), "ptrace1(kron(A, B), n)", r"\operatorname{tr}_1^{(n)}(A \otimes B)"),
    (call("ptrace2", A4, 2), "ptrace2(A4, 2)", r"\operatorname{tr}_2^{(2)}(A_4)"),
    (T(call("ptrace1", A4, 2)), "ptrace1(A4, 2)'", r"\operatorname{tr}_1^{(2)}(A_4)^\top"),
    # blocks and ranges
    (op("hcat", A, B), "[A, B]", r"\begin{bmatrix} A & B \end{bmatrix}"),
    (op("hcat", A, B, x), "[A, B, x]", r"\begin{bmatrix} A & B & x \end{bmatrix}"),
    (op("vcat", A, T(X)), "[A; X']", r"\begin{bmatrix} A \\ X^\top \end{bmatrix}"),
    (blocks((A, B), (S, A)), "[A, B; Sigma, A]", r"\begin{bmatrix} A & B \\ \Sigma & A \end{bmatrix}"),
    (
        blocks((eye("n"), negative(A)), (ops.zeros("n", "n"), eye("n"))),
        "[eye(n), -A; 0, eye(n)]",
        r"\begin{bmatrix} I_{n} & -A \\ 0 & I_{n} \end{bmatrix}",
    ),
    (
        matmul(blocks((A, B), (S, A)), op("vcat", x, y)),
        "[A, B; Sigma, A] [x; y]",
        r"\begin{bmatrix} A & B \\ \Sigma & A \end{bmatrix} \begin{bmatrix} x \\ y \end{bmatrix}",
    ),
    (T(op("hcat", A, x)), "[A, x]'", r"\begin{bmatrix} A & x \end{bmatrix}^\top"),
    (scale(s, op("hcat", A, x)), "s [A, x]", r"s \begin{bmatrix} A & x \end{bmatrix}"),
    (
        op("det", blocks((A, B), (S, A))),
        "det([A, B; Sigma, A])",
        r"\det\left(\begin{bmatrix} A & B \\ \Sigma & A \end{bmatrix}\right)",
    ),
    (
        op("hcat", op("vcat", x, y), op("vcat", y, x)),
        "[[x; y], [y; x]]",
        r"\begin{bmatrix} \begin{bmatrix} x \\ y \end{bmatrix} & \begin{bmatrix} y \\ x \end{bmatrix} \end{bmatrix}",
    ),
    (
        op("vcat", T(x), op("hcat", s, T(u))),
        "[x'; s, u']",
        r"\begin{bmatrix} x^\top \\ \begin{bmatrix} s & u^\top \end{bmatrix} \end{bmatrix}",
    ),
    (call("rowrange", A4, 1, 2), "A4[1:2,:]", "A_4[1:2,:]"),
    (call("rowrange", x, 3, 3), "x[3]", "x[3]"),
    (call("rowrange", x, 2, n), "x[2:n]", "x[2:n]"),
    (call("rowrange", A4, 2, 2), "A4[2,:]", "A_4[2,:]"),
    (call("colrange", A4, 2, 2), "A4[:,2]", "A_4[:,2]"),
    (call("colrange", call("rowrange", A4, 2, 2), 3, 3), "A4[2,3]", "A_4[2,3]"),
    (call("rowrange", call("colrange", A4, 3, 3), 2, 2), "rowrange(A4[:,3], 2, 2)", r"(A_4[:,3])_{2:2,\, :}"),
    (call("rowrange", matmul(A, x), 1, 1), "rowrange(A x, 1, 1)", r"(A x)_{1:1,\, :}"),
    (call("colrange", A, 1, m), "A[:,1:m]", "A[:,1:m]"),
    (call("colrange", matmul(A, B), m, n), "colrange(A B, m, n)", r"(A B)_{:,\, m:n}"),
    (T(call("rowrange", A, m, n)), "A[m:n,:]'", r"A[m:n,:]^\top"),
    (call("rowrange", T(A), m, n), "rowrange(A', m, n)", r"(A^\top)_{m:n,\, :}"),
    (matmul(call("rowrange", A, m, n), B), "A[m:n,:] B", "A[m:n,:] B"),
    (call("rowrange", A, Size(dim_add("m", 1)), n), "A[m + 1:n,:]", "A[m + 1:n,:]"),
    # functions of a matrix
    (op("pinv", X), "pinv(X)", "X^{+}"),
    (T(op("pinv", X)), "pinv(X)'", r"(X^{+})^\top"),
    (op("pinv", matmul(X, W)), "pinv(X W1)", "(X W_1)^{+}"),
    (op("expm", scale(s, A)), "expm(s A)", r"\operatorname{expm}(s A)"),
    (op("logm", A), "logm(A)", r"\operatorname{logm}(A)"),
    (op("sqrtm", A), "sqrtm(A)", "A^{1/2}"),
    (T(op("sqrtm", A)), "sqrtm(A)'", r"(A^{1/2})^\top"),
    (op("matpow", op("sqrtm", A), three), "sqrtm(A)^3", "(A^{1/2})^{3}"),
    (ops.inv(op("sqrtm", plus(A, B))), "inv(sqrtm(A + B))", "((A + B)^{1/2})^{-1}"),
    (op("expm_frechet", T(A), B), "expm_frechet(A', B)", r"L_{\exp}(A^\top, B)"),
    (op("logm_frechet", A, ops.over(B, s)), "logm_frechet(A, B / s)", r"L_{\log}\left(A, \frac{B}{s}\right)"),
    (op("sqrtm_frechet", A, B), "sqrtm_frechet(A, B)", r"L_{\sqrt{\cdot}}(A, B)"),
    (op("expm_frechet2", A, B, S), "expm_frechet2(A, B, Sigma)", r"L_{\exp}^{(2)}(A, B, \Sigma)"),
    (op("logm_frechet2", A, B, S), "logm_frechet2(A, B, Sigma)", r"L_{\log}^{(2)}(A, B, \Sigma)"),
    (
        op("power_frechet2", A, B, S, k),
        "power_frechet2(A, B, Sigma, k)",
        r"\operatorname{powerfrechet2}(A, B, \Sigma, k)",
    ),
    (op("polar", X), "polar(X)", r"\operatorname{polar}(X)"),
    (op("polar_frechet", A, B), "polar_frechet(A, B)", r"\operatorname{polarfrechet}(A, B)"),
    (op("power_frechet", A, B, k), "power_frechet(A, B, k)", r"\sum_{r=0}^{k - 1} A^{r} B A^{k - 1 - r}"),
    (
        scale(s, op("power_frechet", T(A), plus(A, B), three)),
        "s power_frechet(A', A + B, 3)",
        r"s \left(\sum_{r=0}^{2} (A^\top)^{r} (A + B) (A^\top)^{2 - r}\right)",
    ),
    (
        ops.minus(A, op("power_frechet", R, B, k)),
        "A - power_frechet(r, B, k)",
        r"A - \left(\sum_{q=0}^{k - 1} r^{q} B r^{k - 1 - q}\right)",
    ),
    (
        op("power_frechet", A, op("power_frechet", B, S, k), k),
        "power_frechet(A, power_frechet(B, Sigma, k), k)",
        r"\sum_{q=0}^{k - 1} A^{q} \left(\sum_{r=0}^{k - 1} B^{r} \Sigma B^{k - 1 - r}\right) A^{k - 1 - q}",
    ),
    (op("chol", S), "chol(Sigma)", r"\operatorname{chol}(\Sigma)"),
    (op("tril", A), "tril(A)", r"\operatorname{tril}(A)"),
    (op("triu", A), "triu(A)", r"\operatorname{triu}(A)"),
    (op("tril_half", A), "tril_half(A)", r"\operatorname{tril}_{1/2}(A)"),
    (op("lambda_max", S), "lambda_max(Sigma)", r"\lambda_{\max}(\Sigma)"),
    (op("lambda_min", S), "lambda_min(Sigma)", r"\lambda_{\min}(\Sigma)"),
    (op("eigvec_max", S), "eigvec_max(Sigma)", r"\operatorname{eigvec}_{\max}(\Sigma)"),
    (op("norm_spec", X), "norm_spec(X)", r"\lVert X \rVert_2"),
    (power(op("norm_nuc", X), 2), "norm_nuc(X)^2", r"\lVert X \rVert_*^{2}"),
    (op("norm_spec", ops.over(X, s)), "norm_spec(X / s)", r"\left\lVert \frac{X}{s} \right\rVert_2"),
    (op("singular_u1", X), "singular_u1(X)", r"\operatorname{singular}_{u_1}(X)"),
    (
        matmul(op("singular_u", X), T(op("singular_v", X))),
        "singular_u(X) singular_v(X)'",
        r"\operatorname{singular}_{U}(X)\, \operatorname{singular}_{V}(X)^\top",
    ),
    # statistics, extreme entries
    (op("var", X), "var(X)", r"\operatorname{var}(X)"),
    (op("rowmean", X), "rowmean(X)", r"\operatorname{rowmean}(X)"),
    (call("layer_norm", X, 0), "layer_norm(X)", r"\operatorname{layernorm}(X)"),
    (call("layer_norm", X, s), "layer_norm(X, s)", r"\operatorname{layernorm}(X, s)"),
    (call("rowstd", X, Number(Fraction(1, 100))), "rowstd(X, 0.01)", r"\operatorname{rowstd}(X, 0.01)"),
    (call("colstd", X, 0), "colstd(X)", r"\operatorname{colstd}(X)"),
    (op("largest", X), "max(X)", r"\max(X)"),
    (op("smallest", ops.over(X, s)), "min(X / s)", r"\min\left(\frac{X}{s}\right)"),
    (op("indicator_max", X), "indicator_max(X)", r"\operatorname{indicator}_{\max}(X)"),
    # sizes that are polynomials
    (eye(nm), "eye(m n)", "I_{m n}"),
    (op("tr", eye(dim_add("n", "m"))), "tr(eye(m + n))", r"\operatorname{tr}(I_{m + n})"),
    (ones(nm), "ones(m n)", r"\mathbf{1}_{m n}"),
    (ones(nm, dim_add("n", "m")), "ones(m n, m + n)", r"\mathbf{1}_{(m n) \times (m + n)}"),
    (ops.zeros(dim_mul(2, "n"), 3), "zeros(2 n, 3)", r"0_{(2 n) \times 3}"),
    (ones(dim_add(dim_add("n", 1), dim_mul(-1, "m"))), "ones(n - m + 1)", r"\mathbf{1}_{n - m + 1}"),
    (ones(dim_add(dim_mul(nm, 2), -3)), "ones(2 m n - 3)", r"\mathbf{1}_{2 m n - 3}"),
    # differentials
    (d(kron(A, X)), "d(kron(A, X))", r"\mathrm{d}(A \otimes X)"),
    (kron(d(A), X), "kron(dA, X)", r"\mathrm{d}A \otimes X"),
    (call("rowrange", d(A), m, n), "rowrange(dA, m, n)", r"(\mathrm{d}A)_{m:n,\, :}"),
    (d(X), "dX", r"\mathrm{d}X"),
    (d(matmul(X, W)), "d(X W1)", r"\mathrm{d}(X W_1)"),
    (matmul(d(X), W), "dX W1", r"\mathrm{d}X\, W_1"),
    (matmul(X, d(W)), "X dW1", r"X\, \mathrm{d}W_1"),
    (d(Slot("A", ("n", "m"))), "dA", r"\mathrm{d}A"),
]


@pytest.mark.parametrize(("node", "ascii", "latex"), FORMS, ids=[ascii for _, ascii, _ in FORMS])
def test_form(node: Node, ascii: str, latex: str) -> None:
    assert write(node, ASCII) == ascii
    assert write(node, LATEX) == latex


@pytest.mark.parametrize(
    ("node", "text"),
    [
        (hadamard(A, B), "A ⊙ B"),
        (hadamard(x, power(y, -1)), "x ⊘ y"),
        (power(x, 2), "x.^2"),
        (scale(lam, S), "λ Σ"),
        (plus(A, matmul(ones("n"), T(b))), "A + 𝟏 b'"),
        (matmul(ones("n"), T(b)), "𝟏_n b'"),
        (kron(eye("n"), eye("d2")), "I_n ⊗ I_d2"),
        (kron(ones(3), ones("batch")), "𝟏_3 ⊗ 𝟏_batch"),
        (kron(eye("batch"), eye(3)), "eye(batch) ⊗ I_3"),  # I_batch is a name like any other
        (ones(dim_add("n", 1)), "ones(n + 1)"),
        (inner(ones("n", "d"), X), "𝟏 : X"),
        (inner(ones("n", "n"), eye("n")), "ones(n, n) : I"),
        (matmul(X, ones("d", "n")), "X ones(d, n)"),
        (op("pi"), "π"),
        (fn("phi", z), "φ(z2)"),
        (kron(A, B, S), "A ⊗ B ⊗ Σ"),
        (kron(A, matmul(B, S)), "A ⊗ (B Σ)"),
        (matmul(kron(A, B), kron(A, S)), "(A ⊗ B) (A ⊗ Σ)"),
        (hadamard(kron(A, B), kron(B, A)), "(A ⊗ B) ⊙ (B ⊗ A)"),
        (kron(hadamard(A, B), S), "(A ⊙ B) ⊗ Σ"),
        (ops.over(kron(A, B), s), "(A ⊗ B) / s"),
        (scale(two, kron(A, B)), "2 A ⊗ B"),
        (kron(scale(two, A), B), "(2 A) ⊗ B"),
        (T(kron(A, B)), "(A ⊗ B)'"),
        (inner(kron(A, B), kron(B, A)), "A ⊗ B : B ⊗ A"),
        (op("norm_spec", X), "‖X‖_2"),
        (power(op("norm_nuc", X), 2), "‖X‖_*^2"),
        (op("norm_nuc", scale(op("norm", x), X)), "norm_nuc(‖x‖ X)"),
        (op("norm", scale(op("norm_nuc", X), x)), "norm(‖X‖_* x)"),
    ],
)
def test_unicode(node: Node, text: str) -> None:
    assert write(node, TEXT) == text


def test_the_identity_has_its_size_where_a_name_is_called_i() -> None:
    i = Symbol("I", ("n", "n"))
    assert write(plus(A, scale(s, eye("n")), i), TEXT) == "A + s eye(n) + I"
    assert write(eye("n"), TEXT, ["I_n"]) == "eye(n)"


# --------------------------------------------------------------------------------------------------------- completeness


def _example(operator: ops.Operator) -> Node:
    """A term of the operator, of matrices where it takes them."""
    if operator.arity == 0:
        return Term(operator, ())
    long = Symbol("a", (nm, 1))
    for args in (
        (A,),
        (A, B),
        (A, three),
        (A4, two),
        (A, n, n),
        (long, n, m),
        (A, B, three),
        (A, B, A),
        (A, B, A, three),
        (x,),
        (n,),
        (n, n),
        (s, A),
        (A, s, s),
        (Symbol("P", (3, "m")), Symbol("Q", (3, "m"))),
    ):
        if len(args) < (operator.arity or 2):
            continue
        try:
            return Term(operator, args[: operator.arity or 2])
        except (IndexError, ValueError):
            continue
    raise AssertionError(f"no operands for {operator}")


@pytest.mark.parametrize("notation", NOTATIONS, ids=lambda notation: notation.title)
@pytest.mark.parametrize("name", [*ops.TABLE, "f"])
def test_every_operator_has_a_form(name: str, notation: Notation) -> None:
    node = _example(ops.TABLE[name] if name in ops.TABLE else ops.function(name, 1))
    assert write(node, notation)
    if notation is ASCII:
        assert write(node, notation).isascii()


@pytest.mark.parametrize("notation", NOTATIONS, ids=lambda notation: notation.title)
@pytest.mark.parametrize("name", ops.FUNCTION_NAMES)
def test_every_function_has_a_form_of_a_column_and_differentiated(name: str, notation: Notation) -> None:
    for order in range(3):
        assert write(fn(name, z, order), notation)


def test_a_missing_form_is_named() -> None:
    new = ops.Operator("frobnicate", ops.TABLE["inv"].signature)
    for notation in NOTATIONS:
        with pytest.raises(UnsupportedError, match=f"{notation.title} has no form for frobnicate"):
            write(Term(new, (A,)), notation)


def test_latex_braces_balance() -> None:
    for node, _, latex in FORMS:
        for left, right in ("{}", "()", "[]"):
            assert latex.count(left) == latex.count(right), node
        assert latex.count(r"\left") == latex.count(r"\right")


# ----------------------------------------------------------------------------------------------------------------- size


def test_a_deep_expression_is_printed_without_recursion() -> None:
    node: Node = s
    for _ in range(5_000):
        node = fn("tanh", node)
    assert write(node, TEXT) == "tanh(" * 5_000 + "s" + ")" * 5_000
    for notation in NOTATIONS:
        assert write(negative(node), notation).startswith("-")


def test_a_long_sum_is_linear() -> None:
    node = plus(*(Symbol(f"a{i}", (1, 1)) for i in range(20_000)))
    assert write(node, TEXT).count(" + ") == 19_999


def test_an_expression_too_large_is_refused() -> None:
    node: Node = A
    for _ in range(60):
        node = matmul(node, hadamard(node, node))
    with pytest.raises(UnsupportedError, match="symbols") as refused:
        write(node, TEXT)
    assert "intermediates" in refused.value.hint


@pytest.mark.parametrize("notation", [TEXT, ASCII, LATEX, MATHML], ids=lambda notation: notation.name)
def test_an_unknown_function_may_be_called_as_a_form_is(notation: Notation) -> None:
    """ratio(x) is no fraction, and reciprocal(x) not 1 / x."""
    names = {name for name in notation.forms if name not in ops.TABLE and not name.startswith(("sigma", "delta"))}
    assert {"ratio", "reciprocal", "number"} <= names
    for name in names:
        shown, like = (write(Term(ops.function(f), (x,)), notation) for f in (name, f"{name}qq"))
        assert shown == like.replace("qq", "")
