"""A derivation answers the questions of learners: which rules, why they hold, which shapes, where it is wrong."""

from __future__ import annotations

import json
import re
import shlex
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from typeset import compiled

import matcalc
from matcalc import ShapeError
from matcalc.api.reference import rules
from matcalc.cli import run
from matcalc.document.ink import Ink
from matcalc.document.sentences import common, statement
from matcalc.operators import MATMUL
from matcalc.rules import book
from matcalc.rules.adjoints import ADJOINTS
from matcalc.rules.reasons import REASONS
from matcalc.rules.teaching import SENTENCES, sentence
from matcalc.syntax import parse_expression
from matcalc.write import TEXT, Braced, Piece

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
SHOWN = {
    "five_equations": ["W1", "W2"],
    "two_three_two": ["W2", "b2", "W3", "b3"],
    "pushed_back": ["W3", "W4"],
    "bias_over_batch": ["W", "b"],
    "attention": ["Wq", "Wk", "Wv", "X"],
    "softmax_cross_entropy": ["W"],
    "gaussian": ["mu", "S"],
    "layer_norm": ["W", "g", "b"],
    "rayleigh": ["x"],
}


def derived(name: str) -> matcalc.Derivation:
    return matcalc.derive((EXAMPLES / f"{name}.mc").read_text("utf-8"), SHOWN[name], verify=False)


def section(text: str, heading: str) -> str:
    """What stands below a heading, up to the next empty line."""
    return text.partition(f"\n{heading}\n")[2].partition("\n\n")[0]


# ---------------------------------------------------------------------------------------------- before the first line

PREFACES = {
    ("A, X: n x n; tr(A X)", "X"): [
        "A : B = Σ_ij A_ij B_ij = tr(A' B), a number",
        "dJ = G : dX for every dX says dJ/dX_ij = G_ij; the shapes beside the lines are those of G",
    ],
    ("G: n constant; x: n; G' exp(x)", "x"): [
        "A : B = Σ_ij A_ij B_ij = tr(A' B), a number; A ⊙ B goes entry by entry",
        "dJ = H : dx for every dx says dJ/dx_i = H_i; the shapes beside the lines are those of H",
    ],
    ("x: n; sum(log(x))", "x"): [
        "A : B = Σ_ij A_ij B_ij = tr(A' B), a number; A ⊙ B and A ⊘ B go entry by entry",
        "dJ = G : dx for every dx says dJ/dx_i = G_i; the shapes beside the lines are those of G",
    ],
    ("S: n x n symmetric; a: n; a' S a", "S"): [
        "A : B = Σ_ij A_ij B_ij = tr(A' B), a number",
        "dJ = G : dS for every dS in the symmetric matrices; dJ/dS is the orthogonal projection of G onto that space;"
        " the shapes beside the lines are those of G",
    ],
    ("t: scalar; exp(2 t)", "t"): ["A ⊙ B goes entry by entry"],
}


@pytest.mark.parametrize(("source", "wrt"), PREFACES)
def test_what_the_signs_mean_and_why_it_is_the_gradient_stands_before_the_first_line(source: str, wrt: str) -> None:
    found = matcalc.derive(source, wrt, verify=False)
    assert json.loads(found.to_json()).get("preface", []) == PREFACES[source, wrt]
    for form in (found.to_text(ascii=True, width=300), found.to_latex(), found.to_markdown(), found.to_html()):
        assert ("for every" in form) == (len(PREFACES[source, wrt]) == 2)
    assert "for every" not in found.to_text(steps=False)


def test_a_shape_stands_beside_a_term_with_a_differential_only() -> None:
    stages = json.loads(derived("five_equations").to_json())["derivation"]
    shapes = {stage["kind"]: [shape for line in stage["lines"] for shape in line["shapes"]] for stage in stages}
    assert set(shapes["rewrite"]) == {None} and ["n", 1] not in shapes["rewrite"]
    assert None not in shapes["push"]


# ------------------------------------------------------------------------------------------------------ rules and why


def test_every_rule_has_a_reason_or_a_source() -> None:
    without = {
        rule.name
        for _, rule in book.chapters()
        if not rule.quiet
        and Ink(TEXT).statement(statement(rule))
        and not (rule.reason or rule.source or common(rule) or rule.name in REASONS)
    }
    assert without == set()


def test_a_reason_is_of_a_rule_and_short() -> None:
    names = {rule.name for _, rule in book.chapters()} | {"brackets opened, and closed again"}
    assert set(REASONS) <= names
    assert all(len(reason) <= 80 for reason in REASONS.values())


@pytest.mark.parametrize("name", SHOWN)
def test_the_rules_are_listed_once_at_the_end(name: str) -> None:
    derivation = derived(name)
    text = derivation.to_text(width=300)
    listed = section(text, "Rules used").splitlines()
    assert listed, name
    said = Counter(line.strip() for line in listed)
    assert max(said.values()) == 1
    assert text.index("\nRules used\n") > text.index("\nGradients")
    used = {step.rule for part in derivation.record.sections for step in part.steps if not step.rule.quiet}
    whole = " ".join(" ".join(listed).split())
    for rule in used:
        assert Ink(TEXT).statement(statement(rule))[:16] in whole, rule.name
    for line in listed:
        if line[2] != " ":  # a rule of the same name may hold for the same reason
            assert len(re.split(r"  +", line.strip())) == 3, line
    assert "Rules used" not in derivation.to_text(steps=False)


def test_the_list_of_the_two_layers_is_short() -> None:
    listed = section(derived("five_equations").to_text(), "Rules used").splitlines()
    assert len(listed) <= 10
    assert [line[2:].partition("  ")[0] for line in listed if line[2] != " "] == [
        "sum of squares",
        "differential of a square",
        "linearity of d",
        "function of the entries",
        "Hadamard product crosses",
        "product rule",
        "product crosses",
    ]


def test_the_rules_are_listed_in_every_format() -> None:
    derivation = derived("pushed_back")
    assert "both are Σ_ijk G_ij B_ik C_kj" in derivation.to_text()
    assert "both are sum_ijk G_ij B_ik C_kj" in derivation.to_text(ascii=True)
    assert r"both are $\sum_{i,j,k} G_{i j} B_{i k} C_{k j}$" in derivation.to_latex()
    assert r"both are $\sum_{i,j,k} G_{i j} B_{i k} C_{k j}$" in derivation.to_markdown()
    rules = json.loads(derivation.to_json())["rules"]
    assert "both are Σ_ijk G_ij B_ik C_kj" in {rule["reason"] for rule in rules}
    assert "rules" not in json.loads(derivation.to_json(steps=False))
    for text in (derivation.to_latex(steps=False), derivation.to_markdown(steps=False)):
        assert "Rules used" not in text


def test_the_common_sum_is_both_sides() -> None:
    """A : B C = A C' : B = B' A : C, by NumPy on random matrices of sizes that all differ."""
    random = np.random.default_rng(5)
    g, m, v = random.normal(size=(3, 4)), random.normal(size=(3, 2)), random.normal(size=(2, 4))
    rule = next(rule for rule in ADJOINTS[MATMUL] if Ink(TEXT).statement(statement(rule)) == "G : B C = B' G : C")
    both = common(rule)
    assert both is not None
    found = re.fullmatch(r"Σ_ijk G_(\w+) B_(\w+) C_(\w+)", Ink(TEXT).write(both))
    assert found
    whole = np.einsum(f"{found[1]},{found[2]},{found[3]}->", g, m, v)
    assert np.allclose([whole, whole], [np.sum(g * (m @ v)), np.sum((m.T @ g) * v)])


def test_a_gradient_that_is_pushed_back_says_where_the_factors_go() -> None:
    derivation = matcalc.derive("A5 = A4 W4; A4 = A3 W3; given dE/dA5 = A5 - R", "W3")
    assert str(derivation["W3"]) == "A3'(A5 - R) W4'"
    text = derivation.to_text(width=120)
    assert re.search(r"= \(A5 - R\) W4' : dA4 .*product crosses +G : B C = G C' : B", text)
    assert re.search(r"= A3'\(A5 - R\) W4' : dW3 .*product crosses +G : B C = B' G : C", text)
    listed = section(text, "Rules used")
    # A : B C = A C' : B = B' A : C, said once, because all three are one sum.
    assert "G : B C = G C' : B    both are Σ_ijk G_ij B_ik C_kj" in listed
    assert "G : B C = B' G : C" in listed and listed.count("Σ_ijk") == 1


@pytest.mark.parametrize("width", [80, 100])
@pytest.mark.parametrize("name", SHOWN)
def test_the_list_fits_the_width(name: str, width: int) -> None:
    for ascii in (False, True):
        listed = section(derived(name).to_text(width=width, ascii=ascii), "Rules used").splitlines()
        assert max(map(len, listed)) <= width
        assert not ascii or "\n".join(listed).isascii()


# --------------------------------------------------------------------------------------------- shapes below the factors


def factors(piece: Piece) -> Iterator[Piece]:
    """The factors in a formula that have their shapes below them."""
    if piece.below:
        yield piece
    for part in piece.parts:
        if isinstance(part, Piece):
            yield from factors(part)


@pytest.mark.parametrize("name", SHOWN)
def test_the_shape_below_a_factor_is_its_own(name: str) -> None:
    """Each factor is read again by itself, in the names of the derivation, and its shape held against the label."""
    derivation = derived(name)
    record = derivation.record
    known = {**derivation.program.names, **{s.name: s for s in (*record.where, *record.deltas)}}
    braced = Braced(TEXT, derivation.program.names)
    nodes = [node for _, node in record.gradients]
    nodes += [s.definition for s in (*record.where, *record.deltas) if s.definition is not None]
    seen = 0
    for node in nodes:
        piece = braced.piece(node)
        for factor in factors(piece):
            if "𝟏" in str(factor):  # a column of ones has no size by itself
                continue
            shape = parse_expression(str(factor), known, derivation.program.functions).shape
            assert factor.below is not None
            assert Ink(TEXT).shape(shape) == factor.below[0], str(factor)
            seen += 1
        assert parse_expression(str(piece), known, derivation.program.functions) is node
    assert seen >= 2


def test_shapes_stand_below_their_factors() -> None:
    text = derived("two_three_two").to_text(braces=True)
    lines = section(text, "Gradients").splitlines()
    assert lines[:2] == ["  dJ/dW2 = δ2  a1'    3×2", "           3×1 1×2"]
    assert "    δ2 = (W3' δ3) ⊙ [z2 > 0]         3×1\n          3×2 2×1     3×1\n" in text
    assert "  dJ/dW2 = delta2 a1'    3 x 2\n            3x1   1x2\n" in derived("two_three_two").to_text(
        braces=True, ascii=True
    )
    assert r"\underbrace{\delta_2}_{3 \times 1} \underbrace{a_1^\top}_{1 \times 2}" in derived(
        "two_three_two"
    ).to_latex(braces=True)
    assert r"\underbrace{a_1^\top}_{1 \times 2}" in derived("two_three_two").to_markdown(braces=True)


@pytest.mark.parametrize("name", SHOWN)
def test_braces_change_nothing_else(name: str) -> None:
    derivation = derived(name)
    for width in (80, 100):
        plain, braced = derivation.to_text(width=width), derivation.to_text(width=width, braces=True)
        for text in (braced, derivation.to_latex(braces=True), derivation.to_markdown(braces=True)):
            assert not re.search("[\U000f0000-\U0010ffff]", text)
        # The words of the plain text are all there, in their order, between the shapes.
        words = iter(braced.split())
        missing = [word for word in re.findall(r"[^\s()]{6,}", plain) if word not in braced]
        assert not missing and next(words) == "Problem"
    assert derivation.to_latex(braces=True).count(r"\underbrace") >= 3


def test_colour_does_not_move_the_shapes() -> None:
    derivation = derived("two_three_two")
    painted = derivation.to_text(braces=True, color=True)
    bare = [line.rstrip() for line in re.sub(r"\033\[[0-9;]*m", "", painted).splitlines()]
    assert bare == derivation.to_text(braces=True).splitlines()


def test_braces_compile(tmp_path: Path) -> None:
    compiled(derived("attention").to_latex(document=True, braces=True), tmp_path)


# ------------------------------------------------------------------------------------------------ attempts of learners

NET = (EXAMPLES / "two_three_two.mc").read_text("utf-8")
RIGHT = "((W3' ((a3 - y) .* a3 .* (1 - a3))) .* [z2 > 0]) a1'"
# attempt -> (the marked piece, in the message, in the hint)
MISSHAPEN = {
    "(a3 - y) .* a3 .* (1 - a3) W3 (1,1,1)' a1'": (
        "(1 - a3) W3",
        "(1 - a3) is 2×1 and W3 is 2×3: the columns of the left factor, 1, must equal the rows of the right one, 2",
        "W3' (1 - a3) (3×2 times 2×1)",
    ),
    "delta3 W3 a1'": ("delta3 W3", "delta3 is 2×1 and W3 is 2×3", "W3' delta3 (3×2 times 2×1)"),
    "((W3 delta3) .* [z2 > 0]) a1'": ("W3 delta3", "W3 is 2×3 and delta3 is 2×1", "W3' delta3 would fit"),
    "delta2 a1": ("delta2 a1", "delta2 is 3×1 and a1 is 2×1", "delta2 a1' would fit"),
    "a1 delta2'": ("a1 delta2'", "a1 delta2' is 2×3, and must be 3×2", "its transpose would fit"),
    "((W3' ((a3 - y) * a3 .* (1 - a3))) .* [z2 > 0]) a1'": (
        "(a3 - y) * a3",
        "(a3 - y) is 2×1 and a3 is 2×1",
        "the product entry by entry is .*",
    ),
    "(W3' delta3 + [z2 > 0]') a1'": ("W3' delta3 + [z2 > 0]'", "W3' delta3 is 3×1 and [z2 > 0]' is 1×3", "would fit"),
}


@pytest.mark.parametrize("attempt", MISSHAPEN)
def test_an_attempt_that_does_not_conform_is_marked(attempt: str) -> None:
    marked, message, hint = MISSHAPEN[attempt]
    with pytest.raises(ShapeError) as caught:
        matcalc.verify(NET, "W2", attempt)
    error = caught.value
    assert error.text == marked and error.source_line == attempt
    assert message in error.message and hint in error.hint
    assert error.column == attempt.index(marked) + 1


# attempt -> what is wrong with it
WRONG = {
    "-" + RIGHT: "the sign",
    "2 " + RIGHT: "a factor",
    RIGHT.replace(" .* (1 - a3)", ""): "a factor is missing",
    RIGHT.replace("[z2 > 0]", "z2"): "relu in place of its derivative",
    RIGHT.replace(" .* [z2 > 0]", ""): "the derivative of relu is missing",
    RIGHT.replace("(a3 - y)", "(a3 + y)"): "a sign inside",
    RIGHT.replace("a3 .* (1 - a3)", "z3 .* (1 - z3)"): "the derivative at the wrong place",
}


def test_the_right_formula_is_proved() -> None:
    assert matcalc.verify(NET, "W2", RIGHT).status == "proved"


@pytest.mark.parametrize("attempt", WRONG, ids=WRONG.values())
def test_an_attempt_that_is_wrong_fails_with_a_counterexample(attempt: str) -> None:
    found = matcalc.verify(NET, "W2", attempt)
    assert found.status == "failed"
    seen = found.counterexample
    assert seen is not None and abs(seen.measured - seen.claimed) > 1e-9
    point = {name: np.array(rows) for name, rows in seen.point}
    # What was measured is the slope there, by finite differences of the network itself.
    slopes = [_loss({**point, "W2": point["W2"] + step * _unit(seen.entry)}) for step in (1e-5, -1e-5)]
    assert (slopes[0] - slopes[1]) / 2e-5 == pytest.approx(seen.measured, abs=1e-6)


def _unit(entry: tuple[int, int]) -> np.ndarray:
    found = np.zeros((3, 2))
    found[entry] = 1
    return found


def _loss(at: dict[str, np.ndarray]) -> float:
    hidden = np.maximum(at["W2"] @ at["a1"] + at["b2"], 0)
    out = 1 / (1 + np.exp(-(at["W3"] @ hidden + at["b3"])))
    return float(np.sum((out - at["y"]) ** 2) / 2)


def test_the_sum_in_place_of_the_mean() -> None:
    mean, total = "2/n X'(X w - y)", "2 X'(X w - y)"
    assert matcalc.verify("J = mean((X w - y)^2)", "w", mean).status == "proved"
    assert matcalc.verify("J = mean((X w - y)^2)", "w", total).status == "failed"
    assert matcalc.verify("J = sum((X w - y)^2)", "w", mean).status == "failed"


def test_an_attempt_on_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    command = 'verify two_three_two --wrt W2 --candidate "delta3 W3 a1\'"'
    assert run(shlex.split(command)) == 2
    said = capsys.readouterr().err.splitlines()
    assert said[0].startswith("matcalc: the candidate: line 1, column 1: delta3 is 2×1 and W3 is 2×3")
    assert said[2] == "    ^^^^^^^^^"


# --------------------------------------------------------------------------------------------------------- many layers


def written_out(layers: int) -> tuple[str, list[str]]:
    lines = ["X: n x d", "Y: n x d", ", ".join(f"W{i}" for i in range(1, layers + 1)) + ": d x d"]
    for i in range(1, layers + 1):
        lines += [f"z{i} = {'X' if i == 1 else f'a{i - 1}'} W{i}", f"a{i} = tanh(z{i})"]
    return "\n".join([*lines, f"J = 1/2 sum((a{layers} - Y)^2)"]), [f"W{i}" for i in range(1, layers + 1)]


def test_two_hundred_layers_are_derived_once_and_are_no_longer_each() -> None:
    lengths = {}
    for layers in (20, 200):
        source, weights = written_out(layers)
        derivation = matcalc.derive(source, weights, verify=False)
        text = derivation.to_text()
        lengths[layers] = len(text) / layers
        # One derivation for all weights: each layer is gone through once, and each name is defined once.
        for i in range(1, layers + 1):
            assert text.count(f"  Through z{i} = ") == 1
            assert str(derivation[f"W{i}"]) == (f"X' δ{i}" if i == 1 else f"a{i - 1}' δ{i}")
        assert [s.name for s in derivation.record.deltas] == [f"delta{i}" for i in range(layers, 0, -1)]
    assert lengths[200] <= 1.1 * lengths[20]


def test_names_and_order_are_those_of_backpropagation() -> None:
    derivation = derived("five_equations")
    assert [name for name, _ in derivation.where] == ["z2", "a2", "z3", "yhat", "delta3", "delta2"]
    shown = derivation.to_text().partition("  where\n")[2].partition("\n\n")[0]
    names = re.findall(r"^    (\S+) += ", shown, re.M)
    assert names == ["z2", "a2", "z3", "yhat", "δ3", "δ2"]  # forward quantities, then the deltas as they are computed
    headings = re.findall(r"^  Through (\S+) = ", derivation.to_text(), re.M)
    assert headings == ["yhat", "z3", "a2", "z2"]


# -------------------------------------------------------------------------------------------------------- in words


def test_each_step_is_told_in_words_where_that_is_asked_for() -> None:
    for name in SHOWN:
        plain, told = (derived(name).to_text(width=300, explain=explain) for explain in (False, True))
        assert "left of the colon" in told and "left of the colon" not in plain
    found = json.loads(derived("rayleigh").to_json(explain=True))["derivation"]
    assert all(line["words"] for stage in found for line in stage["lines"] if line["number"])
    for form in (derived("rayleigh").to_latex, derived("rayleigh").to_markdown, derived("rayleigh").to_html):
        assert "keeps its name" in form(explain=True) and "keeps its name" not in form()


def test_every_rule_has_a_sentence_of_its_own_kind() -> None:
    of_steps = {"name", "definition", "written out", "the map on stacked columns"}
    names = {rule.name for _, rule in book.chapters()} | of_steps
    assert set(SENTENCES) <= names
    assert all(sentence(rule).endswith(".") and len(sentence(rule)) < 160 for _, rule in book.chapters())


LESSONS = {
    "softmax": ("adjoint of softmax", "row sums cross"),
    "layer_norm": ("adjoint of layer_norm", "means of rows cross"),
    "quadratic form": ("differential of a quadratic form", "= 2 S a : da"),
    "of the inverse": ("differential of the inverse", "= dS inv(S) + S d(inv(S))"),
    "log det": ("differential of log det", "= inv(S)' : dS"),
}


@pytest.mark.parametrize("word", LESSONS)
def test_a_rule_that_is_a_lesson_is_shown_with_its_derivation(word: str) -> None:
    text = rules(name=word, ascii=True)
    title, line = LESSONS[word]
    derivation = text.partition("How rules are derived")[2]
    assert title in derivation and line in rules(name=word, ascii=True).replace("ones(m)'", "1'")
    for form in ("latex", "markdown"):
        assert title.partition("_")[0] in rules(form, name=word)
    assert max(map(len, text.splitlines())) <= 100


def test_the_derivation_of_a_lesson_that_is_used_stands_on_the_page_where_words_are_asked_for() -> None:
    told, plain = (derived("attention").to_text(explain=explain) for explain in (True, False))
    assert "How rules are derived" in told and "How rules are derived" not in plain
    assert "adjoint of log_softmax" not in told


def test_an_unknown_rule_is_refused() -> None:
    assert run(["rules", "nonsense"]) == 2
    assert run(["rules", "softmax"]) == 0
