r"""What is printed as LaTeX reads back, among the names that it is about, to the same formula.

To the same expression, or where LaTeX joins fractions and brackets differently to one of the same value: those are
evaluated, as the reader of LaTeX and the writer have no part in that.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import pytest
from document.drawn import Blocks
from hypothesis import given
from hypothesis import strategies as st
from random_expressions import Generator, value
from write.test_results_read_back import Programs, names_of, results
from write.test_roundtrip import PLAIN, SHAPES, Odd, arithmetic

from matcalc import Expr, derive, equal, meaning, verify
from matcalc.dims import dim_value
from matcalc.errors import AmbiguousError, MatcalcError, UnsupportedError
from matcalc.expr import Node, Symbol, Term, definitions, expand, postorder, symbols
from matcalc.operators import TABLE
from matcalc.syntax import parse, parse_expression
from matcalc.write import ASCII, TEXT, write
from matcalc.write.notations.latex import LATEX
from matcalc.write.notations.mathml import MATHML

SEED, DRAWS, LONG = 20_261_129, 40, 8_000
SIZES = {"n": 3, "m": 2, "k": 4, "d": 2}


def same_value(a: Node, b: Node) -> bool:
    rng = np.random.default_rng(SEED)
    a, b = expand(a), expand(b)
    at: dict[str, Any] = {}
    for s in dict.fromkeys((*symbols(a), *symbols(b))):
        shape = tuple(dim_value(d, SIZES) for d in s.shape)
        at[s.name] = value(s, rng.uniform(-0.9, 0.9, shape), rng)
    if any(isinstance(n, Term) and n.op is TABLE["matpow"] for n in postorder(b)):  # of whole exponents
        at |= {name: np.full((1, 1), 2.0) for name, found in at.items() if found.shape == (1, 1)}
    unknown = {n.op.function for n in postorder(b) if isinstance(n, Term) and n.op.function in ("f", "g")}
    functions = {str(name): (np.sin, np.cos, lambda z: -np.sin(z)) for name in unknown}
    try:
        one, two = meaning.evaluate([a, b], at, functions, SIZES)
    except UnsupportedError:  # a power by an expression that is not whole
        return write(a, ASCII) == write(b, ASCII)
    return bool(np.allclose(one, two, rtol=1e-7, atol=1e-9, equal_nan=True))


def otherwise(node: Node, names: Mapping[str, Symbol], functions: Iterable[str]) -> str:
    """What is wrong with the LaTeX of a formula, or nothing."""
    text = write(node, LATEX)
    try:
        again = parse_expression(text, names, tuple(functions), node.shape)
    except MatcalcError as error:
        long = "too long to stand here" in error.message  # a sum that runs to a formula of hundreds of signs
        return "" if long else f"{write(node, ASCII)} is written {text}: {error}"
    if again is not node and not same_value(again, node):
        return f"{write(node, ASCII)} is written {text} and read as {write(again, ASCII)}"
    return ""


def alone(node: Node) -> str:
    functions = {n.op.function for n in postorder(node) if isinstance(n, Term) and n.op.function}
    names = {s.name: s for s in symbols(node)} | {"N": Symbol("N", ("n", "m"))}
    return otherwise(node, names, map(str, functions))


@pytest.mark.parametrize("node", PLAIN, ids=[write(node, ASCII) for node in PLAIN])
def test_every_form_reads_back(node: Node) -> None:
    functions = {n.op.function for n in postorder(node) if isinstance(n, Term) and n.op.function}
    names = {s.name: s for s in symbols(node)} | {"N": Symbol("N", ("n", "m"))}
    assert parse_expression(write(node, LATEX), names, [str(f) for f in functions], node.shape) is node


@given(st.integers(0, 10**9), st.integers(1, 5), st.sampled_from([Generator, Odd, Blocks]))
def test_random_expressions_read_back(seed: int, depth: int, kind: type[Generator]) -> None:
    generator = kind(seed)
    node = generator.array(generator.random.choice(SHAPES if kind is Blocks else SHAPES[:5]), depth)
    if not arithmetic(node):
        assert alone(node) == ""


# ------------------------------------------------------------------------------------------------------------- results

NAMES = [
    "Wq",
    "W_q",
    "W1",
    "W_hy",
    "W_2_3",
    "lam",
    "lambda1",
    "eps",
    "yhat",
    "x_hat",
    "z_bar_2",
    "deltaW",
    "delta_2",
    "theta_old",
    "loss",
    "n_1",
    "delta_a1_2",
    "delta_delta2",
    "delta_delta2_2",
    "delta_delta_a1",
    "delta_delta_delta3",
    "theta_lambda1",
    "Sigma_ab",
    "u",
    "un",
    "H0",
]


def test_names_read_back_among_those_that_are_known() -> None:
    for name in NAMES:
        symbol = Symbol(name, ("n", "n"))
        assert parse_expression(write(symbol, LATEX), {name: symbol, "A": Symbol("A", ("n", "n"))}) is symbol


@pytest.mark.parametrize("text", ["x[k + 1:k + n]", "A[3:m n + 2,:]", "pinv(A[:,1:n])", "A[1,:]", "x[n - 1]"])
def test_indices_read_back(text: str) -> None:
    shapes = ["x: p", "A: p x q", "B: k x n", "C: m x n"]
    program = parse(f"J = ‖{text}‖^2", shapes)
    assert program.objective.definition is not None
    assert parse(f"J = {write(program.objective.definition, LATEX)}", shapes).objective is program.objective


ALIKE = [("Wq", "W_q"), ("W1", "W_1"), ("lam", "lambda"), ("xhat", "x_hat"), ("delta1", "delta_1"), ("x12", "x_12")]


@pytest.mark.parametrize(("name", "other"), ALIKE)
def test_names_that_look_alike_are_asked(name: str, other: str) -> None:
    known = {each: Symbol(each, ("n", "n")) for each in (name, other)}
    with pytest.raises(AmbiguousError) as asked:
        parse_expression(write(known[name], LATEX) + r"\,", known)
    found = [parse_expression(reading.text, known) for reading in asked.value.readings]
    assert found == [known[each] for each in sorted(known)]


@pytest.mark.parametrize(("name", "other"), ALIKE)
def test_names_that_look_alike_are_written_apart(name: str, other: str) -> None:
    shapes = [f"{name}, {other}: n x n", "X: n x n"]
    program = parse(f"J = tr({name} {other} X) + ||{name}||^2", shapes)
    assert program.objective.definition is not None
    text = write(program.objective.definition, LATEX, program.names)
    assert parse(f"J = {text}", shapes).objective is program.objective
    bare = parse(f"J = {text}")
    assert {s.name for s in bare.inputs} == {name, other, "X"}
    result = derive(f"J = tr({name} {other} X) + ||{name}||^2", name, shapes=shapes, verify=False)
    known = {s.name: s for s in result.record.program.inputs}
    assert parse_expression(result[name].latex(), known) is result[name].node
    page = result.to_latex(document=False)
    assert page.count(f"${write(known[name], LATEX)}$") == page.count(f"${write(known[other], LATEX)}$") == 0
    assert write(known[name], MATHML, known) != write(known[other], MATHML, known)


@pytest.mark.parametrize(
    "op", ["tr", "det", "logdet", "sum", "mean", "norm", "lambda_max", "expm", "exp", "chol", "inv"]
)
@pytest.mark.parametrize("behind", ["' s", "' s^2", "'", "^2 s", "^-1 s", "' tr(A)' s"])
def test_powers_and_transposes_of_functions_read_back_in_programs(op: str, behind: str) -> None:
    shapes = ["A: n x n", "s: scalar"]
    program = parse(f"J = tr(({op}(A)){behind})", shapes)
    node = program.objective.definition
    assert node is not None
    for text in (write(node, LATEX), write(node, TEXT), write(node, ASCII)):
        again = parse(f"J = {text}", shapes)
        assert again.objective is program.objective, text


def test_a_name_given_in_a_derivation_looks_like_no_other() -> None:
    result = derive("delta_1: d; W1, W2: d x d; J = delta_1' f(W1 f(W2 x))", "W2", verify=False)
    record = result.record
    shown = [write(s, LATEX) for s in (*record.program.inputs, *record.where, *record.deltas)]
    assert len(set(shown)) == len(shown)


def test_declared_names_are_meant_in_a_program() -> None:
    program = parse(r"\|X W_q - Y\|^2 + \lambda \|W_{q}\|^2", ["X: n x d", "Wq: d x k", "Y: n x k", "lam: scalar"])
    assert {s.name for s in program.inputs} == {"X", "Wq", "Y", "lam"}


CASES = [
    ("X: n x d; Wq: d x d; y: n; w: d; lam: scalar; y_hat = X Wq w; J = ||y - y_hat||^2 + lam ||Wq||^2", "Wq"),
    ("J = sum((y - f(f(X W1) W2))^2)", "W1"),
    ("A: n x n; a: n; J = a' A^3 a", "A"),
    ("S: n x n pd; A: n x n; J = tr(A chol(S))", "S"),
    ("A: n x n; X: n x m; J = sum(abs(A X)) + sum(log_sigmoid(X))", "X"),
    ("A: n x n symmetric; a: n; J = lambda_max(A) + a' expm(A) a", "A"),
    ("X: n x m; A: k x k; J = ||A ⊗ X||^2", "X"),
    ("layers l = 1..L: z[l] = W[l] a[l-1] + b[l]; a[l] = f(z[l]); a[0] = x; J = ||a[L] - y||^2", "W[l]"),
]


def wrong(source: str, wrt: str) -> list[str]:
    record = derive(source, wrt, verify=False).record
    if record.recursion is not None:
        from matcalc.api.judging import layer_names

        known = layer_names(record)
        found = [node for _, node in record.gradients]
        functions = tuple(record.program.functions)
        return [said for node in found if (said := _written_alike(node, known, functions))]
    known = dict(names_of(source, wrt))
    functions = tuple(record.program.functions)
    return [said for _, found in results(source, wrt) if (said := otherwise(found.node, known, functions))]


def _written_alike(node: Node, known: Mapping[str, Symbol], functions: tuple[str, ...]) -> str:
    text = write(node, LATEX)
    try:
        again = parse_expression(text, known, functions, node.shape)
        return "" if write(again, ASCII) == write(node, ASCII) else text
    except MatcalcError as error:
        return f"{text}: {error}"


@pytest.mark.parametrize(("source", "wrt"), CASES)
def test_results_read_back(source: str, wrt: str) -> None:
    assert wrong(source, wrt) == []


def test_results_of_random_programs_read_back(fuzz: bool) -> None:
    draws = Programs(SEED)
    count = LONG if fuzz else DRAWS
    read = 0
    for _ in range(count):
        source = draws.program()
        try:
            wrt = draws.random.choice([s.name for s in parse(source).inputs])
            said = wrong(source, wrt)
        except MatcalcError:
            continue
        assert said == [], f"{source} by {wrt}"
        read += 1
    assert read > count / 2


# ------------------------------------------------------------------------------------------------------------ programs

RENAMED = {"A": "Wq", "B": "W_hy", "X": "Xtilde", "s": "lam", "z": "x_1", "y": "yhat", "S": "Sigma"}


def in_latex(source: str) -> tuple[str, list[str]]:
    """The program as a page has it, and the declarations beside it."""
    program = parse(source)
    lines = [f"{write(s, LATEX)} &= {write(s.definition, LATEX)}" for s in program.definitions if s.definition]
    shapes = []
    for s in program.inputs:
        sizes = "scalar" if s.is_scalar else " x ".join(map(str, s.shape))
        shapes.append(" ".join([f"{s.name}: {sizes}", *sorted(s.attributes)]))
    shapes += [f"{name}: elementwise" for name in program.functions]
    return r"\begin{align} " + " \\\\\n".join(lines) + r" \end{align}", shapes


def renamed(source: str) -> str:
    return re.sub(r"\b[ABXszyS]\b", lambda m: RENAMED[m[0]], source)


def test_random_programs_read_back(fuzz: bool) -> None:
    draws = Programs(SEED + 1)
    count = LONG if fuzz else DRAWS
    read = 0
    for _ in range(count):
        source = renamed(draws.program())
        try:
            program = parse(source)
        except MatcalcError:
            continue
        text, shapes = in_latex(source)
        if "^{1}" in text:  # in a program it may number a layer
            continue
        again = parse(text, shapes)
        assert again.objective is program.objective or same_value(again.objective, program.objective), (
            f"{source} is {text}"
        )
        read += 1
    assert read > count / 2


# ------------------------------------------------------------------------------------------------------------- answers

SOURCE = "X: n x d; Wq: d x k; Y: n x k; lam: scalar; Z = X Wq; J = ||Z - Y||^2 + lam tr(Wq'Wq)"


@pytest.mark.parametrize(
    "answer",
    [
        r"2 X^\top (X W_q - Y) + 2\lambda W_q",
        r"2X^T(Z-Y)+2 \lambda \mathrm{Wq}",
        r"$$ 2\left[\mathbf{X}^{\top}(\mathbf X \mathbf W_q - \mathbf Y) + \lambda \mathbf W_q\right] $$",
        r"\begin{aligned} 2 X^\mathsf{T} (X W_q - Y) \\ + 2 \lambda W_q \end{aligned}",
    ],
)
def test_an_answer_may_be_latex(answer: str) -> None:
    assert verify(SOURCE, "Wq", answer).status == "proved"
    assert verify(SOURCE, "Wq", answer.replace("2", "3")).status == "failed"


def test_two_formulas_are_compared_each_in_its_own_spelling() -> None:
    assert equal(r"\operatorname{tr}(AB)", "B : A'").status == "proved"
    assert equal(r"(A B)^\top", r"B^{\top} A^{T}", "A: n x m; B: m x p").status == "proved"
    assert equal(r"\|W_q x\|^2", "x' Wq' Wq x", "Wq: n x n; x: n").status == "proved"
    assert equal(r"\beta^\top w", "w' beta + 1", r"w, \beta \in \mathbb{R}^n").status == "failed"
    found = derive("X: n x d; w: d; y: n; J = ||X w - y||^2", "w", verify=False)["w"]
    assert equal(found, r"2X^\top(Xw - y)").status == "proved"


@pytest.mark.parametrize(
    ("answer", "column", "text"),
    [
        (r"2 X^\top (X W_q - Y", 10, "("),
        (r"2 X^\top \foo", 10, r"\foo"),
        (r"2 X^\top (X V - Y)", 13, "V"),
        (r"X^\top X W_q Y", 1, r"X^\top X W_q Y"),
    ],
)
def test_what_is_wrong_in_an_answer_is_shown_in_its_latex(answer: str, column: int, text: str) -> None:
    with pytest.raises(MatcalcError) as error:
        verify(SOURCE, "Wq", answer)
    assert (error.value.line, error.value.column, error.value.text) == (1, column, text)
    with pytest.raises(MatcalcError) as error:
        equal("lam Wq", answer, "X: n x d; Wq: d x k; Y: n x k; lam: scalar; Z: 1 x 1; V: 3")
    assert error.value.source_line == answer


def test_every_formula_of_a_result_is_an_answer() -> None:
    found = derive(SOURCE, "Wq", verify=False)
    assert verify(SOURCE, "Wq", found["Wq"].latex()).status == "proved"
    assert isinstance(found["Wq"], Expr)
    names: Iterator[str] = (s.name for s in definitions(found["Wq"].node))
    assert set(names) <= {"Z"}
