"""Every operator that has a derivative: a right gradient, written out by hand, and wrong ones near it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import pytest
import samples
from selection import some
from work import calls

from matcalc import operators as ops
from matcalc.derive import derive
from matcalc.dims import Dim, dim_add, dim_mul
from matcalc.expr import SCALAR, Node, Size, Symbol, Term, postorder, replace
from matcalc.operators import (
    TABLE,
    T,
    eye,
    hadamard,
    inner,
    inv,
    matmul,
    minus,
    negative,
    number,
    ones,
    over,
    plus,
    power,
    scale,
    size_node,
    term,
    zeros,
)
from matcalc.syntax.program import Program
from matcalc.verify import equal, verify

half, two = number(Fraction(1, 2)), number(2)


def fn(name: str, *args: Node) -> Node:
    return term(TABLE[name], *args)


def part(name: str, a: Node, first: Dim, last: Dim) -> Node:
    return fn(name, a, size_node(first), size_node(last))


def symmetric_part(a: Node) -> Node:
    return scale(half, plus(a, T(a)))


def wide(column: Node, m: str = "m") -> Node:
    """A column beside itself, m times."""
    return matmul(column, ones(1, m))


def tall(row: Node, n: str = "n") -> Node:
    return matmul(ones(n), row)


A, B, C = Symbol("A", ("n", "m")), Symbol("B", ("p", "q")), Symbol("C", ("n", "k"))
D = Symbol("D", ("k", "m"))
G = Symbol("G", ("n", "m"))
M, N = Symbol("M", ("n", "n")), Symbol("N", ("n", "n"))
S = Symbol("S", ("n", "n"), ["symmetric"])
P = Symbol("P", ("n", "n"), ["pd"])
Q = Symbol("Q", ("n", "n"), ["orthogonal"])
a, g, h = Symbol("a", ("n", 1)), Symbol("g", ("n", 1)), Symbol("h", (1, "m"))
c = Symbol("c", (dim_mul("n", "m"), 1))
eps = Symbol("eps", SCALAR, ["positive"])
k = Symbol("k", SCALAR)
n, m = Size("n"), Size("m")


@dataclass(frozen=True)
class Problem:
    objective: Node
    variable: Symbol
    right: Node
    wrong: tuple[Node, ...]
    status: str = "proved"
    convention: str = "projected"


def problems() -> dict[str, Problem]:
    return {**_blocks(), **_statistics(), **_functions(), **_spectra()}


def _blocks() -> dict[str, Problem]:
    big = Symbol("W", (dim_mul("n", "p"), dim_mul("m", "q")))
    pair = Symbol("W", ("n", dim_add("m", "k")))
    pile = Symbol("W", (dim_add("n", "k"), "m"))
    after = dim_add("m", 1)
    left = fn("kron", eye("m"), T(B))
    right = fn("kron", T(A), eye("p"))
    whole = Symbol("W", (dim_mul("k", "n"), dim_mul("k", "m")))
    part_g = Symbol("G", ("n", dim_add("m", -1)))
    return {
        "kron, left": Problem(
            inner(big, fn("kron", A, B)),
            A,
            fn("ptrace2", matmul(big, left), Size("p")),
            (scale(two, fn("ptrace2", matmul(big, left), Size("p"))),),
        ),
        "kron, right": Problem(
            inner(big, fn("kron", A, B)),
            B,
            fn("ptrace1", matmul(right, big), Size("m")),
            (negative(fn("ptrace1", matmul(right, big), Size("m"))),),
        ),
        "kron of itself": Problem(
            fn("tr", fn("kron", M, M)), M, scale(hadamard(two, fn("tr", M)), eye("n")), (scale(fn("tr", M), eye("n")),)
        ),
        "vec": Problem(
            inner(c, fn("vec", A)), A, fn("unvec", c, n, m), (T(fn("unvec", c, m, n)), negative(fn("unvec", c, n, m)))
        ),
        "commutation": Problem(
            inner(c, matmul(fn("commutation", n, m), fn("vec", A))),
            A,
            fn("unvec", matmul(fn("commutation", m, n), c), n, m),
            (fn("unvec", matmul(fn("commutation", n, m), c), n, m),),
        ),
        "unvec": Problem(inner(G, fn("unvec", c, n, m)), c, fn("vec", G), (fn("vec", T(G)),)),
        "ptrace1": Problem(
            inner(G, fn("ptrace1", whole, Size("k"))),
            whole,
            fn("kron", eye("k"), G),
            (plus(fn("kron", eye("k"), G), fn("kron", eye("k"), G)),),
        ),
        "ptrace2": Problem(
            inner(G, fn("ptrace2", whole, Size("k"))), whole, fn("kron", G, eye("k")), (fn("kron", eye("k"), G),)
        ),
        "hcat": Problem(
            inner(pair, fn("hcat", A, C)),
            C,
            part("colrange", pair, after, dim_add("m", "k")),
            (part("colrange", pair, 1, "k"),),
        ),
        "vcat": Problem(
            inner(pile, fn("vcat", A, D)),
            A,
            part("rowrange", pile, 1, "n"),
            (part("rowrange", pile, dim_add("k", 1), dim_add("n", "k")),),
        ),
        "colrange": Problem(
            inner(part_g, part("colrange", A, 2, "m")),
            A,
            fn("hcat", zeros("n"), part_g),
            (fn("hcat", part_g, zeros("n")),),
        ),
        "rowrange": Problem(
            inner(Symbol("G", (2, "m")), part("rowrange", A, 2, 3)),
            A,
            fn("vcat", zeros(1, "m"), Symbol("G", (2, "m")), zeros(dim_add("n", -3), "m")),
            (fn("vcat", Symbol("G", (2, "m")), zeros(dim_add("n", -2), "m")),),
        ),
        "tril": Problem(inner(N, fn("tril", M)), M, fn("tril", N), (fn("triu", N), N)),
        "triu": Problem(inner(N, fn("triu", M)), M, fn("triu", N), (fn("tril", N),)),
        "tril_half": Problem(inner(N, fn("tril_half", M)), M, fn("tril_half", N), (fn("tril", N),)),
    }


def _statistics() -> dict[str, Problem]:
    mean = scale(fn("mean", A), ones("n", "m"))
    rows, columns = minus(A, wide(fn("rowmean", A))), minus(A, tall(fn("colmean", A)))
    count = hadamard(n, m)
    by_row, by_column = fn("layer_norm", A, eps), fn("batch_norm", A, eps)
    std, plain = fn("rowstd", A, eps), fn("colstd", A, number(0))

    def layer(y: Node, sigma: Node, mixed: Callable[[Node], Node]) -> Node:
        return hadamard(power(sigma, -1), minus(minus(G, mixed(G)), hadamard(y, mixed(hadamard(G, y)))))

    def along_rows(z: Node) -> Node:
        return wide(fn("rowmean", z))

    def along_columns(z: Node) -> Node:
        return tall(fn("colmean", z))

    def largest(name: str) -> Node:
        return hadamard(fn(name, A), ones("n", "m"))

    return {
        "rowmean": Problem(inner(g, fn("rowmean", A)), A, over(wide(g), m), (over(wide(g), n), wide(g))),
        "colmean": Problem(inner(h, fn("colmean", A)), A, over(tall(h), n), (over(tall(h), m),)),
        "var": Problem(
            fn("var", A), A, scale(over(two, count), minus(A, mean)), (scale(over(two, count), A), minus(A, mean))
        ),
        "std": Problem(
            fn("std", A),
            A,
            over(minus(A, mean), hadamard(count, fn("std", A))),
            (over(minus(A, mean), fn("std", A)), over(minus(A, mean), hadamard(count, fn("var", A)))),
        ),
        "rowvar": Problem(
            inner(g, fn("rowvar", A)), A, hadamard(over(wide(scale(two, g)), m), rows), (hadamard(wide(g), rows),)
        ),
        "colvar": Problem(
            inner(h, fn("colvar", A)),
            A,
            hadamard(over(tall(scale(two, h)), n), columns),
            (hadamard(over(tall(scale(two, h)), m), columns),),
        ),
        "rowstd": Problem(
            inner(g, std),
            A,
            hadamard(over(wide(hadamard(g, power(std, -1))), m), rows),
            (hadamard(over(wide(hadamard(g, power(fn("rowstd", A, number(0)), -1))), m), rows),),
        ),
        "colstd": Problem(
            inner(h, plain),
            A,
            hadamard(over(tall(hadamard(h, power(plain, -1))), n), columns),
            (hadamard(over(tall(hadamard(h, plain)), n), columns),),
        ),
        "layer_norm": Problem(
            inner(G, by_row),
            A,
            layer(by_row, wide(std), along_rows),
            (hadamard(power(wide(std), -1), G), layer(by_row, wide(std), along_columns)),
        ),
        "batch_norm": Problem(
            inner(G, by_column),
            A,
            layer(by_column, tall(fn("colstd", A, eps)), along_columns),
            (layer(by_column, tall(fn("colstd", A, number(0))), along_columns),),
        ),
        "largest": Problem(fn("largest", A), A, largest("indicator_max"), (largest("indicator_min"), ones("n", "m"))),
        "smallest": Problem(fn("smallest", A), A, largest("indicator_min"), (negative(largest("indicator_min")),)),
    }


def _functions() -> dict[str, Problem]:
    below = fn("tril", ones("n", "n"))
    found = {
        "cumsum": Problem(inner(g, fn("cumsum", a)), a, matmul(T(below), g), (matmul(below, g), g)),
        **_limited(),
        "logabsdet": Problem(fn("logabsdet", M), M, T(inv(M)), (inv(M), negative(T(inv(M))))),
    }
    for name in ("expm", "logm", "sqrtm"):
        objective = fn("tr", matmul(N, fn(name, M)))
        found[name] = Problem(
            objective,
            M,
            fn(f"{name}_frechet", T(M), T(N)),
            (fn(f"{name}_frechet", M, T(N)), T(fn(f"{name}_frechet", T(M), N)), fn(f"{name}_frechet", T(M), N)),
            "agrees",
        )
    traces = {"expm": fn("expm", M), "logm": inv(M), "sqrtm": scale(half, inv(fn("sqrtm", M)))}
    for name, slope in traces.items():
        found[f"tr {name}"] = Problem(fn("tr", fn(name, M)), M, T(slope), (slope, scale(two, T(slope))), "agrees")
        found[f"tr {name}, symmetric"] = Problem(
            fn("tr", fn(name, P)),
            P,
            fn(name, P) if name == "expm" else T(_at(slope)),
            (negative(_at(slope)),),
            "agrees",
        )
    x = fn("pinv", A)
    gt = T(Symbol("K", ("m", "n")))
    kernel, image = minus(eye("m"), matmul(x, A)), minus(eye("n"), matmul(A, x))
    one, tall_, wide_ = (
        negative(matmul(T(x), T(gt), T(x))),
        matmul(image, gt, x, T(x)),
        matmul(T(x), x, gt, kernel),
    )
    lower = fn("chol", P)
    inner_ = fn("tril_half", matmul(T(lower), N))
    murray = matmul(T(inv(lower)), inner_, inv(lower))
    powers = fn("tr", matmul(N, term(ops.MATPOW, M, k)))
    return found | {
        # Golub and Pereyra 1973, (4.12)
        "pinv": Problem(
            inner(T(gt), x), A, plus(one, tall_, wide_), (plus(one, tall_), plus(one, wide_), one), "proved"
        ),
        "power": Problem(
            powers,
            M,
            fn("power_frechet", T(M), T(N), k),
            (
                fn("power_frechet", M, T(N), k),
                scale(k, matmul(term(ops.MATPOW, T(M), minus(k, number(1))), T(N))),
                # right for k = 3 alone
                plus(matmul(T(M), T(M), T(N)), matmul(T(M), T(N), T(M)), matmul(T(N), T(M), T(M))),
            ),
        ),
        # Murray 2016, (10)
        "chol": Problem(
            inner(N, lower),
            P,
            symmetric_part(murray),
            (murray, symmetric_part(matmul(T(inv(lower)), fn("tril", matmul(T(lower), N)), inv(lower)))),
        ),
        "chol, entries": Problem(
            fn("tr", lower),
            P,
            _entries(symmetric_part(matmul(T(inv(lower)), fn("tril_half", T(lower)), inv(lower)))),
            (symmetric_part(matmul(T(inv(lower)), fn("tril_half", T(lower)), inv(lower))),),
            convention="entries",
        ),
    }


def _limited() -> dict[str, Problem]:
    """Kinks at places that are arguments, and what takes some of the entries; b is bounds that may be the wrong way."""
    low, high = Symbol("l", SCALAR), Symbol("b", SCALAR)
    ones_a = ones("n")
    above, below = fn("step_ge", a, scale(low, ones_a)), fn("step_ge", scale(high, ones_a), a)
    ordered = fn("step_ge", high, low)
    clipped = fn("sum", fn("clip", a, low, high))
    near = fn("clip", a, negative(eps), eps)
    far = fn("sum", fn("relu", minus(fn("abs", a), scale(eps, ones_a))))
    three, counted = Symbol("c", (3, 1)), Symbol("h", (3, 1))
    few = fn("indicator_largest", a, Size("k"))
    pair = Symbol("W", (dim_mul("n", "p"), "m"))
    left, right = Symbol("A", ("n", "m")), Symbol("B", ("p", "m"))
    by_left = matmul(fn("kron", eye("n"), ones(1, "p")), hadamard(pair, fn("kron", ones("n"), right)))
    by_right = matmul(fn("kron", ones(1, "n"), eye("p")), hadamard(pair, fn("kron", left, ones("p"))))
    return {
        "clip": Problem(clipped, a, hadamard(above, below), (above, below, ones_a)),
        "clip, from": Problem(
            clipped,
            low,
            hadamard(ordered, fn("sum", minus(ones_a, above))),
            (fn("sum", minus(ones_a, above)), fn("sum", above)),
        ),
        "clip, to": Problem(
            clipped,
            high,
            fn("sum", minus(ones_a, scale(ordered, below))),
            (fn("sum", minus(ones_a, below)), fn("sum", below)),
        ),
        "huber": Problem(inner(g, fn("huber", a, eps)), a, hadamard(g, near), (hadamard(g, a), scale(two, near))),
        "huber, bound": Problem(fn("sum", fn("huber", a, eps)), eps, far, (negative(far), fn("sum", fn("abs", a)))),
        "prod": Problem(fn("prod", A), A, scale(fn("prod", A), power(A, -1)), (scale(fn("prod", A), A), power(A, -1))),
        "sum_largest": Problem(fn("sum_largest", a, Size("k")), a, few, (ones_a, fn("indicator_max", a))),
        "sum_largest of all": Problem(fn("sum_largest", a, n), a, ones_a, (fn("indicator_max", a), scale(two, ones_a))),
        "sum_largest of three": Problem(
            fn("sum_largest", a, number(3)),
            a,
            fn("indicator_largest", a, number(3)),
            (ones_a, fn("indicator_largest", a, number(2)), fn("indicator_largest", negative(a), number(3))),
        ),
        "khatri_rao, left": Problem(inner(pair, fn("khatri_rao", left, right)), left, by_left, (scale(two, by_left),)),
        "khatri_rao, right": Problem(
            inner(pair, fn("khatri_rao", left, right)), right, by_right, (negative(by_right),)
        ),
        "cross": Problem(
            inner(counted, fn("cross", three, Symbol("v", (3, 1)))),
            three,
            fn("cross", Symbol("v", (3, 1)), counted),
            (fn("cross", counted, Symbol("v", (3, 1))), fn("cross", three, counted)),
        ),
    }


def _at(slope: Node) -> Node:
    """A slope in M, in P."""
    return replace(slope, {M: P})


def _entries(projected: Node) -> Node:
    return minus(scale(two, projected), fn("diag", fn("diagonal", projected)))


def _spectra() -> dict[str, Problem]:
    found = {}
    for side in ("max", "min"):
        value, u = fn(f"lambda_{side}", S), fn(f"eigvec_{side}", S)
        outer = matmul(u, T(u))
        other = fn("eigvec_min" if side == "max" else "eigvec_max", S)
        found[f"lambda_{side}"] = Problem(value, S, outer, (scale(two, outer), matmul(other, T(other))), "agrees")
        found[f"lambda_{side}, entries"] = Problem(value, S, _entries(outer), (outer,), "agrees", "entries")
        found[f"lambda_{side}, free"] = Problem(value, S, outer, (symmetric_part(matmul(u, T(a))),), "agrees", "free")
        # Magnus 1985: du = (λ I - S)⁺ dS u
        moved = fn("pinv", minus(scale(value, eye("n")), S))
        found[f"eigvec_{side}"] = Problem(
            inner(a, u),
            S,
            symmetric_part(matmul(moved, a, T(u))),
            (negative(symmetric_part(matmul(moved, a, T(u)))), matmul(moved, a, T(u))),
            "agrees",
        )
    free = fn("lambda_max", M)  # of a matrix that is not said to be symmetric, but must be
    u = fn("eigvec_max", M)
    u1, v1 = fn("singular_u1", A), fn("singular_v1", A)
    every = matmul(fn("singular_u", A), T(fn("singular_v", A)))
    nuclear = fn("norm_nuc", M)
    return found | {
        "lambda_max, free symbol": Problem(
            free, M, matmul(u, T(u)), (matmul(fn("singular_u1", M), T(fn("singular_v1", M))),), "agrees"
        ),
        "norm_spec": Problem(
            fn("norm_spec", A), A, matmul(u1, T(v1)), (every, scale(fn("norm_spec", A), matmul(u1, T(v1)))), "agrees"
        ),
        "norm_nuc": Problem(fn("norm_nuc", A), A, every, (matmul(u1, T(v1)), scale(two, every)), "agrees"),
        "norm_nuc, square": Problem(
            nuclear,
            M,
            matmul(fn("singular_u", M), T(fn("singular_v", M))),
            (matmul(fn("singular_v", M), T(fn("singular_u", M))),),
            "agrees",
        ),
        "orthogonal": Problem(
            fn("tr", matmul(Q, N)),
            Q,
            scale(half, minus(T(N), matmul(Q, N, Q))),
            (T(N), minus(T(N), matmul(Q, N, Q)), scale(half, minus(T(N), matmul(Q, T(N), Q)))),
        ),
    }


PROBLEMS = problems()
COUNTED = {"expm", "logm", "sqrtm", "lambda_max", "norm_nuc", "pinv", "layer_norm", "largest"}
"""Those whose right gradient is also seen to take little work."""


@pytest.mark.parametrize("name", PROBLEMS)
def test_right_and_wrong_gradients(name: str, fuzz: bool) -> None:
    problem = PROBLEMS[name]
    v = problem.variable
    verdicts = []

    def judge(gradient: Node, time_limit: float = 20.0) -> None:
        found = verify(problem.objective, {v: gradient}, convention=problem.convention, time_limit=time_limit)
        verdicts.append(found[v.name])

    if name in COUNTED:
        calls(lambda: judge(problem.right, 300), most=10_000_000)
    else:
        judge(problem.right)
    assert verdicts[0].status == problem.status, str(verdicts[0])
    for wrong in problem.wrong if fuzz else problem.wrong[:1]:
        judge(wrong)
        found = verdicts[-1]
        assert found.status == "failed", str(found)
        assert found.counterexample is not None


REACHED = {n.op.name for p in PROBLEMS.values() for n in postorder(p.objective, p.right) if isinstance(n, Term)}


DEAR = {"expm_frechet2", "logm_frechet2"}
"""Held against limits in tests/meaning, and as answers against differences in tests/api/test_second.py."""


OTHERS = sorted(set(samples.operators()) - REACHED - DEAR)


@pytest.mark.parametrize("name", some(OTHERS, len(OTHERS) // 2))
def test_operators_without_a_problem_above(name: str, fuzz: bool) -> None:
    """The gradient that matcalc derives is accepted, twice it and half a term more are not: one in the ordinary run."""
    applied = samples.sample(samples.operators()[name])
    variables = samples.inputs(applied.op)
    if not variables:
        pytest.skip("a constant")
    objective = Symbol("J", SCALAR, (), inner(Symbol("G", applied.shape), applied))
    program = Program((*variables, Symbol("G", applied.shape)), (objective,), objective)
    v = variables[int(name == "polar_frechet")]  # there is no rule by the matrix at which that is taken
    ((_, right),) = derive(program, [v.name], "projected").gradients
    found = verify(objective, {v: right})[v.name]
    assert found.ok, str(found)
    if right == zeros(*v.shape):  # steps are flat
        return
    wrongs = [scale(two, right), plus(right, scale(half, symmetric_part(v) if v.shape[0] == v.shape[1] else v))]
    for wrong in wrongs if fuzz else wrongs[len(name) % 2 :][:1]:
        found = verify(objective, {v: wrong})[v.name]
        assert found.status == "failed", str(found)


def test_what_has_no_formula_does_not_stop_a_proof_about_something_else() -> None:
    x, b = Symbol("x", ("n", 1)), Symbol("b", ("n", 1))
    form = matmul(T(x), fn("expm", M), x)
    right = matmul(plus(fn("expm", M), T(fn("expm", M))), x)
    assert verify(form, {x: right})["x"].status == "proved"
    assert verify(form, {x: scale(two, matmul(fn("expm", M), x))})["x"].status == "failed"
    residual = minus(matmul(A, Symbol("y", ("m", 1))), b)
    objective = plus(inner(residual, residual), fn("norm_nuc", A), fn("lambda_max", S))
    assert verify(objective, {b: scale(number(-2), residual)})["b"].status == "proved"
    found = verify(form, {M: fn("expm_frechet", T(M), matmul(x, T(x)))})["M"]
    assert (found.status, found.detail) == ("agrees", "expm has no formula in the entries")


def test_what_must_be_symmetric() -> None:
    lower = fn("chol", M)
    found = verify(inner(N, lower), {M: M})["M"]
    assert found.status == "skipped" and "off the symmetric matrices" in found.detail
    x = plus(matmul(A, T(A)), eye("n"))
    factor = fn("chol", x)
    murray = matmul(T(inv(factor)), fn("tril_half", matmul(T(factor), N)), inv(factor))
    assert verify(inner(N, factor), {A: matmul(plus(murray, T(murray)), A)})["A"].status == "proved"
    assert verify(inner(N, factor), {A: scale(two, matmul(murray, A))})["A"].status == "failed"
    assert verify(fn("lambda_max", matmul(M, N)), {M: T(N)})["M"].status == "skipped"


def test_sizes_on_either_side_of_square() -> None:
    """(A'A)⁻¹A' is the pseudoinverse of a matrix with more rows than columns, and of no other."""
    x, left = fn("pinv", A), matmul(inv(matmul(T(A), A)), T(A))
    assert equal(x, left).status == "proved"
    kernel = minus(eye("m"), matmul(x, A))
    found = equal(kernel, zeros("m", "m"))
    assert found.status == "failed" and dict(found.dimensions)["n"] < dict(found.dimensions)["m"]
    y = Symbol("y", ("m", 1))
    rank_one = matmul(g, T(y))
    inverse = scale(power(hadamard(inner(g, g), inner(y, y)), -1), matmul(y, T(g)))
    assert equal(fn("pinv", rank_one), inverse).ok
    assert equal(fn("pinv", rank_one), scale(two, inverse)).status == "failed"


def test_ranges_that_fit_no_sizes() -> None:
    five = part("rowrange", A, 2, 9)
    found = verify(fn("sum", five), {A: A})["A"]
    assert found.status == "failed" and dict(found.dimensions)["n"] >= 9
    assert verify(fn("sum", part("rowrange", Symbol("A", (3, "m")), 2, 9)), {G: G})["G"].detail.startswith("the ranges")
    assert equal(part("rowrange", Symbol("A", (3, "m")), 2, 9), zeros(8, "m")).status == "skipped"


def test_conditions_of_operators_are_stated() -> None:
    details = {
        "pinv": "A of full rank",
        "lambda_max": "S symmetric, the largest eigenvalue of S simple",
        "norm_spec": "the largest singular value of A simple",
        "std": "entries of A not all equal",
        "layer_norm": "eps positive",
        "logm": "M without eigenvalues that are 0 or negative",
        "chol": "P pd",
    }
    for name, detail in details.items():
        problem = PROBLEMS[name]
        found = verify(problem.objective, {problem.variable: problem.right}, time_limit=0.1)[problem.variable.name]
        assert detail in found.detail
