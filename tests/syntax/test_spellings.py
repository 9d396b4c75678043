"""Every spelling of the contract, and what it is read as."""

from __future__ import annotations

import pytest
from syntax.reading import noted, read, refusal, shapes

from matcalc.errors import UnsupportedError

SPELLINGS: dict[str, tuple[str, ...]] = {
    "matmul(A, B)": ("A B", "A * B", "A @ B", "A · B", "A ⋅ B", "A*B", "(A) (B)", "A(B)", "[A] {B}", "A B # a product"),
    "scale(s, A)": ("s A", "s * A", "A s", "s .* A", "A .* s", "s(A)", "(s) A"),
    "hadamard(A, B)": ("A .* B", "A ⊙ B", "A ∘ B", "A.*B"),
    "hadamard(A, power(B, -1))": ("A ./ B", "A ⊘ B"),
    "power(A, 2)": ("A .^ 2", "A.^2", "A.^{2}", "A.^(2)"),
    "transpose(A)": ("A'", "A^T", "A.T", "Aᵀ", "A^⊤", "A⊤", "A^{T}", "A^{⊤}", "A′", "A’", "A.'", "+A'"),
    "inv(A)": ("inv(A)", "A^-1", "A^{-1}", "A⁻¹", "A^(-1)", "inverse(A)"),
    "transpose(inv(A))": ("A^{-T}", "A^-T", "A⁻ᵀ", "inv(A)'", "A^-1'", "A^{-1}'", "A⁻¹ᵀ", "inv(A)^T"),
    "matpow(A, 2)": ("A^2", "A²", "A^{2}", "A^(2)"),
    "matpow(A, -2)": ("A^-2", "A⁻²", "A^{-2}"),
    "matpow(A, s)": ("A^s", "A^{s}"),
    "matpow(A, #n)": ("A^n", "Aⁿ"),
    "power(s, 2)": ("s^2", "s²", "s.^2"),
    "power(s, t)": ("s^t", "s^{t}", "s.^t"),
    "inner(A, B)": ("A : B", "A:B", "(A) : (B)"),
    "norm(x)": (
        "norm(x)", "norm2(x)", "||x||", "‖x‖", "||x||_2", "‖x‖₂", "||x||_F", "||x||_{2}", "norm_2(x)", "|| x ||",
    ),
    "norm(A)": ("norm(A)", "||A||", "||A||_F", "‖A‖_F", "||A||_{F}", "||A||_fro", "norm_F(A)", "norm2(A)"),
    "sum(abs(x))": ("||x||_1", "norm1(x)", "‖x‖₁", "norm_1(x)", "||x||_{1}"),
    "power(norm(x), 2)": ("||x||^2", "||x||_2^2", "‖x‖²", "‖x‖₂²", "||x||^2_2", "‖x‖²₂", "norm(x)^2", "||x||^{2}_2"),
    "matmul(eye(#n), A)": ("I A", "eye(n) A", "identity(n) A"),
    "ones(#n, 1)": ("ones(n)", "ones(n, 1)"),
    "ones(#n, #d)": ("ones(n, d)",),
    "ones(3, 4)": ("ones(3, 4)",),
    "zeros(#n, #d)": ("zeros(n, d)",),
    "plus(x, ones(#n, 1))": ("x + vector(1)", "x + 1", "x + 𝟏", "x + ones(n)"),
    "plus(X, scale(s, ones(#n, #d)))": ("X + matrix(s)", "X + s"),
    "hadamard(pi(), s)": ("pi s", "π s"),
    "power(e(), s)": ("e^s",),
    "f(X)": ("f(X)", "f (X)", "f((X))"),
    "f'(X)": ("f'(X)", "f′(X)", "f' (X)"),
    "f''(X)": ("f''(X)",),
    "sigmoid(x)": ("sigmoid(x)", "σ(x)", "sigma(x)", "logistic(x)"),
    "sigmoid'(x)": ("sigmoid'(x)", "σ'(x)"),
    "log(s)": ("log(s)", "ln(s)"),
    "asin(x)": ("asin(x)", "arcsin(x)"),
    "acos(x)": ("acos(x)", "arccos(x)"),
    "atan(x)": ("atan(x)", "arctan(x)"),
    "max(A, B)": ("max(A, B)", "maximum(A, B)"),
    "min(A, B)": ("min(A, B)", "minimum(A, B)"),
    "largest(A)": ("max(A)", "amax(A)"),
    "smallest(x)": ("min(x)", "amin(x)"),
    "norm_spec(A)": ("||A||_2", "‖A‖₂", "norm_2(A)", "norm_spec(A)", "spectral_norm(A)", "||A||_{2}"),
    "norm_nuc(A)": ("||A||_*", "‖A‖_*", "||A||_{*}", "||A||_nuc", "norm_nuc(A)", "nuclear_norm(A)"),
    "power(norm_spec(A), 2)": ("||A||_2^2", "||A||^2_2", "norm_2(A)^2"),
    "largest(abs(x))": ("||x||_inf", "||x||_∞", "norm_inf(x)", "norminf(x)", "||x||_{∞}"),
    "largest(colsum(abs(A)))": ("||A||_1", "norm_1(A)"),
    "sum(abs(A))": ("norm1(A)",),
    "largest(rowsum(abs(A)))": ("||A||_inf", "||A||_{inf}", "norm_inf(A)"),
    "kron(A, B)": ("A ⊗ B", "kron(A, B)", "kronecker(A, B)", "A⊗B"),
    "kron(A, B, C)": ("A ⊗ B ⊗ C", "kron(A, B, C)", "kron(A, kron(B, C))", "(A ⊗ B) ⊗ C"),
    "kron(A, matmul(B, C))": ("A ⊗ B C", "A ⊗ (B C)"),
    "matmul(kron(A, B), eye(#n n))": ("(A ⊗ B) I", "A ⊗ B * I", "kron(A, B) * eye(n^2)"),
    "hadamard(kron(A, B), kron(B, A))": ("A ⊗ B .* (B ⊗ A)",),
    "kron(hadamard(A, B), C)": ("A .* B ⊗ C",),
    "kron(hadamard(x, y), matmul(x, transpose(b)))": ("x .* y ⊗ x b'",),
    "scale(s, kron(A, B))": ("s A ⊗ B", "A ⊗ s B", "kron(A, B) s", "s ⊗ A ⊗ B", "kron(s, A, B)", "A ⊗ s ⊗ B"),
    "scale(-1, kron(A, B))": ("-A ⊗ B",),
    "hadamard(s, t)": ("s t", "s ⊗ t", "kron(s, t)"),
    "vec(A)": ("vec(A)",),
    "vec(x)": ("vec(x)",),
    "pinv(X)": ("pinv(X)", "pseudoinverse(X)"),
    "expm(A)": ("expm(A)",),
    "logm(A)": ("logm(A)",),
    "sqrtm(A)": ("sqrtm(A)", "A^(1/2)", "A^{1/2}", "A^0.5", "A^.5"),
    "inv(sqrtm(A))": ("A^(-1/2)", "A^{-1/2}", "A^-0.5", "inv(A^(1/2))"),
    "power(x, 1/2)": ("x^(1/2)", "x.^(1/2)"),
    "matpow(A, plus(s, -1))": ("A^(s - 1)", "A^{s-1}"),
    "matpow(A, hadamard(-1, s))": ("A^-s", "A^{-s}"),
    "chol(A)": ("chol(A)", "cholesky(A)"),
    "lambda_max(A)": ("lambda_max(A)", "λ_max(A)", "eigmax(A)"),
    "lambda_min(A)": ("lambda_min(A)", "λ_min(A)"),
    "var(X)": ("var(X)", "variance(X)"),
    "std(X)": ("std(X)", "stdev(X)"),
    "rowstd(X, 0)": ("rowstd(X)", "rowstd(X, 0)"),
    "colstd(X, s)": ("colstd(X, s)",),
    "layer_norm(X, 0)": ("layer_norm(X)", "layernorm(X)", "layer_norm(X, 0)"),
    "layer_norm(X, 1/100)": ("layer_norm(X, 0.01)",),
    "batch_norm(X, s)": ("batch_norm(X, s)", "batchnorm(X, s)"),
    "batch_norm(x, 0)": ("batch_norm(x)", "layer_norm(x)"),
    "layer_norm(transpose(x), 0)": ("layer_norm(x')",),
    "hcat(A, X)": ("[A, X]", "[ A , X ]", "[A, [X]]"),
    "hcat(A, X, x)": ("[A, X, x]", "[A, [X, x]]", "[[A, X], x]"),
    "vcat(A, B)": ("[A; B]", "[A;\n B]", "[\n A\n B\n]", "[A; [B]]"),
    "vcat(A, B, C)": ("[A; B; C]", "[A; [B; C]]", "[A\n\n B\n C]"),
    "vcat(hcat(A, x), hcat(transpose(y), s))": (
        "[A, x; y', s]", "[A, x;\n y', s]", "[A, x\n y', s]", "[[A, x]; [y', s]]",
    ),
    "hcat(vcat(A, B), vcat(B, A))": ("[[A; B], [B; A]]",),
    "vcat(hcat(1, 2), hcat(3, 4))": ("[1, 2; 3, 4]", "[1,2;3,4]", "[1, 2\n 3, 4]"),
    "vcat(x, 1)": ("[x; 1]",),
    "transpose(hcat(x, y))": ("[x, y]'", "[x, y]^T"),
    "hcat(plus(A, B), C)": ("[A + B, C]", "[A +\n B, C]", "[A + B,\n C]"),
    "sum(power(X, 2))": ("sum_squares(X)",),
    "matmul(transpose(x), x)": ("sum_squares(x)",),
    "max(zeros(#n, #n), A)": ("max(0, A)",),
    "max(A, scale(s, ones(#n, #n)))": ("max(A, s)",),
    "max(s, t)": ("max(s, t)",),
    "step_ge(A, B)": ("step_ge(A, B)", "[A >= B]", "[A ≥ B]", "[A ⩾ B]", "[B <= A]", "[B ≤ A]", "[A\n >=\n B]"),
    "step_ge(A, zeros(#n, #n))": ("[A >= 0]", "[0 ≤ A]"),
    "step_ge(s, t)": ("[s >= t]",),
    "step(x)": ("step(x)", "[x > 0]", "[0 < x]", "[(x) > 0.0]", "[x\n > 0]"),
    "step(plus(A, scale(-1, B)))": ("[A > B]", "[B < A]", "[A - B > 0]"),
    "step(plus(A, scale(-1, plus(B, C))))": ("[A > B + C]",),
    "step(plus(A, scale(-2, B)))": ("[A > 2 B]",),
    "step(plus(x, scale(-1, ones(#n, 1))))": ("[x > 1]",),
    "step(plus(ones(#n, 1), scale(-1, x)))": ("[x < 1]",),
    "step(scale(-1, x))": ("[x < 0]", "[-x > 0]"),
    "matmul(transpose(step(x)), y)": ("[x > 0]' y", "[x > 0]'y"),
    "matmul(transpose(x), step(y))": ("x'[y > 0]", "x' [y > 0]"),
    "hcat(step(x), y)": ("[[x > 0], y]",),
    "step(step(x))": ("[[x > 0] > 0]",),
    "power(step(x), 2)": ("[x > 0].^2",),
    "softmax_rows(X)": ("softmax(X)", "softmax(X, rows)"),
    "softmax_columns(X)": ("softmax(X, columns)",),
    "softmax_columns(x)": ("softmax(x)", "softmax(x, columns)"),
    "softmax_rows(x)": ("softmax(x, rows)",),
    "softmax_rows(transpose(x))": ("softmax(x')",),
    "log_softmax_rows(X)": ("log_softmax(X)",),
    "logsumexp_columns(x)": ("logsumexp(x)",),
    "logsumexp_rows(X)": ("logsumexp(X)",),
    "logsumexp_columns(X)": ("logsumexp(X, columns)",),
    "sum(X)": ("sum(X)",),
    "mean(X)": ("mean(X)",),
    "tr(A)": ("tr(A)", "trace(A)"),
    "det(A)": ("det(A)",),
    "logdet(A)": ("logdet(A)",),
    "log(det(A))": ("log(det(A))",),
    "rowsum(X)": ("rowsum(X)",),
    "colsum(X)": ("colsum(X)",),
    "diag(x)": ("diag(x)",),
    "diagonal(A)": ("diag(A)",),
    "tr(inv(A))": ("tr(inv(A))",),
    "matmul(A, transpose(plus(B, C)))": ("A(B + C)'", "A (B+C)^T"),
    "matmul(transpose(A), plus(matmul(B, x), scale(-1, y)))": ("A'(B x - y)", "A^T (B x − y)"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), [(t, e) for e, texts in SPELLINGS.items() for t in texts])
def test_spelling(text: str, expected: str) -> None:
    assert repr(read(text)) == expected


ELEMENTWISE = (
    "exp log log1p expm1 sqrt abs sign sin cos tan asin acos atan sinh cosh tanh sigmoid relu leaky_relu elu softplus "
    "gelu silu mish erf step log_sigmoid"
)


@pytest.mark.parametrize("name", ELEMENTWISE.split())
def test_function_of_the_entries(name: str) -> None:
    assert repr(read(f"{name}(X)")) == f"{name}(X)"
    assert repr(read(f"{name}'(X)")) == f"{name}'(X)"


READINGS = {
    # Sums: one flat sum, a difference adds (-1) times.
    "A + B + C": "plus(A, B, C)",
    "A - B": "plus(A, scale(-1, B))",
    "A - (B - C)": "plus(A, scale(-1, plus(B, scale(-1, C))))",
    "A + (B - C)": "plus(A, B, scale(-1, C))",
    "A - 2 B": "plus(A, scale(-2, B))",
    "A - (2 B)": "plus(A, scale(-1, scale(2, B)))",
    "A - s B": "plus(A, scale(hadamard(-1, s), B))",
    "s - 2": "plus(s, -2)",
    "A - 1/2 B": "plus(A, scale(-1/2, B))",
    "A - 1/s B": "plus(A, scale(hadamard(-1, power(s, -1)), B))",
    "-A": "scale(-1, A)",
    "-2": "-2",
    "-s": "hadamard(-1, s)",
    "--A": "scale(-1, scale(-1, A))",
    "A - -B": "plus(A, scale(-1, scale(-1, B)))",
    "-A B": "scale(-1, matmul(A, B))",
    "-2 A B": "scale(-2, matmul(A, B))",
    "-s A": "scale(hadamard(-1, s), A)",
    "-x^2": "scale(-1, power(x, 2))",
    # Products: scalars gathered in front, arrays flat.
    "A B C": "matmul(A, B, C)",
    "A (B C)": "matmul(A, B, C)",
    "A 2 B": "scale(2, matmul(A, B))",
    "2 s A": "scale(hadamard(2, s), A)",
    "s t": "hadamard(s, t)",
    "2 A .* B": "scale(2, hadamard(A, B))",
    "(2 A) .* B": "hadamard(scale(2, A), B)",
    "A .* 2 B": "scale(2, hadamard(A, B))",
    "A (2 B)": "matmul(A, scale(2, B))",
    "x'y": "matmul(transpose(x), y)",
    "x (x'v)": "scale(matmul(transpose(x), v), x)",
    "x x' v": "matmul(x, transpose(x), v)",
    "x' v b' b": "hadamard(matmul(transpose(x), v), matmul(transpose(b), b))",
    "x' A x y' B y": "hadamard(matmul(transpose(x), A, x), matmul(transpose(y), B, y))",
    "x' y x": "scale(matmul(transpose(x), y), x)",
    "2 A : B": "inner(scale(2, A), B)",
    "s + A : B": "plus(s, inner(A, B))",
    # Quotients.
    "s / t": "hadamard(s, power(t, -1))",
    "A / s": "scale(power(s, -1), A)",
    "A ./ s": "scale(power(s, -1), A)",
    "s ./ A": "scale(s, power(A, -1))",
    "1 ./ A": "power(A, -1)",
    "1 / s": "power(s, -1)",
    "1/n A": "scale(power(#n, -1), A)",
    "2 / 3": "2/3",
    "6 / 3 / 4": "1/2",
    "0.5": "1/2",
    "1.25e-2": "1/80",
    "2.*A": "scale(2, A)",
    "2.5.*A": "scale(5/2, A)",
    "A .5": "scale(1/2, A)",
    "2 / 3 A": "scale(2/3, A)",
    "A ./ B ./ C": "hadamard(A, power(B, -1), power(C, -1))",
    # Spreading.
    "1 - A": "plus(ones(#n, #n), scale(-1, A))",
    "A - 1": "plus(A, scale(-1, ones(#n, #n)))",
    "0 + A": "plus(zeros(#n, #n), A)",
    "s + x": "plus(scale(s, ones(#n, 1)), x)",
    "x - s": "plus(x, scale(hadamard(-1, s), ones(#n, 1)))",
    "X W + b": "plus(matmul(X, W), matmul(ones(#n, 1), transpose(b)))",
    "X W + b'": "plus(matmul(X, W), matmul(ones(#n, 1), transpose(b)))",
    "X W - b": "plus(matmul(X, W), scale(-1, matmul(ones(#n, 1), transpose(b))))",
    "X + x": "plus(X, matmul(x, transpose(ones(#d, 1))))",
    # Constants of any size.
    "A + s I": "plus(A, scale(s, eye(#n)))",
    "A - 𝟏 x'": "plus(A, scale(-1, matmul(ones(#n, 1), transpose(x))))",
    "x'𝟏": "matmul(transpose(x), ones(#n, 1))",
    "A 𝟏": "matmul(A, ones(#n, 1))",
    # Superscripts and primes after an exponent.
    "A^2'": "transpose(matpow(A, 2))",
    "s^t^2": "power(s, power(t, 2))",
    "s^-t": "power(s, hadamard(-1, t))",
    "x'^2": "power(transpose(x), 2)",
    "(A')'": "transpose(transpose(A))",
    "A''": "transpose(transpose(A))",
}


@pytest.mark.parametrize(("text", "expected"), READINGS.items())
def test_reading(text: str, expected: str) -> None:
    assert repr(read(text)) == expected


NAMES = {
    "λ": "lambda",
    "δ2": "delta2",
    "Σ": "Sigma",
    "W₁": "W1",
    "W_θ": "W_theta",
    "θ_old": "theta_old",
    "ϵ": "epsilon",
    "ϕ": "phi",
    "µ": "mu",
    "ŷ": "yhat",
    "x̄": "xbar",
    "w̃": "wtilde",
    "y\u0302": "yhat",
    "lam": "lam",
    "x_1": "x_1",
}


@pytest.mark.parametrize(("spelling", "name"), NAMES.items())
def test_name(spelling: str, name: str) -> None:
    assert list(shapes(f"J = 2 {spelling}")) == [name]


@pytest.mark.parametrize(
    ("text", "names"), [("λx", ["lambda", "x"]), ("Xβ", ["X", "beta"]), ("2x", ["x"]), ("αA", ["alpha", "A"])]
)
def test_greek_and_latin_letters_are_names_of_their_own(text: str, names: list[str]) -> None:
    assert list(shapes(f"J = {text}")) == names


UNSUPPORTED = [
    "rank(A)", "svd(A)", "eig(A)", "argmax(x)", "reshape(A)", "A^(1/3)", "A^(3/2)", "A^0.3",
    "x[x > 0]", "1e999",
]  # fmt: skip


@pytest.mark.parametrize("text", UNSUPPORTED)
def test_what_is_not_done_is_refused_by_name(text: str) -> None:
    error = refusal(f"A, B, C: n x n; X: n x d; x, y: n; R = {text}")
    assert type(error) is UnsupportedError
    assert error.exit_status == 3
    assert error.line == 1 and error.column is not None


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("x^2", "x^2 is taken entry by entry: x is a vector"),
        ("(X W)^2", "(X W)^2 is taken entry by entry: (X W) is not square"),
        ("X W + b", "the vector b is added to every row of X W: 𝟏 b' = ones(n) b'"),
        ("X + x", "the vector x is added to every column of X: x 𝟏' = x ones(d)'"),
        ("X W + b'", "the row b' is added to every row of X W: 𝟏 b' = ones(n) b'"),
        ("x + s", "s is a scalar, added to every entry of x"),
        ("A^2'", "A^2' is read as (A^2)'"),
        ("x .* y b'", "x .* y b' is read as (x .* y) b', which conforms"),
        ("x .* A * y", "x .* A * y is read as x .* (A * y), which conforms"),
    ],
)
def test_a_reading_that_may_surprise_is_noted(text: str, note: str) -> None:
    assert noted(text) == (note,)


@pytest.mark.parametrize("text", ["s^2", "x.^2", "A^2", "1 - x", "2 A .* B", "A(B + C)", "x'(A y)"])
def test_what_cannot_surprise_is_not_noted(text: str) -> None:
    assert noted(text) == ()
