"""Every notation has every row, MathML is well-formed, and a notation that lacks a row says which."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from functools import cache
from xml.etree import ElementTree

import pytest
from write.test_forms import FORMS, A, B, X, _example, m, n, nm, s, x, z

import matcalc
from matcalc.dims import dim_mul
from matcalc.drawing.labels import BOARD
from matcalc.errors import UnsupportedError
from matcalc.expr import Node, Slot, Symbol
from matcalc.indices.terms import (
    Applied,
    Constant,
    Delta,
    EntryOf,
    Index,
    Index_term,
    Length,
    Product,
    Raised,
    Sigma,
    Total,
)
from matcalc.operators import (
    MATMUL,
    SCALE,
    TABLE,
    D,
    T,
    d,
    function,
    indexed_sum,
    inner,
    matmul,
    minus,
    number,
    ones,
    over,
    plus,
    scale,
    term,
)
from matcalc.write import ASCII, TEXT, Braced, Notation, Writer, notations, write
from matcalc.write.indexed import Indexed
from matcalc.write.notations.latex import LATEX
from matcalc.write.notations.mathml import MATHML
from matcalc.write.pieces import Form

READINGS = """
    formula brackets number plus subtract minus over over_tight reciprocal reciprocal_tight ratio over_entries
    power_entries transpose_inv call block_row block_one d_name sum_over bound ones_column zeros_column
    part through pair
"""
"""What a term reads as that is no operator's row."""
INDEXED = "entry slice all indices indices_apart sigma sum_layers delta equal ranges layers"
AROUND = "equation derivative second gradient jacobian partial shape real real_column real_matrix range layers "
AROUND += "integral index_sum"
"""What stands about formulas: definitions, names of results, shapes, the layers that they are said of."""
OPERATORS = {op.name for op in TABLE.values() if op.function is None and not (op.words and op.arity)}
OPERATORS -= {MATMUL.name, SCALE.name}
NEEDED = {*READINGS.split(), *INDEXED.split(), *AROUND.split(), *OPERATORS}


def lacking(notation: Notation) -> list[str]:
    """The rows that `notation` needs and does not have."""
    return sorted((NEEDED if notation.gathers else {*NEEDED, "one_over_entries"}) - set(notation.forms))


def found() -> list[Notation]:
    """Every notation that stands in a file of its folder."""
    modules = [
        importlib.import_module(f"{notations.__name__}.{m.name}") for m in pkgutil.iter_modules(notations.__path__)
    ]
    return [value for module in modules for value in vars(module).values() if isinstance(value, Notation)]


NOTATIONS = found()


def test_every_file_of_the_folder_is_a_notation() -> None:
    assert {n.title for n in NOTATIONS} == {n.title for n in (TEXT, ASCII, LATEX, MATHML)}


@pytest.mark.parametrize("notation", [*NOTATIONS, BOARD], ids=lambda notation: notation.title)
def test_every_row_is_there(notation: Notation) -> None:
    assert lacking(notation) == []


def copy(notation: Notation, forms: Mapping[str, Form]) -> Notation:
    """A notation of other rows."""
    return Notation(
        "Trial",
        forms,
        name=notation.name,
        function=notation.function,
        beside=notation.beside,
        called=notation.called,
        gathers=notation.gathers,
        indexed=notation.indexed,
        measure=notation.measure,
        space=notation.space,
    )


i, j = Index("i", "n"), Index("j", "d")
ends = Index("i", "n"), Index("2", "d", 2)
INDEX_TERMS: tuple[Index_term, ...] = (
    Sigma((i, j), Product((EntryOf(X, (i, j)), Raised(EntryOf(x, (i,)), Constant(Fraction(-3, 2)))))),
    Total((EntryOf(term(TABLE["inv"], A), (i, i)), Product((Constant(Fraction(-1)), Delta(i, j))), Length("n"))),
    Product((Constant(Fraction(1, 2)), Raised(EntryOf(x, (i,)), Constant(Fraction(1, 2))), EntryOf(X, ends))),
    Applied(function("tanh"), (EntryOf(x, (i,)),)),
    Applied(D, (EntryOf(x, (i,)),)),
    Applied(D, (Product((EntryOf(x, (i,)), EntryOf(x, (i,)))),)),
    Applied(indexed_sum("l", "1", "L"), (EntryOf(x, (i,)),)),
)


def samples() -> Iterator[tuple[str, Callable[[Notation], object]]]:
    """What a notation writes: expressions, operators, functions, index notation, shapes below factors."""
    nodes: list[Node] = [node for node, *_ in FORMS]
    nodes += [_example(op) for op in TABLE.values()]
    nodes += [term(TABLE[f"{name}_rows"], z) for name in ("softmax", "log_softmax", "logsumexp")]
    nodes += [term(TABLE[f"{name}_columns"], z) for name in ("softmax", "log_softmax", "logsumexp")]
    nodes += [inner(A, d(matmul(A, B))), term(indexed_sum("l", "1", "L-1"), s), T(Slot("A", ("n", "m")))]
    norms = [TABLE[name] for name in ("norm", "norm_spec", "norm_nuc")]
    nodes += [term(norm, scale(term(norm, A), A)) for norm in norms]
    nodes += [term(TABLE[name], A, number(0)) for name in ("rowstd", "colstd", "layer_norm", "batch_norm")]
    nodes += [matmul(Symbol("K", ("m", nm)), term(TABLE["commutation"], n, m)), ones(1, "n"), minus(A, B)]
    nodes += [matmul(Symbol("D", ("m", dim_mul("n", "n"))), term(TABLE["duplication"], n))]
    nodes += [plus(Symbol("Phi", ("n", "n")), term(TABLE["tril_half"], A))]
    for at, node in enumerate(nodes):
        yield f"expression {at}", lambda notation, node=node: write(node, notation)  # type: ignore[misc]
        yield f"its differential {at}", lambda notation, node=node: write(d(node), notation)  # type: ignore[misc]
        yield f"its shapes {at}", lambda notation, node=node: str(Braced(notation).piece(node))  # type: ignore[misc]
    for kronecker in (False, True):
        for at, index_term in enumerate(INDEX_TERMS):
            for said in (False, True):
                yield (
                    f"index term {at}",
                    lambda notation, t=index_term, k=kronecker, r=said: Indexed(  # type: ignore[misc]
                        Writer(notation), kronecker=k, ranges=r
                    ).write(t),
                )
    yield "ranges", lambda notation: Indexed(Writer(notation)).ranges(INDEX_TERMS, (i,))
    yield "slice", lambda notation: Indexed(Writer(notation)).slice(Writer(notation).piece(X), ["i", ":"])


class Watched(dict[str, Form]):
    """Rows that know which were asked for."""

    def __init__(self, forms: Mapping[str, Form]) -> None:
        super().__init__(forms)
        self.asked: set[str] = set()

    def __getitem__(self, name: str) -> Form:
        self.asked.add(name)
        return super().__getitem__(name)


@cache
def users(notation: Notation) -> dict[str, Callable[[Notation], object]]:
    """For each row what is written with it."""
    known: dict[str, Callable[[Notation], object]] = {}
    for _, sample in samples():
        forms = Watched(notation.forms)
        sample(copy(notation, forms))
        for name in forms.asked - set(known):
            known[name] = sample
    return known


ROWS = [(notation, row) for notation in NOTATIONS for row in notation.forms]


@pytest.mark.parametrize(("notation", "row"), ROWS, ids=[f"{notation.title}-{row}" for notation, row in ROWS])
def test_a_row_that_is_missing_is_named(notation: Notation, row: str) -> None:
    trial = copy(notation, {name: form for name, form in notation.forms.items() if name != row})
    write_ = users(notation).get(row, lambda trial: trial.build(row))
    if row in NEEDED or row == "one_over_entries":
        assert lacking(trial) == [row]
        with pytest.raises(UnsupportedError, match=f"Trial has no form for {re.escape(row)}"):
            write_(trial)
    else:
        assert lacking(trial) == []
        if row in users(notation):
            assert write_(trial)


def test_what_is_written_reaches_the_rows() -> None:
    for notation in NOTATIONS:
        assert set(notation.forms) - set(users(notation)) <= set(AROUND.split()), notation.title


# --------------------------------------------------------------------------------------------------------------- MathML

EMPTY = {"mrow", "mi", "mn", "mo", "mtd", "mtr"}
PARTS = {"mfrac": 2, "msup": 2, "msub": 2, "msubsup": 3, "munder": 2, "munderover": 3, "mover": 2}


def faults(text: str) -> list[str]:
    """What is wrong with a formula: an element without content, or with more or fewer parts than it takes."""
    root = ElementTree.fromstring(text)
    wrong = [] if root.tag == "{http://www.w3.org/1998/Math/MathML}math" else ["the root is no math"]
    for element in root.iter():
        name = element.tag.rpartition("}")[2]
        if name in EMPTY and not len(element) and not (element.text or "").strip():
            wrong.append(f"an empty {name}")
        if name in PARTS and len(element) != PARTS[name]:
            wrong.append(f"{name} with {len(element)} parts")
        if name in ("mi", "mn", "mo") and len(element):
            wrong.append(f"something inside {name}")
        if name in ("mtr", "mtable") and any(child.tag.rpartition("}")[2] not in ("mtr", "mtd") for child in element):
            wrong.append(f"no cell in {name}")
        if name not in ("mi", "mn", "mo") and (element.text or "").strip():
            wrong.append(f"loose text in {name}")
    return wrong


@pytest.mark.parametrize(("name", "sample"), [pair for pair in samples() if not isinstance(pair, str)])
def test_mathml_is_well_formed(name: str, sample: Callable[[Notation], object]) -> None:
    text = str(sample(MATHML))
    if not text.startswith("<math"):
        text = str(MATHML.build("formula", MATHML.atom(text)))
    assert faults(text) == []


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("<mrow/>", "an empty mrow"),
        ("<msup><mi>x</mi></msup>", "msup with 1 parts"),
        ("<mi><mi>x</mi></mi>", "something inside mi"),
        ("<mrow>x</mrow>", "loose text in mrow"),
        ("<mtable><mtr><mi>x</mi></mtr></mtable>", "no cell in mtr"),
    ],
)
def test_a_fault_is_found(text: str, fault: str) -> None:
    assert faults(f'<math xmlns="http://www.w3.org/1998/Math/MathML">{text}</math>') == [fault]


@pytest.mark.parametrize(
    ("node", "inside"),
    [
        (T(X), "<msup><mrow><mi>X</mi></mrow><mrow><mo>⊤</mo></mrow></msup>"),
        (
            Symbol("delta_yhat", ("n", 1)),
            '<msub><mi>δ</mi><mrow><mover accent="true"><mi>y</mi><mo>^</mo></mover></mrow></msub>',
        ),
        (matmul(X, Symbol("w", ("d", 1))), "<mi>X</mi><mo>\u2062</mo><mi>w</mi>"),
        (
            matmul(plus(A, B), x),
            '<mrow><mo fence="true" stretchy="false">(</mo><mi>A</mi><mo>+</mo><mi>B</mi>'
            '<mo fence="true" stretchy="false">)</mo></mrow><mo>\u2062</mo><mi>x</mi>',
        ),
        (
            matmul(X, term(function("tanh"), Symbol("w", ("d", 1)))),
            '<mi>X</mi><mo>\u2062</mo><mspace width="0.17em"/><mi>tanh</mi>',
        ),
        # A bracket grows around a fraction, and nowhere else.
        (term(function("exp"), over(x, s)), '<mo fence="true" stretchy="true">(</mo><mfrac>'),
        (term(function("exp"), s), '<mo fence="true" stretchy="false">(</mo><mi>s</mi>'),
        (term(TABLE["norm"], over(x, s)), '<mo fence="true" stretchy="true">‖</mo><mfrac>'),
        (term(TABLE["step_ge"], s, s), "<mo>≥</mo>"),
        (term(function("step"), s), "<mo>&gt;</mo>"),
    ],
)
def test_mathml(node: Node, inside: str) -> None:
    assert inside in write(node, MATHML)


def test_mathml_from_python() -> None:
    gradient = matcalc.gradient("1/2 ||X w - y||^2", "w")
    assert faults(gradient.mathml()) == []
    jacobian = matcalc.jacobian("tanh(A x)", "x", verify=False)
    assert faults(jacobian.mathml()) == []
