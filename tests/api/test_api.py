"""What a user calls from Python: the contract's second section, each sentence of it."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import matcalc
from matcalc import Derivation, Expr, MatcalcError, ShapeError, Step, UnknownNameError, UnsupportedError
from matcalc.expr import Symbol
from matcalc.syntax import parse_expression

NETWORK = "J = sum((y - f(f(X W1) W2))^2)"
LEAST = "J = ||X w - y||^2"
SOURCES = {
    "network": (NETWORK, ["W1", "W2"]),
    "least squares": (LEAST, ["w"]),
    "several lines": ("x: n\nz = A x  # an intermediate\nJ = z'z + lam ||x||^2", ["x", "A"]),
    "structured": ("S: n x n pd\nx: n\nJ = logdet(S) + x' inv(S) x", ["S"]),
    "classifier": ("Y: n x k onehot\nJ = -sum(Y .* log_softmax(X W))", ["W"]),
    "given": ("Z = A W\ngiven dE/dZ = Z - R", ["W"]),
}


def derived(name: str, **more: Any) -> Derivation:
    source, wrt = SOURCES[name]
    return matcalc.derive(source, wrt, **more)


@pytest.fixture(scope="module")
def network() -> Derivation:
    return derived("network")


def at(seed: int = 0) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    shapes = {"X": (5, 3), "W1": (3, 4), "W2": 4, "y": 5}
    return {name: rng.normal(size=shape) for name, shape in shapes.items()}


# ------------------------------------------------------------------------------------------------------- a derivation


def test_a_derivation_is_a_mapping(network: Derivation) -> None:
    assert list(network) == ["W1", "W2"] and len(network) == 2
    assert "W1" in network and "X" not in network
    assert dict(network) == {"W1": network["W1"], "W2": network["W2"]}
    assert network["W1"].shape == ("d", "h") and network["W2"].shape == ("h", 1)
    with pytest.raises(UnknownNameError, match="X"):
        network["X"]


def test_expanded_refuses_what_is_no_variable(network: Derivation) -> None:
    with pytest.raises(UnknownNameError, match="X"):
        network.expanded("X")


def test_the_order_is_the_one_asked_for() -> None:
    assert list(matcalc.derive(NETWORK, ["W2", "W1"], verify=False)) == ["W2", "W1"]
    assert list(matcalc.derive(NETWORK, ["W2", "W2"], verify=False)) == ["W2"]
    assert list(matcalc.derive(NETWORK, "W2", verify=False)) == ["W2"]
    assert list(matcalc.derive(NETWORK, ("W2",), verify=False)) == ["W2"]


def test_the_gradients_of_the_network(network: Derivation) -> None:
    assert network["W1"].ascii() == "X' delta1"
    assert network["W2"].ascii() == "A1' delta2"
    assert {name: found.ascii() for name, found in network.where} == {
        "Z1": "X W1",
        "A1": "f(Z1)",
        "z2": "A1 W2",
        "yhat": "f(z2)",
        "delta2": "2 (yhat - y) .* f'(z2)",
        "delta1": "(delta2 W2') .* f'(Z1)",
    }
    assert network.expanded("W2").ascii() == "2 f(X W1)'((f(f(X W1) W2) - y) .* f'(f(X W1) W2))"


@pytest.mark.parametrize("name", SOURCES)
def test_where_can_be_computed_from_top_to_bottom(name: str) -> None:
    found = derived(name, verify=False)
    known = {s.name for s in found.program.inputs}
    forward = [n for n, _ in found.where]
    assert len(set(forward)) == len(forward) and known.isdisjoint(forward)
    for defined, formula in found.where:
        needed = {node.name for node in matcalc_symbols(formula)}
        assert needed <= known, f"{defined} needs {needed - known} before it"
        known.add(defined)
    for gradient in found.values():
        assert {node.name for node in matcalc_symbols(gradient)} <= known


def matcalc_symbols(formula: Expr) -> tuple[Symbol, ...]:
    from matcalc.expr import symbols

    return symbols(formula.node)


# --------------------------------------------------------------------------------------------------------------- steps


@pytest.mark.parametrize("name", SOURCES)
def test_steps(name: str) -> None:
    found = derived(name, verify=False)
    assert found.steps and all(isinstance(step, Step) for step in found.steps)
    assert [step.number for step in found.steps] == list(range(1, len(found.steps) + 1))
    for step in found.steps:
        assert step.rule.name and step.heading
        assert isinstance(step.before, Expr) and isinstance(step.after, Expr)
        assert step.before != step.after, step
        assert step.before.shape == step.after.shape
        assert isinstance(step.rule.statement, str) and isinstance(step.rule.source, str)
    stated = [step for step in found.steps if step.rule.statement]
    assert stated and all("=" in step.rule.statement for step in stated)


@pytest.mark.parametrize("name", SOURCES)
def test_steps_chain_inside_a_section(name: str) -> None:
    """The next line starts from this one; where a name is pushed back, d(name) is d(its definition)."""
    found = derived(name, verify=False)
    lines = [[Expr(s.before) for s in section.steps] for section in found.record.sections]
    assert [step.before for step in found.steps] == [line for section in lines for line in section]
    broken = [
        (one, other)
        for _, steps in groupby(found.steps, lambda step: step.heading)
        for one, other in pairwise(steps)
        if one.after != other.before
    ]
    for one, other in broken:
        assert one.rule.name == "name", (one, other)
        assert str(one.after).split(" : ")[0] == str(other.before).split(" : ")[0]


def test_rules_cite_their_source() -> None:
    found = derived("structured", verify=False)
    sources = {step.rule.source for step in found.steps}
    assert any("Magnus" in source for source in sources) and any("Cookbook" in source for source in sources)
    assert any("invertible" in step.rule.condition for step in found.steps)


# ------------------------------------------------------------------------------------------------------------- the text


@pytest.mark.parametrize("name", SOURCES)
def test_each_form(name: str) -> None:
    found = derived(name)
    text = found.to_text()
    assert str(found) == text and all(f"d{found.record.objective.name}/d{v}" in text for v in found)
    assert found.to_text(ascii=True).isascii()
    assert "\x1b" not in text and "\x1b" in found.to_text(color=True)
    assert "Derivation" not in found.to_text(steps=False).split("\n")
    latex, document = found.to_latex(), found.to_latex(document=True)
    assert "\\documentclass" not in latex and "\\documentclass" in document and "\\end{document}" in document
    assert "$" in found.to_markdown()
    assert found._repr_html_().endswith(found.to_html()) and found._repr_latex_() == latex
    data = json.loads(found.to_json())
    assert data["problem"]["source"] == SOURCES[name][0]
    assert found.to_json() == found.to_json()


@pytest.mark.parametrize("name", SOURCES)
def test_the_text_of_a_gradient_parses_again(name: str) -> None:
    found = derived(name, verify=False)
    program = found.program
    known = {**program.names, **{s.name: s for s in (*found.record.where, *found.record.deltas)}}
    for variable, gradient in found.items():
        for text in (str(gradient), gradient.ascii()):
            again = parse_expression(text, known, program.functions, gradient.shape)
            assert again is gradient.node, variable
        assert str(gradient) in repr(gradient) and gradient._repr_latex_() == f"${gradient.latex()}$"


def test_expand_substitutes_in_the_text(network: Derivation) -> None:
    text = network.to_text(expand=True, ascii=True, steps=False)
    assert "2 f(X W1)'((f(f(X W1) W2) - y) .* f'(f(X W1) W2))" in text


def test_several_derivations_are_one_document(network: Derivation) -> None:
    jacobian = matcalc.jacobian("A x", "x", verify=False)
    both = matcalc.Homework([network, jacobian])
    page = both.to_latex(document=True, title="Sheet 3", author="Ada", date="1 May")
    assert all(f"{part}\\par" in page for part in ("Sheet 3", "Ada", "1 May"))
    assert "Find the gradient of" in page and "Find the Jacobian of" in page
    assert both == matcalc.Homework((network, jacobian)) and hash(both)
    assert network.to_markdown(title="Mine").startswith("# Mine\n")
    for wrong in ([], [network, "J = x"], 5, network):
        with pytest.raises(UnsupportedError, match="problems is a list"):
            matcalc.Homework(wrong)  # type: ignore[arg-type]
    with pytest.raises(UnsupportedError, match="title is text"):
        both.to_latex(title=3)  # type: ignore[arg-type]


def test_a_sign_is_explained_once_in_a_homework() -> None:
    """Where it first stands, whatever stood before; dJ = G : dX once for a column and once for a matrix."""
    sources = ("J = ‖X w - y‖^2", "J = sum(f(X w) .* y)", "L = sum(log(X w)./y .* y.^2)", "J = ‖X W - Y‖^2", "J = x'x")
    wrt = ("w", "w", "w", "W", "x")
    pages = [matcalc.derive(source, by, verify=False) for source, by in zip(sources, wrt, strict=True)]
    problems = matcalc.Homework(pages).to_text().split("Problem ")[1:]
    for said, where in (
        ("A : B = ", 0),
        ("A ⊙ B goes", 1),
        ("A ⊘ B goes", 2),
        ("says dJ/dw_i =", 0),
        ("says dJ/dW_ij", 3),
    ):
        assert [n for n, text in enumerate(problems) if said in text] == [where], said
    assert "says dL" not in problems[2] and " says " not in problems[4]
    assert len([line for line in problems[4].splitlines() if line.startswith("  - ")]) == 0


# -------------------------------------------------------------------------------------------------------- verification


def test_verification(network: Derivation) -> None:
    assert list(network.verification) == ["W1", "W2"]
    for found in network.verification.values():
        assert found.status == "proved" and found.ok and found.method and found.sizes
    assert dict(derived("network", verify=False).verification) == {}


@pytest.mark.parametrize("name", SOURCES)
def test_every_example_is_verified(name: str) -> None:
    assert all(found.ok for found in derived(name).verification.values())


@pytest.mark.parametrize(
    ("candidate", "status"),
    [
        ("2 X'(X w - y)", "proved"),
        ("2 (X'X w - X'y)", "proved"),
        ("-2 X'(y - X w)", "proved"),
        ("X'(X w - y)", "failed"),
        ("2 X'(y - X w)", "failed"),
        ("2 X' X w", "failed"),
    ],
)
def test_verify_a_candidate(candidate: str, status: str) -> None:
    found = matcalc.verify(LEAST, "w", candidate)
    assert found.status == status and found.ok == (status == "proved")
    assert (found.counterexample is not None) == (status == "failed")


def test_verify_an_expr() -> None:
    assert matcalc.verify(LEAST, "w", matcalc.gradient(LEAST, "w")).status == "proved"
    found = matcalc.derive(NETWORK, ["W1", "W2"], verify=False)
    assert matcalc.verify(NETWORK, "W1", found["W1"]).status == "proved"
    with pytest.raises(ShapeError):
        matcalc.verify(NETWORK, "W1", found["W2"])


def test_verify_refuses_what_has_another_shape() -> None:
    with pytest.raises(ShapeError) as caught:
        matcalc.verify(LEAST, "w", "2 (X w - y)' X")
    assert "1×" in caught.value.message


# ------------------------------------------------------------------------------------------------------ gradient, parse


def test_gradient_substitutes_everything() -> None:
    found = matcalc.gradient(NETWORK, "W2")
    assert isinstance(found, Expr) and found.where == ()
    assert set(found.names) == {"X", "W1", "W2", "y"}
    assert str(matcalc.gradient(LEAST, "w")) == "2 X'(X w - y)"


def test_parse() -> None:
    program = matcalc.parse("z = A x; J = z'z", ["A: p x q"])
    assert [s.name for s in program.inputs] == ["A", "x"]
    assert program.symbol("A").shape == ("p", "q") and program.symbol("x").shape == ("q", 1)
    assert program.objective.name == "J" and program.objective.is_scalar
    assert matcalc.derive(program, "x", verify=False) == matcalc.derive(program, "x", verify=False)


def test_shapes_beside_the_source() -> None:
    assert matcalc.gradient("J = sum(A B)", "A", shapes=["A: 3 x 4", "B: 4 x 5"]).shape == (3, 4)
    program = matcalc.parse("J = sum(A B)")
    assert matcalc.derive(program, "A", shapes=["A: 3 x 4"], verify=False)["A"].shape == (3, 4)


def test_the_package_says_what_it_has() -> None:
    for name in matcalc.__all__:
        assert getattr(matcalc, name) is not None and name in dir(matcalc)
    with pytest.raises(AttributeError):
        _ = matcalc.nothing_of_the_kind  # type: ignore[attr-defined]


def test_importing_the_package_is_quick() -> None:
    """Nothing that costs time is loaded before it is used, and no proof without being asked."""
    code = (
        "import sys, matcalc; assert 'matcalc.api' not in sys.modules and 'numpy' not in sys.modules;"
        "matcalc.derive('J = x\\'x', 'x', verify=False).to_text();"
        "assert 'sympy' not in sys.modules and 'numpy' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_room_and_a_function_of_one_name() -> None:
    """matcalc.derive and matcalc.verify are the functions whatever rooms have been imported."""
    code = "import matcalc.derive, matcalc.verify, matcalc; matcalc.derive('J = x\\'x', 'x', verify=False)"
    subprocess.run([sys.executable, "-c", code], check=True)


# ------------------------------------------------------------------------------------------------------------ evaluate

LEAST_AT: dict[str, Any] = {
    "X": np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]),
    "w": np.array([0.5, -1.0]),
    "y": np.array([1.0, 0.0, 2.0]),
}


def test_evaluate_gives_what_numpy_does() -> None:
    X, w, y = LEAST_AT["X"], LEAST_AT["w"], LEAST_AT["y"]
    value = matcalc.gradient(LEAST, "w").evaluate(LEAST_AT)
    assert isinstance(value, np.ndarray) and value.shape == (2,)
    np.testing.assert_allclose(value, 2 * X.T @ (X @ w - y))


def test_evaluate_takes_columns_lists_and_unused_values() -> None:
    gradient = matcalc.gradient(LEAST, "w")
    wanted = gradient.evaluate(LEAST_AT)
    columns = {**LEAST_AT, "w": LEAST_AT["w"][:, None], "y": LEAST_AT["y"].tolist(), "unused": 3.0}
    np.testing.assert_array_equal(gradient.evaluate(columns), wanted)
    integers = {"X": [[1, 2], [3, 4]], "w": [1, 2], "y": [0, 1]}
    np.testing.assert_array_equal(gradient.evaluate(integers), [2 * (5 + 30), 2 * (10 + 40)])


def test_evaluate_gives_floats_and_matrices() -> None:
    lam = matcalc.gradient("J = lam x'x", "lam").evaluate({"x": [3.0, 4.0]})
    assert type(lam) is float and lam == 25
    outer = matcalc.gradient("J = x' A y", "A").evaluate({"x": [1.0, 2.0], "y": [3.0, 4.0, 5.0]})
    np.testing.assert_array_equal(outer, [[3, 4, 5], [6, 8, 10]])
    row = Expr(parse_expression("x'", {"x": Symbol("x", ("n", 1))})).evaluate({"x": [1.0, 2.0]})
    assert isinstance(row, np.ndarray) and row.shape == (1, 2)


@pytest.mark.parametrize("order", ["array", "entry"])
def test_evaluate_with_unknown_functions(network: Derivation, order: str) -> None:
    values = at()
    f: Any = np.tanh if order == "array" else lambda z: float(np.tanh(z))
    fprime: Any = (lambda z: 1 - np.tanh(z) ** 2) if order == "array" else lambda z: 1 - float(np.tanh(z)) ** 2
    X, W1, W2, y = (values[name] for name in ("X", "W1", "W2", "y"))
    a = np.tanh(X @ W1)
    p = np.tanh(a @ W2)
    delta = 2 * (p - y) * (1 - p**2)
    for formula in (network["W1"], network.expanded("W1")):
        value = formula.evaluate(values, {"f": (f, fprime)})
        np.testing.assert_allclose(value, X.T @ (np.outer(delta, W2) * (1 - a**2)))
    np.testing.assert_allclose(network["W2"].evaluate(values, functions={"f": (f, fprime)}), a.T @ delta)


def test_evaluate_is_the_slope_of_the_objective(network: Derivation) -> None:
    values = at(3)
    functions = {"f": (np.sin, np.cos)}
    objective = Expr(network.record.objective)
    for name, gradient in network.items():
        value = gradient.evaluate(values, functions)
        direction = np.random.default_rng(1).normal(size=np.shape(values[name]))
        step = 1e-6
        ahead, behind = (
            objective.evaluate({**values, name: values[name] + s * direction}, functions) for s in (step, -step)
        )
        np.testing.assert_allclose(np.sum(value * direction), (ahead - behind) / (2 * step), rtol=1e-6)


@pytest.mark.parametrize(
    ("values", "error", "text"),
    [
        ({"X": LEAST_AT["X"], "w": LEAST_AT["w"]}, UnknownNameError, "y"),
        ({**LEAST_AT, "y": np.zeros(4)}, ShapeError, "y"),
        ({**LEAST_AT, "w": np.zeros((2, 2))}, ShapeError, "w"),
        ({**LEAST_AT, "w": 1.0}, ShapeError, "w"),
        ({**LEAST_AT, "X": LEAST_AT["X"].T}, ShapeError, None),
        ({**LEAST_AT, "X": LEAST_AT["X"][None]}, ShapeError, "X"),
        ({**LEAST_AT, "w": "w"}, ShapeError, "w"),
        ({**LEAST_AT, "w": None}, ShapeError, "w"),
        ({**LEAST_AT, "w": LEAST_AT["w"] * 1j}, ShapeError, "w"),
        pytest.param(
            {**LEAST_AT, "X": [[1.0], [1.0, 2.0]]},
            ShapeError,
            "X",
            id="ragged",
        ),
    ],
)
def test_evaluate_refuses(values: dict[str, Any], error: type[MatcalcError], text: str | None) -> None:
    with pytest.raises(error) as caught:
        matcalc.gradient(LEAST, "w").evaluate(values)
    if text is not None:
        assert caught.value.text == text and text in caught.value.message


@pytest.mark.parametrize("functions", [None, {}, {"f": np.sin}, {"f": (np.sin,)}, {"g": (np.sin, np.cos)}])
def test_evaluate_wants_every_function(functions: Any) -> None:
    with pytest.raises(UnknownNameError) as caught:
        matcalc.gradient("J = sum(f(x))", "x").evaluate({"x": [1.0]}, functions)
    assert "f'" in caught.value.message and "functions=" in caught.value.hint


def test_a_size_that_no_value_in_the_formula_shows() -> None:
    found = matcalc.gradient("x: n\nJ = sum(x)", "x")
    np.testing.assert_array_equal(found.evaluate({"x": [5.0, 6.0, 7.0]}), np.ones(3))
    with pytest.raises(UnknownNameError):
        found.evaluate({})


def test_values_are_not_changed(network: Derivation) -> None:
    values = at()
    before = {name: np.array(value) for name, value in values.items()}
    network["W1"].evaluate(values, {"f": (np.tanh, lambda z: 1 - np.tanh(z) ** 2)})
    for name, value in values.items():
        np.testing.assert_array_equal(value, before[name])


def test_to_function() -> None:
    gradient = matcalc.gradient(LEAST, "w")
    function = gradient.to_function("numpy")
    np.testing.assert_array_equal(function(**LEAST_AT), gradient.evaluate(LEAST_AT))
    assert function.__doc__ and all(name in function.__doc__ for name in gradient.names)
    with pytest.raises(UnknownNameError):
        function(X=LEAST_AT["X"])
    unknown = matcalc.gradient("J = sum(f(x))", "x").to_function(functions={"f": (np.sin, np.cos)})
    np.testing.assert_array_equal(unknown(x=[0.0, 0.5]), np.cos([0.0, 0.5]))


def test_a_backend_that_there_is_not() -> None:
    with pytest.raises(UnsupportedError, match="fortran"):
        matcalc.gradient(LEAST, "w").to_function("fortran")


# -------------------------------------------------------------------------------------- immutable, hashable, picklable


def returned(network: Derivation) -> dict[str, Any]:
    return {
        "Derivation": network,
        "record": network.record,
        "Expr": network["W1"],
        "expanded": network.expanded("W1"),
        "Step": network.steps[2],
        "Rule": network.steps[2].rule,
        "Program": network.program,
        "Verification": network.verification["W1"],
        "failed": matcalc.verify(LEAST, "w", "X'(X w - y)"),
        "wrt": network.record.wrt[0],
        "row": network.record.sections[1].steps[1].rule,
        "section": network.record.sections[1],
    }


KINDS = "Derivation record Expr expanded Step Rule Program Verification failed wrt row section"


@pytest.mark.parametrize("kind", KINDS.split())
def test_what_is_returned_is_immutable_hashable_and_picklable(network: Derivation, kind: str) -> None:
    found = returned(network)[kind]
    again = pickle.loads(pickle.dumps(found))
    assert again == found and type(again) is type(found)
    assert hash(again) == hash(found)
    for name in ("record", "node", "number", "name", "source", "status", "kind", "anything"):
        with pytest.raises(AttributeError):
            setattr(found, name, None)
    assert type(found).__doc__


def test_a_derivation_pickles_into_another_process(network: Derivation, tmp_path: Any) -> None:
    path = tmp_path / "derivation.pickle"
    path.write_bytes(pickle.dumps(network))
    code = (
        "import pickle, sys, matcalc; d = pickle.load(open(sys.argv[1], 'rb'));"
        f"assert d == matcalc.derive({NETWORK!r}, ['W1', 'W2']); sys.stdout.write(d.to_text(ascii=True))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    assert done.stdout == network.to_text(ascii=True)


def test_equal_problems_have_equal_derivations(network: Derivation) -> None:
    assert network == matcalc.derive(NETWORK, ["W1", "W2"])
    assert network != matcalc.derive(NETWORK, ["W1"])
    assert network["W1"] != network["W2"] and len({network["W1"], network["W1"], network["W2"]}) == 2


def test_the_mappings_that_are_returned_do_not_change_the_derivation(network: Derivation) -> None:
    with pytest.raises(TypeError):
        network.verification["W1"] = None  # type: ignore[index]
    with pytest.raises(TypeError):
        network["W1"] = network["W2"]  # type: ignore[index]


def test_public_names_have_docstrings() -> None:
    for name in matcalc.__all__:
        if not name.startswith("_"):
            assert getattr(matcalc, name).__doc__, name
    for owner in (Expr, Derivation):
        for name, member in vars(owner).items():
            if not name.startswith("_") and (callable(member) or isinstance(member, property)):
                assert member.__doc__, name


# ---------------------------------------------------------------------------------------------------------- the whole

GOLDEN = Path(__file__).parents[1] / "golden" / "network.txt"
COMMAND = ["derive", NETWORK, "--wrt", "W1", "--wrt", "W2", "--ascii"]
REGENERATE = (
    'matcalc derive "J = sum((y - f(f(X W1) W2))^2)" --wrt W1 --wrt W2 --ascii > tests/golden/network.txt'
    "  # and read it: every line must follow from the one before"
)


def test_the_network_word_by_word() -> None:
    done = subprocess.run([sys.executable, "-m", "matcalc", *COMMAND], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert done.stdout == GOLDEN.read_text(encoding="ascii"), f"where the new wording is better: {REGENERATE}"
