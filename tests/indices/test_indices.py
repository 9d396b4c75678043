"""Index notation: every entry is what meaning says, and derivatives by entries are those of the matrix calculus."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from random_expressions import SIZES, Generator, values
from selection import some

import matcalc
from matcalc import meaning
from matcalc.dims import dim_value
from matcalc.errors import UnsupportedError
from matcalc.expr import Node, Symbol, postorder, symbols
from matcalc.indices import FreshIndices, Index, Index_term, entry, names_in, terms, tidy
from matcalc.indices.chain_rule import link
from matcalc.indices.entry import place
from matcalc.operators import term
from matcalc.write import TEXT
from matcalc.write.indexed import Indexed
from matcalc.write.writer import Writer

Array = np.ndarray[Any, Any]


def evaluated(node: Index_term, at: Mapping[Index, int], values: Mapping[str, Any], sizes: Mapping[str, int]) -> float:
    """A formula in index notation as a number, sum by sum."""

    def value(part: Index_term) -> float:
        return evaluated(part, at, values, sizes)

    if isinstance(node, terms.Constant):
        return float(node.value)
    if isinstance(node, terms.Length):
        return float(dim_value(node.dim, sizes))
    if isinstance(node, terms.Delta):
        return float(at[node.i] == at[node.j])
    if isinstance(node, terms.EntryOf):
        (array,) = meaning.evaluate([node.of], values, sizes=sizes)
        return float(array.reshape([n for n in array.shape if n != 1])[tuple(at[i] for i in node.at)])
    if isinstance(node, terms.Product):
        return float(np.prod([value(f) for f in node.factors]))
    if isinstance(node, terms.Total):
        return sum(value(t) for t in node.terms)
    if isinstance(node, terms.Raised):
        return float(value(node.base) ** value(node.exponent))
    if isinstance(node, terms.Applied):
        arguments = {f"x{n}": value(a) for n, a in enumerate(node.args)}
        applied = term(node.op, *(Symbol(name, (1, 1)) for name in arguments))
        return float(meaning.evaluate([applied], arguments)[0][0, 0])
    ranges = [range(dim_value(i.size, sizes)) for i in node.over]
    return sum(
        evaluated(node.body, {**at, **dict(zip(node.over, place, strict=True))}, values, sizes)
        for place in itertools.product(*ranges)
    )


def bound(node: Index_term) -> list[Index]:
    own = list(node.over) if isinstance(node, terms.Sigma) else []
    return own + [i for part in terms.parts(node) for i in bound(part)]


def written(node: Node) -> tuple[Index_term, tuple[Index, ...]]:
    taken = names_in(node)
    letters = FreshIndices(taken)
    at = letters.position(node)
    return tidy(entry(node, at, letters), place(at), taken), place(at)


@pytest.mark.parametrize("seed", some(range(150), 60))
def test_every_entry_is_what_it_means(seed: int) -> None:
    generator = Generator(seed, structured=0)
    program = generator.program(3)
    node = program.objective.definition
    assert node is not None
    if any(isinstance(dim, Symbol) for n in postorder(node) for dim in n.shape):
        return
    at = {k: v for k, v in values(program, seed).items() if not k.startswith("d")}
    for part in [n for n in postorder(node) if n.args][-4:]:
        formula, free = written(part)
        assert len(set(bound(formula)) & set(free)) == 0
        (expected,) = meaning.evaluate([part], at, sizes=SIZES)
        flat = expected.reshape([n for n in expected.shape if n != 1])
        for position in itertools.product(*map(range, flat.shape)):
            found = evaluated(formula, dict(zip(free, position, strict=True)), at, SIZES)
            assert np.isclose(found, flat[position], rtol=1e-8, atol=1e-10, equal_nan=True), formula


@pytest.mark.parametrize(
    ("source", "wrt"),
    [
        ("H = X W; yhat = H v; l = 1/2 (yhat - y)'(yhat - y)", ("W", "v")),
        ("X: n x d; W: d x k; b: k; Y: n x k\nZ = X W + b; J = sum((sigmoid(Z) - Y).^2)", ("W", "b", "X")),
        ("Z = A X B; J = sum(Z.^3)", ("X", "A", "B")),
        ("z = X w; a = tanh(z); J = sum((a - y).^2)", ("w",)),
        ("Z = X'X; J = sum(Z.^2)", ("X",)),
        ("x: n; z = x'x; J = z^2", ("x",)),
        ("A: n x n; Z = diag(x) A; J = ||Z||^2", ("x", "A")),
    ],
)
def test_the_chain_rule_by_entries_comes_to_the_matrix_form(source: str, wrt: tuple[str, ...]) -> None:
    derivation = matcalc.derive(source, wrt, verify=False)
    record = derivation.record
    rng = np.random.default_rng(1)
    sizes = {"n": 3, "d": 2, "h": 4, "k": 2, "m": 3, "p": 2}
    at: dict[str, Any] = {
        s.name: rng.normal(size=[dim_value(d, sizes) for d in s.shape]) for s in derivation.program.inputs
    }
    adjoints = dict(record.adjoints)
    seen = 0
    for variable in record.wrt:
        through = [s for s in record.where if s.definition is not None and variable in symbols(s.definition)]
        if len(through) != 1 or through[0] not in adjoints:
            continue
        chained = link([(through[0], adjoints[through[0]])], variable)
        (expected,) = meaning.evaluate([record.gradient(variable.name)], at, sizes=sizes)
        flat = expected.reshape([n for n in expected.shape if n != 1])
        for position in itertools.product(*map(range, flat.shape)):
            found = evaluated(chained.gradient, dict(zip(chained.by.at, position, strict=True)), at, sizes)
            assert np.isclose(found, flat[position]), (variable.name, position)
        seen += 1
    assert seen


def test_what_is_not_written_out_has_no_derivative_by_entries() -> None:
    derivation = matcalc.derive("X: n x n\nZ = expm(X); J = sum(Z.^2)", "X", verify=False)
    (z,) = [s for s in derivation.record.where if s.name == "Z"]
    with pytest.raises(UnsupportedError, match="not written out"):
        link([(z, dict(derivation.record.adjoints)[z])], derivation.record.wrt[0])


@pytest.mark.parametrize(
    ("formula", "text", "ranges"),
    [
        ("X'(X w - y)", "Σ_j X_ji (Σ_k X_jk w_k - y_j)", "i = 1..d, j = 1..n, k = 1..d"),
        ("tr(A)", "Σ_i A_ii", "i = 1..d"),
        ("diag(w) A", "w_i A_ij", "i = 1..d, j = 1..d"),
        ("A / 2 - A'", "1/2 A_ij - A_ji", "i = 1..d, j = 1..d"),
        ("inv(A)'", "(inv(A))_ji", "i = 1..d, j = 1..d"),
        ("||w||", "sqrt(Σ_i w_i^2)", "i = 1..d"),
        ("mean(y)", "Σ_i y_i / n", "i = 1..n"),
        ("sigmoid(X w)", "sigmoid(Σ_j X_ij w_j)", "i = 1..n, j = 1..d"),
        ("y w'", "y_i w_j", "i = 1..n, j = 1..d"),
        ("sum(y) w", "Σ_j y_j w_i", "i = 1..d, j = 1..n"),
        ("-(w + A w)", "-(w_i + Σ_j A_ij w_j)", "i = 1..d, j = 1..d"),
        ("y - (-(y + X w))'y y", "y_i + Σ_j (y_j + Σ_k X_jk w_k) y_j y_i", "i = 1..n, j = 1..n, k = 1..d"),
        ("(-(y + X w))'y", "-Σ_i (y_i + Σ_j X_ij w_j) y_i", "i = 1..n, j = 1..d"),
        ("exp(-(w'w + 1) w)", "exp(-(Σ_j w_j^2 + 1) w_i)", "i = 1..d, j = 1..d"),
    ],
)
def test_how_it_is_written(formula: str, text: str, ranges: str) -> None:
    program = matcalc.parse(f"X: n x d; w: d; y: n; A: d x d\nJ = {formula}")
    node = program.objective.definition
    assert node is not None
    term_, free = written(node)
    writer = Indexed(Writer(TEXT))
    assert writer.write(term_) == text
    assert str(writer.ranges([term_], free) or "") == ranges


def test_letters_are_not_those_of_the_program() -> None:
    program = matcalc.parse("i: n x j; k: j\nJ = i k")
    node = program.objective.definition
    assert node is not None
    assert {i.name for i in terms.indices(written(node)[0])}.isdisjoint({"i", "j", "k", "n"})
