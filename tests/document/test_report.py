"""The record folded into the lines that a reader sees, and the report in every format."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path

import pytest
from document.sample import (
    CONSTANT,
    DEFINITION,
    LINEAR,
    NETWORK,
    PRODUCT,
    SIGN,
    W1,
    W2,
    J,
    Proof,
    X,
    delta1,
    delta2,
    json_text,
    latex,
    markdown,
    name,
    replace,
    rulebook,
    shown,
    steps,
    y,
    yhat,
    z2,
)
from typeset import compiled

import matcalc
from matcalc.api.reference import notation
from matcalc.document.blocks import Displayed, Equations, Words
from matcalc.document.folding import ShownLine, folded
from matcalc.document.ink import Ink
from matcalc.document.sentences import Phrases, asked, heading, statement
from matcalc.document.view import View
from matcalc.document.writers.json import finding
from matcalc.document.writers.latex import COLUMN, HEAD, START
from matcalc.document.writers.latex import _formula as typed_formula
from matcalc.document.writers.text import in_one_line
from matcalc.document.writers.wide import fitted
from matcalc.errors import UnsupportedError
from matcalc.expr import Node, Symbol, Term, expand
from matcalc.operators import PLUS, d, hadamard, inner, matmul, minus, number, plus, scale
from matcalc.prose import Prose
from matcalc.rewrite import Section
from matcalc.rules import book
from matcalc.syntax.program import Program
from matcalc.verify import Counterexample
from matcalc.write import ASCII, TEXT, write
from matcalc.write.notations.latex import LATEX

DOCS = Path(__file__).resolve().parents[2] / "docs"


def rows(section: Section) -> Sequence[ShownLine]:
    """The lines shown of one section."""
    (stretch,) = folded((section,), (W1, W2))
    return stretch.rows


def run(*moves: tuple[object, Node]) -> Section:
    """A section of the given lines; the first has no rule."""
    (_, first), *rest = moves
    return Section("differential", J, steps(first, *rest))  # type: ignore[arg-type]


a, b, c, e = (Symbol(letter, (1, 1)) for letter in "abce")


# -------------------------------------------------------------------------------------------------------------- folding


def test_a_quiet_step_replaces_the_line_before() -> None:
    shown = rows(run((None, a), (PRODUCT, b), (SIGN, c), (SIGN, e)))
    assert [row.node for row in shown] == [a, e]
    assert [row.rules for row in shown] == [[], [PRODUCT]]


def test_a_quiet_beginning_is_absorbed() -> None:
    shown = rows(run((None, a), (SIGN, b), (PRODUCT, c)))
    assert [row.node for row in shown] == [b, c]


def test_neighbours_by_the_same_rule_are_one_line() -> None:
    other = replace(PRODUCT, rhs=PRODUCT.rhs)
    shown = rows(run((None, a), (PRODUCT, b), (SIGN, c), (other, e), (LINEAR, a)))
    assert [row.node for row in shown] == [a, e, a]
    assert shown[1].rules == [PRODUCT, other]
    assert [row.number for row in shown] == [0, 1, 2]


def test_a_section_of_quiet_steps_is_not_shown() -> None:
    assert folded((run((None, a), (SIGN, b)),), (W1,)) == ()


def test_what_was_constant_stands_beside_the_rule() -> None:
    lines = NETWORK.stretches
    assert lines[1].rows[2].constant == {y: None}
    assert lines[-1].rows[2].constant == {X: None}
    assert "linearity of d; y constant" in shown(NETWORK, width=140)


def test_numbers_run_through_the_derivation() -> None:
    numbers = [row.number for stretch in NETWORK.stretches for row in stretch.rows[1:]]
    assert numbers == list(range(1, len(numbers) + 1))


def test_a_name_is_introduced_with_its_definition() -> None:
    named = [row.named for stretch in NETWORK.stretches for row in stretch.rows if row.named]
    assert named == [[yhat], [delta2], [delta1]]


def test_a_push_starts_with_the_name_and_continues_where_it_can() -> None:
    stretches = NETWORK.stretches
    assert [stretch.continues for stretch in stretches] == [False, False, True, True, False, True]
    first = stretches[4].rows[0].node
    assert write(first, ASCII) == "delta2 W2' : dA1"


def test_a_gradient_is_shown_where_it_is_complete() -> None:
    shown = [[s.name for s, _ in stretch.results] for stretch in NETWORK.stretches]
    assert shown == [[], [], [], ["W2"], [], ["W1"]]
    twice = (*NETWORK.record.sections, Section("collect", W2, (), ((W2, W2),)))
    stretches = folded(twice, (W1, W2))
    assert [[s.name for s, _ in stretch.results] for stretch in stretches] == [[], [], [], [], [], ["W1"], ["W2"]]


def test_rules_and_names_that_are_needed() -> None:
    assert [rule.name for rule in NETWORK.rules][:3] == ["name", "sum of squares", "differential of a square"]
    assert [s.name for s in NETWORK.needed] == ["Z1", "A1", "z2", "yhat", "delta2", "delta1"]
    assert replace(NETWORK, gradients=((W1, W1),)).needed == ()


def in_ascii(words: Words) -> str:
    """A sentence in ASCII."""
    return in_one_line(Ink(ASCII), words)


def reasons(source: str, wrt: str) -> list[str]:
    """What stands beside the lines of a derivation."""
    report = matcalc.derive(source, wrt, verify=False).document(View()).report
    assert report is not None
    say = Phrases(report)
    return ["; ".join(map(in_ascii, say.reason(row))) for stretch in report.stretches for row in stretch.rows]


def test_what_was_known_stands_beside_the_rule() -> None:
    assert "product crosses; A symmetric" in reasons("A: n x n symmetric; J = x' A x", "x")
    assert "differential of log det; S symmetric" in reasons("S: n x n pd; J = logdet(S)", "S")
    assert any("Q orthogonal" in said for said in reasons("Q: n x n orthogonal; J = tr(Q' Q X) + sum(Q X)", "X"))
    assert any(
        "rows of Y sum to one" in said for said in reasons("Y: n x k onehot; J = -sum(Y .* log(softmax(Z)))", "Z")
    )
    assert not any("symmetric" in said for said in reasons("A: n x n; J = x' A x", "x"))


def test_constants_are_named_once_and_upright() -> None:
    said = reasons("J = a' x + x' a + a' x * (x' a)", "x")
    assert not any("a'" in words or "a, a" in words for words in said)
    assert any("a constant" in words for words in said)


def test_every_kind_of_section_has_a_heading() -> None:
    kinds = set(re.findall(r'kind "(\w+)"', Section.__doc__ or ""))
    shown = {in_ascii(heading(Section(kind, X, ()))) for kind in kinds}
    assert len(shown) == len(kinds) >= 4


# ----------------------------------------------------------------------------------------------------------------- text

EXPECTED = """\
Derivation
  - A : B = sum_ij A_ij B_ij = tr(A' B), a number; A .* B goes entry by entry
  - dJ = G : dW1 + ... for every dW1 says dJ/dW1_ij = G_ij; the shapes beside the lines are those of G

  The objective J
       J = sum((y - f(f(X W1) W2)).^2)
   1     = sum((y - yhat).^2)                       name                      yhat = f(z2)
   2     = (y - yhat) : (y - yhat)                  sum of squares            sum(A.^2) = A : A

  The differential of J
      dJ = d((y - yhat) : (y - yhat))
   3     = 2 (y - yhat) : d(y - yhat)     n x 1     differential of a square  d(A : A) = 2 A : dA
   4     = 2 (yhat - y) : dyhat           n x 1     linearity of d;           d(A + B) = dA + dB
                                                    y constant
"""


def test_the_derivation_reads_as_on_paper() -> None:
    text = shown(NETWORK, ascii=True, width=120)
    squeezed = re.sub(r" +", " ", text)
    for line in re.sub(r" +", " ", EXPECTED).splitlines()[:-2]:
        assert line.rstrip() in squeezed
    assert "hence dJ/dW2 = A1' delta2    h x 1" in text
    assert "  dJ/dW1 = X' delta1     d x h\n  dJ/dW2 = A1' delta2    h x 1\n" in text
    assert "delta1 = (delta2 W2') .* f'(Z1)    n x h" in text
    proved = "proved for all sizes and every f; checked exactly at n=3, d=2, h=4 (SymPy, every entry of both; "
    assert f"dJ/dW1, dJ/dW2 {proved}" in " ".join(text.split())


def test_many_gradients_are_counted_where_the_same_is_said_of_all() -> None:
    symbols = [Symbol(f"V{i}", ("n", "m")) for i in range(9)]
    report = replace(
        NETWORK, gradients=tuple((s, s) for s in symbols), verifications={s.name: Proof() for s in symbols}
    )
    for text in (shown(report), markdown(report), latex(report)):
        assert "all 9 gradients" in text


def test_the_problem_is_shown_as_it_was_understood() -> None:
    text = shown(NETWORK)
    assert "W1  d×h  inferred  variable" in text
    assert "f        unknown   function of the entries" in text
    for sentence in ("f(X W1) is read as a call", "everything is finite", "the weights are not zero"):
        assert f"  - {sentence}" in text


def test_columns_are_aligned() -> None:
    lines = shown(NETWORK, width=120).partition("Rules used")[0].splitlines()
    starts = {line.index("= ") for line in lines if re.match(r" +\d+ +=", line)}
    rules = {
        line.index(rule) for line in lines for rule in ("product rule", "function of the entries   ") if rule in line
    }
    assert len(starts) == 1
    assert len(rules) == 1


@pytest.mark.parametrize("width", [60, 72, 80, 100, 160])
@pytest.mark.parametrize("ascii", [False, True])
def test_text_fits_its_width(width: int, ascii: bool) -> None:
    text = shown(NETWORK, width=width, ascii=ascii)
    assert all(len(line) <= width for line in text.splitlines())
    assert all(line == line.rstrip() for line in text.splitlines())
    assert not ascii or text.isascii()


def test_colour_changes_no_character() -> None:
    painted = shown(NETWORK, color=True)
    plain = re.sub(r"\033\[[\d;]*m", "", painted)
    assert "\033[" in painted
    assert [line.rstrip() for line in plain.splitlines()] == shown(NETWORK).splitlines()


def test_without_steps_the_answer_remains() -> None:
    for text in (shown(NETWORK, steps=False), markdown(NETWORK, steps=False)):
        assert "product rule" not in text
        assert "Gradients" in text


def test_one_line_longer_than_the_page_does_not_widen_the_columns() -> None:
    long = plus(*(inner(Symbol(f"G{i}", ("n", "m")), d(Symbol(f"V{i}", ("n", "m")))) for i in range(40)))
    report = replace(NETWORK, sections=(run((None, a), (PRODUCT, long)),))
    lines = shown(report, width=90).splitlines()
    assert max(map(len, lines)) <= 90
    # Beside each line of a sum stand the shapes of the terms that begin there.
    broken = [line for line in lines if re.search(r"G\d+ : dV\d+", line)]
    assert len(broken) > 3
    assert all(line.count("n×m") == 1 for line in broken)


# ---------------------------------------------------------------------------------------------------------------- LaTeX


def test_the_document_compiles_and_nothing_runs_off_the_page(tmp_path: Path) -> None:
    log = compiled(latex(NETWORK, document=True), tmp_path)
    assert not re.findall(r"^Overfull.*$", log, re.M)


def test_long_lines_do_not_run_off_the_page(tmp_path: Path) -> None:
    terms = [
        inner(hadamard(minus(yhat, y), matmul(Symbol(f"M{i}", ("n", "n")), y), scale(number(i), z2)), d(yhat))
        for i in range(2, 12)
    ]
    report = replace(
        NETWORK,
        sections=(run((None, a), (PRODUCT, plus(*terms)), (LINEAR, terms[-1])), *NETWORK.record.sections),
        gradients=((yhat, plus(*(term.args[0] for term in terms))),),
    )
    log = compiled(latex(report, document=True), tmp_path)
    assert not re.findall(r"^Overfull.*$", log, re.M)


def test_the_fragment_is_the_document_without_its_frame() -> None:
    fragment, document = latex(NETWORK), latex(NETWORK, document=True)
    assert fragment in document
    assert "documentclass" not in fragment
    assert fragment.isascii()
    assert fragment.count("{") - fragment.count(r"\{") == fragment.count("}") - fragment.count(r"\}")


def test_words_are_escaped() -> None:
    assert r"a note with \_ and $|$ and 50\% in it" in latex(NETWORK)
    assert r"a note with \_ and \| and 50% in it" in markdown(NETWORK)
    assert r"\includegraphics" not in latex(replace(NETWORK, notes=(Prose(r"\includegraphics{x}"),)))


def test_index_sums_are_set_as_formulas() -> None:
    assert r"both are $\sum_{i,j} A_{i j}^{2}$" in latex(NETWORK)


EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
LONG = (
    ("J = exp(-1/2 (x-mu)' inv(S) (x-mu))", ["mu", "x"]),
    ("W2: h x k; b1: h; b2: k; J = 1/2 sum((tanh(tanh(X W1 + b1) W2 + b2) - Y)^2)", ["W1", "b1", "W2", "b2"]),
    ("J = exp(-1/2 (a+b+c+u+v+w-x-y-z)' inv(A + B + C + D) (a+b+c+u+v+w-x-y-z) / (a' A a + b' B b + c' C c))", ["a"]),
    ("J = norm(A B C D x - A B C D y + A B C D z - u - v - w - a - b - c)^3 / norm(x - y - z - u - v - w)", ["x", "y"]),
)


@lru_cache
def fragments() -> Sequence[str]:
    """Every example, long formulas and the rule book, each as LaTeX."""
    return tuple(_fragments())


def _fragments() -> Iterator[str]:
    for file in sorted(EXAMPLES.glob("*.mc")):
        text = file.read_text("utf-8")
        wrt = [name for found in re.findall(r"--wrt (\S+)", text.partition("\n")[0]) for name in found.split(",")]
        assert wrt, file.name
        yield matcalc.derive(text, wrt, verify=False).to_latex()
    for source, names in LONG:
        derivation = matcalc.derive(source, names, verify=False)
        yield derivation.to_latex()
        yield derivation.to_latex(braces=True, entries=True, layout="numerator")
    yield matcalc.jacobian("z = W1 x + b1; y = softmax(W2 relu(z))", "x", verify=False).to_latex()
    yield notation("latex")
    yield rulebook(book.chapters(), "latex", book.USED, book.LETTERS)


TWO_COLUMNS = r"""\documentclass[twocolumn]{article}
\usepackage{amsmath,amssymb}
\begin{document}
"""


@pytest.mark.parametrize("head", [HEAD, TWO_COLUMNS], ids=["one column", "two columns"])
def test_every_example_and_the_rule_book_fit_their_column(head: str, tmp_path: Path) -> None:
    body = "\n\\clearpage\n".join(fragments())
    log = compiled(f"{head}{body}\n\\end{{document}}\n", tmp_path)
    assert not re.findall(r"^Overfull.*$", log, re.M)
    assert not re.findall(r"^LaTeX Warning: (?!Label|There were).*$", log, re.M)


@pytest.mark.parametrize("options", ["fleqn", "leqno,twocolumn"])
def test_a_fragment_fits_wherever_it_is_put(options: str, tmp_path: Path) -> None:
    again = rf"\begin{{enumerate}}\item {latex(NETWORK)}\end{{enumerate}}"
    inside = rf"\begin{{itemize}}\item {latex(NETWORK)}{again}\end{{itemize}}"
    head = rf"\documentclass[{options}]{{article}}\usepackage{{amsmath,amssymb}}\begin{{document}}"
    assert "Overfull" not in compiled(f"{head}{inside}\\end{{document}}", tmp_path)


def test_a_fragment_marks_where_its_long_lines_may_end() -> None:
    short, long = latex(NETWORK), fragments()[-5]
    assert r"\nl{" not in short.removeprefix(START)
    # A line ends at a sign of the sum before it ends in a product, and last of all inside brackets.
    (named,), (whole,) = (re.findall(rf"{left}\}}&\\row\{{= (.*?)\}}\{{", long)[:1] for left in ("r", "J"))
    assert set(re.findall(r"\\nl\{(\d+)\} ([-+]?)", named)) == {("20", "+"), ("20", "-"), ("320", "")}
    assert {int(cost) for cost in re.findall(r"\\nl\{(\d+)\}", whole.partition("rVert")[0])} == {980, 1280}


WIDE_TERMS = (
    ("K: n x n; J = sum(K .* exp(-sqdist(X, Y)))", "Y", 1),
    ("Z = X W; N = (Z - rowmean(Z)) ./ rowstd(Z); J = 1/2 ‖N - Y‖^2", "W", 1),
    ("J = log(sum(exp(A B C D F G H K x)))", "x", 1),
    ("J = ‖X w - y‖^2", "w", 0),
)


@pytest.mark.parametrize(("source", "by", "count"), WIDE_TERMS)
def test_a_term_that_is_wider_than_its_column_has_a_name_below(source: str, by: str, count: int) -> None:
    derivation = matcalc.derive(source, by, verify=False)
    document = derivation.document(View())
    ink = Ink.of(document, LATEX)
    rows = [row for block in fitted(document, ink.width, COLUMN) if isinstance(block, Equations) for row in block.rows]
    before = {row.symbol for block in document.blocks if isinstance(block, Equations) for row in block.rows}
    named = [row for row in rows if row.symbol.name not in {s.name for s in before}]
    assert len(named) == count
    # Written out, the result is what it was, and no term of it is too wide.
    (result,) = (row for row in rows if row.symbol.name == by and row.right.node is not row.symbol)
    gradient = derivation[by].node
    assert expand(result.right.node) is expand(gradient)
    for row in (result, *named):
        node = row.right.node
        for part in node.args if isinstance(node, Term) and node.op is PLUS else (node,):
            assert ink.width(Displayed(part)) <= COLUMN
    fragment = derivation.to_latex(steps=False)
    assert all(ink.write(row.symbol) in fragment for row in named)
    assert not any(row.symbol.name in derivation.to_text(steps=False) for row in named)


def test_a_page_sets_mathematics_as_mathematics() -> None:
    text = latex(NETWORK)
    assert "texttt" not in text
    assert r"\frac{\partial J}{\partial W_1} = X^\top \delta_1" in text.replace(r"&\row{", "")
    where = r"$W_1 \in \mathbb{R}^{d \times h}$, $W_2 \in \mathbb{R}^{h}$ and $f$ acts on each entry."
    assert where in text and where in markdown(NETWORK)
    assert "inferred" not in text and "inferred" not in markdown(NETWORK) and "inferred" not in shown(NETWORK, "html")
    found = matcalc.derive(
        "A: n x n symmetric; P: n x k onehot; eps: scalar positive; J = eps x' A x + sum(P .* Z)", "x", verify=False
    )
    text = found.to_latex()
    assert r"$A \in \mathbb{R}^{n \times n}$ symmetric" in text
    assert r"$P \in \mathbb{R}^{n \times k}$ (rows of $P$ sum to one)" in text
    assert r"$\varepsilon \in \mathbb{R}$ positive" in text


@pytest.mark.parametrize(
    ("typed", "formula"),
    [
        ("X W1", "X W_1"),
        ("A.^2' + B'^2", r"A ^{\odot 2\top } + B ^{\top 2}"),
        ("f'(z) ./ rowvar(X)", r"f ' ( z ) \oslash \operatorname{rowvar} ( X )"),
        ("A⁻¹ ℝ", None),
        ("A⁻¹ x", "A ^{-1} x"),
        ("leaky_relu'(0) = 0", r"\operatorname{LeakyReLU} ' ( 0 ) = 0"),
        ("y: n x k", r"y : n \times k"),
        ("δ2 .* exp(z)", r"\delta_2 \odot \exp ( z )"),
        ("*", None),
        ("matcalc {rules}", None),
        ("x.mean(axis=0)", None),
    ],
)
def test_what_is_typed_is_a_formula_on_a_page(typed: str, formula: str | None) -> None:
    assert typed_formula(typed, LATEX) == formula


def test_the_notation_shows_what_to_type() -> None:
    text = notation("latex")
    for typed in ("X * W", "X @ W", "A .* B", "X'"):
        assert rf"\texttt{{{typed}}}" in text


# ------------------------------------------------------------------------------------------------------------- Markdown


def test_a_derivation_in_markdown_is_one_block() -> None:
    text = markdown(NETWORK)
    steps = text.partition("## Derivation")[2].partition("## Gradients")[0]
    assert steps.count(r"\begin{align}") == 1 and "|" not in steps
    (block,) = re.findall(r"\$\$\n(.*?)\n\$\$", steps, re.S)
    assert "$" not in block
    rows = block.splitlines()[1:-1]
    assert all(row.endswith(r" \cr") for row in rows[:-1]) and not rows[-1].endswith(r" \cr")
    assert text.count(r"\begin{align}") == 1
    assert [int(n) for n in re.findall(r"\\tag\{(\d+)\}", block)] == list(range(1, 15))
    assert sum(r"\notag" in row for row in rows) == len(rows) - 14
    line = r" &= \delta_2 W_2^\top : \mathrm{d}A_1 + A_1^\top \delta_2 : \mathrm{d}W_2 && "
    assert line + r"\text{product crosses the colon}\quad n \times h, h \times 1 \tag{9} \cr" in rows


def test_sites_render_every_formula_in_markdown() -> None:
    refused = re.compile(r"\\(operatorname|def|newcommand|texttt|href|,|\\)")
    for source, names in LONG:
        text = matcalc.derive(source, names, verify=False).to_markdown()
        assert not refused.search(text)
        for block in re.findall(r"\$\$\n(.*?)\n\$\$", text, re.S):
            assert block.count(r"\begin") == block.count(r"\end") and block.count(r"\left") == block.count(r"\right")
    assert not refused.search(rulebook(book.chapters(), "markdown", book.USED, book.LETTERS))


def test_markdown_tables_are_whole() -> None:
    lines = markdown(NETWORK).splitlines()
    widths = [line.replace(r"\|", "").count("|") for line in lines if line.startswith("|")]
    blocks = "\n".join(lines).split("\n\n")
    for block in blocks:
        found = {line.replace(r"\|", "").count("|") for line in block.splitlines() if line.startswith("|")}
        assert len(found) <= 1
    assert widths


def test_markdown_formulas_survive_its_escapes() -> None:
    formulas = re.findall(r"\$\$?([^$]+)\$\$?", markdown(replace(NETWORK, notes=(), program=Program((), (), J))))
    assert formulas
    for formula in formulas:
        assert not re.search(r"\\[^a-zA-Z]", formula), formula
        assert "|" not in formula


# ----------------------------------------------------------------------------------------------------------------- JSON


def rebuilt(node: int, nodes: list[dict[str, object]]) -> str:
    """An expression's text from its nodes alone: operators as calls."""
    found = nodes[node]
    if "op" in found:
        return f"{found['op']}({', '.join(rebuilt(i, nodes) for i in found['args'])})"  # type: ignore[attr-defined]
    return str(found.get("name") or found.get("number") or found.get("size"))


def test_json_holds_the_whole() -> None:
    found = json.loads(json_text(NETWORK))
    assert [g["name"] for g in found["gradients"]] == ["W1", "W2"]
    assert found["gradients"][0]["gradient"]["text"] == "X' δ1"
    assert found["gradients"][0]["shape"] == ["d", "h"]
    assert rebuilt(found["gradients"][0]["gradient"]["node"], found["nodes"]) == "matmul(transpose(X), delta1)"
    assert found["verification"]["W1"]["status"] == "proved"
    assert found["verification"]["W1"]["sizes"] == {"n": 3, "d": 2, "h": 4}
    lines = [line for stretch in found["derivation"] for line in stretch["lines"]]
    assert found["rules"][lines[1]["rules"][0]]["name"] == "name"
    assert lines[1]["names"] == ["yhat"]
    assert [n for line in lines if (n := line["number"])] == list(range(1, 15))
    assert "derivation" not in json.loads(json_text(NETWORK, steps=False))


def fields(value: object) -> set[str]:
    """Every field that occurs, at any depth, but for names that are keys."""
    if isinstance(value, dict):
        own = {key for key in value if key not in ("W1", "W2", "n", "d", "h")}
        return own.union(*(fields(inside) for inside in value.values()))
    return set().union(*map(fields, value)) if isinstance(value, list) else set()


def test_a_counterexample_is_in_the_json() -> None:
    seen = Counterexample((0, 1), 1.5, 2.0, (("W1", ((1.0, 2.0),)),))
    found = finding(Proof(status="failed", counterexample=seen))
    assert found["counterexample"] == {"entry": [0, 1], "measured": 1.5, "claimed": 2.0, "point": {"W1": [[1.0, 2.0]]}}
    assert "counterexample" not in finding(Proof())
    report = replace(NETWORK, verifications={"W1": Proof(status="failed", counterexample=seen)})
    documented = set(re.findall(r"`(\w+)`", (DOCS / "json.md").read_text("utf-8")))
    assert fields(json.loads(json_text(report))) <= documented | {"matcalc"}


def test_every_field_of_the_json_is_documented() -> None:
    documented = set(re.findall(r"`(\w+)`", (DOCS / "json.md").read_text("utf-8")))
    assert fields(json.loads(json_text(NETWORK))) <= documented | {"matcalc"}


# -------------------------------------------------------------------------------------------------------- the rule book


def test_the_rule_book_is_printed_from_the_rows() -> None:
    text = rulebook([("Differentials", PRODUCT), ("Differentials", DEFINITION), ("Constants", CONSTANT)])
    assert text.startswith(
        "Differentials\n\n  product rule  d(P Q) = dP Q + P dQ\n                    Magnus & Neudecker, 8.3\n"
    )
    assert "definition" not in text
    assert "dC = zeros(n, m)   [C constant]" in text
    assert "| product rule | $\\mathrm{d}(P Q) =" in rulebook([("d", PRODUCT)], "markdown")
    for form in ("json", "troff"):
        with pytest.raises(UnsupportedError, match=f"no .* {form}"):
            rulebook([], form)


def test_each_row_stands_once_in_the_book() -> None:
    found = [(c, r.lhs, r.rhs) for c, r in book.chapters()]
    assert len(set(found)) == len(found)
    texts = [(c, Ink(TEXT).statement(statement(r)), in_one_line(Ink(TEXT), asked(r))) for c, r in book.chapters()]
    twice = {text for text in texts if texts.count(text) > 1}
    assert twice == set()
    assert {c for c, _ in book.chapters()} == set(book.USED)


@pytest.mark.parametrize(
    "line",
    [
        "S' = S   [S symmetric]",
        "A.^2 = A   [entries of A 0 or 1]",
        "A 𝟏_n = sum(A)   [A a row]",
        "ones(n, m)' = ones(m, n)",
        "G : diag(V) = diag(G) : V   [G square, V a column]",
        "d(s A) = s dA   [s constant]",
        "d(f(Z)) = f'(Z) ⊙ dZ",
    ],
)
def test_the_book_says_what_a_rule_asks_for(line: str) -> None:
    text = rulebook(book.chapters(), "text", book.USED, book.LETTERS)
    assert line in text
    assert max(map(len, text.splitlines())) <= 100
    assert "Used first" in text
    assert "a square matrix" in text


def test_the_book_in_every_form() -> None:
    for form in ("text", "ascii", "markdown", "latex"):
        written = "text" if form == "ascii" else form
        text = rulebook(book.chapters(), written, book.USED, book.LETTERS, ascii=form == "ascii")
        assert text.isascii() or form in ("text", "markdown")
        assert "?" not in text


def test_statement_and_heading() -> None:
    assert Ink(TEXT).statement(statement(PRODUCT)) == "d(P Q) = dP Q + P dQ"
    assert in_ascii(heading(NETWORK.record.sections[3])) == "Through z2 = A1 W2"
    assert in_ascii(heading(Section("collect", name("x"), ()))) == "The terms in dx"


def test_a_formula_that_cannot_be_broken_is_shown_whole() -> None:
    import matcalc

    nested = f"sum({'exp(' * 40}x{')' * 40})"
    shown = matcalc.derive(f"J = {nested}", "x", verify=False).to_text()
    assert f"J = {nested}" in shown
