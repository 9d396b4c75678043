"""What results show of themselves in a notebook: HTML with MathML, LaTeX, and text in a terminal."""

from __future__ import annotations

import pickle
import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree

import pytest
from shells import fresh_shell

import matcalc
from matcalc.check.submissions import Grade

pytest.importorskip("IPython", reason="needs IPython")

NETWORK = "J = sum((y - f(f(X W1) W2))^2)"
SQUARES = "J = ||X w - y||^2"
RESULTS: dict[str, Callable[[], Any]] = {
    "a derivation": lambda: matcalc.derive(NETWORK, wrt=["W1", "W2"]),
    "a gradient": lambda: matcalc.gradient(SQUARES, "w"),
    "a step": lambda: matcalc.derive(SQUARES, wrt="w", verify=False).steps[1],
    "a program": lambda: matcalc.parse("A: n x n symmetric; x: n; J = x' A x"),
    "a reading": lambda: matcalc.read(r"\|Xw\|_2^2"),
    "a Jacobian": lambda: matcalc.jacobian("A x", "x", verify=False),
    "a Hessian": lambda: matcalc.hessian(SQUARES, "w", verify=False),
    "a Gauss-Newton matrix": lambda: matcalc.gauss_newton("J = 1/2 ||f(X w) - y||^2", "w", verify=False),
    "a solution": lambda: matcalc.solve(SQUARES, "w", verify=False),
    "a product with a Hessian": lambda: matcalc.hvp(SQUARES, "w", "v"),
    "a homework": lambda: matcalc.Homework([matcalc.derive(SQUARES, wrt="w", verify=False)]),
    "a worksheet": lambda: matcalc.practice("traces", 1),
    "a verification": lambda: matcalc.verify(SQUARES, "w", "2 X'(X w - y)"),
    "a wrong formula": lambda: matcalc.verify(SQUARES, "w", "X'(X w - y)"),
    "a verdict": lambda: matcalc.check(SQUARES, "w", "2 X'(X w + y)"),
    "a right answer": lambda: matcalc.check(SQUARES, "w", "2 X'(X w - y)"),
    "a report": lambda: matcalc.check_derivation("A: n x n; J = x' A x", "dJ = 2 x' A dx\ndJ = x' (2 A) dx"),
    "what is not read": lambda: matcalc.read("1 A <script> ("),
    "an answer that is not read": lambda: matcalc.check(SQUARES, "w", "<script>alert(1)</script> ("),
    "a gradebook": lambda: matcalc.Gradebook((Grade("ann", "J", False, "sign", 0.7, 1, "", None, "a < b", "2 w"),)),
    "a graph": lambda: matcalc.graph(SQUARES, "w"),
}
MATHEMATICS = list(RESULTS)[:12]
"""These are formulas and pages of them, and have LaTeX."""


@pytest.fixture(scope="module")
def bundles() -> Iterator[dict[str, dict[str, str]]]:
    """What IPython makes of each."""
    with fresh_shell() as shell:
        yield {name: shell.display_formatter.format(make())[0] for name, make in RESULTS.items()}


class Tags(HTMLParser):
    """Every element is closed by its own end, in order."""

    EMPTY = frozenset(("br", "meta"))

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.seen.add(tag)
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("name", RESULTS)
def test_each_result_shows_itself(name: str, bundles: dict[str, dict[str, str]]) -> None:
    shown = bundles[name]
    assert shown["text/plain"].strip()
    if name == "a graph":
        assert shown.keys() & {"image/svg+xml", "text/vnd.mermaid"}
        return
    tags = Tags()
    tags.feed(shown["text/html"])
    assert not tags.open and "script" not in tags.seen
    for formula in re.findall(r"<math.*?</math>", shown["text/html"]):
        ElementTree.fromstring(formula)
    assert ("text/latex" in shown) == (name in MATHEMATICS)
    assert "text/markdown" not in shown
    if name in MATHEMATICS:
        assert "<math" in shown["text/html"]
        assert shown["text/latex"].startswith("$") or r"\begin{align*}" in shown["text/latex"]
    else:
        assert re.search(r"<(p|pre|table)\b", shown["text/html"])


def test_the_texts_are_the_whole_alone_and_short_in_a_list() -> None:
    from IPython.lib.pretty import pretty

    gradient = matcalc.gradient(SQUARES, "w")
    assert pretty(gradient) == "2 X'(X w - y)" and pretty([gradient]) == "[Expr(2 X'(X w - y))]"
    found = matcalc.derive(SQUARES, wrt="w", verify=False)
    assert pretty(found) == found.to_text().rstrip("\n") and pretty({"a": found}) == "{'a': <Derivation of dJ/dw>}"
    assert "inferred" in pretty(found.program) and pretty([found.program]).startswith("[Program(")
    assert pretty(matcalc.verify(SQUARES, "w", "w")).startswith("wrong: ")


def test_every_public_class_of_results_shows_itself() -> None:
    classes = [kind for name in matcalc.__all__ if isinstance(kind := getattr(matcalc, name), type)]
    parts = {matcalc.Alternative, matcalc.CheckedLine, matcalc.Rule, matcalc.View}
    for kind in set(classes) - parts:
        if not issubclass(kind, Exception):
            assert hasattr(kind, "_repr_html_") or kind is matcalc.Graph, kind
    for name, make in RESULTS.items():
        if hasattr(found := make(), "document"):
            assert found._repr_latex_() == found.to_latex(), name


def test_a_formula_is_a_formula_and_a_derivation_a_page() -> None:
    found = matcalc.derive(SQUARES, wrt="w")
    assert found["w"]._repr_html_() == found["w"].mathml() and found["w"]._repr_latex_() == f"${found['w'].latex()}$"
    assert found._repr_html_().endswith(found.to_html()) and found._repr_html_().startswith("<style>\n.matcalc ")
    assert found._repr_latex_() == found.to_latex()
    assert "proved for all sizes" in found._repr_html_()


def test_a_view_is_how_a_result_shows_itself() -> None:
    found = matcalc.derive(SQUARES, wrt="w", verify=False)
    short = found.viewed(matcalc.View(steps=False))
    assert short == found and short["w"] == found["w"] and type(short) is type(found)
    assert "Derivation" in found._repr_html_() and "Derivation" not in short._repr_html_()
    assert str(short) == found.to_text(steps=False) and short.to_text() == found.to_text()
    assert pickle.loads(pickle.dumps(short))._repr_latex_() == short._repr_latex_() != found._repr_latex_()


def test_a_verdict_marks_the_place_in_the_answer() -> None:
    wrong = matcalc.check(SQUARES, "w", "2 X'(X w + y)")
    assert "<mark>y</mark>" in wrong._repr_html_() and "the sign of the term" in wrong._repr_html_()
    assert "<mark>" not in RESULTS["a right answer"]()._repr_html_()
    unread = RESULTS["an answer that is not read"]()._repr_html_()
    assert "&lt;script&gt;" in unread and "could not be read" in unread


def test_a_report_says_of_each_line_what_it_is() -> None:
    rows = re.findall(r"<tr.*?>(.*?)</tr>", RESULTS["a report"]()._repr_html_())
    assert len(rows) == 3 and "wrong" in rows[1] and "from line 1" in rows[2]


def test_a_program_shows_names_in_their_spaces() -> None:
    program = matcalc.parse("A: n x n symmetric; x: n; eps: scalar; z = A x; J = eps x'z + f(x' x)")
    latex = program._repr_latex_()
    assert r"$A \in \mathbb{R}^{n \times n}$ symmetric, $x \in \mathbb{R}^{n}$, $\varepsilon \in \mathbb{R}$" in latex
    assert "declared" not in latex and "<mi>ℝ</mi>" in program._repr_html_()
    layers = matcalc.parse("layers l = 1..L: a[l] = g(W[l] a[l-1]); a[0] = x; J = ||a[L] - y||^2")._repr_latex_()
    assert r"g(W_{l} a_{l - 1})" in layers or r"g(W_l a_{l-1})" in layers
    given = matcalc.parse("A5 = A4 W4; given dE/dA5 = A5 - R")._repr_latex_()
    assert r"\frac{\partial E}{\partial A_5}" in given


def test_a_reading_shows_its_notes() -> None:
    noted = matcalc.read("sum((X w - y)^2)")
    assert noted.notes and 'class="note"' in noted._repr_html_()
    assert "never closed" in RESULTS["what is not read"]()._repr_html_()
