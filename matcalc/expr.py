"""Expressions: the one data structure that every other room passes around.

A node is a `Number`, a `Symbol`, a `Size` (the value of a dimension), a `Slot` (a hole in a rule) or a `Term` (an
`Operator`, which is a row of operators.TABLE, applied to arguments). Nodes are immutable and hash-consed: two nodes
that are built alike are the same object, so equality is identity and an expression is a graph with shared parts. Every
node knows its shape. A term's shape follows from its operator's signature; a term that does not fit cannot be built.

This module does not simplify, differentiate, parse or print.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, TypeAlias, TypeVar
from weakref import WeakValueDictionary

from matcalc.dims import Dim, dim_names, interned
from matcalc.errors import UnsupportedError
from matcalc.signatures import Signature

Shape: TypeAlias = tuple[Dim, Dim]
SCALAR: Shape = (1, 1)
Linearity: TypeAlias = Literal["jointly", "each", "no"]


@dataclass(frozen=True, eq=False)
class Operator:
    """A row of operators.TABLE: an operator's signature and its algebraic properties.

    `linear`: "jointly" (op of a sum of argument lists is the sum of the ops: +, transpose, sum), "each" (a product) or
    "no". `flat`: associative, so held with any number of arguments. `commutes`: the order of arguments is irrelevant.
    `elementwise`: entry ij depends only on the arguments' entries ij. For a function of the entries, `function` is its
    name and `order` the number of differentiations. `differential`: d itself. `atom`: the letter that names a value of
    the operator in a derivation (u1 for a singular vector). `asks`: the attribute that its argument must be known to
    have.
    `over`: for a sum over layers its letter and bounds, as written in an index ("l", "1", "L-1").
    `letters`: of an operator in a formula with indices, the letters that it has or binds (sigmas.py).
    `words`: the names of the operator in programs, the first also in messages; empty if it has a sign of its own or
    shares a word. `says`: a description in terms of its arguments A, B or a. `assumes`: the attribute that the last
    argument is assumed to have without declaration, if not the one in `asks`. `note`: a remark to show where it occurs.
    `family`: the module of matcalc.rules with its rows; empty if they are in the tables that every program loads.
    """

    name: str
    signature: Signature
    linear: Linearity = "no"
    flat: bool = False
    commutes: bool = False
    elementwise: bool = False
    function: str | None = None
    order: int = 0
    differential: bool = False
    atom: str = ""
    asks: str = ""
    over: tuple[str, str, str] | None = None
    letters: tuple[str, ...] = ()
    family: str = ""
    words: tuple[str, ...] = ()
    says: str = ""
    assumes: str = ""
    note: str = ""

    @property
    def arity(self) -> int | None:
        """The number of arguments; None if any number is allowed."""
        return self.signature.arity

    @property
    def parameters(self) -> int:
        """The number of trailing arguments that are sizes or constants; linearity excludes them."""
        return self.signature.parameters

    def shape_of(self, args: tuple[Node, ...]) -> Shape:
        """The shape of the operator applied to `args`. Raises Nonconforming."""
        sizes = tuple(map(_size, args)) if self.signature.sized else ()
        return self.signature.shape(tuple([a.shape for a in args]), sizes)

    def __repr__(self) -> str:
        return self.name


def _size(node: Node) -> Dim | None:
    # The dimension whose value the argument is, if any.
    if isinstance(node, Size):
        return node.dim
    if isinstance(node, Number) and node.value.denominator == 1 and node.value > 0:
        return int(node.value)
    return None


# ---------------------------------------------------------------------------------------------------------------- nodes


class Node:
    """An expression. `args` are its operands (empty unless it is a Term), `shape` is (rows, columns).

    `depth`: how deep it is nested in print; `height`: with what its names stand for. `length`: the number of symbols in
    print; shared parts count at each occurrence, up to `MANY`. `varies`: a differential occurs in it.
    """

    __slots__ = ("__weakref__", "args", "depth", "height", "length", "shape", "varies")
    shape: Shape
    args: tuple[Node, ...]
    depth: int
    height: int
    length: int
    varies: bool

    @property
    def is_scalar(self) -> bool:
        """True for a 1×1 expression."""
        return self.shape == SCALAR

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("expressions are immutable")

    def __copy__(self) -> Node:
        return self

    def __deepcopy__(self, memo: object) -> Node:
        return self


MANY = 1 << 256
"""Symbols are counted up to this number: a deep graph with shared parts would need huge integers."""
LONGEST = 50_000
"""The most arguments of a flat operator; a shared graph could produce exponentially many."""

_set = object.__setattr__
_interned: WeakValueDictionary[tuple[Any, ...], Any] = WeakValueDictionary()


def _atom(cls: type[Node], key: tuple[Any, ...], shape: Shape, height: int = 0, **own: object) -> Any:
    """The node without arguments that is called `key`, made with its `own` fields where there is none yet."""
    node = object.__new__(cls)
    of_all = {"shape": shape, "args": (), "depth": 0, "height": height, "length": 1, "varies": False}
    for name, value in (own | of_all).items():
        _set(node, name, value)
    return interned(_interned, key, node)


class Number(Node):
    """An exact rational constant, 1×1."""

    __slots__ = ("value",)
    value: Fraction

    def __new__(cls, value: Fraction | int) -> Number:
        value = Fraction(value)
        key = (cls, value)
        node: Number | None = _interned.get(key)
        return node if node is not None else _atom(cls, key, SCALAR, value=value)

    def __reduce__(self) -> tuple[Any, ...]:
        return Number, (self.value,)

    def __repr__(self) -> str:
        return str(self.value)


class Size(Node):
    """The value of a dimension as a scalar: n in `1/n` and in `ones(n, m)`."""

    __slots__ = ("dim",)
    dim: Dim

    def __new__(cls, dim: Dim) -> Size:
        key = (cls, dim)
        node: Size | None = _interned.get(key)
        return node if node is not None else _atom(cls, key, SCALAR, dim=dim)

    def __reduce__(self) -> tuple[Any, ...]:
        return Size, (self.dim,)

    def __repr__(self) -> str:
        return f"#{self.dim}"


class Symbol(Node):
    """A name with a shape, attributes (symmetric, positive, …) and, for a named intermediate, its definition.

    A symbol with a definition stands for its definition. A walk through `args` sees it as an atom; following
    `definition` leads to a shared part of the graph. Height counts through definitions, so a definition is lower.
    """

    __slots__ = ("attributes", "definition", "name")
    name: str
    attributes: frozenset[str]
    definition: Node | None

    def __new__(cls, name: str, shape: Shape, attributes: Iterable[str] = (), definition: Node | None = None) -> Symbol:
        attributes = frozenset(attributes)
        key = (cls, name, shape, attributes, definition)
        node: Symbol | None = _interned.get(key)
        if node is None:
            if definition is not None and definition.shape != shape:
                raise ValueError(f"{name}: {shape} is defined with shape {definition.shape}")
            height = 0 if definition is None else definition.height + 1
            node = _atom(cls, key, shape, height, name=name, attributes=attributes, definition=definition)
        return node

    def __reduce__(self) -> tuple[Any, ...]:
        if self.definition is not None:
            return _unpickle, (tuple(_instructions(self)),)
        return Symbol, (self.name, self.shape, self.attributes)

    def __repr__(self) -> str:
        return self.name


class Kind(str):
    """A predicate on expressions with a name: what may fill a slot, or what a rule may be used on.

    The test is a function of a module, so that rules can be pickled. `op`: the operator of all expressions of the kind,
    if they have one; it is compared first.
    """

    __slots__ = ("holds", "op")
    holds: Callable[[Node], bool]
    op: Operator | None

    def __new__(cls, name: str, holds: Callable[[Node], bool], op: Operator | None = None) -> Kind:
        kind = super().__new__(cls, name)
        kind.holds = holds
        kind.op = op
        return kind

    def __reduce__(self) -> tuple[Any, ...]:
        return Kind, (str(self), self.holds, self.op)


def _is_node(node: Node) -> bool:
    return True


anything = Kind("any", _is_node)


class Slot(Node):
    """A placeholder in a rule, filled by any expression whose shape fits.

    `shape` may contain names of dimensions, which matching solves for. `kind` restricts the filling.
    """

    __slots__ = ("kind", "name")
    name: str
    kind: Kind

    def __new__(cls, name: str, shape: Shape, kind: Kind = anything) -> Slot:
        key = (cls, name, shape, kind)
        node: Slot | None = _interned.get(key)
        return node if node is not None else _atom(cls, key, shape, name=name, kind=kind)

    def __reduce__(self) -> tuple[Any, ...]:
        return Slot, (self.name, self.shape, self.kind)

    def __repr__(self) -> str:
        return f"?{self.name}"


class Term(Node):
    """An operator applied to arguments. Raises `signatures.Nonconforming` if the shapes do not fit.

    Arguments of a flat (associative) operator that are terms of the same operator are spliced in, so that
    (A B) C and A (B C) are one expression; nothing else is changed.
    """

    __slots__ = ("op",)
    op: Operator

    def __new__(cls, op: Operator, args: tuple[Node, ...]) -> Term:
        if op.flat:
            for arg in args:
                if isinstance(arg, Term) and arg.op is op:
                    flat: list[Node] = []
                    for a in args:
                        if isinstance(a, Term) and a.op is op:
                            flat.extend(a.args)
                        else:
                            flat.append(a)
                    if len(flat) > LONGEST:
                        raise UnsupportedError(
                            f"a sum or product of {len(flat):,} terms is too long to write out",
                            hint="keep the named intermediates instead of substituting them",
                        )
                    args = tuple(flat)
                    break
        key = (op, args)
        node: Term | None = _interned.get(key)
        if node is None:
            shape = op.shape_of(args)
            node = object.__new__(cls)
            _set(node, "op", op)
            _set(node, "args", args)
            _set(node, "shape", shape)
            _set(node, "depth", 1 + max([a.depth for a in args], default=0))
            _set(node, "height", 1 + max([a.height for a in args], default=0))
            _set(node, "length", min(MANY, 1 + sum([a.length for a in args])))
            _set(node, "varies", op.differential or True in [a.varies for a in args])
            node = interned(_interned, key, node)
        return node

    def __reduce__(self) -> tuple[Any, ...]:
        return _unpickle, (tuple(_instructions(self)),)

    def __repr__(self) -> str:
        return f"{self.op.name}({', '.join(map(repr, self.args))})" if self.height < 50 else f"<{self.op.name} …>"


# ---------------------------------------------------------------------------------------------------------------- walks


def postorder(*roots: Node, through_definitions: bool = False, atom: Operator | None = None) -> Iterator[Node]:
    """Every distinct node below the roots, operands before their terms; nodes below an `atom` term are left out.

    Iterative, so the depth is unlimited.
    """
    seen: set[Node] = set()
    stack: list[tuple[Node, bool]] = [(root, False) for root in reversed(roots)]
    while stack:
        node, ready = stack.pop()
        if ready:
            yield node
            continue
        if node in seen:
            continue
        seen.add(node)
        below = node.args
        if atom is not None and isinstance(node, Term) and node.op is atom:
            below = ()
        elif through_definitions and isinstance(node, Symbol) and node.definition is not None:
            below = (node.definition,)
        if not below:
            yield node
            continue
        stack.append((node, True))
        stack.extend([(a, False) for a in reversed(below) if a not in seen])


_T = TypeVar("_T")


def fold(root: Node, visit: Callable[[Node, list[_T]], _T]) -> _T:
    """visit(node, results of its args) for every distinct node, bottom up. Returns the result at the root."""
    results: dict[Node, _T] = {}
    for node in postorder(root):
        results[node] = visit(node, [results[a] for a in node.args])
    return results[root]


def remembered(
    root: Node, memo: MutableMapping[Node, _T], compute: Callable[[Node], _T], through_definitions: bool = False
) -> _T:
    """compute(root), after compute of everything below it. `memo` holds the results; its nodes are not revisited."""
    try:
        return memo[root]
    except KeyError:
        stack = [root]
    while stack:
        node = stack[-1]
        if node in memo:
            stack.pop()
            continue
        below = node.args
        if through_definitions and isinstance(node, Symbol) and node.definition is not None:
            below = (node.definition,)
        missing = [a for a in below if a not in memo]
        if missing:
            stack.extend(missing)
        else:
            memo[node] = compute(node)
            stack.pop()
    return memo[root]


def replace(root: Node, mapping: Mapping[Node, Node]) -> Node:
    """`root` with every node that is a key of `mapping` replaced. Definitions of symbols stay unchanged."""
    if not mapping:
        return root
    results: dict[Node, Node] = {}
    stack = [root]
    while stack:
        node = stack[-1]
        if node in results:
            stack.pop()
        elif node in mapping:
            results[node] = mapping[node]
        elif not isinstance(node, Term):
            results[node] = node
        else:
            missing = [a for a in node.args if a not in results]
            if missing:
                stack.extend(missing)
                continue
            args = tuple(results[a] for a in node.args)
            results[node] = node if args == node.args else Term(node.op, args)
    return results[root]


def expand(root: Node) -> Node:
    """`root` with every named intermediate replaced by its definition."""
    results: dict[Node, Node] = {}
    for node in postorder(root, through_definitions=True):
        if isinstance(node, Symbol) and node.definition is not None:
            results[node] = results[node.definition]
        elif isinstance(node, Term):
            args = tuple(results[a] for a in node.args)
            results[node] = node if args == node.args else Term(node.op, args)
        else:
            results[node] = node
    return results[root]


def expanded_length(root: Node) -> int:
    """The length of `root` with every named intermediate replaced by its definition; `expand` need not succeed."""
    lengths: dict[Node, int] = {}
    for node in postorder(root, through_definitions=True):
        if isinstance(node, Symbol) and node.definition is not None:
            lengths[node] = lengths[node.definition]
        else:
            lengths[node] = min(MANY, 1 + sum([lengths[a] for a in node.args]))
    return lengths[root]


def symbols(*roots: Node) -> tuple[Symbol, ...]:
    """The symbols in the roots, without repetition; definitions are not searched."""
    return tuple(node for node in postorder(*roots) if isinstance(node, Symbol))


def definitions(*roots: Node) -> tuple[Symbol, ...]:
    """The symbols with definitions that the roots depend on, each after those that it depends on itself."""
    walk = postorder(*roots, through_definitions=True)
    return tuple(node for node in walk if isinstance(node, Symbol) and node.definition is not None)


def dims(*roots: Node) -> tuple[str, ...]:
    """The names of dimensions in the shapes of all symbols and sizes below the roots; definitions are searched."""
    found: dict[str, None] = {}
    for node in postorder(*roots, through_definitions=True):
        parts = (node.dim,) if isinstance(node, Size) else node.shape if isinstance(node, Symbol) else ()
        for dim in parts:
            for name in sorted(dim_names(dim)):
                found[name] = None
    return tuple(found)


def tree_size(*roots: Node) -> int:
    """The number of symbols that the roots would print with; shared parts count at each occurrence."""
    return sum(root.length for root in roots)


# Pickling a deep graph must not recurse: a term travels as a flat list of instructions.


def _instructions(root: Node) -> Iterator[tuple[Any, ...]]:
    index: dict[Node, int] = {}
    for node in postorder(root, through_definitions=True):
        index[node] = len(index)
        if isinstance(node, Term):
            yield (node.op, tuple(index[a] for a in node.args))
        elif isinstance(node, Symbol) and node.definition is not None:
            yield (node.name, node.attributes, index[node.definition])
        else:
            yield (node,)


def _unpickle(instructions: tuple[tuple[Any, ...], ...]) -> Node:
    nodes: list[Node] = []
    for instruction in instructions:
        if len(instruction) == 1:
            nodes.append(instruction[0])
        elif len(instruction) == 2:
            op, indices = instruction
            nodes.append(Term(op, tuple(nodes[i] for i in indices)))
        else:
            name, attributes, i = instruction
            nodes.append(Symbol(name, nodes[i].shape, attributes, nodes[i]))
    return nodes[-1]
