"""The parts of a document: blocks, sentences, and the mathematics in them, independent of any notation.

A sentence is a tuple of words (`str`) and mathematics. Mathematics is an expression, a term of index notation, or one
of the small forms below, which combine expressions: dJ/dX, n×m, name = formula.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from matcalc.document.view import DEFAULT, View
from matcalc.expr import SCALAR, Node, Shape, Symbol
from matcalc.families import indexed
from matcalc.indices.terms import Index, Index_term, Indices
from matcalc.operators import size_node
from matcalc.prose import Letters, Typed

if TYPE_CHECKING:
    from matcalc.document.folding import ShownLine
    from matcalc.document.report import Judged, Report
    from matcalc.rewrite import PathSum, RewriteRule, Section

# ---------------------------------------------------------------------------------------------------------- mathematics


class InForm(NamedTuple):
    """The notation's row called `name` around its parts: "equation", "derivative", "shape" …"""

    name: str
    parts: tuple[Math, ...]


class Displayed(NamedTuple):
    """A displayed formula, with the shapes of its factors below if they are asked for.

    `whole`: its shape is shown beside it, so the size of I in I ⊗ A may be omitted.
    """

    node: Node
    whole: bool = False


class FunctionName(NamedTuple):
    """The name of a function of the entries."""

    name: str


class Beside(NamedTuple):
    """Parts side by side; strings among them are signs, such as = and →."""

    parts: tuple[Math | str, ...]


class TermSum(NamedTuple):
    """A sum of terms of index notation, or of products that are not multiplied out."""

    terms: tuple[Math, ...]


class Common(NamedTuple):
    """The index sum that both sides of a rule equal, in its possible forms; the shortest is shown."""

    ways: tuple[Index_term, ...]


class ChainRule(NamedTuple):
    """The sum over indices of dZ/dY dY/dX …: the chain rule before substitution. `pairs`: (of, by)."""

    over: Indices
    pairs: tuple[tuple[Index_term, Index_term], ...]


class IndexRanges(NamedTuple):
    """The ranges of indices: i = 1..n, j = 1..d; those of `terms` only if the notation omits them at sums."""

    free: Indices
    terms: tuple[Index_term, ...] = ()


class Slice(NamedTuple):
    """A row or a column of a name: X[i,:]."""

    of: Node
    at: tuple[str, ...]


class Sliced(NamedTuple):
    """Row (`axis` 0) or column (1) `index` of a formula, as matrix notation has it."""

    node: Node
    axis: int
    place: Index


class Stated(NamedTuple):
    """A formula whose shape is known from its place, so the size of I in I ⊗ A may be omitted."""

    node: Node


class AsFactor(NamedTuple):
    """The same as a factor of a product, with brackets if needed."""

    node: Node


Math: TypeAlias = (
    "Node | Index_term | InForm | Displayed | FunctionName | Beside | TermSum | Common | ChainRule | IndexRanges"
    " | Slice | Sliced | Stated | AsFactor | Letters | Typed"
)
Words: TypeAlias = "tuple[str | Math, ...]"


def equation(left: Math, right: Math) -> InForm:
    """left = right."""
    return InForm("equation", (left, right))


def shape_of(shape: Shape) -> InForm:
    """n×d."""
    rows, columns = shape
    return InForm("shape", (size_node(rows), size_node(columns)))


def listed(parts: Sequence[Words]) -> Words:
    """A, B and C."""
    found: list[str | Math] = []
    for i, part in enumerate(parts):
        if i:
            found.append(" and " if i == len(parts) - 1 else ", ")
        found += part
    return tuple(found)


def joined(between: str, sentences: Iterable[Words]) -> Words:
    """The nonempty sentences, joined."""
    found: list[str | Math] = []
    for sentence in sentences:
        if sentence:
            found += [between, *sentence] if found else sentence
    return tuple(found)


class Extent(NamedTuple):
    """The shape shown beside a formula, and the layers for which it holds: letter, first and last."""

    shape: Shape
    layers: tuple[Node, Node, Node] | None = None


def extent(symbol: Symbol, ranges: Mapping[str, tuple[Node, Node]], node: Node | None = None) -> Extent:
    """The shape of a name, or of its derivative `node`, and its layers in `ranges`."""
    # A gradient may hold for fewer layers than its variable.
    own = None if node is None else ranges.get(f"d{symbol.name}")
    ends, place = own or ranges.get(symbol.name), indexed(symbol.name)
    layers = None if ends is None or place is None else (size_node(place.place.letter), *ends)
    return Extent((symbol if node is None else node).shape, layers)


def element(symbol: Symbol, extent: Extent) -> Words:
    """X ∈ ℝ^{n×d}, and the layers for which it holds."""
    rows, columns = map(size_node, extent.shape)
    if extent.shape == SCALAR:
        said = InForm("real", (symbol,))
    elif extent.shape[1] == 1:
        said = InForm("real_column", (symbol, rows))
    else:
        said = InForm("real_matrix", (symbol, rows, columns))
    return (said,) if extent.layers is None else (said, " for ", InForm("layers", extent.layers))


# --------------------------------------------------------------------------------------------------------------- blocks


class Heading(NamedTuple):
    """A heading; `level` 2 is a subheading."""

    words: Words
    level: int = 1


class Equation(NamedTuple):
    """`left` = `right` for `symbol`, with a shape. `given`: a gradient that the problem states."""

    symbol: Symbol
    left: Math
    right: Displayed
    extent: Extent
    given: bool = False


class Equations(NamedTuple):
    """Equations aligned. `kind`: "definition", or of a result; `where`: they explain names above."""

    kind: str
    rows: tuple[Equation, ...]
    where: bool = False


class Name(NamedTuple):
    """A name of the problem: how its shape is known, and what it is; `said` is the same in a sentence, X ∈ ℝ^{n×d}."""

    math: Math
    extent: Extent | None
    how: str
    what: str
    said: Words
    symbol: Symbol | None = None


class Names(NamedTuple):
    """The names of the problem, and what is asked: find the gradient of J with respect to w."""

    asked: Words
    rows: tuple[Name, ...]

    @property
    def sentence(self) -> Words:
        """All of it for a reader who is not at the terminal."""
        if not self.rows:
            return (*self.asked, ".") if self.asked else ()
        return (*self.asked, ", where " if self.asked else "Here ", *listed([row.said for row in self.rows]), ".")


class Sentences(NamedTuple):
    """Remarks.

    `kind`: "note", "preface", "layout", "curvature", "structure", "condition", "lesson", or "typed": how to type.
    """

    kind: str
    sentences: tuple[Words, ...]


class Explanation(NamedTuple):
    """The meaning of an operator: `words`, and a `formula` if one is short enough."""

    operator: str
    term: Node
    formula: Math | None
    words: Words


class Operators(NamedTuple):
    """The meanings of the less common operators."""

    rows: tuple[Explanation, ...]


class DerivationRow(NamedTuple):
    """A line of a derivation: its number, its left side, the formula, and the reasons in clauses.

    `shapes`: the shape of the gradient in each term, None for a term without one. `entry`: one entry of the line in
    index notation. `row`: the line in the record. `explained`: sentences for a beginner, where they are asked for.
    """

    number: int
    lead: Math | None
    line: Displayed
    shapes: tuple[Shape | None, ...]
    reason: tuple[Words, ...]
    statements: tuple[InForm, ...]
    entry: tuple[Index_term, IndexRanges] | None
    row: ShownLine
    explained: tuple[Words, ...] = ()

    @property
    def clauses(self) -> tuple[Words, ...]:
        """What led to the line: the reasons, then the sentences in words."""
        return (*self.reason, *self.explained)

    @property
    def beside(self) -> tuple[Shape | None, ...]:
        """The shapes to show: all None if all are scalars."""
        scalars = all(shape is None or shape == SCALAR for shape in self.shapes)
        return (None,) * len(self.shapes) if scalars else self.shapes


class Stage(NamedTuple):
    """A part of a derivation: its purpose, its lines, and the results that it completes.

    `continues`: its first line is the last one of the stage before.
    """

    heading: Words
    title: Words
    remark: Words
    rows: tuple[DerivationRow, ...]
    results: tuple[Equation, ...]
    continues: bool
    section: Section

    @property
    def told(self) -> tuple[Words, ...]:
        """The sentences about its lines, each after the number of the line."""
        return tuple((f"({row.number}) ", *said) for row in self.rows for said in row.explained)


class Stages(NamedTuple):
    """A derivation. `of` is "lessons" for the derivations of rules."""

    stages: tuple[Stage, ...]
    of: str = "derivation"


class Chained(NamedTuple):
    """left = rights[0] = rights[1] …; `ranges`: what the indices run over; `beside`: a word about the array."""

    left: Math
    rights: tuple[Math, ...]
    ranges: IndexRanges | None = None
    beside: Words = ()


class IndexEquations(NamedTuple):
    """Equations in index notation, with sentences between them."""

    heading: Heading
    before: tuple[Words, ...] = ()
    equations: tuple[Chained, ...] = ()
    after: tuple[Words, ...] = ()


class ChainLine(NamedTuple):
    """A product of Jacobians. `symbols`: ∂z/∂x of each factor, in the first line of a path; `why`: the reasons."""

    symbols: tuple[Math, ...]
    factors: tuple[Math, ...]
    shapes: tuple[Shape, ...]
    why: tuple[Words, ...] = ()


class ChainPath(NamedTuple):
    """One path from a variable to the objective: its product, a sentence before it, and its lines."""

    lead: Math | None
    before: Words
    lines: tuple[ChainLine, ...]


class ChainShown(NamedTuple):
    """A chain of Jacobians: its paths, a sentence about them, and the result. `chain`: the chain in the record."""

    paths: tuple[ChainPath, ...]
    why: Words
    result: InForm
    shape: Shape
    note: Words
    chain: PathSum


class Chains(NamedTuple):
    """The chain of Jacobians of each variable."""

    chains: tuple[ChainShown, ...]


class RuleRow(NamedTuple):
    """A rule: its statement, requirements, reason, condition, and source."""

    rule: RewriteRule
    name: Words
    statement: InForm
    asks: Words
    why: Words
    source: Words
    condition: Words

    @property
    def remarks(self) -> tuple[Words, ...]:
        """Its reason, condition and source."""
        where: Words = ("where ", *self.condition) if self.condition else ()
        return tuple(filter(None, (self.why, where, self.source)))

    @property
    def because(self) -> Words:
        """Its requirements, reason, source and condition."""
        return joined("; ", (self.asks, self.why, self.source, self.condition))


class Rules(NamedTuple):
    """The rules that were used."""

    heading: Heading
    rows: tuple[RuleRow, ...]


class Chapter(NamedTuple):
    """A chapter of the rule book; `used` tells where its rules are used."""

    title: Words
    used: Words
    rows: tuple[RuleRow, ...]


class Legend(NamedTuple):
    """The meanings of the letters in the rule book."""

    rows: tuple[tuple[str, Words], ...]


class FindingRow(NamedTuple):
    """A verdict on derivatives: the variables, the sentence, and the status. `verdict`: of one variable, by name."""

    who: Words
    sentence: Words
    status: str
    verdict: tuple[str, Judged] | None = None


class Findings(NamedTuple):
    """The verdicts. `alone`: they are the whole document, and each takes a line of text however long it is."""

    rows: tuple[FindingRow, ...]
    alone: bool = False


class Exercise(NamedTuple):
    """One of several problems, a document of its own."""

    title: Words
    document: Document


Block: TypeAlias = (
    "Heading | Equations | Names | Sentences | Operators | Stages | IndexEquations | Chains | Rules | Chapter | Legend"
    "| Findings | Exercise"
)


@dataclass(frozen=True)
class Document:
    """Blocks in reading order.

    `names`: the names of the program, which no notation may use for something else; `kronecker`: no name looks like
    δ_ij. `report`: the subject of the document; None for the rule book and for verdicts alone.
    """

    title: Words
    blocks: tuple[Block, ...]
    names: tuple[str, ...] = ()
    kronecker: bool = False
    report: Report | None = None
    view: View = DEFAULT

    @property
    def headline(self) -> Words:
        """The title that the view gives, or its own."""
        return (self.view.title,) if self.view.title else self.title

    @property
    def byline(self) -> tuple[str, ...]:
        """Who wrote it, and when, as the view says."""
        return tuple(filter(None, (self.view.author, self.view.date)))
