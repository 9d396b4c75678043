"""What is kept of a text that was read: tokens, trees with places, the program, and the error where there is one."""

from __future__ import annotations

from fractions import Fraction

import pytest

from matcalc.errors import AmbiguousError, ParseError, ShapeError
from matcalc.expr import symbols
from matcalc.syntax import Written, parse, read, understood
from matcalc.syntax import reading as stages
from matcalc.syntax.source import Source
from matcalc.syntax.tree import Statement, Token, Tree, walk

NETWORK = "X: n x d; z = X W1\nJ = sum((y - f(f(z) W2))^2)"
LAYERS = "layers l = 1..L: z[l] = W[l] a[l-1]; a[l] = f(z[l]); e[l] = ||a[l]||^2\na[0] = x; J = sum(e[l], l = 1..L)"


def _shown(tree: Tree | None) -> list[tuple[object, ...]]:
    return [(t.kind, t.value, t.start, t.end, *t.ops) for t in walk(tree)] if tree is not None else []


def test_a_reading_points_at_what_was_typed() -> None:
    reading = read(NETWORK)
    text = NETWORK
    assert [text[start:end] for start, end in reading.places("W1")] == ["W1"]
    assert list(reading.places("z")) == [(10, 11), (text.index("f(z)") + 2, text.index("f(z)") + 3)]
    assert list(reading.places("y")) == [(text.index("y"), text.index("y") + 1)]
    (definition,) = (s for s in reading.written.statements if s.names and s.names[0].value == "z")
    assert definition.tree is not None and text[definition.tree.start : definition.tree.end] == "X W1"
    assert reading.program == parse(NETWORK) and reading.error is None
    assert [text[t.start : t.end] for t in reading.written.tokens][:5] == ["X", ":", "n", "x", "d"]
    every = [t for s in reading.written.statements if s.tree is not None for t in walk(s.tree)]
    assert {text[t.start : t.end] for t in every if t.kind == "name"} == {"X", "W1", "z", "W2", "y"}


def test_the_trees_that_were_understood_know_their_expressions() -> None:
    reading = read("X: n x d; J = sum(y - X w)")
    product = next(t for t in walk(reading.trees["J"]) if t.kind == "chain")
    assert product.node.shape == ("n", 1) and [s.name for s in symbols(product.node)] == ["X", "w"]


@pytest.mark.parametrize("text", [NETWORK, LAYERS, "x: 3; y: 4; J = sum(x) 1/2 + sum(y)", "J = 1/2 ||X w - y||^2"])
def test_understanding_changes_nothing_in_what_was_written(text: str) -> None:
    reading = read(text)
    before = [_shown(s.tree) for s in reading.written.statements]
    notes = tuple(reading.written.roles.notes)
    again = understood(reading.written)
    assert again.program == reading.program
    assert [_shown(s.tree) for s in reading.written.statements] == before
    assert tuple(reading.written.roles.notes) == notes
    assert not any(hasattr(t, "node") for s in reading.written.statements if s.tree for t in walk(s.tree))


def test_statements_of_layers_stand_once_as_they_were_written() -> None:
    reading = read(LAYERS)
    defined = [str(s.names[0].value) for s in reading.written.statements if s.names]
    assert defined == ["z[l]", "a[l]", "e[l]", "a[0]", "J"]
    (layers,) = reading.written.layers
    assert str(layers) == "l = 1..L" and LAYERS[layers.start : layers.end] == "layers l = 1..L:"
    assert [LAYERS[start:end] for start, end in reading.places("a[l-1]")] == ["a[l-1]"]
    total = reading.written.statements[-1].tree
    assert total is not None and total.kind == "total" and LAYERS[total.start : total.end] == "sum(e[l], l = 1..L)"


@pytest.mark.parametrize(
    ("text", "kind", "at", "statements"),
    [
        ("z = X w\nJ = sum((y - z", ParseError, (2, 9), 0),  # brackets are paired before anything is parsed
        ("z = X w\nJ = sum(y - * z)", ParseError, (2, 13), 1),
        ("X: 3 x 2; y: 4\nz = X w\nJ = sum(y - z)", ShapeError, (3, 9), 4),
        ("layers l = 1..3: z[l] = W[l] z[l-1]\nJ = sum(z[4])", ParseError, (2, 9), 2),
    ],
)
def test_an_error_is_kept_with_what_was_read_before_it(
    text: str, kind: type[Exception], at: tuple[int, int], statements: int
) -> None:
    reading = read(text)
    assert isinstance(reading.error, kind) and (reading.error.line, reading.error.column) == at
    assert reading.program is None and len(reading.written.statements) == statements
    assert reading.written.source.text == text and reading.written.tokens


def test_a_question_is_among_the_questions() -> None:
    reading = read("X: n x n; J = sum(X 1/2)")
    assert isinstance(reading.error, AmbiguousError) and reading.program is None
    assert [q.text for q in reading.questions] == ["X (1/2)", "X ones(n)/2"]


@pytest.mark.parametrize(
    "text",
    [
        NETWORK,
        "A: 3 x 4; J = sum(A 1/2)",  # both readings of 1/2 are tried
        "steps t = 1..3: h[t] = tanh(U h[t-1] + W x[t]); h[0] = 0; J = ||h[3]||^2",  # 0 is tried as a number first
        "X: 3 x 2; y: 4; J = ||y - X w||^2",  # fails
        "J = sum(y - * z)",  # fails
    ],
)
def test_a_text_is_read_once(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[list[Token]] = []
    tokenized: list[str] = []
    parse_statement, tokenize = stages.parse_statement, stages.tokenize

    def counted(source: Source, tokens: list[Token]) -> Statement:
        parsed.append(tokens)
        return parse_statement(source, tokens)

    def cut(source: Source) -> list[Token]:
        tokenized.append(source.text)
        return tokenize(source)

    monkeypatch.setattr(stages, "parse_statement", counted)
    monkeypatch.setattr(stages, "tokenize", cut)
    reading = read(text)
    assert tokenized == [text]
    failed = isinstance(reading.error, ParseError)
    assert len(parsed) == len(reading.written.statements) + failed


def test_a_front_end_hands_over_trees() -> None:
    """What another language would make of `\\lVert Xw - y\\rVert^2`, its places those of that text."""
    text = r"\lVert Xw - y\rVert^2"

    def name(letter: str) -> Tree:
        at = text.index(letter, 6)
        return Tree("name", [], at, at + 1, letter)

    product = Tree("chain", [name("X"), name("w")], 7, 9)
    product.ops += ["", "TIMES"]
    difference = Tree("sum", [product, name("y")], 7, 13)
    difference.ops += ["", "MINUS"]
    norm = Tree("norm", [difference], 0, 19, "F")
    square = Tree("power", [norm, Tree("number", [], 20, 21, Fraction(2))], 0, 21, "POWER")
    written = Written(Source(text), [Statement("expression", square, ())])
    program = understood(written).program
    assert program.objective.definition is parse("J = ||X w - y||^2").objective.definition
