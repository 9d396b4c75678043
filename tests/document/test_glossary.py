"""What is said beside a result: what operators mean, when it holds, what the gradient by a structured variable is."""

from __future__ import annotations

import json
import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from document.sample import NETWORK, J, json_text, latex, markdown, name, replace, rulebook, shown
from document.test_report import fields
from typeset import compiled
from write.test_forms import FORMS

from matcalc import Expr
from matcalc.document.glossary import FAMILIAR, GLOSSARY, E, GlossaryEntry
from matcalc.document.ink import Ink
from matcalc.document.plain import plain
from matcalc.document.report import Report
from matcalc.document.sentences import asked, conditions, explanation
from matcalc.document.writers.latex import HEAD, START, sentence
from matcalc.document.writers.text import in_one_line
from matcalc.expr import Node, Number, Slot, Symbol, postorder
from matcalc.expr import replace as substitute
from matcalc.operators import TABLE, T, function, inner, inv, matmul, negative, number, plus, scale, term
from matcalc.prose import Prose, Typed, marked
from matcalc.rewrite import Condition, RewriteRule
from matcalc.rules import kinds
from matcalc.write import ASCII, TEXT, write
from matcalc.write.notations.latex import LATEX

A, S, X = name("A", "n", "n"), name("S", "n", "n"), name("X", "n", "d")
a, b = name("a"), name("b")
z = name("z", "n")
DOCS = Path(__file__).resolve().parents[2] / "docs"


def op(of: str, *args: Node) -> Node:
    """A term by its operator's name."""
    return term(TABLE[of], *args)


def answer(node: Node, **more: object) -> Report:
    """A report whose one gradient is `node`, without a derivation."""
    symbol = Symbol("X", node.shape)
    return replace(NETWORK, sections=(), where=(), deltas=(), gradients=((symbol, node),), wrt=(symbol,), **more)  # type: ignore[arg-type]


SHOWN = {
    "text": shown,
    "ascii": lambda report: shown(report, ascii=True),
    "latex": latex,
    "markdown": markdown,
    "json": json_text,
}

# ------------------------------------------------------------------------------------------------------------ operators


def test_every_operator_that_the_contract_does_not_name_is_explained() -> None:
    named = {of for of, row in TABLE.items() if row.function is not None} | FAMILIAR
    assert named <= set(TABLE)
    assert {row.name for row in GLOSSARY} | named == set(TABLE)


@pytest.mark.parametrize(
    "entry", list(GLOSSARY.values()), ids=[entry.term.op.name for entry in list(GLOSSARY.values())]
)
def test_an_explanation_is_a_sentence_in_every_notation(entry: GlossaryEntry) -> None:
    said = explanation(entry)
    text = in_one_line(Ink(TEXT), Ink(TEXT).explanation(said))
    assert text.startswith(write(entry.term, TEXT))
    assert "{" not in text.replace("_{r=0}^{k-1}", "")
    assert in_one_line(Ink(ASCII), Ink(ASCII).explanation(said)).isascii()
    latex = sentence(Ink(LATEX), Ink(LATEX).explanation(said))
    assert latex.isascii()
    assert latex.count("$") % 2 == 0
    assert "texttt" not in latex
    assert "?" not in latex


def value(node: Node, **more: Any) -> Any:
    """What it is for numbers in place of the letters: A is near the identity, so that it has a logarithm and a root."""
    rng = np.random.default_rng(4)
    near = np.eye(3) + rng.normal(size=(3, 3)) / 6
    letters = {"A": near, "B": rng.normal(size=(3, 3)), "E": rng.normal(size=(3, 3)), "epsilon": 0.3, "k": 3, **more}
    numbers = {n: Number(letters[n.name]) for n in postorder(node) if isinstance(n, Slot) and n.name in ("k", "r")}
    node = substitute(node, numbers)
    slots = {n: Symbol(n.name, n.shape) for n in postorder(node) if isinstance(n, Slot)}
    return Expr(substitute(node, slots)).evaluate({s.name: letters[s.name] for s in slots.values()})


def test_formulas_in_the_glossary_mean_their_operators() -> None:
    checked = set()
    points, weights = np.polynomial.legendre.leggauss(12)
    for entry in list(GLOSSARY.values()):
        if entry.formula is None:
            continue
        if entry.around == "integral":
            formula = sum(w / 2 * value(entry.formula, s=(p + 1) / 2) for p, w in zip(points, weights, strict=True))
        elif entry.around == "index_sum":
            formula = sum(value(entry.formula, r=r) for r in range(3))
        else:
            formula = value(entry.formula)
        assert np.allclose(value(entry.term), formula), entry.term
        checked.add(entry.term.op.name)
    assert {"tril_half", "std", "rowstd", "colstd", "layer_norm", "batch_norm"} <= checked
    assert {"expm_frechet", "logm_frechet", "power_frechet"} <= checked


def test_equations_in_the_glossary_hold() -> None:
    of = {name: GLOSSARY[TABLE[name]] for name in ("sqrtm_frechet", "chol", "singular_v1")}
    root = of["sqrtm_frechet"]
    assert np.allclose(value(root.parts["left"], Z=value(root.term)), value(E))
    spd = value(matmul(T(E), E))
    factor = value(of["chol"].term, A=spd)
    assert np.allclose(value(of["chol"].parts["product"], L=factor), spd)
    assert np.allclose(*(value(of["singular_v1"].parts[side]) for side in ("left", "right")))


@pytest.mark.parametrize("form", SHOWN)
def test_an_operator_is_explained_once_where_it_occurs(form: str) -> None:
    show = SHOWN[form]
    twice = answer(matmul(op("tril_half", A), op("tril_half", S), op("indicator_max", A)))
    assert show(twice).count("half its diagonal") == (2 if form == "json" else 1)
    assert show(twice).count("largest entry of") == (2 if form == "json" else 1)
    assert "half its diagonal" not in show(answer(matmul(A, S)))
    inside = name("Z", "n", "n", op("tril_half", A))
    hidden = replace(answer(matmul(inside, S)), where=(inside,))
    assert "half its diagonal" in show(hidden)


def test_what_the_notation_says_needs_no_explanation() -> None:
    assert "Operators" in shown(answer(op("tril", A)))
    assert "Operators" not in shown(answer(op("kron", op("vec", A), inv(A))))


def test_a_step_may_need_an_explanation() -> None:
    from document.sample import steps

    from matcalc.rewrite import Section

    section = Section("differential", J, steps(a, (RewriteRule("r", a, b), op("sum", op("indicator_max", A)))))
    report = replace(NETWORK, sections=(section,))
    assert "largest entry of A" in shown(report)
    assert "largest entry of A" not in shown(report, steps=False)


# ----------------------------------------------------------------------------------------------------------- conditions

INVERTIBLE, POSITIVE = "{S} is invertible", "{Z} > 0[ in every entry]"


@pytest.mark.parametrize(
    ("asking", "text"),
    [
        ([(INVERTIBLE, {"S": A})], ["A is invertible"]),
        ([(INVERTIBLE, {"S": A}), (INVERTIBLE, {"S": A})], ["A is invertible"]),
        ([(INVERTIBLE, {"S": A}), ("{B} is invertible", {"B": matmul(T(X), X)})], ["A and X' X are invertible"]),
        (
            [(INVERTIBLE, {"S": A}), (POSITIVE, {"Z": z}), (INVERTIBLE, {"S": S}), (INVERTIBLE, {"S": inv(A)})],
            ["A, S and inv(A) are invertible", "z > 0 in every entry"],
        ),
        ([(POSITIVE, {"Z": plus(a, b)})], ["a + b > 0"]),
        (
            [("{Y} has full column rank", {"Y": X}), ("{Y} has full column rank", {"Y": A})],
            ["X and A have full column rank"],
        ),
        (
            [("{Z} is not 0[ in any entry]: abs has a kink there", {"Z": node}) for node in (z, negative(z), a, b)],
            [
                "z and -z are not 0 in any entry: abs has a kink there",
                "a and b are not 0: abs has a kink there",
            ],
        ),
        (
            [("{A} is a projection", {"A": A}), ("{A} is a projection", {"A": S})],
            ["A is a projection", "S is a projection"],
        ),
        ([("no entry of {A} equals that of {B}", {"A": A, "B": negative(S)})], ["no entry of A equals that of -S"]),
        ([("the weights are not zero", {})], ["the weights are not zero"]),
    ],
)
def test_conditions(asking: list[tuple[str, dict[str, Node]]], text: list[str]) -> None:
    found = [Condition(words, tuple(parts.items())) for words, parts in asking]
    assert [in_one_line(Ink(TEXT), words) for words in conditions(found)] == text


def test_conditions_are_shown_in_every_form() -> None:
    report = answer(A, conditions=(Condition(INVERTIBLE, (("S", op("kron", A, S)),)), Condition(POSITIVE, (("Z", z),))))
    assert "- A ⊗ S is invertible" in shown(report)
    assert "- kron(A, S) is invertible" in shown(report, ascii=True)
    assert r"$A \otimes S$ is invertible" in latex(report)
    assert r"- $A \otimes S$ is invertible" in markdown(report)
    found = json.loads(json_text(report))
    assert found["conditions"] == ["A ⊗ S is invertible", "z > 0 in every entry"]
    assert [f["text"] for f in found["assumptions"][0]["formulas"]] == ["A ⊗ S"]
    assert found["assumptions"][0]["latex"] == r"$A \otimes S$ is invertible"


def test_a_rule_states_its_condition_with_its_letters() -> None:
    s, m = Slot("s", (1, 1)), Slot("M", ("n", "n"))
    log = RewriteRule("log", op("log", s), s, condition="{s} > 0[ in every entry]")
    inverse = RewriteRule("inverse", inv(m), m, condition="{M} is invertible")
    text = rulebook([("Logarithms", log), ("Inverses", inverse)])
    assert "where s > 0\n" in text
    assert "where M is invertible" in text
    assert "where $M$ is invertible" in rulebook([("Inverses", inverse)], "markdown")


def test_a_rule_states_what_its_guard_asks() -> None:
    m, n = Slot("M", ("n", "n")), Slot("N", ("n", "n"))
    direction = RewriteRule("direction", op("expm_frechet", m, n), matmul(n, op("expm", m)), guard=kinds.commuting)
    assert in_one_line(Ink(TEXT), asked(direction)) == "M and N square, M and N commute"
    positive = Slot("s", (1, 1), kinds.positive)
    assert in_one_line(Ink(TEXT), asked(RewriteRule("", op("sqrt", positive), positive))) == "s positive"


# ------------------------------------------------------------------------------------------------------------ structure


@pytest.mark.parametrize(
    ("attributes", "convention", "said"),
    [
        (("symmetric",), "projected", "dJ/dX is the orthogonal projection onto the symmetric matrices"),
        (("pd", "symmetric"), "projected", "dJ/dX is the orthogonal projection onto the symmetric matrices"),
        (("lower",), "projected", "dJ/dX is the orthogonal projection onto the lower triangular matrices"),
        (("upper",), "projected", "dJ/dX is the orthogonal projection onto the upper triangular matrices"),
        (("orthogonal",), "projected", "projection onto the tangent space of the orthogonal matrices at X"),
        (("skew",), "entries", "dJ/dX is by the independent entries of X, a skew matrix"),
        (("orthogonal",), "free", "dJ/dX leaves out of account that X is an orthogonal matrix"),
        (("positive",), "projected", ""),
        ((), "projected", ""),
    ],
)
def test_the_convention_is_named(attributes: tuple[str, ...], convention: str, said: str) -> None:
    symbol = Symbol("X", ("n", "n"), attributes)
    report = replace(answer(A), gradients=((symbol, A),), wrt=(symbol,), convention=convention)
    text = re.sub(r"\s+", " ", shown(report))
    assert said in text
    assert (f"Gradients ({convention})" in text) == bool(said)
    for form in ("latex", "markdown"):
        written = SHOWN[form](report)
        assert ("is the orthogonal projection" in written) == said.startswith(("dJ/dX is the", "projection"))
    assert bool(json.loads(json_text(report))["structure"]) == bool(said)


# ---------------------------------------------------------------------------------------------------------------- ASCII

NOTES = (
    Prose(marked("the vector `b` is added to every row of `X W`: "), Typed("𝟏 b' = ones(n) b'", "ones(n) b'")),
    Prose("1 is read as the vector of ones: ", Typed("𝟏 - s = ones(n) - s", "ones(n) - s")),
    Prose("X is n×d, A ⊙ B ⊘ C ⊗ D, ‖x‖ ≤ 1 … x² – λI, Fréchet ŷ ∑ 中 ∇"),
)


def test_ascii_is_ascii() -> None:
    odd = Condition("é ≠ 0 for {S}", (("S", op("kron", A, S)),))
    report = replace(NETWORK, notes=NOTES, conditions=(odd,), verifications={})
    text = shown(report, ascii=True, width=160)
    assert text.isascii()
    assert "- the vector b is added to every row of X W: ones(n) b'\n" in text
    assert "- 1 is read as the vector of ones: ones(n) - s\n" in text
    assert "- X is nxd, A .* B ./ C (x) D, ||x|| <= 1 ... x^2 - lambdaI, Frechet y" in text
    assert "- e != 0 for kron(A, S)" in text
    written = latex(report)
    assert written.isascii()
    assert r"Fr\'{e}chet" in written
    assert r"$\mathbf{1} b ^{\top } = \operatorname{ones} ( n ) b ^{\top }$" in written
    assert r"x$^{2}$" in written
    for entry in list(GLOSSARY.values()):
        assert shown(answer(entry.term), ascii=True).isascii()


def test_plain_changes_nothing_that_is_plain() -> None:
    assert plain("A' B.^2 ~ |x| {y}") == "A' B.^2 ~ |x| {y}"


# ----------------------------------------------------------------------------------------------------------------- JSON


def test_what_is_said_in_the_json_is_documented() -> None:
    symbol = Symbol("X", ("n", "n"), ("orthogonal",))
    of = op("tril_half", A)
    report = answer(of, conditions=(Condition(INVERTIBLE, (("S", A),)),))
    report = replace(report, gradients=((symbol, of),))
    found = json.loads(json_text(report))
    documented = set(re.findall(r"`(\w+)`", (DOCS / "json.md").read_text("utf-8")))
    assert fields(found) <= documented | {"matcalc"}
    assert found["operators"] == [
        {
            "operator": "tril_half",
            "text": "tril_half(A) = tril(A) - 1/2 diag(diag(A)), "
            "the lower triangle of A with half its diagonal (Murray 2016)",
            "latex": r"$\operatorname{tril}_{1/2}(A) = "
            r"\operatorname{tril}(A) - \frac{1}{2}\, \operatorname{diag}(\operatorname{diag}(A))$, "
            "the lower triangle of $A$ with half its diagonal (Murray 2016)",
        }
    ]


def test_a_shape_is_written_as_a_polynomial() -> None:
    from matcalc.dims import dim_add, dim_mul

    wide = Symbol("x", (dim_mul("n", "m"), dim_add(dim_add("n", dim_mul(-1, "m")), 1)))
    report = answer(wide)
    assert json.loads(json_text(report))["gradients"][0]["shape"] == ["m n", "n - m + 1"]
    assert "(m n)×(n - m + 1)" in shown(report)
    assert "(m n) x (n - m + 1)" in shown(report, ascii=True)
    assert r"(m n) \times (n - m + 1)" in latex(report)


# ---------------------------------------------------------------------------------------------------------------- LaTeX


def test_every_form_compiles(tmp_path: Path) -> None:
    ink = Ink(LATEX)
    lines = [rf"$\displaystyle {latex}$\par" for _, _, latex in FORMS]
    lines += [rf"{sentence(ink, ink.explanation(explanation(entry)))}\par" for entry in list(GLOSSARY.values())]
    log = compiled(HEAD + START + "\n\n".join(lines) + "}\n\\end{document}\n", tmp_path)
    assert not re.findall(r"^Overfull.*$", log, re.M)


def test_notes_compile(tmp_path: Path) -> None:
    compiled(latex(replace(NETWORK, notes=(*NOTES, Prose("λ^2 ₁ ⁻¹ ᵀ ∂ ∈ ℝ ~^{}\\ ü ı"))), document=True), tmp_path)


def test_blocks_stand_in_a_derivation(tmp_path: Path) -> None:
    from document.sample import steps

    from matcalc.rewrite import Section

    block = op("vcat", op("hcat", A, S), op("hcat", scale(number(Fraction(1, 2)), A), term(function("exp"), S)))
    long = matmul(*[block] * 9)
    rule = RewriteRule("block rule", op("hcat", A, S), op("vcat", A, S))
    line = inner(long, term(TABLE["d"], block))
    report = replace(NETWORK, sections=(Section("differential", J, steps(line, (rule, plus(line, line)))),))
    log = compiled(latex(replace(report, gradients=((block_name(block), block),)), document=True), tmp_path)
    assert not re.findall(r"^Overfull.*$", log, re.M)


def block_name(block: Node) -> Symbol:
    """A symbol of its shape."""
    return Symbol("M", block.shape)
