"""Derivations as wholes: conventions are proved, nesting equals names, the record is a chain of equal lines."""

from __future__ import annotations

import pytest
from selection import some

import matcalc
from matcalc.derive import Record, derive, simplified
from matcalc.errors import MatcalcError, ShapeError, UnknownNameError, UnsupportedError
from matcalc.expr import Node, Symbol, Term, expand, postorder, replace
from matcalc.operators import D, T, d, inner, zeros
from matcalc.options import CONVENTIONS
from matcalc.rewrite import Section
from matcalc.syntax import parse

# -------------------------------------------------------------------------------------------------------- conventions

OBJECTIVES = ("x' A y", "tr(A B A C)", "sum(exp(A B))", "||A x - y||^2", "x' inv(A + B) y")
PROVED = [
    (attribute, convention, objective)
    for attribute in ("symmetric", "skew", "diagonal", "lower", "upper", "orthogonal")
    for convention in CONVENTIONS
    for objective in OBJECTIVES
    if (attribute, convention) != ("orthogonal", "entries")
]


@pytest.mark.parametrize(("attribute", "convention", "objective"), some(PROVED, 29))
def test_a_gradient_under_a_convention_is_proved(attribute: str, convention: str, objective: str) -> None:
    source = f"A: n x n {attribute}\nB, C: n x n\nx, y: n\nJ = {objective}"
    found = matcalc.derive(source, "A", convention=convention).verification["A"]
    # A random combination of directions on the orthogonal matrices has no formula in independent entries.
    assert found.status == "proved" or (attribute == "orthogonal" and found.status == "agrees"), found


EXPECTED = {
    ("symmetric", "projected"): "1/2 (x y' + y x')",
    ("symmetric", "entries"): "x y' + y x' - diag(x .* y)",
    ("symmetric", "free"): "x y'",
    ("skew", "projected"): "1/2 (x y' - y x')",
    ("skew", "entries"): "x y' - y x'",
    ("skew", "free"): "x y'",
    ("diagonal", "projected"): "diag(x .* y)",
    ("diagonal", "entries"): "diag(x .* y)",
    ("diagonal", "free"): "x y'",
    ("lower", "projected"): "tril(x y')",
    ("lower", "entries"): "tril(x y')",
    ("lower", "free"): "x y'",
    ("upper", "projected"): "triu(x y')",
    ("upper", "entries"): "triu(x y')",
    ("upper", "free"): "x y'",
    ("orthogonal", "projected"): "1/2 (x y' - A y x' A)",
    ("orthogonal", "free"): "x y'",
}


@pytest.mark.parametrize(("attribute", "convention"), EXPECTED)
def test_the_form_under_each_convention(attribute: str, convention: str) -> None:
    program = parse(f"A: n x n {attribute}\nx, y: n\nJ = x' A y")
    wanted = EXPECTED[attribute, convention]
    assert matcalc.verify(program, "A", wanted, convention=convention).status == "proved"
    assert matcalc.gradient(program, "A", convention=convention).ascii() == wanted


@pytest.mark.parametrize(("attribute", "convention"), EXPECTED)
def test_the_form_of_another_convention_is_wrong(attribute: str, convention: str) -> None:
    program = parse(f"A: n x n {attribute}\nx, y: n\nJ = x' A y")
    own = EXPECTED[attribute, convention]
    for (of, _), other in EXPECTED.items():
        if of == attribute and other != own:
            found = matcalc.verify(program, "A", other, convention=convention)
            # What G : dA does to a structured dA does not tell the free form from its projection.
            assert found.status == "failed", f"{other} passes for {own}: {found}"


@pytest.mark.parametrize(
    ("attributes", "convention"), [("orthogonal", "entries"), ("orthogonal symmetric", "projected")]
)
def test_a_structure_without_a_form_is_refused(attributes: str, convention: str) -> None:
    source = f"A: n x n {attributes}\nJ = x' A y"
    with pytest.raises(UnsupportedError) as caught:
        matcalc.derive(source, "A", convention=convention)
    assert caught.value.text == "A" and "free" in caught.value.hint
    assert matcalc.gradient(source, "A", convention="free").ascii() == "x y'"


def test_two_structures_may_come_to_one() -> None:
    for attributes in ("lower upper", "diagonal symmetric", "symmetric lower"):
        found = matcalc.derive(f"A: n x n {attributes}\nx, y: n\nJ = x' A y", "A")
        assert found["A"].ascii() == "diag(x .* y)" and found.verification["A"].status == "proved"


def test_an_unknown_convention_is_refused() -> None:
    with pytest.raises(MatcalcError, match="nonsense"):
        matcalc.derive("J = x' x", "x", convention="nonsense")


# ------------------------------------------------------------------------------------- nested and written with names

PAIRS = {
    "network": (
        "J = sum((y - f(f(X W1) W2))^2)",
        "Z1 = X W1; A1 = f(Z1); z2 = A1 W2; yhat = f(z2); J = sum((y - yhat)^2)",
        ["W1", "W2"],
    ),
    "tanh chain": (
        "J = sum((tanh(tanh(tanh(X W1) W2) w3) - y)^2)",
        "Z1 = X W1; A1 = tanh(Z1); Z2 = A1 W2; A2 = tanh(Z2); z3 = A2 w3; yhat = tanh(z3); J = sum((yhat - y)^2)",
        ["W1", "W2", "w3"],
    ),
    "classifier": (
        "Y: n x k onehot\nJ = -sum(Y .* log_softmax(tanh(X W1) W2))",
        "Y: n x k onehot\nZ1 = X W1; A1 = tanh(Z1); Z2 = A1 W2; J = -sum(Y .* log_softmax(Z2))",
        ["W1", "W2"],
    ),
}


def told(section: Section) -> tuple[object, ...]:
    """A section as it is told: nodes are shared, so equal means the same object."""
    return section.kind, section.subject, section.steps, section.results


@pytest.mark.parametrize("name", PAIRS)
def test_nested_equals_written_out(name: str) -> None:
    same_story(*PAIRS[name])


def test_nested_equals_written_out_under_a_norm() -> None:
    same_story(
        "J = ||tanh(tanh(X W1) w2) - y||^2",
        "Z1 = X W1; A1 = tanh(Z1); z2 = A1 w2; yhat = tanh(z2); J = ||yhat - y||^2",
        ["W1", "w2"],
    )


def same_story(nested: str, named: str, wrt: list[str]) -> None:
    one, other = derive(parse(nested), wrt), derive(parse(named), wrt)
    starts = [[s.kind for s in x.sections].index("differential") for x in (one, other)]
    sections = [[told(s) for s in x.sections[start:]] for x, start in zip((one, other), starts, strict=True)]
    assert [s[:2] for s in sections[0]] == [s[:2] for s in sections[1]]
    assert sections[0] == sections[1]
    assert one.gradients == other.gradients
    assert one.where == other.where
    assert one.deltas == other.deltas
    assert len(one.deltas) >= 2


def test_other_names_tell_the_same_story() -> None:
    """Names that the user chose stand where matcalc's own would, and nothing else changes."""
    own = derive(parse("J = sum((y - f(f(X W1) W2))^2)"), ["W1", "W2"])
    user = derive(parse("P = X W1; Q = f(P); r = Q W2; s = f(r); J = sum((y - s)^2)"), ["W1", "W2"])
    assert [s.name for s in user.where] == ["P", "Q", "r", "s"]
    for name in ("W1", "W2"):
        assert simplified(expand(user.gradient(name))) is simplified(expand(own.gradient(name)))
    counts = [[len(s.steps) for s in x.sections if s.kind != "rewrite"] for x in (own, user)]
    assert counts[0] == counts[1]


# ---------------------------------------------------------------------------------------------------------- the record

SOURCES = {
    "network": ("J = sum((y - f(f(X W1) W2))^2)", ["W1", "W2"]),
    "ridge": ("J = ||X w - y||^2 + lam ||w||^2", ["w"]),
    "gaussian": ("S: n x n pd\nx, m: n\nJ = logdet(S) + (x - m)' inv(S) (x - m)", ["S", "m"]),
    "softmax": ("Y: n x k onehot\nJ = -sum(Y .* log_softmax(X W))", ["W"]),
    "given": ("Z = A W\ngiven dE/dZ = Z - R", ["W", "A"]),
    "shared": ("z = A x; J = z'z + sum(exp(z)) + b'z", ["A", "x", "z"]),
}


def derivation(name: str) -> Record:
    source, wrt = SOURCES[name]
    return derive(parse(source), wrt)


@pytest.mark.parametrize("name", SOURCES)
def test_each_line_is_where_the_next_one_starts(name: str) -> None:
    """In a section; only the differential of a name that is pushed back is opened to that of its definition."""
    for section in derivation(name).sections:
        assert section.steps, section
        for step, following in zip(section.steps, section.steps[1:], strict=False):
            opened = step.after
            if section.kind == "push" and step is section.steps[0] and section.subject.definition is not None:
                opened = replace(opened, {d(section.subject): d(section.subject.definition)})
            assert following.before in (step.after, opened)
        for step in section.steps:
            assert step.before is not step.after, step.rule.name


def test_each_line_is_the_very_one_that_the_next_starts_with() -> None:
    for section in derivation("network").sections:
        for step, following in zip(section.steps, section.steps[1:], strict=False):
            assert step.after is following.before


@pytest.mark.parametrize("name", SOURCES)
def test_a_section_completes_what_it_says(name: str) -> None:
    """The last line of dJ holds G : d(symbol) for each result; a gradient is what some section completed."""
    found = derivation(name)
    completed: dict[Symbol, Node] = {}
    for section in found.sections:
        last = section.steps[-1].after
        for symbol, gradient in section.results:
            if section.kind in ("differential", "push", "collect"):
                parts = set(postorder(last))
                assert d(symbol) in parts, (section.kind, symbol)
                assert gradient in parts or gradient.is_scalar or inner(gradient, d(symbol)) in parts
            completed[symbol] = gradient
    for symbol, gradient in found.gradients:
        assert completed.get(symbol, gradient) is gradient


@pytest.mark.parametrize("name", SOURCES)
def test_gradients_have_the_shape_of_their_variable_and_no_differential(name: str) -> None:
    for symbol, gradient in derivation(name).gradients:
        assert gradient.shape == symbol.shape
        assert not any(isinstance(n, Term) and n.op is D for n in postorder(expand(gradient)))


@pytest.mark.parametrize("name", SOURCES)
def test_the_same_twice(name: str) -> None:
    assert derivation(name) == derivation(name)


def test_a_variable_that_is_an_intermediate() -> None:
    found = matcalc.derive("z = A x; J = z'z", ["z", "A"])
    assert found["z"].ascii() == "2 z"
    assert found.expanded("A").ascii() == "2 A x x'"
    assert all(v.status == "proved" for v in found.verification.values())


INFERRED = (
    # By hand: what is declared of a variable is its structure, not what its definition makes of it.
    ("A, C: n x n orthogonal; Q = A C; J = ‖Q x‖^2", "Q", "2 Q x x'"),
    ("K = eye(q); J = sum(K u) ‖K u‖", "K", "‖K u‖ ones(q) u' + sum(K u) / ‖K u‖ K u u'"),
    ("D = diag(v); J = sum(D A)", "D", "ones(n, d) A'"),
    ("L = tril(X); J = x' L y", "L", "x y'"),
    ("K = X - X'; J = x' K y", "K", "x y'"),
    ("X: n x n; S = X + X'; J = tr(S A S)", "S", "(A S + S A)'"),
    ("X: n x n; S = X + X'; J = x' inv(S) y", "S", "-inv(S) x y' inv(S)"),
    ("A: n x n; E = expm(A); J = tr(E E A)", "E", "(E A + A E)'"),
    ("P: n x n symmetric; H = P P; J = tr(expm(H) B) + sum(H C)", "P", ""),
)


@pytest.mark.parametrize(("source", "wrt", "expected"), INFERRED)
def test_the_structure_of_an_intermediate_is_what_is_declared_of_it(source: str, wrt: str, expected: str) -> None:
    found = matcalc.derive(source, wrt)
    if expected:
        assert matcalc.equal(found.expanded(wrt), expected, source).ok, str(found[wrt])
        assert matcalc.verify(source, wrt, expected).ok
    assert found.verification[wrt].ok
    assert "varied" not in found.to_text() + found.to_json()


def test_what_an_operator_asks_for_is_kept_of_an_intermediate() -> None:
    """The largest eigenvalue is of a symmetric matrix, so S stays one."""
    assert matcalc.derive("S = X' X; J = lambda_max(S)", "S")["S"].ascii() == "u1 u1'"


def test_a_variable_that_does_not_occur_in_the_objective() -> None:
    program = parse("q = b; J = x' x")
    found = derive(program, ["b"])
    assert found.gradient("b") is zeros(*program.symbol("b").shape)
    assert any("b" in note for note in found.notes)


def test_a_declared_name_that_is_not_used_has_gradient_zero() -> None:
    found = matcalc.derive("Q: n x m\nJ = x' x", "Q")
    assert found["Q"].node is zeros("n", "m")
    assert found.verification["Q"].status == "proved"


def test_an_objective_that_is_no_scalar_is_refused() -> None:
    with pytest.raises(ShapeError) as caught:
        matcalc.derive("z = A x", "x")
    assert "n×1" in caught.value.message and caught.value.text == "z"


def test_an_unknown_variable_is_refused() -> None:
    with pytest.raises(UnknownNameError) as caught:
        matcalc.derive("J = x' weight", "weigth")
    assert caught.value.text == "weigth" and "weight" in caught.value.hint


# ------------------------------------------------------------------------------------------------------- linear in size


def chain(layers: int) -> str:
    lines = [f"a{i} = tanh(W{i} a{i - 1})" for i in range(1, layers + 1)]
    return "\n".join([*(f"W{i}: n x n" for i in range(1, layers + 1)), "a0: n", *lines, f"J = sum(a{layers})"])


def test_lines_grow_as_the_program_does() -> None:
    counts = []
    for layers in (10, 20, 40):
        found = derive(parse(chain(layers)), [f"W{i}" for i in range(1, layers + 1)])
        counts.append(sum(len(s.steps) for s in found.sections))
    assert counts[2] - counts[1] == 2 * (counts[1] - counts[0])


def test_a_deep_program() -> None:
    """Nothing recurses as deep as the program is long, and nothing walks a shared graph as a tree."""
    layers = 400
    found = derive(parse(chain(layers)), ["W1"])
    assert found.gradient("W1").shape == ("n", "n")
    lines = [f"b{i} = b{i - 1} .* f(b{i - 1}) + b{i - 1}" for i in range(1, layers + 1)]
    found = derive(parse("\n".join(["b0: n", *lines, f"J = sum(b{layers})"])), ["b0"])
    assert found.gradient("b0").shape == ("n", 1)


@pytest.mark.parametrize("factors", [10, 30])
def test_a_long_product_with_one_name_in_it_ends(factors: int) -> None:
    """How its work grows is counted in test_proportion.py."""
    product = " ".join(f"X A{i}" for i in range(factors))
    found = matcalc.derive(f"J = tr({product})", "X", verify=False)
    assert found["X"].shape == found.program.symbol("X").shape


def test_the_gradient_of_a_long_product_is_right() -> None:
    product = " ".join(f"X A{i}" for i in range(5))
    assert matcalc.derive(f"J = tr({product})", "X").verification["X"].ok


def test_transposes_of_a_symmetric_matrix_merge() -> None:
    program = parse("A: n x n symmetric\nJ = tr(A' A A)")
    found = simplified(expand(derive(program, ["A"], convention="free").gradient("A")))
    assert not any(n is T(program.symbol("A")) for n in postorder(found))
