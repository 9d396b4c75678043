"""Stationary points: as they are published, and where NumPy finds them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from finite import evaluate
from selection import some

import matcalc
from matcalc.cli import run
from matcalc.expr import dims, expand

RIDGE = "J = ||X w - y||^2 + lam ||w||^2"

# text, variable, constraint, solution, kind
CASES = [
    ("J = ||X w - y||^2", "w", "", "pinv(X) y", "minimum"),
    (RIDGE, "w", "", "inv(X' X + lam I) X' y", "stationary point"),
    ("lam: positive; " + RIDGE, "w", "", "inv(X' X + lam I) X' y", "minimum"),
    ("S: n x n pd; J = (y - X w)' inv(S) (y - X w)", "w", "", "inv(X' inv(S) X) X' inv(S) y", "minimum"),
    ("p: n positive; J = (y - X w)' diag(p) (y - X w)", "w", "", "inv(X' diag(p) X) X'(p ⊙ y)", "minimum"),
    ("J = ||X W - Y||^2", "W", "", "pinv(X) Y", "minimum"),
    ("J = ||A X B - C||^2", "X", "", "pinv(A) C pinv(B)", "minimum"),
    ("J = ||A X + X B - C||^2", "X", "", "", "minimum"),
    ("lam: positive; J = ||X W - Y||^2 + lam ||W||^2", "W", "", "inv(X' X + lam I) X' Y", ""),
    ("lam: positive; J = ||X - U V'||^2 + lam ||U||^2", "U", "", "X V inv(V' V + lam I)", ""),
    ("lam: positive; J = lam ||X - M||^2", "X", "", "", "minimum"),
    ("lam: positive; J = 1/2 lam tr(X' X) - tr(A X)", "X", "", "", "minimum"),
    ("J = ||X - U V'||^2", "U", "", "X pinv(V)'", "minimum"),
    ("J = sum((y - a x).^2)", "a", "", "x' y / (x' x)", "minimum"),
    ("J = ||x - m||^2", "x", "", "m", "minimum"),
    ("J = -||x - m||^2", "x", "", "m", "maximum"),
    ("J = 1/2 x' A x - b' x", "x", "", "", "stationary point"),
    ("J = ||D w - y||^2 + lam ||L w||^2", "w", "", "inv(D' D + lam L' L) D' y", "stationary point"),
    ("J = 1/2 w'w", "w", "A w = b", "pinv(A) b", "minimum"),
    ("S: n x n pd; J = 1/2 w' S w", "w", "ones(n)' w = 1", "rowsum(inv(S)) / sum(inv(S))", "minimum"),
    ("J = ||X w - y||^2", "w", "C w = d", "", "minimum"),
]


@pytest.mark.parametrize(
    ("text", "wrt", "subject", "solution", "kind"), some(CASES, len(CASES) // 2, [f"{c[0]} {c[2]}" for c in CASES])
)
def test_the_gradient_is_zero_there(text: str, wrt: str, subject: str, solution: str, kind: str) -> None:
    found = matcalc.solve(text, wrt, subject=subject)
    assert not solution or str(found) == solution
    assert not kind or found.kind == kind
    assert found.verification is not None and found.verification.ok
    symbols = {s.name: s for s in (*found.scope, *found.gradient.program.inputs)}
    names = list(dims(*symbols.values()))
    sizes = {name: 5 - n for n, name in enumerate(names)}
    if subject:
        sizes = dict(zip(names, (6, 4, 2) if "X" in symbols else (4, 2) if "A" in symbols else (4,), strict=False))
    draw = np.random.default_rng(1)
    values: dict[str, Any] = {}
    for s in symbols.values():
        rows, columns = (d if isinstance(d, int) else sizes[str(d)] for d in s.shape)
        value = draw.normal(size=(rows, columns))
        value = value @ value.T + np.eye(rows) if "pd" in s.attributes else value
        values[s.name] = abs(value) if "positive" in s.attributes or s.name == "lam" else value
    values[wrt] = evaluate([expand(found.node)], values, sizes)[0]
    slope = evaluate([expand(found.gradient.expanded(wrt).node)], values, sizes)[0]
    if not subject:
        assert slope == pytest.approx(np.zeros_like(slope), abs=1e-7)
        return
    left, right = (evaluate([expand(side.node)], values, sizes)[0] for side in found.equation)
    assert left == pytest.approx(right)
    rows_ = {"A w = b": values.get("A"), "C w = d": values.get("C")}.get(subject, np.ones((1, len(values[wrt]))))
    kernel = np.linalg.svd(np.asarray(rows_))[2][len(np.asarray(rows_)) :]
    assert kernel @ slope == pytest.approx(np.zeros((len(kernel), 1)), abs=1e-7)


# text, variable, constraint, shapes of the names: all are substituted with numbers
FLAT = [  # the Hessian has no inverse, whatever the data
    ("J = (a'x - 1)^2", "x", "a 4, x 4"),
    ("J = -(a'x - c)^2 / 2", "x", "a 4, x 4, c"),
    ("J = ||X w - y||^2; X: 3 x 5", "w", "X 3 5, w 5, y 3"),
    ("J = ||A X B - C||^2; A: 2 x 3", "X", "A 2 3, X 3 2, B 2 2, C 2 2"),
    ("J = (a'X b - c)^2", "X", "a 3, X 3 4, b 4, c"),
    ("J = ||X w - y||^2", "X", "X 4 3, w 3, y 4"),
    ("J = (a'x - 1)^2 + (b'x + 2)^2", "x", "a 5, b 5, x 5"),
    ("J = tr(X)^2 - tr(X)", "X", "X 3 3"),
    ("J = ||x - mean(x)||^2", "x", "x 5"),
]
PROBLEMS = [
    ("J = sum((y - X w - b).^2)", "b", "", "y 5, X 5 3, w 3, b"),
    ("J = 1/2 ||A x - b||^2 + lam/2 ||x||^2", "x", "", "A 5 3, x 3, b 5, lam"),
    ("J = (y - X w)' W (y - X w); W: n x n diagonal", "w", "", "y 5, X 5 3, w 3, W 5 5"),
    ("J = sum(p .* (y - X w).^2)", "w", "", "p 5, y 5, X 5 3, w 3"),
    ("J = ||X w - y||^2 + lam ||w - w0||^2", "w", "", "y 5, X 5 3, w 3, w0 3, lam"),
    ("J = ||X w - y||^2 + lam w' Q w; Q: d x d psd; lam: positive", "w", "", "y 5, X 5 3, w 3, Q 3 3, lam"),
    ("J = ||Y - X B||^2", "B", "", "Y 5 2, X 5 3, B 3 2"),
    ("J = tr((Y - X B) inv(S) (Y - X B)'); S: m x m pd", "B", "", "Y 5 2, X 5 3, B 3 2, S 2 2"),
    ("J = ||A X - B||^2 + lam ||X||^2", "X", "", "A 5 3, X 3 2, B 5 2, lam"),
    ("J = ||A X - X B||^2 + ||X - C||^2", "X", "", "A 3 3, X 3 2, B 2 2, C 3 2"),
    ("J = 1/2 tr(X' A X) + 1/2 tr(X B X') - tr(C' X); A: n x n pd; B: m x m pd", "X", "",
     "A 3 3, X 3 2, B 2 2, C 3 2"),
    ("J = tr(X A X') - 2 tr(X C); A: n x n pd", "X", "", "A 3 3, X 2 3, C 3 2"),
    ("J = ||A X A' - S||^2", "X", "", "A 4 3, X 3 3, S 4 4"),
    ("J = ||x - a||^2 + ||x - b||^2", "x", "", "x 3, a 3, b 3"),
    ("J = sum((x - a).^2) + lam sum((D x).^2)", "x", "", "x 3, a 3, D 2 3, lam"),
    ("J = 1/2 s^2 - s a", "s", "", "s, a"),
    ("J = ||X - u v'||^2", "u", "", "X 4 3, u 4, v 3"),
    ("J = ||X - u v'||^2", "v", "", "X 4 3, u 4, v 3"),
    ("J = ||A - U V'||^2 + lam (||U||^2 + ||V||^2); lam: positive", "V", "", "A 4 3, U 4 2, V 3 2, lam"),
    ("J = (x - m)' inv(S) (x - m) + (y - H x)' inv(R) (y - H x); S: n x n pd; R: k x k pd", "x", "",
     "x 3, m 3, S 3 3, y 2, H 2 3, R 2 2"),
    ("J = -1/2 (x - m)' inv(S) (x - m); S: n x n pd", "m", "", "x 3, m 3, S 3 3"),
    ("J = ||x||^2 + (a' x - c)^2", "x", "", "x 3, a 3, c"),
    ("J = ||a x - b||^2; x: scalar; a, b: n", "x", "", "x, a 3, b 3"),
    ("J = sum((A X - B).^2) + mu tr(X' L X); L: n x n psd; mu: positive", "X", "", "A 5 3, X 3 2, B 5 2, L 3 3, mu"),
    ("J = ||A (X + C) B - D||^2", "X", "", "A 4 3, X 3 2, C 3 2, B 2 5, D 4 5"),
    ("J = 1/2 ||X - Y||^2 + rho/2 ||X - Z + U||^2; rho: positive", "X", "", "X 3 2, Y 3 2, Z 3 2, U 3 2, rho"),
    ("J = ||X - A||^2; X: n x n symmetric", "X", "", "X 3 3, A 3 3"),
    ("J = tr(X' X) - 2 tr(A X); X: n x n diagonal", "X", "", "X 3 3, A 3 3"),
    ("J = ||X - A||^2; X: n x n skew", "X", "", "X 3 3, A 3 3"),
    ("J = ||w||^2", "w", "X w = y", "w 4, X 2 4, y 2"),
    ("J = 1/2 w' S w - mu' w; S: n x n pd", "w", "ones(n)' w = 1", "w 4, S 4 4, mu 4"),
    ("J = 1/2 w' S w; S: n x n pd", "w", "A w = b", "w 4, S 4 4, A 2 4, b 2"),
    ("J = ||x - z||^2", "x", "a' x = c", "x 4, z 4, a 4, c"),
    ("J = ||x - z||^2", "x", "A x = b", "x 4, z 4, A 2 4, b 2"),
    ("J = ||X w - y||^2", "w", "C w = d", "X 6 4, w 4, y 6, C 2 4, d 2"),
    ("J = ||X w - y||^2", "w", "sum(w) = 1", "X 6 4, w 4, y 6"),
    ("J = 1/2 ||x||^2 + a' x", "x", "sum(x) = 0", "x 4, a 4"),
    ("J = ||x||^2", "x", "A x = b; B x = c", "x 5, A 2 5, b 2, B 1 5, c 1"),
    ("J = ||A x - b||^2", "x", "B x = c; f' x = 1", "A 6 4, x 4, b 6, B 2 4, c 2, f 4"),
    ("J = ||A X - B||^2", "X", "C X = D", "A 6 4, X 4 3, B 6 3, C 2 4, D 2 3"),
    ("J = ||X - A||^2", "X", "tr(X) = 1", "X 3 3, A 3 3"),
    ("J = ||X - A||^2", "X", "X 1 = b", "X 3 4, A 3 4, b 3"),
    ("J = ||X - A||^2", "X", "X C = D", "X 3 4, A 3 4, C 4 2, D 3 2"),
    ("J = tr(X S X') - tr(A' X); S: n x n pd", "X", "X C = D", "X 3 4, S 4 4, A 3 4, C 4 2, D 3 2"),
    ("J = ||A X - B||^2", "X", "tr(X) = 1", "A 5 3, X 3 3, B 5 3"),
    ("J = ||A X - B||^2", "X", "C X = D; E X = F", "A 6 5, X 5 2, B 6 2, C 2 5, D 2 2, E 1 5, F 1 2"),
    *((text, wrt, "", shapes) for text, wrt, shapes in FLAT),
]  # fmt: skip
ORTHONORMAL = [
    ("min_Q ||A Q - B||^2", "Q", "Q' Q = I", "A 5 3, Q 3 3, B 5 3"),
    ("J = ||Q A - B||^2", "Q", "Q' Q = I", "A 3 5, Q 3 3, B 3 5"),
    ("J = ||A - B Q'||^2", "Q", "Q' Q = I", "A 5 4, Q 4 2, B 5 2"),
    ("J = ||A Q - B||^2; Q: n x n orthogonal", "Q", "", "A 5 3, Q 3 3, B 5 3"),
    ("max_Q tr(A' Q)", "Q", "Q' Q = I", "A 4 2, Q 4 2"),
    ("J = tr(A' Q)", "Q", "Q' Q = I", "A 3 3, Q 3 3"),
    ("min tr(A' Q)", "Q", "Q' Q = I", "A 4 2, Q 4 2"),
    ("max tr(A' Q)", "Q", "Q Q' = I", "A 2 4, Q 2 4"),
    ("max_W tr(W' S W); S: n x n psd", "W", "W' W = I", "S 4 4, W 4 2"),
    ("max_W tr(W' S W)", "W", "W' W = I", "S 4 4, W 4 2"),
    ("min_W tr(W' S W); S: n x n symmetric", "W", "W' W = I", "S 4 4, W 4 2"),
    ("J = -tr(W' X' X W)", "W", "W' W = I", "X 6 4, W 4 2"),
    ("J = ||X - X W W'||^2", "W", "W' W = I", "X 6 4, W 4 2"),
    ("J = ||X - W W' X||^2", "W", "W' W = I", "X 4 6, W 4 2"),
    ("max ||X W||^2", "W", "W' W = I", "X 6 4, W 4 2"),
    ("max w' S w", "w", "w' w = 1", "S 4 4, w 4"),
    ("min w' S w; S: n x n symmetric", "w", "||w|| = 1", "S 4 4, w 4"),
    ("max w' A w; A: n x n symmetric; B: n x n pd", "w", "w' B w = 1", "A 4 4, B 4 4, w 4"),
    ("J = (w' S w) / (w' w); S: n x n symmetric", "w", "", "S 4 4, w 4"),
    ("min (w' X' X w) / (w' w)", "w", "", "X 5 3, w 3"),
    ("max (w' A w) / (w' B w); A: n x n symmetric; B: n x n pd", "w", "", "A 4 4, B 4 4, w 4"),
    ("max a' x", "x", "x' x = 1", "a 4, x 4"),
    ("min a' x", "x", "||x|| = 1", "a 4, x 4"),
    ("J = ||a - x||^2", "x", "||x||^2 = 1", "a 4, x 4"),
]


class Numbers:
    """A problem with numbers in it: the objective and the constraints as functions of the variable, by plain NumPy."""

    def __init__(self, text: str, wrt: str, subject: str, shapes: str) -> None:
        sides = [e.split("=") for e in subject.split(";") if e.strip()]
        named = [f"c{k} = ({left}) - ({right})" for k, (left, right) in enumerate(sides)]
        given = dict(part.strip().partition(" ")[::2] for part in shapes.split(","))
        self.shapes = {name: ([*map(int, size.split()), 1, 1])[:2] for name, size in given.items()}
        self.program = matcalc.parse("\n".join([*named, text]))
        self.wrt, self.draw = wrt, np.random.default_rng(2)
        self.values = {s.name: self.drawn(s) for s in self.program.inputs}
        self.sizes = self.of(self.program.inputs)
        self.held = [expand(self.program.symbol(f"c{k}")) for k in range(len(sides))]

    def of(self, symbols: Any) -> dict[str, int]:
        known = [s for s in symbols if s.name in self.shapes]
        pairs = [(d, n) for s in known for d, n in zip(s.shape, self.shapes[s.name], strict=True)]
        return {str(d): n for d, n in pairs if not isinstance(d, int)}

    def drawn(self, s: Any) -> Any:
        value = self.draw.normal(size=tuple(self.shapes.get(s.name, (1, 1))))
        if s.attributes & {"pd", "psd"}:
            return value @ value.T + 0.1 * np.eye(len(value))
        value = value + value.T if "symmetric" in s.attributes else value
        value = np.diag(np.diag(value)) if "diagonal" in s.attributes else value
        return abs(value) + 0.1 if "positive" in s.attributes or s.name in ("lam", "p") else value

    def objective(self, x: Any) -> float:
        found = evaluate([expand(self.program.objective)], {**self.values, self.wrt: x}, self.sizes)[0]
        return float(found.item())

    def gaps(self, x: Any) -> Any:
        here = {**self.values, self.wrt: x}
        return np.concatenate([evaluate([c], here, self.sizes)[0].ravel() for c in self.held] or [np.zeros(0)])

    def solution(self, found: matcalc.Solution) -> Any:
        names = {s.name: s for s in (*found.scope, *found.gradient.program.inputs)}
        return evaluate([expand(found.node)], self.values, self.of(names.values()))[0]

    def directions(self, x: Any) -> list[Any]:
        """Directions that the structure of the variable and the affine constraints allow."""
        each = [np.eye(x.size)[k].reshape(x.shape) for k in range(x.size)]
        has = self.program.symbol(self.wrt).attributes
        if "symmetric" in has:
            each = [e + e.T for e in each]
        each = (
            [e - e.T for e in each]
            if "skew" in has
            else [np.diag(np.diag(e)) for e in each]
            if "diagonal" in has
            else each
        )
        if not self.held:
            return each
        slopes = np.array([self.gaps(x + e) - self.gaps(x) for e in each])
        kernel = np.linalg.svd(slopes.T)[2][np.linalg.matrix_rank(slopes) :]
        return [sum(c * e for c, e in zip(row, each, strict=True)) for row in kernel]


@pytest.mark.parametrize(("text", "wrt", "subject", "shapes"), PROBLEMS, ids=[f"{p[0]} {p[2]}" for p in PROBLEMS])
def test_numbers_are_substituted(text: str, wrt: str, subject: str, shapes: str) -> None:
    numbers = Numbers(text, wrt, subject, shapes)
    found = matcalc.solve(text, wrt, subject=subject, verify=False)
    best = numbers.solution(found)
    assert numbers.gaps(best) == pytest.approx(0, abs=1e-8)
    least = numbers.objective(best)
    for move in numbers.directions(best):
        up, down = numbers.objective(best + 1e-3 * move), numbers.objective(best - 1e-3 * move)
        assert (up - down) / 2e-3 == pytest.approx(0, abs=1e-7 * (1 + abs(least)))
        side = {"minimum": 1, "maximum": -1, "stationary point": 0}[found.kind]
        assert side * (up - least) >= -1e-9 * (1 + abs(least)) and side * (down - least) >= -1e-9 * (1 + abs(least))


@pytest.mark.parametrize(("text", "wrt", "subject", "shapes"), ORTHONORMAL, ids=[f"{p[0]} {p[2]}" for p in ORTHONORMAL])
def test_no_point_that_keeps_the_constraint_is_better(text: str, wrt: str, subject: str, shapes: str) -> None:
    numbers = Numbers(text, wrt, subject, shapes)
    found = matcalc.solve(text, wrt, subject=subject)
    assert found.verification is not None and found.verification.status == "agrees" and found.name
    best = numbers.solution(found)
    assert numbers.gaps(best) == pytest.approx(0, abs=1e-8)
    least, side = numbers.objective(best), 1 if found.kind == "minimum" else -1
    assert text[:3] not in ("min", "max") or found.kind.startswith(text[:3])
    draw = np.random.default_rng(3)
    middle = numbers.values["B"] if "B w" in subject else None
    for k in range(60):
        other = (
            draw.normal(size=best.shape) if k % 2 else best + draw.choice([1e-3, 0.3]) * draw.normal(size=best.shape)
        )
        if best.shape[1] > 1 or subject == "":
            u, _, vt = np.linalg.svd(other, full_matrices=False)
            other = u @ vt if best.shape[1] > 1 else other
        else:
            other = other / np.sqrt((other.T @ (other if middle is None else middle @ other)).item())
        assert numbers.gaps(other) == pytest.approx(0, abs=1e-8)
        assert side * (numbers.objective(other) - least) >= -1e-9 * (1 + abs(least))


@pytest.mark.parametrize(("text", "wrt", "shapes"), FLAT, ids=[p[0] for p in FLAT])
def test_where_there_are_more_solutions_the_shortest_is_given(text: str, wrt: str, shapes: str) -> None:
    """The others differ by what the Hessian takes to 0, and are as good; the one given is at right angles to that."""
    numbers = Numbers(text, wrt, "", shapes)
    found = matcalc.solve(text, wrt, verify=False)
    assert found.others.startswith(f"{wrt} + ") and not found.condition
    best = numbers.solution(found)
    each = [np.eye(best.size)[k].reshape(best.shape) for k in range(best.size)]
    at = {(i, j): numbers.objective(best + a + b) for i, a in enumerate(each) for j, b in enumerate(each)}
    one, none = [numbers.objective(best + a) for a in each], numbers.objective(best)
    slopes = np.array([[at[i, j] - one[i] - one[j] + none for j in range(best.size)] for i in range(best.size)])
    kernel = np.linalg.svd(slopes)[2][np.linalg.matrix_rank(slopes, tol=1e-9) :]
    assert len(kernel)
    assert kernel @ best.ravel() == pytest.approx(0, abs=1e-9)
    for row in kernel:
        assert numbers.objective(best + row.reshape(best.shape)) == pytest.approx(none, abs=1e-9)


def test_the_other_solutions_in_words() -> None:
    found = matcalc.solve("J = (a'x - 1)^2", "x")
    assert str(found) == "a / (a' a)" and found.others == "x + u is one, too, for every u with (a' u) a = 0"
    assert "a minimum, the one of least norm; x + u is one, too" in found.to_text(steps=False)
    assert found.verification is not None and found.verification.status == "proved"
    found = matcalc.solve("u: 3; w: 5; J = ||u w' - A X||^2; A: 3 x 5", "X", verify=False)
    assert str(found) == "pinv(A) u w'" and found.others == "X + U is one, too, for every U with A' A U = 0"
    found = matcalc.solve("J = ||X w - y||^2", "w", verify=False)
    assert found.condition == "X' X is invertible" and not found.others


@pytest.mark.parametrize(
    ("text", "wrt", "subject", "goal"),
    [
        ("min_w ||X w - y||^2", "w", "", "min"),
        (r"\min_w \|X w - y\|^2", "w", "", "min"),
        ("maximize -||X w - y||^2", "w", "", "max"),
        (r"\arg\max_W \operatorname{tr}(W^T S W)", "W", "W' W = I", "max"),
        (r"\underset{w}{\min} \|X w - y\|^2", "w", "A w = b", "min"),
        ("argmin_Q ||A Q - B||^2", "Q", "Q' Q = I", "min"),
        ("maximize over w: a'w", "w", "w' w = 1", "max"),
        ("max margin: ||X w - y||^2", "w", "", ""),
    ],
)
def test_what_is_said_of_min_and_max_is_heeded(text: str, wrt: str, subject: str, goal: str) -> None:
    assert matcalc.parse(text).goal == goal
    found = matcalc.solve(text, wrt, subject=subject, verify=False)
    assert goal in found.kind
    said = found.to_text(steps=False)
    assert "left out: the gradient" not in said and "asked for" not in said and "constraint1" not in said
    assert "left out: the gradient" in matcalc.derive("min_w ||X w - y||^2", "w", verify=False).to_text()


def test_the_other_end_than_was_asked_for() -> None:
    found = matcalc.solve("max_w ||X w - y||^2", "w", verify=False)
    assert "the only minimum if X' X is invertible; max was asked for" in found.to_text()


def test_a_solution_that_is_its_equation_stands_once() -> None:
    assert matcalc.solve("J = x'x", "x", verify=False).to_text(steps=False).count("zeros(n)") == 1


def test_procrustes_and_components_as_numpy_finds_them() -> None:
    numbers = Numbers("min_Q ||A Q - B||^2", "Q", "Q' Q = I", "A 5 3, Q 3 3, B 5 3")
    found = matcalc.solve("min_Q ||A Q - B||^2", "Q", subject="Q' Q = I", verify=False)
    u, _, vt = np.linalg.svd(numbers.values["A"].T @ numbers.values["B"])
    assert numbers.solution(found) == pytest.approx(u @ vt)
    assert found.condition.startswith("Q is taken to be square; U W' of the singular value decomposition A' B = U D W'")
    numbers = Numbers("J = ||X - X W W'||^2", "W", "W' W = I", "X 6 4, W 4 2")
    found = matcalc.solve("J = ||X - X W W'||^2", "W", subject="W' W = I", verify=False)
    vectors = np.linalg.svd(numbers.values["X"])[2][:2].T
    assert abs(vectors.T @ numbers.solution(found)) == pytest.approx(np.eye(2), abs=1e-9)
    assert found.name.startswith("principal components") and found.kind == "minimum"


def test_a_wrong_optimum_is_refuted() -> None:
    from matcalc.verify.best import verify_best

    program = matcalc.parse("A: m x n; B: m x n; Q: n x n; c = Q' Q - I; J = ||A Q - B||^2")
    of, constraint, q = expand(program.objective), expand(program.symbol("c")), program.symbol("Q")
    right = matcalc.solve("A: m x n; B: m x n; J = ||A Q - B||^2", "Q", subject="Q' Q = I", verify=False).node
    assert verify_best(of, q, right, constraint, 1, program.inputs).ok
    assert not verify_best(of, q, right, constraint, -1, program.inputs).ok
    from matcalc.operators import eye, negative

    assert not verify_best(of, q, eye("n"), constraint, 1, program.inputs).ok
    assert not verify_best(of, q, negative(right), constraint, 1, program.inputs).ok


def test_a_planted_error_is_seen() -> None:
    from matcalc.api.formula import Expr
    from matcalc.expr import replace
    from matcalc.operators import number, scale, zeros

    found = matcalc.solve(RIDGE, "w")
    gradient = found.gradient.expanded("w").node
    wrong = replace(gradient, {found.gradient.program.symbol("w"): scale(number(2), found.node)})
    assert not matcalc.equal(Expr(wrong), Expr(zeros("d"))).ok


def test_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["solve", RIDGE, "--wrt", "w", "--no-steps"]) == 0
    out = capsys.readouterr().out
    assert "X' X w + lam w = X' y" in out and "inv(X' X + lam I) X' y" in out
    assert "the only stationary point if X' X + lam I is invertible" in out and "proved for all sizes" in out
    assert run(["solve", RIDGE, "--wrt", "w", "--format", "latex"]) == 0
    assert "Where the gradient is 0" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["solve", "J = sum(exp(x))", "--wrt", "x"], "the gradient is not affine in x"),
        (["solve", RIDGE, "--wrt", "w", "--subject", "A w"], "a constraint is one equation"),
        (["solve", RIDGE, "--wrt", "w", "--subject", "w' w = 1"], "no optimum with a name under the constraint on w"),
        (["solve", RIDGE, "--wrt", "w", "--subject", "w' w = 1; a' w = 0"], "the constraint is not affine in w"),
        (["solve", RIDGE, "--wrt", "w", "--subject", "exp(a' w) = 1"], "the constraint is not affine in w"),
        (["solve", "J = w' x", "--wrt", "w"], "the gradient is the same for every w"),
        (["solve", "J = c' x", "--wrt", "x", "--subject", "A x = b"], "the gradient is the same for every x"),
        (["solve", "J = ||X - A||^2", "--wrt", "X", "--subject", "X = X'"], "depend on each other"),
        (["solve", "J = ||x||^2", "--wrt", "x", "--subject", "a' x = 1; 2 a' x = 3"], "depend on each other"),
        (["solve", "J = tr(X A X) - tr(B X); X: n x n symmetric; A: n x n pd", "--wrt", "X"], "no multiple of X"),
        (
            ["solve", "J = ||A Q - B||^2; Q: 4 x 2; A: 5 x 4; B: 5 x 2", "--wrt", "Q", "--subject", "Q'Q = I"],
            "no optimum with a name",
        ),
        (["solve", "J = ||A Q C - B||^2", "--wrt", "Q", "--subject", "Q'Q = I"], "no optimum with a name"),
        (["solve", "J = sum(exp(Q))", "--wrt", "Q", "--subject", "Q'Q = I"], "no optimum with a name"),
        (["solve", "J = logdet(S) + tr(inv(S) A)", "--wrt", "S"], "the gradient is not affine in S"),
        (["solve", RIDGE, "--wrt", "w,y"], "set to 0 by one name"),
        (["solve", "J = (a' x)^2 + b' x", "--wrt", "x"], "the gradient is 0 for no x: (a' x) a is never -1/2 b"),
        (["solve", "J = (a' x)^2", "--wrt", "x", "--subject", "b' x = 1"], "through the inverse of 2 a a', which has"),
        (["solve", "J = ||x||^2", "--wrt", "x", "--subject", "A x >= b"], "and this is an inequality"),
        (["solve", "J = ||x||^2", "--wrt", "x", "--subject", "y = 2"], "x does not occur in the constraint y = 2"),
        (["solve", "J = ||x||^2", "--wrt", "x", "--subject", "A x = b +"], "in the constraint A x = b +: an operand"),
        (["solve", "J = x + 1; x: n", "--wrt", "x"], "a stationary point is of a scalar"),
    ],
)
def test_what_has_no_solution(arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(arguments) in (2, 3)
    assert words in capsys.readouterr().err
