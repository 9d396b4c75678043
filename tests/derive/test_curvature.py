"""Claims of convexity: as they are expected, and tried at random points by the definition, chord against graph."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from finite import evaluate
from random_expressions import Generator
from selection import some

import matcalc
from matcalc.api.second import Hessian
from matcalc.derive.bending import bend
from matcalc.derive.bounds import bounds
from matcalc.derive.curvature import jointly
from matcalc.errors import MatcalcError
from matcalc.expr import Node, Symbol, Term, dims, expand, postorder
from matcalc.rewrite import Condition

Array = Any
DECLARED = "A, B, C, M: n x n; X: n x d; P, Q: n x n psd; S: n x n pd; x, a, b: n; w: d; y: n; p: n positive; "
DECLARED += "t: scalar positive; lam: scalar; k: n binary; "

# text -> what is claimed in x, w or Z (the name in the second column); "where" for claims under a condition
TABLE: list[tuple[str, str, str]] = [
    # squares
    ("||X w - y||^2", "w", "convex"), ("||X w - y||^2 + t ||w||^2", "w", "strictly convex"),
    ("-||X w - y||^2", "w", "concave"), ("(X w - y)' S (X w - y)", "w", "convex"), ("x' P x - b' x", "x", "convex"),
    ("x' S x", "x", "strictly convex"), ("-x' S x", "x", "strictly concave"), ("x' (P + S) x", "x", "strictly convex"),
    ("x' inv(S) x", "x", "strictly convex"), ("x' A' A x", "x", "convex"), ("sum(p .* (X w - y).^2)", "w", "convex"),
    ("x' x / t", "x", "strictly convex"), ("x' (P .* Q) x", "x", "convex"),
    ("||X w - y||^2 + lam ||w||^2", "w", "convex where"), ("sum(x .* y .* x)", "x", "convex where"),
    ("||A Z B - C||^2", "Z", "convex"), ("||A Z + Z B - C||^2", "Z", "convex"), ("tr(Z' P Z)", "Z", "convex"),
    ("tr(Z' S Z)", "Z", "strictly convex"), ("tr(Z P Z' Q)", "Z", "convex"),
    ("||Z||^2 - tr(A Z)", "Z", "strictly convex"),
    # exponentials, logarithms
    ("sum(exp(x))", "x", "strictly convex"), ("sum(exp(X w))", "w", "convex"),
    ("sum(exp(-x))", "x", "strictly convex"), ("sum(log(1 + exp(X w))) - y' X w", "w", "convex"),
    ("log(sum(exp(x)))", "x", "convex"), ("logsumexp(X w)", "w", "convex"),
    ("-sum(p .* log(softmax(X w)))", "w", "convex"), ("-p' log_softmax(X w)", "w", "convex"),
    ("-sum(log(x))", "x", "strictly convex"), ("-sum(log(b - A x))", "x", "convex"),
    ("sum(x .* log(x))", "x", "convex where"), ("sum(log(X w))", "w", "concave"),
    ("-sum(k .* log(sigmoid(X w)) + (1 - k) .* log(1 - sigmoid(X w)))", "w", "convex"),
    ("-sum(log_sigmoid(X w))", "w", "convex"), ("sum(softplus(X w))", "w", "convex"),
    ("sum(exp(X w) - y .* (X w))", "w", "convex"), ("exp(x' x)", "x", "strictly convex"),
    ("sum(cosh(x))", "x", "strictly convex"), ("log(exp(a' x) + exp(b' x))", "x", "convex"),
    ("-sum(log(normcdf(X w)))", "w", "convex"), ("exp(norm(x))", "x", "convex"),
    ("-log(t - x' P x)", "x", "convex where"),
    # powers, roots, quotients
    ("sum(x.^4)", "x", "convex"), ("norm(x)^3", "x", "convex"), ("||x||^4", "x", "convex"),
    ("-sum(sqrt(x))", "x", "convex"), ("sqrt(1 + x' x)", "x", "strictly convex"),
    ("sum(sqrt(1 + x.^2))", "x", "strictly convex"), ("norm(A x - b)", "x", "convex"),
    ("||A x - b||^2 / (a' x)", "x", "convex where"), ("(a' x)^2 / (b' x)", "x", "convex where"),
    ("sum(1 ./ x)", "x", "convex where"), ("sum(1 ./ x.^2)", "x", "convex where"), ("sum(x.^3)", "x", "convex where"),
    ("1 / (1 + exp(a' x))", "x", "indefinite"), ("sum(x.^1.5)", "x", "strictly convex"),
    ("1 / sqrt(a' x)", "x", "convex"),
    # kinks
    ("sum(abs(X w))", "w", "convex"), ("sum(relu(X w))", "w", "convex"), ("-sum(relu(X w))", "w", "concave"),
    ("||X w - y||^2 + t ||w||_1", "w", "convex"), ("t w' w + sum(max(0, 1 - y .* (X w)))", "w", "strictly convex"),
    ("max(A x)", "x", "convex"), ("min(A x)", "x", "concave"), ("sum(huber(X w - y, 1))", "w", "convex"),
    ("sum(relu(x).^3)", "x", "convex"),
    # matrices
    ("logdet(Z)", "Z", "concave where"), ("-logdet(Z)", "Z", "convex where"), ("tr(inv(Z))", "Z", "convex where"),
    ("a' inv(Z) a", "Z", "convex where"), ("tr(P inv(Z))", "Z", "convex where"),
    ("-logdet(A' diag(p .* exp(lam)) A + S) + x' x", "x", "strictly convex"),
    ("-logdet(A' diag(x) A)", "x", "convex where"), ("logdet(S + A' diag(x) A)", "x", "concave where"),
    ("tr(inv(A' diag(x) A))", "x", "convex where"),
    # nothing, or both signs
    ("x' A x", "x", "indefinite"), ("(a' x) (b' x)", "x", "indefinite"), ("sum(f(x))", "x", ""),
    ("x' x - 10 sum(abs(x))", "x", ""), ("-log(x' S x)", "x", "indefinite"), ("exp(-x' x)", "x", "indefinite"),
    ("sum(sigmoid(x))", "x", "indefinite"), ("sum(tanh(x))", "x", "indefinite"), ("(x' x - 1)^2", "x", "indefinite"),
    ("log(1 + x' x)", "x", "indefinite"), ("sum(x) / (1 + x' x)", "x", "indefinite"),
    ("(x' S x) / (x' x)", "x", "indefinite"), ("sum(sin(x))", "x", "indefinite"),
    ("sum(exp(x)) sum(exp(-x))", "x", "convex"), ("sum(x.^2) sum((x - a).^2)", "x", "indefinite"),
    ("det(Z)", "Z", "indefinite"), ("tr(Z^3)", "Z", "indefinite"), ("||Z' Z - M||^2", "Z", "indefinite"),
    ("1 / (x' x)", "x", "indefinite"), ("sqrt(x' x) - x' x", "x", "indefinite"),
    ("sum(x .* exp(-x))", "x", "indefinite"), ("sum(log(x).^2)", "x", "indefinite"),
    ("-norm(x) + x' x", "x", "indefinite"), ("sum(relu(x)) - sum(relu(2 x))", "x", ""),
    ("x' (P - S) x", "x", "indefinite"), ("||y - f(X w)||^2", "w", ""), ("(norm(x)^2 - 1)^1.5", "x", ""),
    ("sum(x.^2 .* exp(x))", "x", "indefinite"), ("a' x", "x", ""), ("logdet(Z' Z)", "Z", "indefinite"),
    ("sum(relu(x) .* relu(-x + 1))", "x", ""),
]  # fmt: skip
Z = "Z: n x n; "
DISCRETE = {"orthogonal", "binary", "onehot"}
SIZES = {"n": 3, "d": 2}


def objective(text: str, wrt: str) -> str:
    return DECLARED + (Z if wrt == "Z" else "") + "J = " + text


def drawn(s: Symbol, draw: np.random.Generator, sizes: dict[str, int], condition: str = "") -> Array:
    rows, columns = (d if isinstance(d, int) else sizes[str(d)] for d in s.shape)
    value = draw.normal(size=(rows, columns)) * draw.choice([0.3, 1.5, 4])
    if s.attributes & {"pd", "psd"} or condition == "pd":
        rank = value[:, : rows - 1] if "psd" in s.attributes else value
        return rank @ rank.T + (0.2 * np.eye(rows) if "psd" not in s.attributes else 0)
    if "symmetric" in s.attributes:
        return value + value.T
    if "binary" in s.attributes:
        return (value > 0) * 1.0
    if "onehot" in s.attributes:
        chosen = draw.integers(columns if columns > 1 else rows, size=rows if columns > 1 else 1)
        return np.eye(columns)[chosen] if columns > 1 else np.eye(rows)[:, chosen]
    if "orthogonal" in s.attributes:
        u, _, vt = np.linalg.svd(value, full_matrices=False)
        return u @ vt
    for name, kept in (("diagonal", lambda a: np.diag(np.diag(a))), ("lower", np.tril), ("upper", np.triu)):
        value = kept(value) if name in s.attributes else value
    value = value - value.T if "skew" in s.attributes else value
    return abs(value) if "positive" in s.attributes or condition == "positive" else value


def holds(condition: Condition, values: dict[str, Array], sizes: dict[str, int]) -> bool:
    ((_, node),) = condition.parts
    value = evaluate([expand(node)], values, sizes)[0]
    if "pd" in condition.words:
        return bool(np.allclose(value, value.T) and np.linalg.eigvalsh(value).min() > 1e-9)
    return bool((value > 0).all() if ">" in condition.words else (value >= 0).all())


def gaps(
    of: Node, by: list[Symbol], inputs: list[Symbol], where: tuple[Condition, ...], pairs: int, seed: int = 0
) -> Iterator[tuple[int, float, float]]:
    """(number of the draw of the other names, how much the chord lies above the graph, size), at random pairs."""
    draw = np.random.default_rng(seed)
    sizes = {name: SIZES.get(name, 2 + n % 3) for n, name in enumerate(dims(*inputs))}
    asked = {node: "pd" if "pd" in words else "positive" for words, ((_, node),) in where}
    for turn in range(4):
        others = {s.name: drawn(s, draw, sizes, asked.get(s, "positive" if turn % 2 else "")) for s in inputs}
        for _ in range(pairs):
            ends = [others | {s.name: drawn(s, draw, sizes, asked.get(s, "positive" if turn % 2 else "")) for s in by}
                    for _ in range(2)]  # fmt: skip
            share = draw.choice([0.05, 0.5, 0.9])  # of the way from one end to the other
            near = draw.choice([0.01, 0.3, 1])  # and near pairs
            for s in by:
                ends[1][s.name] = ends[0][s.name] + near * (ends[1][s.name] - ends[0][s.name])
            middle = others | {s.name: (1 - share) * ends[0][s.name] + share * ends[1][s.name] for s in by}
            points = [*ends, middle]
            if not all(holds(c, point, sizes) for c in where for point in points[:2]):
                continue
            with np.errstate(all="ignore"):
                try:
                    one, two, between = (float(evaluate([of], point, sizes)[0].item()) for point in points)
                except np.linalg.LinAlgError:
                    continue
            if np.isfinite([one, two]).all():
                # where a convex function is infinite, it is not defined: the ends are, so the middle must be
                chord = (1 - share) * one + share * two
                yield turn, chord - between, max(1e-3, abs(one), abs(two), abs(chord))


def claimed(found: Hessian) -> str:
    if found.indefinite:
        assert "takes both signs" in found.indefinite and not found.curvature and not found.curvature_where
        return "indefinite"
    said = found.curvature or found.curvature_where
    if not said:
        return ""
    words, reason = said.split(": J is ")
    strict, bent = reason.startswith("strictly"), "convex" if " convex" in f" {reason}" else "concave"
    assert words.startswith("positive" if bent == "convex" else "negative")
    assert ("definite, as" in words and "semidefinite" not in words) == strict
    return "strictly " * strict + bent + " where" * bool(found.curvature_where)


def test_the_table_is_long() -> None:
    assert len(TABLE) > 100 and len({text for text, *_ in TABLE}) == len(TABLE)


@pytest.mark.parametrize(
    ("text", "wrt", "expected"), some(TABLE, len(TABLE) // 2, [f"{t} by {w}" for t, w, _ in TABLE])
)
def test_what_is_claimed_holds_at_random_points(text: str, wrt: str, expected: str, fuzz: bool) -> None:
    found = matcalc.hessian(objective(text, wrt), wrt, verify=False)
    assert claimed(found) == expected
    if not expected:
        return
    program = found.gradient.program
    by = program.symbol(wrt)
    of = expand(program.objective)
    used = [s for s in program.inputs if s in set(postorder(of))]
    where = () if found.bent is None else found.bent.where
    pairs = list(gaps(of, [by], used, where, 400 if fuzz else 25))
    pairs = list(gaps(of, [by], used, where, 1_000)) if len(pairs) < 15 else pairs
    assert len(pairs) > 10
    if expected == "indefinite":
        pairs = list(gaps(of, [by], used, where, 400)) if len(pairs) < 40 else pairs
        assert any(
            any(g > 1e-9 * size for t, g, size in pairs if t == turn)
            and any(g < -1e-9 * size for t, g, size in pairs if t == turn)
            for turn in range(4)
        )
        return
    sign = 1 if "convex" in expected else -1
    for _, gap, size in pairs:
        assert sign * gap >= -1e-9 * size, "the chord is on the wrong side"
        assert "strictly" not in expected or sign * gap > 0


def test_a_planted_claim_is_refuted() -> None:
    """The definition, tried at random points, tells wrong claims from right ones."""
    for text, wrt in (
        ("sum(tanh(x))", "x"),
        ("x' x - 10 sum(abs(x))", "x"),
        ("-log(x' S x)", "x"),
        ("(a' x) (b' x)", "x"),
    ):
        program = matcalc.parse(objective(text, wrt))
        of = expand(program.objective)
        used = [s for s in program.inputs if s in set(postorder(of))]
        signs = {gap > 0 for _, gap, size in gaps(of, [program.symbol(wrt)], used, (), 30) if abs(gap) > 1e-9 * size}
        assert signs == {True, False}


def test_random_programs_claim_nothing_wrong(fuzz: bool) -> None:
    seen = 0
    for seed in range(20_000 if fuzz else 250):
        generator = Generator(seed)
        program = generator.program(1 + seed % 3)
        of = expand(program.objective)
        if not of.is_scalar or program.functions:
            continue
        inputs = [s for s in program.inputs if s in set(postorder(of)) and not s.attributes & DISCRETE]
        for by in inputs[:2]:
            found = bend(of, [by])
            if found.up == found.down:
                continue
            seen += 1
            for _, gap, size in gaps(of, [by], list(program.inputs), found.where, 4, seed):
                assert (gap if found.up else -gap) >= -1e-7 * size, (
                    f"seed {seed}: {matcalc.api.formula.Expr(of)} by {by}"
                )
    assert seen > 5


def test_random_bounds_hold(fuzz: bool) -> None:
    from random_expressions import values

    from matcalc import meaning

    seen = 0
    for seed in range(10_000 if fuzz else 150):
        generator = Generator(seed)
        root = generator.array((generator.dim(), generator.dim()), 2 + seed % 3)
        program = generator.program(0)
        parts = [p for p in postorder(root) if isinstance(p, Term)]
        try:
            found = meaning.evaluate(parts, values(program, seed))
        except MatcalcError:
            continue
        for part, value in zip(parts, found, strict=True):
            inside = bounds(part)
            if np.isfinite(value).all() and abs(value).max() < 1e9:
                seen += inside.low > -np.inf
                slack = 1e-9 * (1 + abs(value).max())
                assert value.min() >= float(inside.low) - slack and value.max() <= float(inside.high) + slack, part
    assert seen > 50


NOT_BOTH = "not convex and not concave in {} and {} together: the Hessian by both takes both signs"
SQUARES = "squares and semidefinite quadratic forms are convex"
RATIO = "a square over a positive concave function is convex"
MIXED = [
    (
        "J = ||U V' - A||^2",
        "U",
        "V",
        "J is convex in U and convex in V, each alone; it is " + NOT_BOTH.format("U", "V"),
    ),
    ("J = x' A y", "x", "y", "J is " + NOT_BOTH.format("x", "y")),
    ("J = ||A x - B y||^2", "x", "y", "J is convex in x and y together, as " + SQUARES),
    (
        "x: n; y: n; J = logsumexp(x + y)",
        "x",
        "y",
        "J is convex in x and y together, as log-sum-exp is convex and increasing",
    ),
    ("J = x' x - y' y", "x", "y", "J is convex in x and concave in y, each alone; it is " + NOT_BOTH.format("x", "y")),
    ("J = f(x' y)", "x", "y", ""),
    # Where a sign or a domain is not declared, the claim says where it holds.
    ("J = x' x / t", "x", "t", f"J is convex in x and t together where t > 0, as {SQUARES} and {RATIO}"),
    (
        "t: scalar; J = -log(t - x' x)",
        "x",
        "t",
        f"J is convex in x and t together where t - x' x > 0, as {SQUARES} and log is concave and increasing",
    ),
    ("J = a x' x + b y' y", "x", "y", f"J is convex in x and y together where a ≥ 0 and b ≥ 0, as {SQUARES}"),
    (
        "J = ||A x - b||^2 / (c' y)",
        "x",
        "y",
        f"J is convex in x and y together where c' y > 0, as {SQUARES} and {RATIO}",
    ),
    (
        "S: n x n pd; J = x' inv(S) x",
        "S",
        "x",
        "J is convex in S and x together where S is pd, as x' inv(S) x is convex on pd matrices S",
    ),
    # Convex on its cone; beyond it J has no value, though the formulas of its second derivatives have one.
    ("t: scalar; J = -log(t^2 - x' x)", "x", "t", ""),
    ("S: n x n pd; t: scalar; J = -logdet([S, x; x', t])", "x", "t", ""),
    ("S: n x n pd; J = -logdet(S - x x')", "x", "S", ""),
]


@pytest.mark.parametrize(("text", "first", "second", "said"), MIXED)
def test_both_names_together(text: str, first: str, second: str, said: str) -> None:
    assert matcalc.hessian(text, first, second, verify=False).curvature == said


@pytest.mark.parametrize(("text", "first", "second"), [row[:3] for row in MIXED if "together where" in row[3]])
def test_a_claim_in_both_names_holds_where_it_says(text: str, first: str, second: str) -> None:
    program = matcalc.parse(text)
    by = (program.symbol(first), program.symbol(second))
    found = jointly(program.objective, by)
    assert found is not None and found.where
    pairs = list(gaps(expand(program.objective), list(by), list(program.inputs), found.where, 100))
    assert len(pairs) > 15 and all(found.sign * gap >= -1e-9 * size for _, gap, size in pairs)


def test_a_divisor_is_not_zero() -> None:
    said = matcalc.hessian("J = x' x / t", "x", verify=False).curvature_where
    assert said == "positive semidefinite where t > 0, as I: J is convex in x where t > 0"
