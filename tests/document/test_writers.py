"""Every format writes every kind of blocks; options are stated once; HTML is well-formed."""

from __future__ import annotations

import dataclasses
import re
import xml.etree.ElementTree as ET
from importlib import import_module
from typing import get_type_hints

import pytest
from document.sample import NETWORK, rulebook, shown

import matcalc
from matcalc.document import FORMATS, SAYS, Options, View, blocks
from matcalc.document.ink import Ink
from matcalc.document.writers.html import html
from matcalc.errors import UnsupportedError
from matcalc.prose import Letters, Prose, Typed, joined, marked, parts_of
from matcalc.rules import book
from matcalc.write import TEXT
from matcalc.write.notations.latex import LATEX

KINDS = {getattr(blocks, name.strip()) for name in str(blocks.Block).split("|")}
"""Every kind of block."""
UNSAID = {blocks.Heading, blocks.Equations, blocks.Names, blocks.Rules, blocks.Chapter, blocks.Legend, blocks.Findings}
UNSAID |= {blocks.Exercise}
"""Blocks of which the JSON says what the record says, and those of the rule book."""
PROGRAMS = (
    ("J = sum((y - f(f(X W1) W2))^2)", ["W1[i,j]", "W1[i,:]", "W2"], []),
    ("J = x' A x + logdet(A)", ["x", "A"], ["A: n x n pd"]),
    ("J = tr(expm(A)) + sum(max(0, A B))", ["A"], []),
    ("layers l = 1..L: a[l] = g(W[l] a[l-1] + b[l]); a[0] = x; J = ||a[L] - y||^2", ["W", "b"], []),
    ("A5 = A4 W4; A4 = A3 W3; given dE/dA5 = A5 - R", ["W3"], []),
)


@pytest.mark.parametrize("form", FORMATS)
def test_a_format_has_a_row_for_every_kind_of_blocks(form: str) -> None:
    rows = set(import_module(f"matcalc.document.writers.{form}").WRITERS)
    assert rows == KINDS - (UNSAID if form == "json" else set())


def test_a_format_that_there_is_not_is_refused() -> None:
    with pytest.raises(UnsupportedError, match="there is no format troff"):
        shown(NETWORK, "troff")


# ----------------------------------------------------------------------------------------------------------------- HTML


def parsed(text: str) -> ET.Element:
    """The fragment as a tree. Raises where it is not well-formed, in mathematics or outside."""
    root = ET.fromstring(text)
    assert root.tag == "article"
    return root


TOKENS = {"mi", "mn", "mo", "mtext"}


def words(of: ET.Element) -> str:
    """What a reader sees, without the signs that are not seen."""
    return re.sub("[\u2061\u2062\\s]+", "", "".join(of.itertext()))


@pytest.mark.parametrize("program", PROGRAMS, ids=[source[:24] for source, _, _ in PROGRAMS])
@pytest.mark.parametrize("options", [{}, {"entries": True}, {"layout": "numerator", "braces": True}, {"steps": False}])
def test_html_is_well_formed(program: tuple[str, list[str], list[str]], options: dict[str, object]) -> None:
    source, wrt, shapes = program
    derivation = matcalc.derive(source, wrt, shapes=shapes, verify=False)
    root = parsed(derivation.to_html(**options))  # type: ignore[arg-type]
    # No element stands where another format's spelling would: formulas hold MathML alone.
    for formula in root.iter("math"):
        assert not re.search(r"\\[a-zA-Z]|<", "".join(formula.itertext()))
        # A browser shows no text that stands outside of a token.
        inside = list(formula.iter())
        loose = [e.text for e in inside if e.tag not in TOKENS] + [e.tail for e in inside if e is not formula]
        assert not "".join(filter(None, loose)).strip()
    rows = [row for table in root.iter("table") for row in table.iter("tr")]
    assert len(rows) > 3


def test_html_says_what_the_text_says() -> None:
    root = parsed(shown(NETWORK, "html"))
    numbers = [cell.text for table in root.iter("table") if table.get("class") == "lines" for cell in table.iter("td")]
    assert [int(n) for n in numbers if n and n.isdigit()] == list(range(1, 15))
    lines = [words(p) for p in root.iter("p") if p.get("class") == "result"]
    assert lines == ["hence∂J∂W2=A1⊤δ2,h×1", "hence∂J∂W1=X⊤δ1,d×h"]
    assert [p.get("class") for p in root.iter("p") if "proved" in words(p)] == ["proved"]
    assert any("dyhat" not in words(d) and "linearityofd;yconstant" in words(d) for d in root.iter("details"))
    assert "product rule" not in shown(NETWORK, "html", steps=False)


def test_html_escapes_words() -> None:
    note = Prose("<b> & ", Typed("x < y"), " ", Letters("i = j"))
    report = dataclasses.replace(NETWORK, record=dataclasses.replace(NETWORK.record, notes=(note,)))
    shown_ = shown(report, "html")
    assert "&lt;b&gt; &amp; <code>x &lt; y</code>" in shown_
    parsed(shown_)


def test_the_rule_book_in_html() -> None:
    root = parsed(rulebook(book.chapters(), "html", book.USED, book.LETTERS))
    assert {words(h) for h in root.iter("h2")} == {re.sub(r"\s", "", chapter) for chapter, _ in book.chapters()}


def test_a_jacobian_in_html() -> None:
    root = parsed(matcalc.jacobian("A X B", "X", verify=False).to_html())
    assert any("B⊤⊗A" in words(row) for row in root.iter("td"))


# ----------------------------------------------------------------------------------------------------------------- View


def test_options_are_those_of_the_view() -> None:
    fields = {field.name: field.type for field in dataclasses.fields(View)}
    assert set(Options.__annotations__) == set(fields) - {"document"}
    hints = get_type_hints(View)
    assert {name: hints[name] for name in Options.__annotations__} == get_type_hints(Options)
    assert set(SAYS) == set(fields)
    with pytest.raises(UnsupportedError, match="there is no option nonsense"):
        matcalc.derive("J = x' x", "x", verify=False).to_text(nonsense=True)  # type: ignore[call-arg]
    with pytest.raises(UnsupportedError, match="there is no sideways layout"):
        View(layout="sideways")


def test_a_document_is_made_once_for_every_format() -> None:
    document = matcalc.derive("J = ||X w - y||^2", "w", verify=False).document(View())
    assert {type(block) for block in document.blocks} <= KINDS
    again = matcalc.derive("J = ||X w - y||^2", "w", verify=False).document(View())
    assert (document.title, document.blocks[:3]) == (again.title, again.blocks[:3])
    assert html(document).count("<article") == 1


# ---------------------------------------------------------------------------------------------------------------- prose


def test_a_sentence_knows_its_mathematics() -> None:
    said = marked("`W1` times `X W1` is the sum over $i, j$ of $G_ij$")
    assert said == "W1 times X W1 is the sum over i, j of G_ij"
    assert [type(part) for part in parts_of(said)] == [Typed, str, Typed, str, Letters, str, Letters]
    assert parts_of(joined("; ", ["a", said])) == ("a", "; ", *said.parts)
    assert marked("no mathematics").parts == ("no mathematics",)
    assert {said: 1}[Prose("W1 times X W1 is the sum over i, j of G_ij")] == 1


@pytest.mark.parametrize(
    ("letters", "latex"),
    [
        ("G_ij V_ij", "G_{ij} V_{ij}"),
        ("diag(p) - p p'", r"\operatorname{diag}(p) - p p^\top"),
        ("dJ = G : dX", r"\mathrm{d}J = G : \mathrm{d}X"),
        ("n=3", "n = 3"),
        ("i, j", "i, j"),
        ("d", r"\mathrm{d}"),
    ],
)
def test_letters_with_indices(letters: str, latex: str) -> None:
    assert Ink(LATEX).write(Letters(letters)) == latex
    assert Ink(TEXT).write(Letters(letters)) == letters


def test_no_sentence_of_a_rule_holds_a_formula_that_is_not_marked() -> None:
    # A letter with an index, a call, a product of capitals: what a reader of LaTeX wants set as a formula.
    formula = re.compile(r"\b[A-Za-z]_[a-z]{1,3}\b|\b[a-z]\w+\(\w|(?<![\w.])[B-HJ-Z] [A-Z](?![\w.])|[⊗⊙]")
    for _, rule in book.chapters():
        for sentence in (rule.reason, rule.source, book.USED.get(rule.name, "")):
            plain = [part for part in parts_of(marked(sentence)) if type(part) is str]
            assert not any(map(formula.search, plain)), sentence
