"""Hessians and Jacobians by structured variables: by independent entries, for changes that keep the structure, free."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from finite import evaluate
from moves import Values, moved

import matcalc
from matcalc.cli import run
from matcalc.errors import MatcalcError, UnsupportedError
from matcalc.expr import Node, Symbol, expand, replace
from matcalc.operators import DUPLICATIONS, size_node, term

STEP = 1e-4
D = "duplication(n)"

# The declarations and the objective; the Hessian by the independent entries of S, "" where only the values count.
CASES: list[tuple[str, str]] = [
    ("S: n x n pd; J = logdet(S)", f"-{D}'(inv(S) ⊗ inv(S)) {D}"),
    ("S: n x n symmetric; J = tr(S S)", f"2 {D}' {D}"),
    ("S: n x n symmetric; J = ||S||^2", f"2 {D}' {D}"),
    ("S: n x n symmetric; J = tr(S^3)", f"6 {D}'(I ⊗ S) {D}"),
    ("S: n x n pd; a: n; J = a' inv(S) a", f"2 {D}'(inv(S) ⊗ (inv(S) a a' inv(S))) {D}"),
    ("S: n x n pd; C: n x n symmetric; J = n/2 logdet(S) + 1/2 tr(inv(S) C)",
     f"-1/2 {D}'(inv(S) ⊗ (n inv(S) - 2 inv(S) C inv(S))) {D}"),
    ("S: n x n symmetric; A, B: n x n; J = tr(A S B S)", f"{D}'(A' ⊗ B + B' ⊗ A) {D}"),
    ("S: n x n symmetric; X: k x n; C: k x k; J = ||X S X' - C||^2", f"2 {D}'((X' X) ⊗ (X' X)) {D}"),
    ("S: n x n symmetric; J = sum(exp(S))", f"{D}' diag(vec(exp(S))) {D}"),
    ("S: n x n symmetric; a, b: n; J = a' S b", "zeros(n (n + 1)/2, n (n + 1)/2)"),
    ("S: n x n symmetric; a, b: n; J = (a' S b)^2", ""),
    ("S: n x n symmetric; A, B: n x n; J = ||A S B||^2", ""),
    ("S: n x n symmetric; X: k x n; J = sum(tanh(X S))", ""),
    ("S: n x n skew; A: n x n; J = tr(A S A S)", ""),
    ("S: n x n skew; A, B: n x n; J = ||A S B||^2", ""),
    ("S: n x n skew; J = tr(S^4)", ""),
    ("S: n x n skew; A: k x n; B: k x n; J = ||A S - B||^2",
     "duplication_skew(n)'(I ⊗ (A' A) + (A' A) ⊗ I) duplication_skew(n)"),
    ("S: n x n symmetric; J = lambda_max(S)",
     f"2 {D}'((eigvec_max(S) eigvec_max(S)') ⊗ pinv(lambda_max(S) I - S)) {D}"),
    ("S: n x n skew; J = ||S||^2", "4 eye(n (n - 1)/2)"),
    ("S: n x n diagonal; J = logdet(S)", "-inv(S).^2"),
    ("S: n x n diagonal; J = tr(S^3)", "6 S"),
    ("S: n x n diagonal; A, B, C: n x n; J = ||A S B - C||^2", "2 (A' A) ⊙ (B B')"),
    ("S: n x n diagonal; A: n x n; J = tr(S A S A')", "A.^2 + A'.^2"),
    ("S: n x n lower; J = ||S||^2", "2 eye(n (n + 1)/2)"),
    ("S: n x n lower; A, B: n x n; J = tr(A S B S)", ""),
    ("S: n x n lower; C: n x n; J = ||S S' - C||^2", ""),
    ("S: n x n upper; A: n x n; B: n x n; J = ||A S - B||^2",
     "2 duplication_upper(n)'(I ⊗ (A' A)) duplication_upper(n)"),
    ("S: n x n lower upper; A: n x n; J = tr(S A S A')", "A.^2 + A'.^2"),
]  # fmt: skip


def units(kind: str, n: int) -> list[Any]:
    """What a matrix of a structure is if one of its independent entries is 1 and the others are 0, column by column."""
    found = []
    for j in range(n):
        for i in range(n):
            unit = np.zeros((n, n))
            unit[i, j] = 1
            if kind == "symmetric" and i >= j:
                unit[j, i] = 1
            elif kind == "skew" and i > j:
                unit[j, i] = -1
            elif not ((kind == "lower" and i >= j) or (kind == "upper" and i <= j) or (kind == "diagonal" and i == j)):
                continue
            found.append(unit)
    return found


def kind_of(symbol: Symbol) -> str:
    has = symbol.attributes
    if {"lower", "upper"} <= has:
        return "diagonal"
    return "symmetric" if has & {"pd", "psd"} else next(iter(has))


def values_of(program: matcalc.Program, n: int) -> dict[str, Any]:
    draw = np.random.default_rng(7)
    found: dict[str, Any] = {}
    for s in program.inputs:
        rows, columns = (d if isinstance(d, int) else n if d == "n" else 2 for d in s.shape)
        value = draw.uniform(-1, 1, (rows, columns))
        if s.attributes:
            value = sum(draw.uniform(0.2, 0.9) * unit for unit in units(kind_of(s), n))
            value = value + 2 * np.eye(n) if "skew" not in s.attributes else value
        found[s.name] = value
    return found


def value(node: Node, values: Values) -> Any:
    return evaluate([expand(node)], values, {"n": 3, "k": 2}, {})[0]


def measured(of: Node, name: str, ways: list[Any], values: dict[str, Any]) -> Any:
    found = np.zeros((len(ways), len(ways)))
    for i, one in enumerate(ways):
        for j, other in enumerate(ways[: i + 1]):
            bend = moved(lambda at: value(of, at).item(), [(name, one), (name, other)], values, STEP)
            found[i, j] = found[j, i] = bend
    return found


@pytest.mark.parametrize(("text", "half"), CASES, ids=[text for text, _ in CASES])
def test_a_hessian_by_a_structured_variable(text: str, half: str) -> None:
    found = matcalc.hessian(text, "S", structure="half", verify=False)
    assert not half or str(found.expanded()) == half
    program = found.gradient.program
    values, of = values_of(program, 3), program.objective
    ways = units(kind_of(program.symbol("S")), 3)
    expected = measured(of, "S", ways, values)
    least = 2e-5 * max(1.0, abs(expected).max())
    assert value(found.node, values) == pytest.approx(expected, abs=least)
    # Projected: along two changes that keep the structure the same, and 0 across it.
    projected = matcalc.hessian(text, "S", verify=False)
    matrix, stacked = value(projected.node, values), np.array([way.ravel("F") for way in ways])
    assert stacked @ matrix @ stacked.T == pytest.approx(expected, abs=least)
    inside = stacked.T @ np.linalg.pinv(stacked.T)
    assert inside @ matrix @ inside == pytest.approx(matrix, abs=1e-9 * max(1.0, abs(matrix).max()))
    change = sum(c * way for c, way in zip(np.linspace(-1, 1, len(ways)), ways, strict=True))
    along = value(projected.operator.node, {**values, "dS": change})
    assert along.ravel("F") == pytest.approx(matrix @ change.ravel("F"), abs=least)


@pytest.mark.parametrize("text", [CASES[i][0] for i in (1, 3, 6, 8, 13, 19, 22)])
def test_a_free_hessian_leaves_the_structure_out_of_account(text: str) -> None:
    found = matcalc.hessian(text, "S", structure="free", verify=False)
    values, of = values_of(found.gradient.program, 3), found.gradient.program.objective
    each = [unit.reshape((3, 3), order="F") for unit in np.eye(9)]
    expected = measured(of, "S", each, values)
    assert value(found.node, values) == pytest.approx(expected, abs=2e-5 * max(1.0, abs(expected).max()))


BY_SYMPY: list[tuple[str, Callable[[Any], Any]]] = [
    ("S: n x n pd; J = logdet(S)", lambda s: __import__("sympy").log(s.det())),
    ("S: n x n pd; J = tr(inv(S))", lambda s: s.inv().trace()),
    ("S: n x n symmetric; J = tr(S^3)", lambda s: (s**3).trace()),
    ("S: n x n skew; J = tr(S^4)", lambda s: (s**4).trace()),
    ("S: n x n lower; J = ||S S'||^2", lambda s: sum(x**2 for x in s * s.T)),
    ("S: n x n upper; J = sum(S' S S)", lambda s: sum(s.T * s * s)),
    ("S: n x n diagonal; J = det(S)", lambda s: s.det()),
]


@pytest.mark.parametrize(("text", "objective"), BY_SYMPY, ids=[text for text, _ in BY_SYMPY])
def test_second_derivatives_by_the_independent_entries(text: str, objective: Callable[[Any], Any]) -> None:
    import sympy

    found = matcalc.hessian(text, "S", structure="half")
    assert found.verification is not None and found.verification.status in ("proved", "agrees")
    ways = units(kind_of(found.gradient.program.symbol("S")), 3)
    letters = sympy.symbols(f"v:{len(ways)}")
    matrix = sympy.zeros(3)
    for letter, way in zip(letters, ways, strict=True):
        matrix += letter * sympy.Matrix(way.astype(int))
    numbers = dict(zip(letters, (sympy.Rational(k + 3, 7 - k % 3) for k in range(len(ways))), strict=True))
    there = np.array(sympy.hessian(objective(matrix), letters).subs(numbers).evalf(20), dtype=float)
    at = np.array(matrix.subs(numbers), dtype=float)
    assert value(found.node, {"S": at}) == pytest.approx(there, rel=1e-9, abs=1e-9)


def test_mixed_derivatives_by_independent_entries() -> None:
    text = "A: n x n symmetric; S: n x n pd; J = tr(S A S) + logdet(S)"
    found = matcalc.hessian(text, "S", "A", structure="half", verify=False)
    values, of = values_of(found.gradient.program, 3), found.gradient.program.objective
    claimed, ways = value(found.node, values), units("symmetric", 3)
    for i, one in enumerate(ways):
        for j, other in enumerate(ways):
            bend = moved(lambda at: value(of, at).item(), [("S", one), ("A", other)], values, STEP)
            assert claimed[i, j] == pytest.approx(bend, abs=1e-4)
    only = matcalc.hessian("S: n x n symmetric; x: n; J = x' S x", "x", "S", structure="half", verify=False)
    assert only.shape[0] == "n" and str(only.shape[1]) == "n (n + 1)/2"


def test_a_jacobian_by_independent_entries_is_proved() -> None:
    found = matcalc.jacobian("S: n x n symmetric; S S", "S", structure="half")
    assert str(found) == "(I ⊗ S + S ⊗ I) D" and str(found.expanded()) == f"(I ⊗ S + S ⊗ I) {D}"
    assert found.verification is not None and found.verification.status == "proved"
    assert str(matcalc.jacobian("S: n x n symmetric; S S", "S", verify=False)) == "I ⊗ S + S ⊗ I"
    assert "dvec(Y)/dvech(S)' = " in found.to_text() and "vec(S) = D vech(S)" in found.to_text()


def test_a_planted_error_by_independent_entries_is_refuted() -> None:
    from matcalc.operators import number, scale
    from matcalc.verify import verify_jacobians

    for text, structure in (("S: n x n symmetric; A S B", "half"), ("S: n x n skew; A S B", "half"),
                            ("S: n x n lower; A S B", "projected")):  # fmt: skip
        found = matcalc.jacobian("A, B: n x n; " + text, "S", structure=structure, verify=False)
        ((variable, node),) = found.record.gradients
        output = found.record.program.typed[0]
        assert verify_jacobians(output, {variable: node}, structure=structure)["S"].ok
        assert not verify_jacobians(output, {variable: scale(number(2), node)}, structure=structure)["S"].ok
    other = matcalc.jacobian("A, B: n x n; S: n x n upper; A S B", "S", structure="half", verify=False)
    upper, lower = (term(DUPLICATIONS[name], size_node("n")) for name in ("upper", "lower"))
    swapped = replace(expand(other.node), {upper: lower})
    ((variable, _),) = other.record.gradients
    assert not verify_jacobians(other.record.program.typed[0], {variable: swapped}, structure="half")["S"].ok


def test_a_product_with_a_direction_keeps_the_structure() -> None:
    text = "S: n x n symmetric; J = tr(S^3)"
    assert str(matcalc.hvp(text, "S", "V")) == "3 (S V + V S)"
    # By the independent entries each off the diagonal counts twice, once for each of its places, and not four times.
    entries = matcalc.hvp(text, "S", "V", convention="entries")
    draw = np.random.default_rng(5)
    s, v = (m + m.T for m in draw.normal(size=(2, 3, 3)))
    whole = 3 * (s @ v + v @ s)
    assert entries.evaluate({"S": s, "V": v}) == pytest.approx(2 * whole - np.diag(np.diag(whole)))


def test_vech_and_duplication_matrices_in_a_program() -> None:
    for text in ("S: n x n symmetric; J = c' duplication(n) vech(S)", "S: n x n symmetric; J = c' vec(S)"):
        assert str(matcalc.gradient(text, "S")) == "1/2 (unvec(c, n, n) + unvec(c, n, n)')"
    assert str(matcalc.parse("J = a' vech(S)").names["a"].shape[0]) == "n (n + 1)/2"
    found = matcalc.derive("J = a' vech(A S); A: n x n", "S")
    assert str(found["S"]) == "A' unvec(duplication_lower(n) a, n, n)" and found.verification["S"].status == "proved"


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("pinv(duplication(n)) duplication(n)", "eye(n (n + 1)/2)"),
        ("duplication(n) pinv(duplication(n))", "1/2 (I + commutation(n, n))"),
        ("commutation(n, n) duplication(n)", "duplication(n)"),
        ("duplication_skew(n)' commutation(n, n)", "-duplication_skew(n)'"),
        ("duplication_skew(n)' duplication_skew(n)", "2 eye(n (n - 1)/2)"),
        ("pinv(duplication_lower(n))", "duplication_lower(n)'"),
        ("A: n x n invertible; inv(duplication(n)' (A ⊗ A) duplication(n))",
         "pinv(duplication(n)) (inv(A) ⊗ inv(A)) pinv(duplication(n))'"),
        ("S: n x n symmetric; duplication(n) vech(S)", "vec(S)"),
        ("A: n x n; duplication_diagonal(n)' (A ⊗ A') duplication_diagonal(n)", "A ⊙ A'"),
    ],
)  # fmt: skip
def test_identities_of_duplication_matrices(text: str, short: str) -> None:
    program = matcalc.parse(text)
    node = program.objective.definition
    assert node is not None
    found = matcalc.Expr(program.objective).expanded()
    assert str(found) == short
    values = values_of(program, 3)
    assert value(found.node, values) == pytest.approx(value(node, values))


@pytest.mark.parametrize(
    ("source", "structure", "error", "words"),
    [
        ("X: n x n; J = logdet(X)", "half", MatcalcError, "X has no structure"),
        ("x: n; J = x' x; X: n x n", "projected", MatcalcError, "x has no structure"),
        ("X: n x n symmetric; J = tr(X)", "quarter", UnsupportedError, "there is no structure .quarter"),
        ("X: n x n orthogonal; A: n x n; J = tr(A X X)", "half", UnsupportedError, "no half form of the Jacobian"),
    ],
)
def test_what_has_no_form(source: str, structure: str, error: type[MatcalcError], words: str) -> None:
    name = "x" if "x: n;" in source else "X"
    with pytest.raises(error, match=words) as raised:
        matcalc.hessian(source, name, structure=structure, verify=False)
    assert raised.value.hint


def test_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    text = "S: n x n pd; J = logdet(S)"
    assert run(["hessian", text, "--wrt", "S", "--structure", "half"]) == 0
    out = capsys.readouterr().out
    assert "H     = -D'(inv(S) ⊗ inv(S)) D" in out and "D = duplication(n)" in out
    assert "vec(S) = D vech(S)" in out and "H = dg/dvech(S)'" in out
    assert run(["hessian", text, "--wrt", "S", "--structure", "half", "--format", "latex", "--no-steps"]) == 0
    assert r"-D^\top (S^{-1} \otimes S^{-1}) D" in capsys.readouterr().out
    for form in ("markdown", "html", "json"):
        assert run(["hessian", text, "--wrt", "S", "--structure", "half", "--format", form, "--no-steps"]) == 0
        assert capsys.readouterr().out
    assert run(["hessian", "J = logdet(X)", "--wrt", "X", "--structure", "half"]) == 2
    assert "X has no structure" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["sum(chol(S))", "tr(A inv(chol(S)))", "sum(chol(A S A'))"])
def test_a_cholesky_factor_has_no_hessian_free_of_the_structure(text: str) -> None:
    with pytest.raises(matcalc.UnsupportedError, match="has a value for symmetric matrices only"):
        matcalc.hessian(f"S: n x n pd; J = {text}", "S", structure="free", verify=False)
    assert matcalc.hessian(f"S: n x n pd; J = {text}", "S", verify=False).operator


def test_where_no_cholesky_factor_is_left_there_is_one() -> None:
    found = matcalc.hessian("S: n x n pd; J = sum(log(diag(chol(S))))", "S", structure="free", verify=False)
    assert str(found.operator) == "-1/2 inv(S) dS inv(S)"
