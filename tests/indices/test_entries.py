"""Everything entry by entry: lines, gradients, the chain rule; entries, rows and columns of a gradient; why rules hold.

Numbers come from NumPy sums over explicit axes and from SymPy derivatives by single entries, which share no code with
the room.
"""

from __future__ import annotations

import dataclasses
import itertools
import json
import re
from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from index_values import Values
from random_expressions import SIZES, Generator, values
from random_expressions import value as structured
from selection import some
from test_examples import EXPECTED
from typeset import compiled

import matcalc
from matcalc import meaning
from matcalc import operators as ops
from matcalc.api.wanted import proved
from matcalc.cli import run
from matcalc.derive import Record
from matcalc.derive import derive as derive_record
from matcalc.dims import dim_names, dim_value
from matcalc.document.ink import Ink
from matcalc.document.sentences import common, why
from matcalc.errors import MatcalcError, UnsupportedError
from matcalc.expr import Node, Slot, Symbol, Term, dims, postorder, replace
from matcalc.indices import FreshIndices, names_in, terms, tidy, written
from matcalc.indices.chain_rule import Link, link, path, tensors, users
from matcalc.indices.entry import place, position
from matcalc.indices.normal import same
from matcalc.operators import T, d, inner, matmul, plus, term
from matcalc.rewrite import RewriteRule
from matcalc.rules.adjoints import COLLECT, every_adjoint
from matcalc.rules.book import chapters
from matcalc.rules.slots import matrix
from matcalc.verify.every_size import is_entry
from matcalc.write import ASCII, TEXT, Notation
from matcalc.write.notations.latex import LATEX

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
NAMES = sorted(n for n in EXPECTED if "[" not in (EXAMPLES / f"{n}.mc").read_text("utf-8"))
"""Layers and steps have no values of their own, and are looked at below."""
LINEAR = "H = X W; yhat = H v; l = 1/2 (yhat - y)'(yhat - y)"
SIGMOID = "W: m x n; x: n; b: m; y: m\nz = W x + b; a = sigmoid(z); C = 1/2 sum((a - y).^2)"
UNKNOWN = {"f": (np.tanh, lambda z: 1 - np.tanh(z) ** 2)}


def flat(array: np.ndarray[Any, Any], node: Node) -> np.ndarray[Any, Any]:
    return array.reshape([n for n, dim in zip(array.shape, node.shape, strict=True) if dim != 1])


def shown(node: Node) -> tuple[Any, Any]:
    taken = names_in(node)
    letters = FreshIndices(taken)
    at = letters.position(node)
    return tidy(written(node, at, letters), place(at), taken), place(at)


@cache
def example(name: str) -> tuple[Record, Values]:
    program = matcalc.parse((EXAMPLES / f"{name}.mc").read_text("utf-8"))
    record = derive_record(program, list(EXPECTED[name]))
    rng = np.random.default_rng(3)
    names = dims(*program.inputs, *(node for _, node in program.given))
    sizes = {dim: 2 + n % 3 for n, dim in enumerate(names)}
    point: dict[str, Any] = {}
    for s in program.inputs:
        shape = [dim_value(dim, sizes) for dim in s.shape]
        point[s.name] = structured(s, rng.uniform(0.2, 1.0, shape), rng)
        if s in record.wrt or s.name in {w.name for w in record.wrt}:
            point["d" + s.name] = rng.uniform(-1, 1, shape)
    return record, Values(point, sizes, UNKNOWN)


def lines(record: Record) -> Iterator[Node]:
    for section in record.sections:
        for step in section.steps if section.kind != "sums" else ():  # these are in index notation as they stand
            yield step.after


def agree(node: Node, at: Values, rtol: float = 1e-4) -> None:
    formula, free = shown(node)
    (expected,) = meaning.evaluate([node], at.values, at.functions, at.sizes)
    found = at.of(formula, free)
    assert np.allclose(found, flat(expected, node), rtol=rtol, atol=1e-5, equal_nan=True), (node, formula)


# ------------------------------------------------------------------------------------------------ lines and gradients


@pytest.mark.parametrize("name", some(NAMES, len(NAMES) // 2))
def test_every_line_of_every_example_by_entries_is_the_line(name: str) -> None:
    record, at = example(name)
    for node in dict.fromkeys(lines(record)):
        agree(node, at)
    for symbol, gradient in record.gradients:
        agree(gradient, at, 1e-9)
        assert shown(symbol)[1] == shown(gradient)[1]


@pytest.mark.parametrize("seed", some(range(25), 12))
def test_every_line_of_a_random_program_by_entries_is_the_line(seed: int) -> None:
    program = Generator(seed, structured=0).program(3)
    variables = [s.name for s in program.inputs if not {"constant"} & s.attributes][:2]
    if not variables or any(not isinstance(dim, (int, str)) for s in program.inputs for dim in s.shape):
        return
    try:
        record = derive_record(program, variables)
    except UnsupportedError:
        return
    point = values(program, seed)
    kept = {name: value for name, value in point.items() if not name.startswith("d") or name[1:] in variables}
    at = Values(kept, SIZES)
    # What is differentiated without being a name is measured by differences, which a deep formula magnifies.
    whole = [n for n in dict.fromkeys(lines(record)) if not any(t.op is ops.D and t.args[0].args for t in _terms(n))]
    for node in whole:
        agree(node, at)
    for _, gradient in record.gradients:
        agree(gradient, at, 1e-7)


def _terms(node: Node) -> Iterator[Term]:
    return (n for n in postorder(node) if isinstance(n, Term))


def test_a_wrong_sum_is_seen() -> None:
    record, at = example("linear_two_layer")
    gradient = record.gradient("W")
    formula, free = shown(gradient)
    (expected,) = meaning.evaluate([gradient], at.values, sizes=at.sizes)
    assert np.allclose(at.of(formula, free), expected)
    wrong, turned = shown(matmul(record.program.symbol("X"), gradient))
    assert at.of(wrong, turned).shape == expected.shape[:1] * 2 or not np.allclose(
        at.of(wrong, turned).sum(), expected.sum()
    )
    doubled, _ = shown(plus(gradient, gradient))
    assert not np.allclose(at.of(doubled, free), expected)


# ----------------------------------------------------------------------------------------------------- the chain rule


def chained(record: Record) -> Iterator[tuple[Symbol, Link]]:
    """Every link of a derivation, as they are shown."""
    adjoints = dict(record.adjoints)
    given = {s.name for s, _ in record.given}
    active = [s for s in (record.objective, *reversed(record.where)) if s in adjoints and s.definition is not None]
    above = users(active)
    names = {g: s for s, g in ((s, s.definition) for s in record.deltas)}
    for target in adjoints:
        if target is not record.objective and target.name not in given and above.get(target):
            uses = [(z, names.get(adjoints[z], adjoints[z])) for z in above[target]]
            try:
                yield target, link(uses, target)
            except UnsupportedError:
                continue


@pytest.mark.parametrize("name", NAMES)
def test_the_chain_rule_by_entries_comes_to_the_gradients_of_every_example(name: str) -> None:
    record, at = example(name)
    adjoints = dict(record.adjoints)
    seen = 0
    for target, found in chained(record):
        (expected,) = meaning.evaluate([adjoints[target]], at.values, at.functions, at.sizes)
        for formula in (found.gradient, *([found.uses[0].spelled] if len(found.uses) == 1 else [])):
            assert np.allclose(at.of(formula, found.by.at), flat(expected, target), rtol=1e-8), (target, formula)
        for use in found.uses:
            (value,) = meaning.evaluate([use.of.of], at.values, at.functions, at.sizes)
            assert np.allclose(at.of(use.formula, use.of.at), flat(value, use.of.of))
            both = (*use.of.at, *found.by.at)
            assert np.allclose(at.of(use.opened, both), at.of(use.slope, both)), (target, use.opened)
        seen += 1
    assert seen or name in ("completion", "separable")  # of a nuclear norm and of ⊗ no slopes are written out


@pytest.mark.parametrize("seed", some(range(25), 12))
def test_the_chain_rule_by_entries_comes_to_the_gradients_of_a_random_program(seed: int) -> None:
    program = Generator(seed + 1000, structured=0, functions=("f",)).program(3)
    variables = [s.name for s in program.inputs if "constant" not in s.attributes][:2]
    if not variables or any(not isinstance(dim, (int, str)) for s in program.inputs for dim in s.shape):
        return
    try:
        record = derive_record(program, variables)
    except UnsupportedError:
        return
    point = {name: value for name, value in values(program, seed).items() if not name.startswith("d")}
    at = Values(point, SIZES, UNKNOWN)
    adjoints = dict(record.adjoints)
    for target, found in chained(record):
        (expected,) = meaning.evaluate([adjoints[target]], point, UNKNOWN, SIZES)
        assert np.allclose(at.of(found.gradient, found.by.at), flat(expected, target), rtol=1e-6, atol=1e-7), target


@pytest.mark.parametrize(
    ("source", "wrt", "orders"),
    [
        (LINEAR, "W", [4, 3, 2]),
        ("X: n x d\nZ = X W; A = sigmoid(Z); J = sum(A.^3)", "W", [4, 4, 2]),
        ("A: n x n; X: n x n\nZ = A inv(X); J = sum(Z.^2)", "X", [4, 2]),
        ("X: n x d; Y: n x k\nZ = X W; P = softmax(Z); J = sum(P .* Y)", "W", [4, 4, 2]),
        ("x: n; Y: n x m\nZ = x x'; t = tr(Z'Z); J = exp(-t)", "x", [3, 1, 1]),
        ("X: n x m\nN = layer_norm(X, 0.5); J = sum(N.^3)", "X", [4, 2]),
    ],
)
def test_a_derivative_along_a_chain_is_the_change_of_what_it_ends_in(source: str, wrt: str, orders: list[int]) -> None:
    record = derive_record(matcalc.parse(source), [wrt])
    rng = np.random.default_rng(5)
    sizes = {"n": 3, "d": 2, "h": 4, "k": 2, "m": 4}
    point: dict[str, Any] = {s.name: rng.uniform(0.2, 1, [dim_value(i, sizes) for i in s.shape])
                             for s in record.program.inputs}  # fmt: skip
    step = rng.uniform(-1, 1, point[wrt].shape)
    at = Values(point, sizes)
    adjoints = dict(record.adjoints)
    active = [s for s in (record.objective, *reversed(record.where)) if s in adjoints]
    chain = path(users(active), record.wrt[0], 9)
    assert chain is not None
    found = list(tensors(chain))
    assert [len(t.of.at) + len(t.by.at) for t in found] == orders
    for tensor in found:
        for formula in (tensor.whole, tensor.spelled):
            array = at.of(formula, (*tensor.of.at, *tensor.by.at))
            moved = np.tensordot(array, np.squeeze(step), axes=len(tensor.by.at))
            (change,) = meaning.evaluate([d(tensor.of.of)], {**point, f"d{wrt}": step}, sizes=sizes)
            assert np.allclose(moved, flat(change, tensor.of.of), rtol=1e-6), tensor


def test_the_minibatch_as_it_is_asked_for() -> None:
    text = matcalc.derive(LINEAR, "W", verify=False).to_text(entries=True)
    for line in (
        "dl/dW_ij = Σ_k X_ki (yhat_k - y_k) v_j    i = 1..d, j = 1..h, k = 1..n",
        "dyhat_k/dH_ij = δ_ki Σ_r δ_rj v_r",
        "dH_kr/dW_ij = Σ_s X_ks δ_si δ_rj",
        "            = X_ki δ_rj",
        "dl/dW_ij    = Σ_kr dl/dH_kr dH_kr/dW_ij",
        "= Σ_kr (yhat_k - y_k) v_r X_ki δ_rj",
        "= Σ_kr dyhat_t/dH_kr dH_kr/dW_ij",
        "dH/dW is an array with 4 indices, order 4: n×h by d×h",
        "= Σ_ij (yhat_i - y_i) v_j dH_ij   i = 1..n, j = 1..h",
    ):
        assert line in text, line


# ------------------------------------------------------------------------------- SymPy, entry by entry, from the sums


@pytest.mark.parametrize("at", list(itertools.product(range(2), range(3))))
def test_an_entry_of_the_minibatch_is_what_sympy_says(at: tuple[int, int]) -> None:
    import sympy

    n, k, h = 2, 2, 3
    X, W, v, y = (
        np.array([[sympy.Symbol(f"{name}{i}{j}") for j in range(columns)] for i in range(rows)], dtype=object)
        for name, rows, columns in (("X", n, k), ("W", k, h), ("v", h, 1), ("y", n, 1))
    )
    residual = X.dot(W).dot(v) - y
    loss = sum(r**2 for r in residual[:, 0]) / 2
    record = derive_record(matcalc.parse(LINEAR), ["W"])
    arrays = {"X": X, "W": W, "v": v[:, 0], "y": y[:, 0], "H": X.dot(W), "yhat": X.dot(W).dot(v)[:, 0]}
    exact = Values({}, {"n": n, "d": k, "h": h}, apply=lambda name, x: sympy.Function(name)(x), arrays=arrays)
    truth = sympy.diff(loss, W[at])
    formula, free = shown(record.gradient("W"))
    assert sympy.expand(exact.of(formula, free)[at] - truth) == 0
    (part,) = matcalc.derive(LINEAR, f"W[{at[0] + 1},{at[1] + 1}]", verify=False).parts
    adjoints = dict(record.adjoints)
    (hidden,) = [s for s in record.where if s.name == "H"]
    found = link([(hidden, adjoints[hidden])], record.wrt[0], at=place(part.at))
    assert sympy.expand(exact.of(found.gradient, ())[()] - truth) == 0
    assert sympy.expand(exact.of(found.uses[0].spelled, ())[()] - truth) == 0


@pytest.mark.parametrize("name", ["linear_two_layer", "attention", "gaussian", "layer_norm", "autoencoder"])
def test_the_sums_are_proved_to_be_the_matrix_form(name: str) -> None:
    record, _ = example(name)
    found = proved(record, 300)  # on a busy machine, too
    assert {name: v.status for name, v in found.items()} == {w.name: "proved" for w in record.wrt}
    assert all(v.every_size for v in found.values())
    assert all(size >= 2 for v in found.values() for _, size in v.dimensions)


def test_a_wrong_sum_is_not_proved() -> None:
    record, _ = example("linear_two_layer")
    (w, gradient), *_ = [pair for pair in record.gradients if pair[0].name == "W"]
    wrong = dataclasses.replace(record, gradients=((w, plus(gradient, w)),))
    assert proved(wrong, 10)["W"].status == "proved"  # the wrong matrix is what the sums are made from …
    adjoints = tuple((s, plus(g, w) if s is w else g) for s, g in record.adjoints)
    wrong = dataclasses.replace(record, adjoints=adjoints)  # … but the chain rule goes its own way
    found = proved(wrong, 10)["W"]
    assert found.status == "failed" and not found.every_size


@pytest.mark.parametrize("name", some(NAMES, len(NAMES) // 2))
def test_the_entries_of_every_example_are_proved_for_every_size_and_wrong_ones_are_not(name: str, fuzz: bool) -> None:
    """A mistake anywhere in a formula that changes a number is caught by the normal form alone."""
    record, at = example(name)
    adjoints = dict(record.adjoints)
    links = list(chained(record))
    most = 40 if fuzz else 10 if len(links) < 20 else 0  # of a large program that takes a minute
    caught = 0
    for target, found in links:
        place_ = position(target, found.by.at)
        proved_ = is_entry(found.gradient, place_, adjoints[target])
        assert proved_, (target, found.gradient)
        (truth,) = meaning.evaluate([adjoints[target]], at.values, at.functions, at.sizes)
        for wrong in itertools.islice(mistaken(found.gradient), most):
            try:
                differs = not np.allclose(at.of(wrong, found.by.at), flat(truth, target), rtol=1e-8)
            except (ValueError, IndexError, KeyError):  # a sum over nothing, or an index that runs too far
                continue
            if differs:
                caught += 1
                assert not is_entry(wrong, place_, adjoints[target]), (target, wrong)
    assert caught > 3 or not links or not most


def mistaken(formula: Any) -> Iterator[Any]:
    """`formula` with one mistake: a factor or a term dropped, a number, a power, a sign, an order of indices."""
    if isinstance(formula, terms.Constant):
        yield terms.Constant(formula.value + 1)
    elif isinstance(formula, terms.EntryOf) and len({i.size for i in formula.at}) < len(formula.at):
        yield terms.EntryOf(formula.of, formula.at[::-1])
    elif isinstance(formula, terms.Applied):
        yield from formula.args
    elif isinstance(formula, terms.Raised):
        yield formula.base
    elif isinstance(formula, terms.Product | terms.Total):
        parts = formula.factors if isinstance(formula, terms.Product) else formula.terms
        make = type(formula)
        for n, part in enumerate(parts):
            rest = (*parts[:n], *parts[n + 1 :])
            yield make(rest) if len(rest) > 1 else rest[0]
            yield make((*parts[:n], terms.Product((terms.Constant(Fraction(-1)), part)), *parts[n + 1 :]))
            for wrong in mistaken(part):
                yield make((*parts[:n], wrong, *parts[n + 1 :]))
    elif isinstance(formula, terms.Sigma):
        for wrong in mistaken(formula.body):
            yield terms.Sigma(formula.over, wrong)


def test_what_was_proved_is_said_and_only_where_it_was() -> None:
    derivation = matcalc.derive(SIGMOID, ["W[i,j]"])
    said = " ".join(derivation.to_text(steps=False).split())
    assert "against the matrix form: proved for all sizes; checked exactly at m=" in said
    assert derivation.by_entries["W"].status == "proved" and derivation.by_entries["W"].sizes == "all"
    assert not matcalc.derive(SIGMOID, ["W[i,j]"], verify=False).by_entries


# ------------------------------------------------------------------------------------------ entries, rows and columns


@pytest.mark.parametrize(
    ("wrt", "expected"),
    [
        ("W[i,j]", ["dC/dW_ij by the chain rule", "dz_k/dW_ij = [k = i] Σ_l [l = j] x_l", "           = [k = i] x_j",
                    "= (δ_z)_i x_j", "for i = 1..m, j = 1..n these are the entries", "of dC/dW = δ_z x'"]),
        ("W[i, :]", ["dC/dW[i,:] = (δ_z)_i x'", "these are the rows, one above another, of dC/dW = δ_z x'"]),
        ("W[:,j]", ["dC/dW[:,j] = x_j δ_z", "these are the columns, side by side, of dC/dW = δ_z x'"]),
        ("W[2,1]", ["dC/dW_2,1", "= (δ_z)_2 x_1", "this is entry (2, 1) of dC/dW = δ_z x'"]),
        ("W[2,:]", ["dC/dW[2,:]  = (δ_z)_2 x'", "dC/dW_2,j", "this is row 2 of"]),
        ("W[r,3]", ["= (δ_z)_r x_3", "these are the entries of column 3"]),
        ("b[i]", ["dC/db_i", "= (δ_z)_i", "entries, one above another, of dC/db = δ_z"]),
        ("b[2]", ["dC/db_2", "this is entry 2 of dC/db = δ_z"]),
        ("b[i,1]", ["dC/db_i", "= (δ_z)_i"]),
    ],
)  # fmt: skip
def test_a_part_of_a_gradient(wrt: str, expected: list[str]) -> None:
    text = matcalc.derive(SIGMOID, wrt, verify=False).to_text(steps=False, width=120)
    for line in expected:
        assert line in text, text


def test_several_parts_at_once_and_beside_names(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["derive", SIGMOID, "--wrt", "W[i, j],b", "--wrt", "W[2,1]", "--no-verify", "--no-steps"]) == 0
    printed = capsys.readouterr().out
    assert "dC/dW_ij by" in printed and "dC/dW_2,1 by" in printed and "dC/db = δ_z" in printed
    d_ = matcalc.derive(SIGMOID, ["W[i,j]", "b", "W"], verify=False)
    assert list(d_) == ["W", "b"] and len(d_.parts) == 1


def test_several_paths_are_added_and_structure_comes_last() -> None:
    text = matcalc.derive("X: n x d\nA = X W; B = X W.^2; J = sum(A .* B)", "W[i,j]", verify=False).to_text(width=160)
    assert "Σ_kl dJ/dB_kl dB_kl/dW_ij + Σ_kl dJ/dA_kl dA_kl/dW_ij" in text
    record = matcalc.derive("S: n x n symmetric; A: n x n\nJ = tr(A S)", "S[i,j]", verify=False)
    assert "its structure comes last" in record.to_text() and "dJ/dS_ij = A_ji" in record.to_text()
    assert "dJ/dS_ij = 1/2 (A_ij + A_ji)" in record.to_text() or "dJ/dS_ij = 1/2 (A_ji + A_ij)" in record.to_text()


@pytest.mark.parametrize(
    ("source", "wrt", "says"),
    [
        ("W: 3 x 2; x: 2\nJ = sum((W x).^2)", "W[4,1]", "W is 3×2 and has 3 rows, not 4"),
        ("W: 3 x 2; x: 2\nJ = sum((W x).^2)", "W[1,3]", "has 2 columns, not 3"),
        ("W: 3 x 2; x: 2\nJ = sum((W x).^2)", "W[0,1]", "counted from 1"),
        ("W: 3 x 2; x: 2\nJ = sum((W x).^2)", "x[3]", "has 2 rows, not 3"),
        ("W: n x m; x: m\nJ = sum((W x).^2)", "W[n,j]", "a dimension of W"),
        ("W: n x m; x: m\nJ = sum((W x).^2)", "W[i,x]", "a name of the program"),
        ("W: n x m; x: m\nJ = sum((W x).^2)", "W[i,i]", "one letter for the row and the column"),
        ("W: n x m; x: m\nJ = sum((W x).^2)", "W[i]", "has one index"),
        ("W: n x m; x: m\nJ = sum((W x).^2)", "W[:,:]", "all of W"),
        ("W: n x m; x: m\nJ = sum((W x).^2)", "W[i,]", "an index is missing"),
        ("W: n x m; x: m\nJ = sum((W x).^2)", "W[i+1,j]", "is no index"),
        ("W: n x m; x: m\nJ = sum((W x).^2)", "W[i,j,k]", "3 indices"),
        ("W: n x m; x: m\nJ = sum((W x).^2)", "x[i,2]", "has 1 column, not 2"),
        ("x: n; t: scalar\nJ = t x'x", "t[1]", "is a scalar"),
        ("x: n\nJ = x'x", "V[i,j]", "V"),
        ("x: n\nJ = x'x", "[i,j]", "does not occur"),
        ("x: n\nJ = x'x", "x[99999999999999999999]", ""),
    ],
)  # fmt: skip
def test_what_is_no_part_is_said_so(source: str, wrt: str, says: str) -> None:
    if not says:
        assert matcalc.derive(source, wrt, verify=False)
        return
    with pytest.raises(MatcalcError) as caught:
        matcalc.derive(source, wrt, verify=False)
    assert says in str(caught.value)


@pytest.mark.parametrize("junk", ["W[", "W]", "W[[i,j]]", "W[i,j]]", "W[i;j]", "W[-1,j]", "W[1.5,j]", "W[ij,k]", "W[]"])
def test_junk_is_refused(junk: str) -> None:
    with pytest.raises(MatcalcError):
        matcalc.derive("W: n x m; x: m\nJ = sum((W x).^2)", junk, verify=False)


# ------------------------------------------------------------------------------------------------------------- forms


def test_from_python() -> None:
    derivation = matcalc.derive(LINEAR, "W", verify=False)
    assert derivation["W"].entries() == "Σ_k X_ki (yhat_k - y_k) v_j   i = 1..d, j = 1..h, k = 1..n"
    assert derivation.steps[-1].entries().startswith("Σ_ijk X_ij (yhat_i - y_i) v_k dW_jk")


def test_the_record_is_the_same_and_every_line_is_there_once() -> None:
    derivation = matcalc.derive(LINEAR, ["W", "v"], verify=False)
    plain, entries = derivation.to_text(), derivation.to_text(entries=True)
    assert [line for line in plain.splitlines() if line in entries.splitlines()] == plain.splitlines()


@pytest.mark.parametrize("name", ["network", "attention", "layer_norm"])
def test_every_format_has_the_entries(name: str, tmp_path: Path) -> None:
    program = matcalc.parse((EXAMPLES / f"{name}.mc").read_text("utf-8"))
    derivation = matcalc.derive(program, list(EXPECTED[name])[:2], verify=False)
    text = derivation.to_text(entries=True, ascii=True)
    assert text.isascii() and re.search("sum_[kl] ", text)
    assert all(len(line) <= 100 for line in derivation.to_text(entries=True).splitlines())
    document = json.loads(derivation.to_json(entries=True))
    assert document["entries"] and document["entries"][0]["equations"][0]["latex"].startswith(r"\frac{")
    assert all("entries" in line for s in document["derivation"] for line in s["lines"])
    markdown = derivation.to_markdown(entries=True)
    assert re.search(r"\\sum_\{[kl]=1\}\^\{", markdown) and not re.search(
        r"\\[^a-zA-Z ]", "".join(re.findall(r"\$[^$]*\$", markdown))
    )
    compiled(derivation.to_latex(document=True, entries=True), tmp_path)


def test_letters_names_and_indices_do_not_meet() -> None:
    text = matcalc.derive("i: k x j; W_h: j x l; r: k\nJ = sum((i W_h).^2) + r'r", ["W_h"], verify=False).to_text(
        entries=True
    )
    assert "(W_h)_" in text
    ranges = set(re.findall(r"\b(\w+) = 1\.\.", text))
    assert ranges and ranges.isdisjoint({"i", "j", "k", "l", "r"})


def test_a_letter_runs_over_one_dimension_in_a_line() -> None:
    for name in NAMES:
        record, _ = example(name)
        text = matcalc.derive(record.program, [w.name for w in record.wrt], verify=False).to_text(
            entries=True, width=400
        )
        for line in text.splitlines():
            ranges = re.findall(r"\b(\w+) = 1\.\.([^,]+?)(?=,|\s*$)", line)
            assert len(dict(ranges)) == len(set(ranges)), line


# ------------------------------------------------------------------------------------------------- why rules hold

NEEDLESS = {
    "factor crosses", "Kronecker product crosses", "vec crosses", "unvec crosses", "partial trace crosses",
    "block crosses", "columns cross", "rows cross", "triangle crosses", "Fréchet derivative crosses",
}  # fmt: skip
"""Rules of several rows, of which some have no sum."""


def adjoint_rows() -> list[RewriteRule]:
    return [rule for rows in every_adjoint().values() for rule in rows] + [COLLECT]


def test_each_adjoint_row_has_a_sum_or_words() -> None:
    for rule in adjoint_rows():
        assert common(rule) or rule.reason, rule.name
        assert not (common(rule) and rule.reason) or rule.name in NEEDLESS, (
            f"{rule.name} says in words what its sum says"
        )


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("product crosses", {"both are Σ_ijk G_ij B_ik C_kj"}),
        ("Hadamard product crosses", {"both are Σ_ij G_ij A_ij V_ij"}),
        ("transpose crosses", {"both are Σ_ij G_ij V_ji"}),
        ("trace as a Frobenius product", {"both are Σ_i V_ii"}),
        ("mean as a Frobenius product", {"both are Σ_ij V_ij / (n m)"}),
        ("collect", {"both are Σ_ij (B_ij + C_ij) V_ij"}),
        ("diagonal crosses", {"both are Σ_i G_i V_ii"}),
    ],
)
def test_the_sums_as_they_are_said(name: str, says: set[str]) -> None:
    assert {said(rule, TEXT) for rule in adjoint_rows() if rule.name == name} == says


def said(rule: RewriteRule, notation: Notation) -> str:
    """Why a rule holds."""
    ink = Ink(notation)
    return "".join(part if isinstance(part, str) else ink.write(part) for part in why(rule, {}))


def test_the_sums_in_the_other_notations() -> None:
    (rule,) = [r for r in adjoint_rows() if r.name == "transpose crosses"]
    assert said(rule, LATEX) == r"both are \sum_{i,j} G_{i j} V_{j i}"
    assert said(rule, ASCII) == "both are sum_ij G_ij V_ji"


def test_a_sum_is_what_both_sides_are() -> None:
    """At random values; the sum is the one that is printed, not one of the two sides."""
    rng = np.random.default_rng(2)
    checked = 0
    for _, rule in chapters():
        if common(rule) is None:
            continue
        names = sorted({name for s in _slots(rule) for dim in s.shape for name in dim_names(dim)})
        sizes = {name: 2 + i for i, name in enumerate([*names, *("n", "m")])}
        filled: dict[Node, Symbol] = {s: Symbol(f"{s.name}_", s.shape) for s in _slots(rule)}
        point = {s.name: rng.uniform(0.5, 1.5, [dim_value(i, sizes) for i in s.shape]) for s in filled.values()}
        for side in (rule.lhs, rule.rhs):
            node = replace(side, filled)
            formula, free = shown(node)
            (expected,) = meaning.evaluate([node], point, sizes=sizes)
            assert np.allclose(Values(point, sizes).of(formula, free), expected[0, 0])
        checked += 1
    assert checked > 40


def _slots(rule: RewriteRule) -> list[Slot]:
    return [n for n in postorder(rule.lhs, rule.rhs) if isinstance(n, Slot)]


G, M, V = matrix("G"), matrix("M", "n", "k"), matrix("V", "k", "m")


@pytest.mark.parametrize(
    "wrong",
    [
        RewriteRule("dropped transpose", inner(G, T(matrix("V", "m", "n"))), inner(G, matrix("V"))),
        RewriteRule("square", inner(matrix("G", "n", "n"), T(matrix("V", "n", "n"))),
             inner(matrix("G", "n", "n"), matrix("V", "n", "n"))),
        RewriteRule("swapped", inner(matrix("G", "n", "n"), matmul(matrix("M", "n", "n"), matrix("V", "n", "n"))),
             inner(matmul(matrix("G", "n", "n"), T(matrix("M", "n", "n"))), matrix("V", "n", "n"))),
        RewriteRule("sum for mean", term(ops.SUM, matrix("A")), term(ops.MEAN, matrix("A"))),
    ],
    ids=lambda rule: rule.name,
)  # fmt: skip
def test_a_wrong_rule_has_no_reason(wrong: RewriteRule) -> None:
    assert common(wrong) is None


def test_normal_forms_tell_what_is_equal() -> None:
    program = matcalc.parse("A: n x n; B: n x n; x: n\nJ = x'A B x")
    a, b, x = (program.symbol(name) for name in ("A", "B", "x"))

    def formula(node: Node) -> Any:
        letters = FreshIndices(())
        return written(node, letters.position(node), letters)

    one = formula(matmul(T(x), a, b, x))
    assert same(one, formula(matmul(T(x), T(b), T(a), x)))
    assert not same(one, formula(matmul(T(x), b, a, x)))
    assert same(formula(inner(a, matmul(a, b))), formula(term(ops.TRACE, matmul(T(b), T(a), a))))


# ------------------------------------------------------------------------------------------------------------ layers

LAYERS = "layers l = 1..L:\n  z[l] = W[l] a[l-1] + b[l]\n  a[l] = g(z[l])\na[0] = x\nJ = 1/2 sum((a[L] - y).^2)"
SHARED = "layers l = 1..L:\n  h[l] = tanh(W h[l-1])\nh[0] = x\nJ = 1/2 sum((h[L] - y).^2)"


def test_a_symbolic_layer_by_entries() -> None:
    text = matcalc.derive(LAYERS, ["W[l]", "b[l]"], verify=False).to_text(entries=True)
    assert "dJ/dW[l]_ij = δ[l]_i a[l-1]_j" in text
    assert "Σ_j W[l+1]_ji δ[l+1]_j g'(z[l]_i)" in text
    text = matcalc.derive(LAYERS, "W[l][i,:]", verify=False).to_text(steps=False)
    assert "dJ/dW[l][i,:] = δ[l]_i a[l-1]'" in text and "Σ_l" not in text
    with pytest.raises(MatcalcError, match="does not occur"):
        matcalc.derive(LAYERS, "x[i]", verify=False)


def test_a_sum_over_layers_stands_before_its_entries() -> None:
    text = matcalc.derive(SHARED, "W[i,j]", verify=False).to_text(entries=True)
    assert "dJ/dW_ij = Σ_{l=1..L} δ[l]_i h[l-1]_j" in text


def test_the_chain_rule_shows_where_the_sum_goes() -> None:
    found = matcalc.derive("C = Σ_j (a_j - y_j)^2", "a", verify=False).to_text(entries=True)
    text = re.sub(r" +", " ", found)
    assert "dC/da_i = 2 Σ_j (a_j - y_j) δ_ji i = 1..n, j = 1..n\n = 2 (a_i - y_i)" in text
    # The letter that was typed stays from line to line.
    assert "2 Σ_j (a_j - y_j) da_j" in text and "Σ_i " not in text


@pytest.mark.parametrize(
    "source", ["J = x' A x + 2 b' x", "X: n x m; y: n\nJ = ||X x - y||^2", "J = sum(exp(x) .* b) + ||x||"]
)
def test_what_is_summed_is_the_derivative_of_each_term(source: str) -> None:
    record = derive_record(matcalc.parse(source), ["x"])
    point = {name: value for name, value in values(record.program, 3).items() if not name.startswith("d")}
    at = Values(point, SIZES, UNKNOWN)
    found = link([(record.objective, ops.ONE)], record.wrt[0])
    assert np.allclose(at.of(found.uses[0].spelled, found.by.at), at.of(found.gradient, found.by.at))
