"""What a document is made of: blocks, sentences, and the mathematics in them. Nothing here knows a notation.

A sentence is a tuple of words (`str`) and mathematics. Mathematics is an expression, a term of index notation, or one
of the small forms below, which say how expressions stand together: dJ/dX, n×m, name = formula.
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
    from matcalc.document.report import Report
    from matcalc.rewrite import PathSum, RewriteRule, Section

# ---------------------------------------------------------------------------------------------------------- mathematics


@dataclass(frozen=True)
class InForm:
    """The notation's row called `name` around its parts: "equation", "derivative", "shape" …"""

    name: str
    parts: tuple[Math, ...]


@dataclass(frozen=True)
class Displayed:
    """A formula that stands by itself; under it the shapes of its factors, where they are asked for.

    `whole`: its shape stands beside it, so that of I ⊗ A the size of I need not be said.
    """

    node: Node
    whole: bool = False


@dataclass(frozen=True)
class FunctionName:
    """The name of a function of the entries."""

    name: str


@dataclass(frozen=True)
class Beside:
    """Parts one after the other; strings among them are signs, such as = and →."""

    parts: tuple[Math | str, ...]


@dataclass(frozen=True)
class TermSum:
    """A sum of terms of index notation, or of products that are not multiplied out."""

    terms: tuple[Math, ...]


@dataclass(frozen=True)
class Common:
    """The sum over indices that both sides of a rule are, in the ways in which it comes out; the shortest is taken."""

    ways: tuple[Index_term, ...]


@dataclass(frozen=True)
class ChainRule:
    """The sum over indices of dZ/dY dY/dX …: the chain rule before anything is put in. `pairs`: (of, by)."""

    over: Indices
    pairs: tuple[tuple[Index_term, Index_term], ...]


@dataclass(frozen=True)
class IndexRanges:
    """What indices run over: i = 1..n, j = 1..d; those of `terms` where the notation does not say it at their sums."""

    free: Indices
    terms: tuple[Index_term, ...] = ()


@dataclass(frozen=True)
class Slice:
    """A row or a column of a name: X[i,:]."""

    of: Node
    at: tuple[str, ...]


@dataclass(frozen=True)
class Sliced:
    """Row (`axis` 0) or column (1) `index` of a formula, as matrix notation has it."""

    node: Node
    axis: int
    index: Index


@dataclass(frozen=True)
class Stated:
    """A formula whose shape is known where it stands: I ⊗ A, where the size of I is what that shape leaves."""

    node: Node


@dataclass(frozen=True)
class AsFactor:
    """The same as a factor of a product, in the brackets that it needs there."""

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
    """Sentences that say something, one after the other."""
    found: list[str | Math] = []
    for sentence in sentences:
        if sentence:
            found += [between, *sentence] if found else sentence
    return tuple(found)


class Extent(NamedTuple):
    """The shape of what stands beside it, and the layers of which that is said: letter, first and last."""

    shape: Shape
    layers: tuple[Node, Node, Node] | None = None


def extent(symbol: Symbol, ranges: Mapping[str, tuple[Node, Node]], node: Node | None = None) -> Extent:
    """The shape of a name, or of the derivative `node` by it, and the layers of `ranges` that it is said of."""
    # A gradient may be said of fewer layers than its variable.
    own = None if node is None else ranges.get(f"d{symbol.name}")
    ends, place = own or ranges.get(symbol.name), indexed(symbol.name)
    layers = None if ends is None or place is None else (size_node(place.place.letter), *ends)
    return Extent((symbol if node is None else node).shape, layers)


# --------------------------------------------------------------------------------------------------------------- blocks


class Heading(NamedTuple):
    """What comes next; `level` 2 inside what a heading of level 1 begins."""

    words: Words
    level: int = 1


class Equation(NamedTuple):
    """`left` = `right`, said of `symbol`, with a shape. `given`: a gradient that the problem states."""

    symbol: Symbol
    left: Math
    right: Displayed
    extent: Extent
    given: bool = False


class Equations(NamedTuple):
    """Equations aligned. `kind`: "definition", "gradient" or "jacobian"; `where`: they explain names above."""

    kind: str
    rows: tuple[Equation, ...]
    where: bool = False


class Name(NamedTuple):
    """A name of the problem: how it is known, and what it is."""

    math: Math
    extent: Extent | None
    how: str
    what: str
    symbol: Symbol | None = None


class Names(NamedTuple):
    """The names of the problem."""

    rows: tuple[Name, ...]


class Sentences(NamedTuple):
    """Remarks. `kind`: "note", "layout", "structure" or "condition"."""

    kind: str
    sentences: tuple[Words, ...]


class Explanation(NamedTuple):
    """What an operator means: `words`, and `formula` where one is short enough."""

    operator: str
    term: Node
    formula: Math | None
    words: Words


class Operators(NamedTuple):
    """What the less known operators mean."""

    rows: tuple[Explanation, ...]


class DerivationRow(NamedTuple):
    """A line of a derivation: its number, what it is equal to, the formula, and in clauses what led there.

    `shapes`: of the gradient in each term, None in one that is none. `entry`: the line in index notation,
    one entry of it. `row`: the record of it.
    """

    number: int
    lead: Math | None
    line: Displayed
    shapes: tuple[Shape | None, ...]
    reason: tuple[Words, ...]
    statements: tuple[InForm, ...]
    entry: tuple[Index_term, IndexRanges] | None
    row: ShownLine

    @property
    def beside(self) -> tuple[Shape | None, ...]:
        """The shapes that are shown: all None where there are only scalars."""
        scalars = all(shape is None or shape == SCALAR for shape in self.shapes)
        return (None,) * len(self.shapes) if scalars else self.shapes


class Stage(NamedTuple):
    """A stretch of a derivation: what it does, its lines, and the results that are complete with it.

    `continues`: its first line is the last one of the stage before.
    """

    heading: Words
    title: Words
    remark: Words
    rows: tuple[DerivationRow, ...]
    results: tuple[Equation, ...]
    continues: bool
    section: Section


class Stages(NamedTuple):
    """A derivation."""

    stages: tuple[Stage, ...]


class Chained(NamedTuple):
    """left = rights[0] = rights[1] …; `ranges`: what the indices run over; `beside`: a word about the array."""

    left: Math
    rights: tuple[Math, ...]
    ranges: IndexRanges | None = None
    beside: Words = ()


class IndexEquations(NamedTuple):
    """Equations in index notation between sentences."""

    heading: Heading
    before: tuple[Words, ...] = ()
    equations: tuple[Chained, ...] = ()
    after: tuple[Words, ...] = ()


class ChainLine(NamedTuple):
    """A product of Jacobians. `symbols`: ∂z/∂x of each factor, in the first line of a path; `why`: what led here."""

    symbols: tuple[Math, ...]
    factors: tuple[Math, ...]
    shapes: tuple[Shape, ...]
    why: tuple[Words, ...] = ()


class ChainPath(NamedTuple):
    """One way from a variable to the objective: what its product is, what is said before it, and its lines."""

    lead: Math | None
    before: Words
    lines: tuple[ChainLine, ...]


class ChainShown(NamedTuple):
    """A chain of Jacobians: its paths, a sentence about them, and what comes out. `chain`: the record of it."""

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
    """A rule: what it says, what it asks of its letters, why and when it holds, and where it is proved."""

    rule: RewriteRule
    name: Words
    statement: InForm
    asks: Words
    why: Words
    source: Words
    condition: Words

    @property
    def remarks(self) -> tuple[Words, ...]:
        """Why it holds, when, and where it is proved."""
        where: Words = ("where ", *self.condition) if self.condition else ()
        return tuple(filter(None, (self.why, where, self.source)))

    @property
    def because(self) -> Words:
        """What it asks for, why it holds, where it is proved, and when it holds."""
        return joined("; ", (self.asks, self.why, self.source, self.condition))


class Rules(NamedTuple):
    """The rules that were used."""

    heading: Heading
    rows: tuple[RuleRow, ...]


class Chapter(NamedTuple):
    """A chapter of the rule book; `used` says where its rules are used."""

    title: Words
    used: Words
    rows: tuple[RuleRow, ...]


class Legend(NamedTuple):
    """What the letters of the rule book stand for."""

    rows: tuple[tuple[str, Words], ...]


class FindingRow(NamedTuple):
    """What was found out about a derivative: of which ones, the sentence, and the status."""

    who: Words
    sentence: Words
    status: str


class Findings(NamedTuple):
    """What was found out."""

    rows: tuple[FindingRow, ...]


Block: TypeAlias = (
    "Heading | Equations | Names | Sentences | Operators | Stages | IndexEquations | Chains | Rules | Chapter | Legend"
    "| Findings"
)


@dataclass(frozen=True)
class Document:
    """Blocks in the order in which they are read.

    `names`: those of the program, which no notation may use for something else; `kronecker`: no name looks like δ_ij.
    `report`: what the document is about;
    None for the rule book.
    """

    title: Words
    blocks: tuple[Block, ...]
    names: tuple[str, ...] = ()
    kronecker: bool = False
    report: Report | None = None
    view: View = DEFAULT
